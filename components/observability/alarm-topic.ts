/** Where alarms are sent: an encrypted topic, and who is told. It comes before everything that is watched. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmTarget,
  BourseComponent,
  type CommonArgs,
  type Fault,
  type KeyRef,
  overTlsAlone,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";

/** Who is told of alarms, by a name for each. */
export type AlarmReceivers = Record<string, { protocol: "email" | "https"; endpoint: pulumi.Input<string> }>;

/** Arguments of {@link AlarmTopic}. */
export interface AlarmTopicArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  /** Encrypts alarms on their way: the `stream` key of a `KeyRing`, whose policy lets CloudWatch and SNS use it. */
  key: KeyRef;
  /** @default nobody; alarms show in CloudWatch */
  receivers?: AlarmReceivers;
  transform?: AlarmTopicTransform;
}

export interface AlarmTopicTransform {
  topic?: Transform<aws.sns.TopicArgs>;
  topicPolicy?: Transform<aws.sns.TopicPolicyArgs>;
  subscription?: Transform<aws.sns.TopicSubscriptionArgs>;
}

export function alarmTopicFaults({ receivers = {} }: Pick<AlarmTopicArgs, "receivers">): Fault[] {
  const faults: Fault[] = [];
  for (const [key, receiver] of Object.entries(receivers)) {
    const path = `receivers["${key}"].endpoint`;
    if (pulumi.Output.isInstance(receiver.endpoint) || receiver.endpoint instanceof Promise) continue;
    if (receiver.protocol === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(receiver.endpoint)) {
      faults.push({ path, given: receiver.endpoint, allowed: "a mail address", fix: "write for example oncall@exchange.example" });
    }
    if (receiver.protocol === "https" && !/^https:\/\/[^\s]+$/.test(receiver.endpoint)) {
      faults.push({ path, given: receiver.endpoint, allowed: "a URL that starts with https://", fix: "use the pager's web hook" });
    }
  }
  return faults;
}

/** A topic that alarms of this account alone publish to. */
export class AlarmTopic extends BourseComponent implements AlarmTarget {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:observability:AlarmTopic", name, args, alarmTopicFaults(args), opts);
    const { transform } = args;
    const topic = new aws.sns.Topic(
      ...transformed<aws.sns.TopicArgs>(
        transform?.topic,
        `${name}-topic`,
        { displayName: "Alarms of the exchange", kmsMasterKeyId: args.key.arn, tags: this.tagsFor(`${name}-topic`) },
        this.childOptions(),
      ),
    );
    const policy = new aws.sns.TopicPolicy(
      ...transformed<aws.sns.TopicPolicyArgs>(
        transform?.topicPolicy,
        `${name}-policy`,
        { arn: topic.arn, policy: alarmsPublish(topic.arn, args.accountId) },
        this.childOptions(),
      ),
    );
    for (const [key, receiver] of Object.entries(args.receivers ?? {})) {
      new aws.sns.TopicSubscription(
        ...transformed<aws.sns.TopicSubscriptionArgs>(
          transform?.subscription,
          `${name}-to-${key}`,
          { topic: topic.arn, protocol: receiver.protocol, endpoint: receiver.endpoint },
          this.childOptions(),
        ),
      );
    }
    // An alarm that may not publish yet would be lost.
    this.topicArn = pulumi.all([topic.arn, policy.id]).apply(([arn]) => arn);
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** Alarms of this account alone may publish. */
function alarmsPublish(topicArn: pulumi.Input<string>, accountId: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument(overTlsAlone("sns:Publish", topicArn), {
    Sid: "AlarmsPublish",
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}
