import { openRabbitQueue } from "../../../../workloads/stores/queue";
import { type RabbitServer, withRabbit } from "../../../servers/rabbitmq";
import { queueContract } from "./queue-contract";

withRabbit("a real RabbitMQ", (start) => {
  let server: RabbitServer;
  let made = 0;
  before(async function () {
    this.timeout(90_000);
    server = await start();
  });
  after(async function () {
    this.timeout(60_000);
    await server.stop();
  });

  queueContract("RabbitMQ", async () => {
    const queue = openRabbitQueue({ url: server.url, name: `test-${++made}`, attempts: 3, retryMs: 100 });
    return { queue, close: () => queue.close() };
  });
});
