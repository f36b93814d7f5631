/** Work queues and topics. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  type KeyRef,
  nameFaults,
  type PolicyStatement,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

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

/** Payouts in the order of their account; notices to users; files to make. */
export const exchangeQueues: Record<string, QueueSpec> = {
  withdrawals: { fifo: true, visibilitySeconds: 300 },
  notices: {},
  reports: { visibilitySeconds: 900, maxAgeSeconds: 3600 },
};
/** What happens to accounts. */
export const exchangeTopics: Record<string, TopicSpec> = { "account-events": {} };
export const exchangeSubscriptions: Record<string, SubscriptionSpec> = {
  "notices-of-accounts": { topic: "account-events", queue: "notices" },
};

const role = { longest: 50, pattern: /^[a-z][a-z0-9-]*$/, words: "lower-case letters, digits and hyphens, a letter first" };

export function messagingLayerFaults(args: MessagingLayerArgs, name: string): Fault[] {
  const queues = args.queues ?? exchangeQueues;
  const topics = args.topics ?? exchangeTopics;
  const faults = Object.entries(queues).flatMap(([key, spec]): Fault[] => {
    const path = `queues.${key}`;
    return [
      ...nameFaults(path, key, role),
      // SQS guide, "Quotas related to queues": 80 characters with the suffixes of the dead-letter queue, of Pulumi and of FIFO.
      ...nameFaults("name", `${name}-${key}`, {
        longest: 62,
        pattern: /^[A-Za-z0-9_-]+$/,
        words: "letters, digits, hyphens and underscores",
      }),
      ...wholeNumberFaults(`${path}.visibilitySeconds`, spec.visibilitySeconds, 0, 43_200, "use 60, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.retentionDays`, spec.retentionDays, 1, 14, "use 4, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.maxReceives`, spec.maxReceives, 1, 1000, "use 5, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.maxAgeSeconds`, spec.maxAgeSeconds, 1, 1_209_600, "use 300, the default", "the longest retention"),
    ];
  });
  for (const [key, spec] of Object.entries(topics)) {
    faults.push(...nameFaults(`topics.${key}`, key, role), ...publisherFaults(`topics.${key}.publishers`, spec.publishers ?? []));
  }
  for (const [key, spec] of Object.entries(args.subscriptions ?? defaultSubscriptions(args)))
    faults.push(...subscriptionFaults(key, spec, queues, topics));
  return faults;
}

function publisherFaults(path: string, publishers: readonly string[]): Fault[] {
  return publishers.flatMap((publisher, index) =>
    /^[a-z0-9.-]+\.amazonaws\.com$/.test(publisher)
      ? []
      : [
          {
            path: `${path}[${index}]`,
            given: publisher,
            allowed: "an AWS service such as cloudwatch.amazonaws.com",
            fix: "let IAM policies decide for roles",
          },
        ],
  );
}

function subscriptionFaults(
  key: string,
  spec: SubscriptionSpec,
  queues: Record<string, QueueSpec>,
  topics: Record<string, TopicSpec>,
): Fault[] {
  const path = `subscriptions.${key}`;
  const faults = nameFaults(path, key, role);
  const known = (field: "topic" | "queue", among: object) =>
    spec[field] in among
      ? []
      : [
          {
            path: `${path}.${field}`,
            given: spec[field],
            allowed: `one of ${Object.keys(among).join(", ")}`,
            fix: `add the ${field}, or correct its spelling`,
          },
        ];
  faults.push(...known("topic", topics), ...known("queue", queues));
  if (topics[spec.topic]?.fifo !== true && queues[spec.queue]?.fifo === true) {
    faults.push({
      path,
      given: spec,
      allowed: 'a FIFO queue only behind a FIFO topic (SNS guide, "Message delivery for FIFO topics")',
      fix: "make the topic FIFO",
    });
  }
  return faults;
}

/** The exchange's subscriptions, as far as their topics and queues are kept. */
function defaultSubscriptions(args: MessagingLayerArgs): Record<string, SubscriptionSpec> {
  return args.queues === undefined && args.topics === undefined ? exchangeSubscriptions : {};
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

function topicPolicy(topicArn: pulumi.Output<string>, publishers: string[], accountId: pulumi.Input<string>): pulumi.Output<string> {
  const plain: PolicyStatement = {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  if (publishers.length === 0) return policyDocument(plain, accountPublishes(topicArn, accountId));
  return policyDocument(plain, accountPublishes(topicArn, accountId), {
    Sid: "ServicesPublish",
    Effect: "Allow",
    Principal: { Service: publishers },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

function accountPublishes(topicArn: pulumi.Output<string>, accountId: pulumi.Input<string>): PolicyStatement {
  return {
    Sid: "AccountPublishes",
    Effect: "Allow",
    Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
    Action: "sns:Publish",
    Resource: topicArn,
  };
}

function queuePolicy(queueArn: pulumi.Output<string>, feeders: readonly pulumi.Output<string>[]): pulumi.Output<string> {
  const plain: PolicyStatement = {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "sqs:*",
    Resource: queueArn,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  if (feeders.length === 0) return policyDocument(plain);
  return policyDocument(plain, {
    Sid: "TopicsFeed",
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...feeders] } },
  });
}

/** Figures of the CloudWatch guide, "Recommended alarms", Amazon SNS. */
export function topicAlarms(key: string, topicName: pulumi.Output<string>): Record<string, AlarmSpec> {
  const topic = { namespace: "AWS/SNS", statistic: "Sum", threshold: 0, dimensions: { TopicName: topicName } };
  return {
    [`${key}-failed`]: {
      ...topic,
      metric: "NumberOfNotificationsFailed",
      description: `What ${key} published did not reach a subscriber: look at the policy of its queue and at the key.`,
    },
    [`${key}-set-aside-failed`]: {
      ...topic,
      metric: "NumberOfNotificationsFailedToRedriveToDlq",
      description: `What ${key} could not deliver was not set aside either, and is lost: look at the policy of the dead-letter queue.`,
    },
  };
}

/** Figures of the SQS guide, "Available CloudWatch metrics for Amazon SQS". */
function queueAlarms(
  key: string,
  queue: pulumi.Output<string>,
  deadLetters: pulumi.Output<string>,
  spec: QueueSpec,
): Record<string, AlarmSpec> {
  return {
    [`${key}-dead`]: {
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      threshold: 0,
      periods: 1,
      dimensions: { QueueName: deadLetters },
      description: `A message of ${key} was set aside after repeated failures: read it, repair the worker, send it again.`,
    },
    [`${key}-age`]: {
      namespace: "AWS/SQS",
      metric: "ApproximateAgeOfOldestMessage",
      statistic: "Maximum",
      threshold: spec.maxAgeSeconds ?? 300,
      dimensions: { QueueName: queue },
      description: `Messages of ${key} wait too long: add workers, or look at why they are slow.`,
    },
  };
}
