import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { openKinesisBus } from "../../../workloads/stores/bus";
import { openDynamoLeadership } from "../../../workloads/stores/leadership";
import { openSqsQueue, type Queue } from "../../../workloads/stores/queue";
import { openSecretsManager } from "../../../workloads/stores/secrets";
import { openSqlite } from "../../../workloads/stores/sql";
import { openSnsTopic } from "../../../workloads/stores/topic";
import { type MotoServer, withMoto } from "../../servers/moto";
import { busContract } from "./bus/bus-contract";
import { leadershipContract } from "./leadership/leadership-contract";
import { queueContract } from "./queue/queue-contract";
import { secretsContract } from "./secrets/secrets-contract";

withMoto("the AWS APIs as moto serves them", (start) => {
  let server: MotoServer;
  let made = 0;
  before(async function () {
    this.timeout(60_000);
    server = await start();
  });
  after(() => server.stop());

  /** A queue as the platform makes it: three deliveries, then the dead letters. */
  const makeQueue = async (): Promise<{ queue: Queue; arn: string }> => {
    const sqs = new SQSClient(server.client);
    const name = `queue-${++made}`;
    const arnOf = async (url: string) => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }));
      return Attributes?.QueueArn ?? "";
    };
    const { QueueUrl: deadLetterUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
    const redrive = JSON.stringify({ deadLetterTargetArn: await arnOf(deadLetterUrl), maxReceiveCount: 3 });
    const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { RedrivePolicy: redrive } }));
    const queue = openSqsQueue({ url, deadLetterUrl, retrySeconds: 0, waitSeconds: 1, client: server.client });
    return { queue, arn: await arnOf(url) };
  };

  queueContract("SQS", async () => ({ queue: (await makeQueue()).queue, close: async () => {} }));
  /** Kinesis clients speak HTTP/2 by themselves, moto only HTTP/1.1. */
  const kinesisClient = () => ({ ...server.client, requestHandler: new NodeHttpHandler() });
  const makeStream = async (): Promise<string> => {
    const kinesis = new KinesisClient(kinesisClient());
    const stream = `stream-${++made}`;
    await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }));
    const status = async () =>
      (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }))).StreamDescriptionSummary?.StreamStatus;
    while ((await status()) !== "ACTIVE") await new Promise((resolve) => setTimeout(resolve, 20));
    return stream;
  };
  busContract("Kinesis", async () => {
    const sql = openSqlite(":memory:");
    const bus = await openKinesisBus({ stream: await makeStream(), sql, pollMs: 50, client: kinesisClient(), onError: () => {} });
    return { bus, close: () => sql.close() };
  });
  secretsContract("Secrets Manager", async () => {
    const secrets = openSecretsManager({ prefix: `test-${++made}`, client: server.client });
    return { secrets, close: async () => {} };
  });

  it("Secrets Manager has copies of the home region's secrets in a region that has joined it, and never values of its own", async () => {
    const prefix = `test-${++made}`;
    const at = (region: string) => ({ ...server.client, region });
    const home = openSecretsManager({ prefix, client: at("us-east-1") });
    const joined = () => openSecretsManager({ prefix, home: "us-east-1", copyMs: 5_000, client: at("us-west-2") });
    await rejects(
      joined().create("users/master-key", Buffer.from("own")),
      /is not in us-east-1 yet, whose services make it: start them first/,
    );
    strictEqual(await joined().read("users/master-key"), undefined, "nothing was made here");
    strictEqual(await home.create("users/master-key", Buffer.from("home")), true);
    // Processes of the region start together.
    const copied = await Promise.all([joined(), joined()].map((secrets) => secrets.create("users/master-key", Buffer.from("own"))));
    deepStrictEqual(copied, [false, false]);
    deepStrictEqual(await joined().read("users/master-key"), Buffer.from("home"));
    deepStrictEqual(await openSecretsManager({ prefix, client: at("us-west-2") }).read("users/master-key"), Buffer.from("home"));
  });

  leadershipContract("DynamoDB", async () => {
    const table = "leadership";
    await new DynamoDBClient(server.client).send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [{ AttributeName: "name", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "name", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    return [openDynamoLeadership({ table, client: server.client }), openDynamoLeadership({ table, client: server.client })];
  });

  it("SNS copies what is published into every subscribed queue", async function () {
    this.timeout(60_000);
    const sns = new SNSClient(server.client);
    const { TopicArn: arn = "" } = await sns.send(new CreateTopicCommand({ Name: "notices" }));
    const queues = [await makeQueue(), await makeQueue()];
    for (const { arn: Endpoint } of queues) {
      const subscription = { TopicArn: arn, Protocol: "sqs", Endpoint, Attributes: { RawMessageDelivery: "true" } };
      await sns.send(new SubscribeCommand(subscription));
    }
    await openSnsTopic({ arn, client: server.client }).publish("news · ✓");
    const bodies = await Promise.all(
      queues.map(
        ({ queue }) =>
          new Promise<string>((resolve) => {
            const consumer = queue.consume(async ({ body }) => {
              resolve(body);
              setImmediate(() => consumer.close());
            });
          }),
      ),
    );
    deepStrictEqual(bodies, ["news · ✓", "news · ✓"]);
  });

  it("Kinesis consumers go on where they stopped, and read the children of a divided shard after it", async function () {
    this.timeout(60_000);
    const sql = openSqlite(":memory:");
    const stream = await makeStream();
    const seen: string[] = [];
    const run = async () => {
      const bus = await openKinesisBus({ stream, sql, pollMs: 20, client: kinesisClient() });
      return { bus, subscription: await bus.subscribe("one", async (records) => void seen.push(...records.map(({ data }) => data))) };
    };
    const until = async (count: number) => {
      while (seen.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const first = await run();
    await first.bus.publish([{ key: "BTC", data: "1" }]);
    await until(1);
    await first.subscription.close();
    await first.bus.publish([{ key: "BTC", data: "2" }]);
    const kinesis = new KinesisClient(kinesisClient());
    const half = (2n ** 126n).toString();
    await kinesis.send(new SplitShardCommand({ StreamName: stream, ShardToSplit: "shardId-000000000000", NewStartingHashKey: half }));
    await first.bus.publish([{ key: "BTC", data: "3" }]);
    const second = await run();
    await until(3);
    await new Promise((resolve) => setTimeout(resolve, 200));
    deepStrictEqual(seen, ["1", "2", "3"]);
    await second.subscription.close();
    await sql.close();
  });
});
