/** What every queue adapter does. */

import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { Counter } from "../../../../workloads/process/metrics";
import { inSpan } from "../../../../workloads/process/spans";
import { startTracing } from "../../../../workloads/process/tracing";
import type { Consumer, Message, Queue } from "../../../../workloads/stores/queue";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean | Promise<boolean>, seconds = 50): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !(await condition()); await wait(10)) {
    if (Date.now() > end) throw new Error(`still not so after ${seconds} s`);
  }
}

/** @param open a new, empty queue that delivers three times, soon after each failure */
export function queueContract(name: string, open: () => Promise<{ queue: Queue; close(): Promise<void> }>): void {
  describe(`the queue port: ${name}`, function () {
    this.timeout(60_000);
    let queue: Queue;
    let close: () => Promise<void>;
    let consumers: Consumer[];
    beforeEach(async () => {
      consumers = [];
      ({ queue, close } = await open());
    });
    afterEach(async () => {
      for (const consumer of consumers) await consumer.close();
      await close();
    });
    const consume = (handler: (message: Message) => Promise<void>) => {
      const consumer = queue.consume(handler);
      consumers.push(consumer);
      return consumer;
    };

    it("delivers what was sent before and after the consumer came, each message once when its handler succeeds", async () => {
      const seen: string[] = [];
      await queue.send("before");
      consume(async ({ body, attempt }) => void seen.push(`${body} ${attempt}`));
      await queue.send("after · ✓");
      await until(() => seen.length >= 2);
      await wait(300);
      deepStrictEqual(seen.sort(), ["after · ✓ 1", "before 1"]);
    });

    it("delivers again after a failure, counting the attempts, and to another worker after the first has stopped", async () => {
      const attempts: number[] = [];
      const first = consume(async ({ attempt }) => {
        attempts.push(attempt);
        throw new Error("busy");
      });
      await queue.send("work");
      await until(() => attempts.length >= 1);
      await first.close();
      const ofTheFirst = attempts.length;
      consume(async ({ attempt }) => void attempts.push(attempt));
      await until(() => attempts.length > ofTheFirst);
      await wait(300);
      strictEqual(attempts[0], 1);
      strictEqual(attempts.at(-1), attempts.length, `attempts ${attempts}`);
      deepStrictEqual(await queue.deadLetters(10), []);
    });

    it("puts a message aside after the last attempt, and goes on with the others", async () => {
      let failures = 0;
      const done: string[] = [];
      consume(async ({ body }) => {
        if (body === "good") done.push(body);
        else {
          failures++;
          throw new Error("never");
        }
      });
      await queue.send("bad");
      await queue.send("good");
      await until(async () => (await queue.deadLetters(10)).length === 1);
      deepStrictEqual(
        (await queue.deadLetters(10)).map(({ body }) => body),
        ["bad"],
      );
      strictEqual(failures, 3);
      deepStrictEqual(done, ["good"]);
    });

    it("waits on close for the handlers that run, and takes no more", async () => {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      let started = 0;
      let finished = 0;
      const consumer = consume(async () => {
        started++;
        await released;
        finished++;
      });
      await queue.send("slow");
      await until(() => started === 1);
      const closing = consumer.close();
      await wait(50);
      strictEqual(finished, 0);
      release();
      await closing;
      strictEqual(finished, 1);
      await queue.send("later");
      await wait(300);
      strictEqual(started, 1);
    });

    it("hands on in which trace a message was sent, and of one that was sent in none nothing", async () => {
      const stop = startTracing({ endpoint: "http://127.0.0.1:9", ratio: 0 }, "test", new Counter(), () => {});
      const seen = new Map<string, string | undefined>();
      consume(async ({ body, traceparent }) => void seen.set(body, traceparent));
      const sender = await inSpan("test", {}, async (span) => {
        await queue.send("traced");
        return span.spanContext();
      });
      await queue.send("alone");
      await until(() => seen.size === 2);
      strictEqual(seen.get("traced"), `00-${sender.traceId}-${sender.spanId}-01`);
      strictEqual(seen.get("alone"), undefined);
      await stop();
    });

    it("refuses a body that some adapter could not carry", async () => {
      await rejects(queue.send("x".repeat(262_145)), /got 262145 bytes, at most 262,144 are allowed/);
    });
  });
}
