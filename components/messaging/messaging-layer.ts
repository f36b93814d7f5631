/** Work queues and topics. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type KeyRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { defaultSubscriptions, exchangeQueues, exchangeTopics } from "./exchange-messages";
import { queueAlarms, topicAlarms } from "./messaging-alarms";
import { messagingLayerFaults } from "./messaging-layer-faults";
import { queuePolicy, topicPolicy } from "./messaging-policies";

/** One work queue, with its own queue for what cannot be worked on. */
export interface QueueSpec {
  /** Keeps order within a group and delivers once; at most 300 messages a second a group, any number of groups. Changing it **replaces** the queue. @default false */
  fifo?: boolean;
  /** Seconds that a worker has for a message before another gets it: 0 to 43200. @default 60 */
  visibilitySeconds?: number;
  /** Days that messages are kept: 1 to 14. @default 4 */
  retentionDays?: number;
  /** Deliveries before a message is set aside: 1 to 1000. @default 5 */
  maxReceives?: number;
  /** Seconds that a message may wait before somebody is told. @default 300 */
  maxAgeSeconds?: number;
}

/** One topic. */
export interface TopicSpec {
  /** Keeps order within a group; delivers to FIFO queues alone. Changing it **replaces** the topic. @default false */
  fifo?: boolean;
  /** AWS services that may publish, such as `cloudwatch.amazonaws.com`. @default none, IAM decides */
  publishers?: string[];
}

/** A queue that gets what a topic publishes. */
export interface SubscriptionSpec {
  topic: string;
  queue: string;
  /** Attributes that a message must have, each with the values allowed. @default everything is delivered */
  filter?: Record<string, string[]>;
}

/** Arguments of {@link MessagingLayer}. */
export interface MessagingLayerArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Encrypts messages; its policy must let SNS use it, as that of a `KeyRing`'s `stream` key does. */
  key: KeyRef;
  /** Queues by role. Plain, since it decides how many children exist. @default {@link exchangeQueues} */
  queues?: Record<string, QueueSpec>;
  /** Topics by role. Plain. @default {@link exchangeTopics} */
  topics?: Record<string, TopicSpec>;
  /** Subscriptions by role. Plain. @default {@link exchangeSubscriptions} */
  subscriptions?: Record<string, SubscriptionSpec>;
  /** @default "on" */
  protection?: Protection;
  transform?: MessagingLayerTransform;
}

export interface MessagingLayerTransform extends AlarmTransform {
  queue?: Transform<aws.sqs.QueueArgs>;
  deadLetterQueue?: Transform<aws.sqs.QueueArgs>;
  redriveAllowPolicy?: Transform<aws.sqs.RedriveAllowPolicyArgs>;
  queuePolicy?: Transform<aws.sqs.QueuePolicyArgs>;
  topic?: Transform<aws.sns.TopicArgs>;
  topicPolicy?: Transform<aws.sns.TopicPolicyArgs>;
  subscription?: Transform<aws.sns.TopicSubscriptionArgs>;
}

/** Topics that send to a queue, and those among them that send what they could not deliver to its dead letters. */
interface Feeders {
  all: pulumi.Output<string>[];
  settingAside: pulumi.Output<string>[];
}

/** A FIFO topic sets aside in FIFO queues alone, a standard topic in standard ones (SNS guide, "Amazon SNS dead-letter queues"). */
function setsUndeliveredAside({ topic, queue }: SubscriptionSpec, args: MessagingLayerArgs): boolean {
  const [queues, topics] = [args.queues ?? exchangeQueues, args.topics ?? exchangeTopics];
  return (topics[topic].fifo ?? false) === (queues[queue].fifo ?? false);
}

/** Encrypted queues that set aside what fails, and topics that feed them. */
export class MessagingLayer extends BourseComponent {
  /** URLs and ARNs by role. */
  readonly queues: Readonly<Record<string, { url: pulumi.Output<string>; arn: pulumi.Output<string> }>>;
  readonly deadLetterQueueArns: Readonly<Record<string, pulumi.Output<string>>>;
  /** ARNs by role. */
  readonly topicArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: MessagingLayerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:messaging:MessagingLayer", name, args, messagingLayerFaults(args, name), opts);
    const subscriptions = Object.entries(args.subscriptions ?? defaultSubscriptions(args));
    const topics = Object.fromEntries(
      Object.entries(args.topics ?? exchangeTopics).map(([key, spec]) => [key, this.createTopic(key, spec, args)]),
    );
    const queues = Object.fromEntries(
      Object.entries(args.queues ?? exchangeQueues).map(([key, spec]) => {
        const fed = subscriptions.map(([, subscription]) => subscription).filter(({ queue }) => queue === key);
        const arns = (chosen: SubscriptionSpec[]) => chosen.map(({ topic }) => topics[topic].arn);
        const settingAside = fed.filter((subscription) => setsUndeliveredAside(subscription, args));
        return [key, this.createQueue(key, spec, { all: arns(fed), settingAside: arns(settingAside) }, args)];
      }),
    );
    for (const [key, spec] of subscriptions) this.subscribe(key, spec, topics[spec.topic], queues[spec.queue], args);

    this.queues = Object.fromEntries(Object.entries(queues).map(([key, { queue }]) => [key, { url: queue.url, arn: queue.arn }]));
    this.deadLetterQueueArns = Object.fromEntries(Object.entries(queues).map(([key, { deadLetters }]) => [key, deadLetters.arn]));
    this.topicArns = Object.fromEntries(Object.entries(topics).map(([key, { arn }]) => [key, arn]));
    this.registerOutputs({ queues: this.queues, topicArns: this.topicArns });
  }

  private createTopic(key: string, spec: TopicSpec, args: MessagingLayerArgs): aws.sns.Topic {
    const name = `${this.name}-${key}`;
    const topic = new aws.sns.Topic(
      ...transformed<aws.sns.TopicArgs>(
        args.transform?.topic,
        name,
        {
          kmsMasterKeyId: args.key.arn,
          signatureVersion: 2,
          tracingConfig: "Active",
          ...(spec.fifo === true ? { fifoTopic: true, contentBasedDeduplication: true, fifoThroughputScope: "MessageGroup" } : {}),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.sns.TopicPolicy(
      ...transformed<aws.sns.TopicPolicyArgs>(
        args.transform?.topicPolicy,
        `${name}-policy`,
        { arn: topic.arn, policy: topicPolicy(topic.arn, spec.publishers ?? [], args.accountId) },
        this.childOptions(),
      ),
    );
    this.createAlarms(topicAlarms(key, topic.name), args);
    return topic;
  }

  private createQueue(
    key: string,
    spec: QueueSpec,
    feeders: Feeders,
    args: MessagingLayerArgs,
  ): { queue: aws.sqs.Queue; deadLetters: aws.sqs.Queue } {
    const name = `${this.name}-${key}`;
    const protect = (args.protection ?? "on") === "on";
    const shared = {
      kmsMasterKeyId: args.key.arn,
      kmsDataKeyReusePeriodSeconds: 300,
      ...(spec.fifo === true ? { fifoQueue: true, deduplicationScope: "messageGroup", fifoThroughputLimit: "perMessageGroupId" } : {}),
    };
    const deadLetters = new aws.sqs.Queue(
      ...transformed<aws.sqs.QueueArgs>(
        args.transform?.deadLetterQueue,
        `${name}-dead`,
        // Kept for as long as SQS keeps anything, so that there is time to look and to send again.
        { ...shared, messageRetentionSeconds: 14 * 86_400, tags: this.tagsFor(`${name}-dead`) },
        this.childOptions({ protect }),
      ),
    );
    const queue = new aws.sqs.Queue(
      ...transformed<aws.sqs.QueueArgs>(
        args.transform?.queue,
        name,
        {
          ...shared,
          visibilityTimeoutSeconds: spec.visibilitySeconds ?? 60,
          messageRetentionSeconds: (spec.retentionDays ?? 4) * 86_400,
          receiveWaitTimeSeconds: 20,
          redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount: spec.maxReceives ?? 5 }),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
    new aws.sqs.RedriveAllowPolicy(
      ...transformed<aws.sqs.RedriveAllowPolicyArgs>(
        args.transform?.redriveAllowPolicy,
        `${name}-dead-source`,
        {
          queueUrl: deadLetters.url,
          redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
        },
        this.childOptions(),
      ),
    );
    for (const [policyName, target, from] of [
      [`${name}-policy`, queue, feeders.all],
      [`${name}-dead-policy`, deadLetters, feeders.settingAside],
    ] as const) {
      new aws.sqs.QueuePolicy(
        ...transformed<aws.sqs.QueuePolicyArgs>(
          args.transform?.queuePolicy,
          policyName,
          { queueUrl: target.url, policy: queuePolicy(target.arn, from) },
          this.childOptions(),
        ),
      );
    }
    this.createAlarms(queueAlarms(key, queue.name, deadLetters.name, spec), args);
    return { queue, deadLetters };
  }

  private subscribe(
    key: string,
    spec: SubscriptionSpec,
    topic: aws.sns.Topic,
    target: { queue: aws.sqs.Queue; deadLetters: aws.sqs.Queue },
    args: MessagingLayerArgs,
  ): void {
    const setsAside = setsUndeliveredAside(spec, args);
    new aws.sns.TopicSubscription(
      ...transformed<aws.sns.TopicSubscriptionArgs>(
        args.transform?.subscription,
        `${this.name}-${key}`,
        {
          topic: topic.arn,
          protocol: "sqs",
          endpoint: target.queue.arn,
          rawMessageDelivery: true,
          ...(spec.filter === undefined ? {} : { filterPolicy: JSON.stringify(spec.filter), filterPolicyScope: "MessageAttributes" }),
          ...(setsAside ? { redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: target.deadLetters.arn }) } : {}),
        },
        this.childOptions(),
      ),
    );
  }
}
