import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { givenUp, handedOver, type LeadershipRecord } from "../../../../../plan/failover/leadership";
import { nodeFileSystem } from "../../../../../workloads/journal";
import { exchanges, type StateMachine, type StateMachines, verifyFolder } from "../../../../../workloads/services/trading";
import type { Member, MemberOptions } from "../../../../../workloads/services/trading/replication";
import { takeSnapshot } from "../../../../../workloads/services/trading/snapshot";
import type { Leadership } from "../../../../../workloads/stores/leadership";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";
import { isReady, leads, Members, SHARD, submitAll } from "./members";

/** Exchanges of a changed engine. */
const changed = (change: Partial<StateMachine> | ((machine: StateMachine) => Partial<StateMachine>)): StateMachines => {
  const wrap = (machine: StateMachine): StateMachine => ({
    apply: (...args) => machine.apply(...args),
    stateHash: () => machine.stateHash(),
    writeState: () => machine.writeState(),
    ...(typeof change === "function" ? change(machine) : change),
  });
  return { create: () => wrap(exchanges(SHARD).create()), read: (state) => wrap(exchanges(SHARD).read(state)) };
};

const orders = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1000 + from + n));

describe("members of a shard", function () {
  this.timeout(60_000);
  let members: Members;
  beforeEach(() => {
    members = new Members();
  });
  afterEach(() => members.remove());

  const pair = async (more: Partial<MemberOptions> = {}): Promise<[Member, Member]> => {
    const one = await members.start("one", more);
    await leads(one);
    const other = await members.start("other");
    await isReady(other);
    return [one, other];
  };

  it("the first leads, and the second comes in sync with the log from its beginning", async () => {
    const one = await members.start("one");
    await leads(one);
    const client = await members.client();
    await submitAll(client, openMarket(2));
    await submitAll(client, orders(300));
    const other = await members.start("other");
    await isReady(other);
    strictEqual(other.sequence, one.sequence);
    await submitAll(client, orders(300, 300));
    // It was waited for: what was acknowledged is durable there.
    strictEqual(other.sequence, one.sequence);
    await client.close();
  });

  it("a leader that stops hands over at once, and takes up the log of its successor when it starts again", async () => {
    const [one, other] = await pair();
    const client = await members.client();
    await submitAll(client, openMarket(2));
    await members.stop(one);
    await leads(other);
    const results = await submitAll(client, orders(50));
    deepStrictEqual(new Set(results.map(({ position }) => position.epoch)), new Set([2]));
    const again = await members.start("one");
    await isReady(again);
    await members.stop(other);
    await leads(again);
    const [{ position }] = await submitAll(client, orders(1, 50));
    strictEqual(position.epoch, 3);
    strictEqual(position.sequence, 61);
    await client.close();
    await members.stop(again);
    strictEqual(verifyFolder(nodeFileSystem, members.folder("one")).through, 61);
    deepStrictEqual(verifyFolder(nodeFileSystem, members.folder("other")).through, 60);
  });

  it("a leader that cannot renew its lease acknowledges nothing more, and what it could not is answered by the next", async () => {
    let reachable = true;
    const { store } = members;
    const away = () => Promise.reject(new Error("the table does not answer"));
    const one = await members.start("one", {
      store: {
        ...store,
        replace: (...args) => (reachable ? store.replace(...args) : away()),
        read: (name) => (reachable ? store.read(name) : away()),
      },
    });
    await leads(one);
    const other = await members.start("other");
    await isReady(other);
    const client = await members.client();
    await submitAll(client, openMarket(2));
    reachable = false;
    await leads(other);
    match(one.failed ?? "", /could not be renewed/);
    // Its process ends then.
    await members.stop(one);
    const results = await submitAll(client, orders(20));
    deepStrictEqual(new Set(results.map(({ position }) => position.epoch)), new Set([2]));
    strictEqual(one.shard!.position.sequence, 10);
    await client.close();
  });

  it("a standby that is lost is out of sync before anything is acknowledged without it, and cannot take over then", async () => {
    const [one, other] = await pair({ patienceMs: 300 });
    const client = await members.client();
    await submitAll(client, openMarket(2));
    await members.stop(other);
    await submitAll(client, orders(20));
    deepStrictEqual((await members.store.read("shard"))?.inSync, []);
    await members.stop(one);
    const late = await members.start("other");
    await until(() => members.reports.some((text) => /^other: .* does not have all that it acknowledged/.test(text)));
    strictEqual(late.role, "starting");
    await client.close();
  });

  it("with a least number of copies nothing is acknowledged until so many are in sync", async () => {
    const one = await members.start("one", { leastCopies: 1 });
    await leads(one);
    const client = await members.client();
    let answered = 0;
    const submitted = submitAll(client, openMarket(2)).then(() => {
      answered = one.copies!.inSync;
    });
    await until(() => one.sequence === 10);
    strictEqual(one.shard!.position.sequence, 0);
    const other = await members.start("other", { leastCopies: 1 });
    await submitted;
    strictEqual(answered, 1);
    strictEqual(other.sequence, 10);
    await client.close();
  });

  it("a folder that has lost a part of its log does not lead, and a new one neither", async () => {
    const one = await members.start("one");
    await leads(one);
    const client = await members.client();
    await submitAll(client, openMarket(2));
    await members.stop(one);
    await client.close();
    const fresh = await members.start("fresh");
    const { member } = fresh.leadership;
    const record = (await members.store.read("shard"))!;
    await members.store.replace("shard", record, { ...record, renewal: record.renewal + 1, inSync: [...record.inSync, member] });
    await until(() => members.reports.some((text) => /^fresh: .* 10 was acknowledged: its folder has lost a part/.test(text)));
    strictEqual(fresh.role, "starting");
  });

  describe("in two regions", () => {
    const here: Partial<MemberOptions> = { region: "us-east-1" };
    const there: Partial<MemberOptions> = { region: "us-west-2", copyOnly: true };
    /** As an operator changes the record, again when a renewal came between. */
    const order = async (change: (record: LeadershipRecord, region: string) => LeadershipRecord) => {
      for (;;) {
        const record = (await members.store.read("shard"))!;
        const next = change({ ...record }, "us-west-2") as unknown as Leadership;
        if (await members.store.replace("shard", record, next)) return;
      }
    };
    const copies = (member: Member) => until(() => member.role === "copy" && member.unready === undefined);

    it("the leader hands over to the region that it is told, which has everything that was acknowledged; members that stay behind keep copies", async () => {
      const [one, other] = [await members.start("one", here), await members.start("other", here)];
      await leads(one);
      await isReady(other);
      const far = await members.start("far", there);
      await until(() => one.copies!.hasCopiedAll);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      await submitAll(client, orders(200));
      strictEqual(far.role, "copy");
      await order(handedOver);
      await until(() => one.failed !== undefined);
      match(one.failed!, /hands over to us-west-2/);
      // Its process ends then.
      await members.stop(one);
      await leads(far);
      strictEqual((await members.store.read("shard"))?.region, "us-west-2");
      const [{ position }] = await submitAll(client, orders(1, 200));
      deepStrictEqual([position.epoch, position.sequence], [2, 211]);
      const again = await members.start("one", here);
      await copies(again);
      await copies(other);
      // One of its own region is waited for, and takes over when it stops.
      const beside = await members.start("beside", there);
      await isReady(beside);
      await submitAll(client, orders(20, 201));
      await members.stop(far);
      await leads(beside);
      strictEqual(beside.sequence, 231);
      await client.close();
    });

    it("the lead stays where it is while the other region lacks something", async () => {
      const one = await members.start("one", here);
      await leads(one);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      await order(handedOver);
      await until(() => one.failed !== undefined);
      await members.stop(one);
      ok(members.reports.some((text) => /^one: the lead stays here: us-west-2 does not have all/.test(text)));
      const far = await members.start("far", there);
      const again = await members.start("one", here);
      await leads(again);
      await copies(far);
      await client.close();
    });

    it("a region that is told to leads with what it has when the other is lost, whose leader acknowledges nothing after that", async () => {
      const one = await members.start("one", here);
      await leads(one);
      const far = await members.start("far", there);
      await until(() => one.copies!.hasCopiedAll);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      await until(() => far.sequence === one.sequence);
      await order(givenUp);
      await leads(far);
      await until(() => one.failed !== undefined);
      await members.stop(one);
      const results = await submitAll(client, orders(20));
      deepStrictEqual(new Set(results.map(({ position }) => position.epoch)), new Set([2]));
      await client.close();
    });

    it("of two copies in that region the one leads that has what was said to be copied, and not the one that lacks it", async () => {
      const one = await members.start("one", { ...here, patienceMs: 300 });
      await leads(one);
      const [far, behind] = [await members.start("far", there), await members.start("behind", there)];
      const listed = async () => (await members.store.read("shard"))?.copies?.length ?? 0;
      await until(async () => (await listed()) === 2);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      await members.stop(behind);
      const { position } = (await submitAll(client, orders(20))).at(-1)!;
      await until(async () => (await client.positionState(position)).copied);
      strictEqual(await listed(), 1);
      await client.close();
      await members.stop(far);
      await members.stop(one);
      await order(givenUp);
      const late = await members.start("behind", there);
      await until(() => members.reports.some((text) => /^behind: .* another member of it has what was said to be copied/.test(text)));
      strictEqual(late.role, "copy");
      const takes = await members.start("far", there);
      await leads(takes);
      strictEqual(await takes.shard!.holds(position), true);
    });
  });

  it("one that is told to takes over what it has, and the leader before gives up what nobody else had", async () => {
    const [one, other] = await pair({ patienceMs: 300 });
    const client = await members.client();
    await submitAll(client, openMarket(2));
    await members.stop(other);
    await submitAll(client, orders(200));
    await client.close();
    await members.stop(one);
    const takes = await members.start("other", { takeOverFrom: 1 });
    await leads(takes);
    const second = await members.client();
    await submitAll(second, orders(30, 1000));
    const back = await members.start("one");
    await isReady(back);
    strictEqual(back.sequence, 40);
    ok(members.reports.some((text) => /^one: the log after sequence \d+ is not the leader's and was set aside/.test(text)));
    ok(readdirSync(members.folder("one")).some((name) => name.endsWith(".removed")));
    await second.close();
    await members.stop(takes);
    await leads(back);
    const { stateHash } = verifyFolder(nodeFileSystem, members.folder("other"));
    await members.stop(back);
    strictEqual(verifyFolder(nodeFileSystem, members.folder("one")).stateHash, stateHash);
  });

  describe("with other code than the leader's", () => {
    it("a shadow comes in sync when enough commands have had the same events, and leads then", async () => {
      const one = await members.start("one");
      await leads(one);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      const shadow = await members.start("shadow", { code: "next", agree: 40 });
      await until(() => shadow.role === "shadow");
      await submitAll(client, orders(39));
      await until(() => /39 commands have had the same events/.test(shadow.unready ?? ""));
      strictEqual(one.copies!.inSync, 0);
      await submitAll(client, orders(1, 39));
      await isReady(shadow);
      await members.stop(one);
      await leads(shadow);
      strictEqual((await client.submit(limitOrder(1, 0, 100, 1, START_TIME + 5_000))).position.epoch, 2);
      await client.close();
    });

    it("a shadow that does something else with one command is refused, with its place and what differs", async () => {
      const one = await members.start("one");
      await leads(one);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      const machines = changed((machine) => ({
        apply(bytes, offset, epoch, sequence, out) {
          const before = out.length;
          machine.apply(bytes, offset, epoch, sequence, out);
          // One unit of a price, once.
          if (sequence === 30) out.bytes[before + 40] ^= 1;
        },
      }));
      const shadow = await members.start("shadow", { code: "next", agree: 10, machines });
      await until(() => shadow.role === "shadow");
      await submitAll(client, orders(60));
      await until(() => shadow.role === "apart");
      match(
        shadow.unready ?? "",
        /the command at sequence 30 has other events here than at the leader: event 0 is \{"kind":"orderAccepted"/,
      );
      await until(() => one.copies!.inSync === 0);
      await members.stop(one);
      await until(async () => (await members.store.read("shard"))?.holder === "");
      await until(() => members.reports.some((text) => /^shadow: it follows .* no longer/.test(text)));
      strictEqual(shadow.role, "apart");
      await client.close();
    });

    it("a member whose state has another hash than the leader's snapshot never leads", async () => {
      const one = await members.start("one");
      await leads(one);
      const machines = changed({ stateHash: () => "another" });
      const snapshot = (through: number) =>
        Promise.resolve(takeSnapshot(nodeFileSystem, members.folder("other"), SHARD, machines, through));
      const other = await members.start("other", { machines, takeSnapshot: snapshot });
      const sound = await members.start("sound");
      await isReady(other);
      await isReady(sound);
      const client = await members.client();
      await submitAll(client, openMarket(2));
      await one.shard!.snapshot();
      await until(() => other.role === "apart" && sound.comparedAt === 10);
      match(other.unready ?? "", /the state at sequence 10 has hash another here and [0-9a-f]+ at the leader/);
      await members.stop(one);
      await leads(sound);
      await client.close();
    });
  });
});
