import { deepStrictEqual } from "node:assert";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { openSqsQueue, type Queue } from "../../../workloads/stores/queue";
import { openSecretsManager } from "../../../workloads/stores/secrets";
import { openSnsTopic } from "../../../workloads/stores/topic";
import { type MotoServer, withMoto } from "../../servers/moto";
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
  secretsContract("Secrets Manager", async () => {
    const secrets = openSecretsManager({ prefix: `test-${++made}`, client: server.client });
    return { secrets, close: async () => {} };
  });

  it("SNS copies what is published into every subscribed queue", async function () {
    this.timeout(30_000);
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
});
