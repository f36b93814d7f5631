import { deepEqual, equal } from "node:assert/strict";
import { type CommandResult, type CountedOrderEntry, ShardBusy, ShardUnavailable } from "../../../workloads/services/trading/port";
import { RunningExchange } from "./running-exchange";

/** What the gateway answers to an order when order entry does this. */
async function answerWhen(submit: CountedOrderEntry["submit"]): Promise<{ status: number; body: unknown; faults: unknown[] }> {
  let failing = false;
  const real: { entry?: CountedOrderEntry } = {};
  const orderEntry: CountedOrderEntry = {
    submit: (command) => (failing ? submit(command) : real.entry!.submit(command)),
    orderLimits: { tenSeconds: 1, day: 1 },
    orderCounts: (account, time) => real.entry!.orderCounts(account, time),
  };
  const exchange = await RunningExchange.start({ orderEntry, engineTimeoutMs: 50 });
  real.entry = exchange.exchange.orderEntry;
  failing = true;
  try {
    const { status, body } = await exchange.alice.limit("BUY", "0.1", "30000");
    return { status, body, faults: exchange.faults };
  } finally {
    await exchange.stop();
  }
}

const never = () => new Promise<CommandResult>(() => {});

describe("A gateway whose shard fails", function () {
  this.timeout(60_000);

  it("says that the outcome is unknown when no answer comes in time, never a plain 500", async () => {
    const { status, body } = await answerWhen(never);
    equal(status, 504);
    deepEqual(body, {
      code: -1007,
      msg: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    });
  });

  it("says the same when the log may or may not have the command", async () => {
    const { status, body } = await answerWhen(() => Promise.reject(new ShardUnavailable("the disk is gone", "unknown")));
    deepEqual([status, (body as { code: number }).code], [504, -1007]);
  });

  it("says that nothing was done when it is sure of it", async () => {
    const busy = await answerWhen(() => Promise.reject(new ShardBusy()));
    deepEqual([busy.status, (busy.body as { code: number }).code], [503, -1008]);
    const stopped = await answerWhen(() => Promise.reject(new ShardUnavailable("stopping", "no")));
    deepEqual([stopped.status, (stopped.body as { code: number }).code], [503, -1001]);
  });

  it("treats its own fault after a command was sent as an unknown outcome, and reports it", async () => {
    const nothing = { position: { shard: 0, epoch: 1, sequence: 1 }, events: [], orderCounts: { tenSeconds: 0, day: 0 } };
    const { status, body, faults } = await answerWhen(() => Promise.resolve(nothing));
    deepEqual([status, (body as { code: number }).code], [502, -1006]);
    equal(faults.length, 1);
  });
});
