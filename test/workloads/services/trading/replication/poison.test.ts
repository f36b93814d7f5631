import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { nodeFileSystem } from "../../../../../workloads/journal";
import {
  exchanges,
  ShardUnavailable,
  type StateMachine,
  type StateMachines,
  verifyFolder,
} from "../../../../../workloads/services/trading";
import { appendSkip } from "../../../../../workloads/services/trading/append-skip";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { isReady, leads, Members, SHARD, submitAll } from "./members";

const POISON = 13;

/** Exchanges with a defect that one command meets. */
const failing = (machine: StateMachine): StateMachine => ({
  apply(bytes, offset, epoch, sequence, out) {
    machine.apply(bytes, offset, epoch, sequence, out);
    if (sequence === POISON) throw new Error(`broken at ${sequence}`);
  },
  stateHash: () => machine.stateHash(),
  writeState: () => machine.writeState(),
});
const machines: StateMachines = {
  create: () => failing(exchanges(SHARD).create()),
  read: (state) => failing(exchanges(SHARD).read(state)),
};

const orders = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1000 + from + n));

describe("a command that violates an assertion, in a shard of two members", function () {
  this.timeout(120_000);
  const members = new Members();
  after(() => members.remove());

  it("stops both before anybody is told of it; a skip record in the leader's log is honoured by both, and the shard goes on", async () => {
    const one = await members.start("one", { machines });
    await leads(one);
    const other = await members.start("other", { machines });
    await isReady(other);
    const client = await members.client();
    const seen = new Set<number>();
    await client.subscribe(client.logonPosition, ({ events }) => {
      for (const { sequence } of events) seen.add(sequence);
    });
    await submitAll(client, openMarket(2));
    await submitAll(client, orders(2));
    await rejects(client.submit(orders(1, 2)[0]), (error: unknown) => error instanceof ShardUnavailable && error.logged === "unknown");
    await until(() => other.sequence === POISON && other.role === "apart");
    for (const told of [one.failed, other.unready]) match(told ?? "", /the command at sequence 13 violates an assertion: broken at 13/);
    await client.close();
    await members.stop(one);
    await members.stop(other);
    ok(!seen.has(POISON));

    // Neither leads as it is.
    const again = await members.start("one", { machines });
    await until(() => members.reports.some((text) => /^one: the command at sequence 13 violates an assertion/.test(text)));
    strictEqual(again.role, "apart");
    await members.stop(again);

    const skip = { sequence: POISON, reason: "defect 1", approvals: ["Ada", "Grace"], time: START_TIME };
    strictEqual(await appendSkip({ folder: members.folder("one"), shard: SHARD, segmentBytes: 16 << 20 }, skip, machines), POISON + 1);
    const leader = await members.start("one", { machines });
    await leads(leader);
    // The other learns of the record and has to begin its state anew: its process ends, and starts again.
    const learns = await members.start("other", { machines });
    await until(() => learns.failed !== undefined);
    match(learns.failed!, /a record says which command to pass over/);
    await members.stop(learns);
    const mended = await members.start("other", { machines });
    await isReady(mended);
    const next = await members.client();
    const [{ position }] = await submitAll(next, orders(1, 100));
    strictEqual(position.sequence, POISON + 2);
    await next.close();
    await members.stop(leader);
    await leads(mended);
    await members.stop(mended);
    const [ones, others] = ["one", "other"].map((name) => verifyFolder(nodeFileSystem, members.folder(name)));
    deepStrictEqual([ones.skipped, others.skipped, others.stateHash], [[POISON], [POISON], ones.stateHash]);
  });
});
