/** Kinesis data streams. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  nameFaults,
  type Protection,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** One stream. */
export interface StreamSpec {
  /**
   * `"on-demand"` follows the load, from 4 MB/s to twice the peak of the last 30 days; shards take 1 MB/s or 1,000 records a second each (Kinesis guide, "Quotas
   * and limits") and suit a load that jumps when a market opens. @default "on-demand"
   */
  capacity?: "on-demand" | { shards: pulumi.Input<number> };
  /** Hours that records stay readable: 24 to 8760. @default 168, a week, in which a consumer can be repaired */
  retentionHours?: pulumi.Input<number>;
  /** Consumers with 2 MB/s a shard of their own, pushed instead of polled, by name: at most 20 (50 with the advantage mode). Plain. @default none */
  consumers?: string[];
}

/** Arguments of {@link EventStreams}. */
export interface EventStreamsArgs extends CommonArgs, AlarmedArgs {
  /** Encrypts records: the `stream` key of a `KeyRing`. */
  key: KeyRef;
  /** Streams by role. Plain, since it decides how many children exist. @default {@link exchangeStreams} */
  streams?: Record<string, StreamSpec>;
  /** @default "on" */
  protection?: Protection;
  transform?: EventStreamsTransform;
}

export interface EventStreamsTransform extends AlarmTransform {
  stream?: Transform<aws.kinesis.StreamArgs>;
  consumer?: Transform<aws.kinesis.StreamConsumerArgs>;
}

/** What the exchange publishes after the fact: fills, order states, and prices. */
export const exchangeStreams: Record<string, StreamSpec> = { trades: {}, orders: {}, prices: { retentionHours: 24 } };

/** Registered consumers of a stream (Kinesis guide, "Quotas and limits"). */
const mostConsumers = 20;

export function eventStreamsFaults(args: EventStreamsArgs, componentName: string): Fault[] {
  const streams = args.streams ?? exchangeStreams;
  const name = { longest: 60, pattern: /^[a-z][a-z0-9-]*$/, words: "lower-case letters, digits and hyphens, a letter first" };
  const faults = Object.entries(streams).flatMap(([role, spec]): Fault[] => {
    const path = `streams.${role}`;
    const consumers = spec.consumers ?? [];
    return [
      ...nameFaults(path, role, name),
      ...capacityFaults(`${path}.capacity`, spec.capacity),
      ...wholeNumberFaults(`${path}.retentionHours`, spec.retentionHours, 24, 8760, "use 168, the default", "Kinesis limit"),
      ...consumers.flatMap((consumer, index) => nameFaults(`${path}.consumers[${index}]`, consumer, name)),
      ...consumers.flatMap((consumer, index): Fault[] =>
        consumers.indexOf(consumer) === index
          ? []
          : [{ path: `${path}.consumers[${index}]`, given: consumer, allowed: "each consumer once", fix: "remove the repetition" }],
      ),
      ...(consumers.length > mostConsumers
        ? [
            {
              path: `${path}.consumers`,
              given: consumers.length,
              allowed: `at most ${mostConsumers} (Kinesis limit)`,
              fix: "let some of them poll",
            },
          ]
        : []),
    ];
  });
  if (Object.keys(streams).length === 0)
    faults.push({ path: "streams", given: streams, allowed: "at least one stream", fix: "add a stream" });
  return [...faults, ...childNameFaults(componentName, { stream: Object.keys(streams).map((role) => `-${role}`) })];
}

function capacityFaults(path: string, capacity: StreamSpec["capacity"]): Fault[] {
  if (capacity === undefined || capacity === "on-demand") return [];
  if (typeof capacity === "object" && "shards" in capacity)
    return wholeNumberFaults(`${path}.shards`, capacity.shards, 1, 20_000, "use what the load needs", "the largest default quota");
  return [{ path, given: capacity, allowed: '"on-demand" or { shards }', fix: 'use "on-demand"' }];
}

/** Encrypted streams with watched consumers. */
export class EventStreams extends BourseComponent {
  /** Names and ARNs by role. */
  readonly streams: Readonly<Record<string, { name: pulumi.Output<string>; arn: pulumi.Output<string> }>>;
  /** ARNs of registered consumers, by role and name. */
  readonly consumerArns: Readonly<Record<string, Readonly<Record<string, pulumi.Output<string>>>>>;

  constructor(name: string, args: EventStreamsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:EventStreams", name, args, eventStreamsFaults(args, name), opts);
    const specs = Object.entries(args.streams ?? exchangeStreams);
    const streams = Object.fromEntries(specs.map(([role, spec]) => [role, this.createStream(role, spec, args)]));
    this.streams = Object.fromEntries(Object.entries(streams).map(([role, stream]) => [role, { name: stream.name, arn: stream.arn }]));
    this.consumerArns = Object.fromEntries(
      specs.map(([role, { consumers }]) => [
        role,
        Object.fromEntries((consumers ?? []).map((each) => [each, this.createConsumer(role, each, streams[role], args).arn])),
      ]),
    );
    for (const role of Object.keys(streams)) this.createAlarms(streamAlarms(role, streams[role].name), args);
    this.registerOutputs({ streams: this.streams, consumerArns: this.consumerArns });
  }

  private createStream(role: string, spec: StreamSpec, args: EventStreamsArgs): aws.kinesis.Stream {
    const name = `${this.name}-${role}`;
    const capacity = spec.capacity ?? "on-demand";
    const protect = (args.protection ?? "on") === "on";
    return new aws.kinesis.Stream(
      ...transformed<aws.kinesis.StreamArgs>(
        args.transform?.stream,
        name,
        {
          streamModeDetails: { streamMode: capacity === "on-demand" ? "ON_DEMAND" : "PROVISIONED" },
          ...(capacity === "on-demand" ? {} : { shardCount: capacity.shards }),
          retentionPeriod: spec.retentionHours ?? 168,
          encryptionType: "KMS",
          kmsKeyId: args.key.arn,
          enforceConsumerDeletion: !protect,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
  }

  private createConsumer(role: string, consumer: string, stream: aws.kinesis.Stream, args: EventStreamsArgs): aws.kinesis.StreamConsumer {
    const name = `${this.name}-${role}-${consumer}`;
    return new aws.kinesis.StreamConsumer(
      ...transformed<aws.kinesis.StreamConsumerArgs>(
        args.transform?.consumer,
        name,
        { name: consumer, streamArn: stream.arn, tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }
}

/** Figures of the Kinesis guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch". */
function streamAlarms(role: string, streamName: pulumi.Output<string>): Record<string, AlarmSpec> {
  const stream = { namespace: "AWS/Kinesis", dimensions: { StreamName: streamName } };
  return {
    [`${role}-consumer-age`]: {
      ...stream,
      metric: "GetRecords.IteratorAgeMilliseconds",
      statistic: "Maximum",
      threshold: 60_000,
      description: `A consumer of ${role} is more than a minute behind: look at its errors, then at its parallelism.`,
    },
    [`${role}-writes-throttled`]: {
      ...stream,
      metric: "WriteProvisionedThroughputExceeded",
      statistic: "Sum",
      threshold: 0,
      description: `Records for ${role} are refused: look for a hot partition key, then add shards.`,
    },
    [`${role}-reads-throttled`]: {
      ...stream,
      metric: "ReadProvisionedThroughputExceeded",
      statistic: "Sum",
      threshold: 0,
      description: `Reads of ${role} are refused: register the consumer, so that it gets a share of its own.`,
    },
  };
}
