import { deepStrictEqual } from "node:assert";
import { openSqlQueue } from "../../../../workloads/stores/queue";
import { openSqlite } from "../../../../workloads/stores/sql";
import { topicTo } from "../../../../workloads/stores/topic";
import { queueContract } from "./queue-contract";

queueContract("rows in SQLite", async () => {
  const sql = openSqlite(":memory:");
  const queue = await openSqlQueue(sql, "test", { attempts: 3, retryMs: 100, pollMs: 20 });
  return { queue, close: () => sql.close() };
});

describe("a topic over queues", () => {
  it("copies each message into every queue, and queues in one store do not see each other's", async () => {
    const sql = openSqlite(":memory:");
    const [one, two, other] = [await openSqlQueue(sql, "one"), await openSqlQueue(sql, "two"), await openSqlQueue(sql, "other")];
    await topicTo([one, two]).publish("news");
    const seen: string[] = [];
    const consumers = Object.entries({ one, two, other }).map(([name, queue]) =>
      queue.consume(async ({ body }) => void seen.push(`${name} ${body}`)),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const consumer of consumers) await consumer.close();
    deepStrictEqual(seen.sort(), ["one news", "two news"]);
    await sql.close();
  });
});
