import assert from "node:assert/strict";
import { EventStreams, type EventStreamsArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const streamType = "aws:kinesis/stream:Stream";

function streamsWith(over: Partial<EventStreamsArgs> = {}): () => EventStreams {
  return () => new EventStreams("events", { key: literalKey("stream"), ...over });
}

describeComponent("EventStreams", streamsWith(), (subject) => {
  it("makes the streams of the exchange, each with its alarms", () => {
    const roles = ["orders", "prices", "trades"];
    assertResources(subject.graph, {
      [streamType]: roles.map((role) => `events-${role}`),
      "aws:cloudwatch/metricAlarm:MetricAlarm": roles.flatMap((role) =>
        ["consumer-age", "reads-throttled", "writes-throttled"].map((kind) => `events-${role}-${kind}-alarm`),
      ),
    });
  });

  it("encrypts records, keeps a week of trades, follows the load, and is protected with its consumers", () => {
    for (const { name, protect } of subject.graph.ofType(streamType)) {
      assertInputs(subject.graph, streamType, name, {
        encryptionType: "KMS",
        kmsKeyId: literalKey("stream").arn,
        streamModeDetails: { streamMode: "ON_DEMAND" },
        enforceConsumerDeletion: false,
      });
      assert.equal(protect, true);
    }
    assertInputs(subject.graph, streamType, "events-trades", { retentionPeriod: 168, shardCount: undefined });
  });

  it("watches how far consumers are behind", () => {
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "events-trades-consumer-age-alarm", {
      metricName: "GetRecords.IteratorAgeMilliseconds",
      threshold: 60_000,
      comparisonOperator: "GreaterThanThreshold",
    });
  });
});

describe("EventStreams, by argument", () => {
  const provisioned = { trades: { capacity: { shards: 40 }, consumers: ["history"] } };

  it("takes shards and registered consumers", async () => {
    const graph = await recordProgram({}, streamsWith({ streams: provisioned }));
    const stream = assertInputs(graph, streamType, "events-trades", { shardCount: 40, streamModeDetails: { streamMode: "PROVISIONED" } });
    const consumer = assertInputs(graph, "aws:kinesis/streamConsumer:StreamConsumer", "events-trades-history", { name: "history" });
    assert.deepEqual(graph.referencesOf(consumer, "streamArn"), [stream]);
  });

  it("changes nothing else when a stream is added", async () => {
    const before = await recordProgram({}, streamsWith({ streams: provisioned }));
    const difference = differenceOf(before, await recordProgram({}, streamsWith({ streams: { audits: {}, ...provisioned } })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<EventStreamsArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, streamsWith({ streams: provisioned, transform: probe.transform })), probe), []);
  });

  const cases: [string, EventStreamsArgs["streams"], string[]][] = [
    ["no stream", {}, ["streams"]],
    ["a role with capitals", { Trades: {} }, ["streams.Trades"]],
    ["less than a day of records", { trades: { retentionHours: 12 } }, ["streams.trades.retentionHours"]],
    ["more than a year of records", { trades: { retentionHours: 8761 } }, ["streams.trades.retentionHours"]],
    ["no shards", { trades: { capacity: { shards: 0 } } }, ["streams.trades.capacity.shards"]],
    ["an unknown capacity", { trades: { capacity: "provisioned" as "on-demand" } }, ["streams.trades.capacity"]],
    ["a consumer twice", { trades: { consumers: ["a", "a"] } }, ["streams.trades.consumers[1]"]],
    ["a consumer with a space", { trades: { consumers: ["the history"] } }, ["streams.trades.consumers[0]"]],
    [
      "more consumers than Kinesis registers",
      { trades: { consumers: [...Array(21).keys()].map((n) => `c${n}`) } },
      ["streams.trades.consumers"],
    ],
  ];
  for (const [what, streams, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(streamsWith({ streams }), paths));
  }
});
