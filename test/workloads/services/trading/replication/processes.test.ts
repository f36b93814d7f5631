/** A shard of two members as processes, killed under load: what a bot was told is there, and everybody goes on by himself. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { decodeEvents, type Event, type EventBuffer } from "@bourse/engine";
import { nodeFileSystem } from "../../../../../workloads/journal";
import { exchanges, verifyFolder } from "../../../../../workloads/services/trading";
import { replayFolder } from "../../../../../workloads/services/trading/replay-folder";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { figures, MemberProcesses } from "./member-processes";
import { freePort } from "./members";

const text = (events: readonly Event[]) => JSON.stringify(events, (_name, value) => (typeof value === "bigint" ? `${value}` : value));

describe("a shard of two members as processes", function () {
  this.timeout(120_000);
  let members: MemberProcesses;
  before(() => {
    members = new MemberProcesses();
  });
  after(() => members.remove());

  it("loses nothing that was acknowledged when the leader is killed under load, and its clients go on at the other", async () => {
    const ports = [await freePort(), await freePort()];
    const one = await members.start("one", ports[0], 1);
    await until(one.ready);
    const other = await members.start("other", ports[1], 2);
    await until(other.ready);
    deepStrictEqual([await one.leads(), await other.leads()], [true, false], "a load balancer asks who leads");
    deepStrictEqual(await figures(one.process, /"StandbysInSync":1/), {
      Leads: 1,
      StandbyReady: 0,
      StandbysInSync: 1,
      RecordsNotCopied: 0,
      Diverged: 0,
    });
    deepStrictEqual(await figures(other.process, /"StandbyReady":1/), { Leads: 0, StandbyReady: 1, Diverged: 0 });
    const client = await members.client(ports, 50);
    for (const command of openMarket(2)) await client.submit(command);

    // Each lane has one order on its way, as a bot that waits for its answer.
    const acknowledged = new Map<number, string>();
    let stopping = false;
    let number = 0;
    const lane = async () => {
      while (!stopping) {
        const n = number++;
        const { position, events } = await client.submit(limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1_000 + n));
        ok(!acknowledged.has(position.sequence), `sequence ${position.sequence} was given twice`);
        acknowledged.set(
          position.sequence,
          JSON.stringify(events, (_name, value) => (typeof value === "bigint" ? `${value}` : value)),
        );
      }
    };
    const lanes = Array.from({ length: 32 }, lane);
    await until(() => acknowledged.size > 2_000);
    await one.process.end("SIGKILL");
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 2_000);
    stopping = true;
    await Promise.all(lanes);

    // The killed one takes up what it missed, and gets the lead when the other leaves.
    strictEqual(await other.leads(), true);
    const again = await members.start("one", ports[0], 1);
    await until(again.ready);
    strictEqual(await other.process.end("SIGTERM"), 0);
    const last = await client.submit(limitOrder(1, 0, 100, 1, START_TIME + 1_000_000));
    strictEqual(last.position.epoch, 3);
    await client.close();
    strictEqual(await again.process.end("SIGTERM"), 0);
    const [ones, others] = ["one", "other"].map((name) => verifyFolder(nodeFileSystem, members.log(name)));
    strictEqual(ones.through, last.position.sequence);
    strictEqual(others.through, ones.through - 1);
    // What every client was told is what the log says; what was asked again after the loss is there once more, as a repeat.
    const told = new Map(acknowledged);
    const applied = (_epoch: number, sequence: number, out: EventBuffer, start: number) => {
      if (!told.delete(sequence)) return;
      strictEqual(text(decodeEvents(out.bytes, start, out.length)), acknowledged.get(sequence), `sequence ${sequence}`);
    };
    replayFolder({ fileSystem: nodeFileSystem, folder: members.log("one"), machines: exchanges(0), applied });
    strictEqual(told.size, 0);
  });
});
