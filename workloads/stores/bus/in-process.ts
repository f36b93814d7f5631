/**
 * The embedded bus: publishing resolves when every consumer has handled the records. Nothing is kept, so the publisher must publish again
 * from its last success after a restart; consumers that know what they have seen then miss nothing.
 */

import { type Bus, type BusRecord, checkRecord } from "./port";

/** Milliseconds before records that a handler rejected are delivered again. */
const RETRY_MS = 100;

export function createInProcessBus(): Bus {
  const handlers = new Set<{ handle: (records: readonly BusRecord[]) => Promise<void>; last: Promise<void>; closed: boolean }>();
  return {
    async publish(records) {
      records.forEach(checkRecord);
      const consumers = [...handlers];
      for (const consumer of consumers) {
        consumer.last = consumer.last.then(async () => {
          while (!consumer.closed) {
            try {
              return await consumer.handle(records);
            } catch {
              await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
            }
          }
        });
      }
      await Promise.all(consumers.map((consumer) => consumer.last));
      if (consumers.some((consumer) => consumer.closed)) throw new Error("bus: a consumer was closed before it had the records");
    },
    async subscribe(_consumer, handle) {
      const consumer = { handle, last: Promise.resolve(), closed: false };
      handlers.add(consumer);
      return {
        async close() {
          consumer.closed = true;
          handlers.delete(consumer);
          await consumer.last;
        },
      };
    },
  };
}
