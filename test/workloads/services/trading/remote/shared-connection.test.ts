import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Event } from "@bourse/engine";
import { openTradingShard, type TradingShard } from "../../../../../workloads/services/trading";
import { keyIdOf, openSharedShard, type ShardServer, type SharedShard, serveShard } from "../../../../../workloads/services/trading/remote";
import { until } from "../../until";
import { limitOrder, openMarket, START_TIME } from "../command-mix";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const order = (n: number) => limitOrder(1 + (n % 2), n % 2, 100, 1, START_TIME + 1000 + n);
const beginning = { shard: 3, epoch: 0, sequence: 0 };

describe("One connection to a shard for a whole process", function () {
  this.timeout(60_000);
  let folder: string;
  let shard: TradingShard;
  let server: ShardServer;
  let shared: SharedShard;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-shared-"));
    shard = await openTradingShard({ folder, shard: 3, segmentBytes: 16 << 20 });
    await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
    const client = { publicKey, sessions: new Set([7, 8]), accounts: "all" as const, readsEvents: true };
    server = await serveShard({ shard, listen: { host: "127.0.0.1", port: 0 }, findClient: () => client });
    const connect = { host: "127.0.0.1", port: server.port };
    shared = await openSharedShard({ connect, keyId: keyIdOf(publicKey), privateKey, session: 7, catchUpSession: 8 });
  });
  afterEach(async () => {
    await shared.close();
    await server.close();
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("resolves a command only after every subscriber has seen it, however late its events come", async () => {
    const proxy = await slowProxy(server.port);
    const connect = { host: "127.0.0.1", port: proxy.port };
    const slow = await openSharedShard({ connect, keyId: keyIdOf(publicKey), privateKey, session: 8, catchUpSession: 7 });
    const seen: number[][] = [[], []];
    for (const list of seen) await slow.subscribe(slow.position, ({ last }) => list.push(last.sequence));
    for (let n = 0; n < 5; n++) {
      const { position } = await slow.submit(order(n));
      deepStrictEqual(
        seen.map((list) => list.at(-1)),
        [position.sequence, position.sequence],
      );
    }
    await slow.close();
    proxy.close();
  });

  it("gives who subscribes from the beginning all events once and in order, while commands go on", async () => {
    const expected: Event[] = [];
    await shard.subscribe(beginning, ({ events }) => expected.push(...events));
    let going = true;
    const load = (async () => {
      for (let n = 0; going; n++) await shared.submit(order(n));
    })();
    const lists: Event[][] = [[], [], []];
    const joined = lists.map(async (list) => {
      await shared.subscribe(beginning, ({ events }) => list.push(...events));
      ok(list.length > 0, "history came before the subscription was there");
    });
    await Promise.all(joined);
    const { sequence } = shared.position;
    await until(() => shared.position.sequence > sequence);
    going = false;
    await load;
    await shared.submit(order(1));
    for (const list of lists) deepStrictEqual(list, expected);
  });

  it("does not give again what a subscriber has, where it is ahead of the others", async () => {
    const ahead = { ...shared.position, sequence: shared.position.sequence + 2 };
    const batches: number[][] = [];
    await shared.subscribe(ahead, ({ first, last, events }) => {
      batches.push([first.sequence, last.sequence, Math.min(...events.map(({ sequence }) => sequence))]);
    });
    for (let n = 0; n < 4; n++) await shared.submit(order(n));
    deepStrictEqual(
      batches.map(([first]) => first),
      [ahead.sequence + 1, ahead.sequence + 2],
    );
    ok(batches.every(([first, , event]) => event >= first));
  });

  it("stops a subscriber that was closed, and no other", async () => {
    const counts = [0, 0];
    const closing = await shared.subscribe(shared.position, () => counts[0]++);
    await shared.subscribe(shared.position, () => counts[1]++);
    await shared.submit(order(0));
    closing.close();
    await shared.submit(order(1));
    deepStrictEqual(counts, [1, 2]);
  });

  it("tells that it can go on no longer when a subscriber fails: some have seen the batch and some have not", async () => {
    await shared.subscribe(shared.position, () => {
      throw new Error("no memory");
    });
    equal(shared.failed, undefined);
    void shared.submit(order(0));
    await until(() => shared.failed !== undefined);
    match(String(shared.failed), /a subscriber failed at sequence 11: no memory/);
  });

  it("tells that it can go on no longer when the shard gives its session to another", async () => {
    const connect = { host: "127.0.0.1", port: server.port };
    const other = await openSharedShard({ connect, keyId: keyIdOf(publicKey), privateKey, session: 7, catchUpSession: 8 });
    await until(() => shared.failed !== undefined);
    match(String(shared.failed), /the session has logged on from another connection/);
    equal(other.failed, undefined);
    await other.close();
  });

  it("rejects a position that the shard does not have", async () => {
    await rejects(
      shared.subscribe({ shard: 9, epoch: 0, sequence: 1 }, () => {}),
      /no events after sequence 1: .*shard 9, this is shard 3/,
    );
  });
});

/** Hands on what the server sends in pieces of 32 bytes, a millisecond apart, so that results and events never come together. */
async function slowProxy(port: number): Promise<{ port: number; close(): void }> {
  const proxy = createServer({ noDelay: true }, (client) => {
    const upstream = connect(port, "127.0.0.1");
    client.pipe(upstream);
    let sending = Promise.resolve();
    upstream.on("data", (chunk: Buffer) => {
      sending = sending.then(async () => {
        for (let at = 0; at < chunk.length; at += 32) {
          client.write(chunk.subarray(at, at + 32));
          await wait(1);
        }
      });
    });
    upstream.on("close", () => client.destroy()).on("error", () => client.destroy());
    client.on("close", () => upstream.destroy()).on("error", () => upstream.destroy());
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return { port: (proxy.address() as AddressInfo).port, close: () => proxy.close() };
}
