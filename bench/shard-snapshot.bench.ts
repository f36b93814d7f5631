/**
 * What a large state costs a shard: 1,000,000 open orders and 1,000,000 balances. How long the shard stands still while a snapshot of them is
 * taken beside it, how long a start from that snapshot takes, and how long a start that replays the log. BOURSE_BENCH_REPLAYED=10000000 replays ten
 * million commands instead of three.
 *
 * The peer of the gaps is the same load in the same seconds without a snapshot: what the machine and the load alone make of them.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { BASE, cancelOrder, limitOrder, openMarket, QUOTE, START_TIME } from "../test/workloads/services/trading/command-mix";
import { openTradingShard, ShardBusy, type TradingShard } from "../workloads/services/trading";
import type { BenchmarkReport } from "./run";

/** Each holds a balance in both assets. */
const ACCOUNTS = 500_000;
const ORDERS = 1_000_000;
/** Price levels on each side. */
const LEVELS = 5_000;
/** Commands in the log: three million, so that all of the run stays below 100 s. */
const REPLAYED = Number(process.env.BOURSE_BENCH_REPLAYED ?? 3_000_000);
const LOAD_PER_SECOND = 50_000;
const QUIET_SECONDS = 3;

const yieldToEvents = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Enters one command after the other; waits while the shard has enough in hand. */
class Client {
  readonly #bytes = new Uint8Array(MAX_COMMAND_LENGTH);

  constructor(readonly shard: TradingShard) {}

  enter(command: Parameters<typeof encodeCommand>[0]): boolean {
    encodeCommand(command, this.#bytes, 0);
    try {
      this.shard.enter(this.#bytes, 0);
      return true;
    } catch (error) {
      if (error instanceof ShardBusy) return false;
      throw error;
    }
  }

  async enterAll(commands: Iterable<Parameters<typeof encodeCommand>[0]>): Promise<void> {
    let count = 0;
    for (const command of commands) {
      while (!this.enter(command)) await yieldToEvents();
      if (++count % 2000) continue;
      this.shard.flush();
      await yieldToEvents();
    }
    this.shard.flush();
    const last = await this.shard.submit(cancelOrder(1, 1n << 60n, START_TIME));
    if (last.position.sequence !== this.shard.position.sequence) throw new Error("something is still in flight");
  }
}

/** Orders that do not cross: `ORDERS` of them, spread over the accounts and over the levels of both sides. */
function* restingOrders(): Generator<Parameters<typeof encodeCommand>[0]> {
  for (let n = 0; n < ORDERS; n++) {
    const side = n % 2;
    const away = 1 + ((Math.imul(n, 2_654_435_761) >>> 8) % LEVELS);
    yield limitOrder(1 + (n % ACCOUNTS), side, 100_000 + (side === 0 ? -away : away), 1, START_TIME + n, BigInt(n + 1));
  }
}

/** Pairs of an order and its cancel: the state stays as large as it is. */
function* turnover(count: number, from: number): Generator<Parameters<typeof encodeCommand>[0]> {
  for (let n = 0; n < count / 2; n++) {
    const account = 1 + ((Math.imul(n, 2_654_435_761) >>> 8) % ACCOUNTS);
    const key = BigInt(from + n);
    yield limitOrder(account, 0, 90_000 + (n % LEVELS), 1, START_TIME + n, key);
    yield cancelOrder(account, key, START_TIME + n);
  }
}

/** Offers load until `done`; returns the gaps between acknowledgements in ms, longest first, and how much was acknowledged. */
async function gapsUnderLoad(client: Client, from: number, done: () => boolean): Promise<{ gaps: number[]; perSecond: number }> {
  const { shard } = client;
  const gaps: number[] = [];
  const first = shard.position.sequence;
  const started = performance.now();
  let last = started;
  const subscription = await shard.subscribeEncoded(shard.position, () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  });
  const load = turnover(Number.MAX_SAFE_INTEGER, from);
  let next = load.next().value!;
  for (let sent = 0; !done(); ) {
    const due = Math.floor(((performance.now() - started) * LOAD_PER_SECOND) / 1000);
    for (const stop = Math.min(due, sent + 1000); sent < stop && client.enter(next); sent++) next = load.next().value!;
    shard.flush();
    await yieldToEvents();
  }
  subscription.close();
  gaps.sort((a, b) => b - a);
  return { gaps, perSecond: Math.round(((shard.position.sequence - first) / (performance.now() - started)) * 1000) };
}

async function timed<T>(run: () => Promise<T>): Promise<[number, T]> {
  const started = performance.now();
  const result = await run();
  return [performance.now() - started, result];
}

const ms = (value: number) => Number(value.toFixed(1));

export default async function run(): Promise<BenchmarkReport> {
  const folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  const complaints: string[] = [];
  const options = { folder, shard: 1, snapshotEvery: Number.MAX_SAFE_INTEGER, report: (message: string) => complaints.push(message) };
  try {
    let shard = await openTradingShard(options);
    let client = new Client(shard);
    await client.enterAll(openMarket(ACCOUNTS, 1_000_000_000_000n));
    await client.enterAll(restingOrders());
    const rest = REPLAYED - shard.position.sequence;
    if (rest > 0) await client.enterAll(turnover(rest, 10_000_000));
    const hash = shard.stateHash();
    await shard.close();

    const replayed = shard.position.sequence;
    const [replay, afterReplay] = await timed(() => openTradingShard(options));
    shard = afterReplay;
    if (shard.stateHash() !== hash) throw new Error("the replay ends in another state");
    client = new Client(shard);

    const until = performance.now() + QUIET_SECONDS * 1000;
    const without = await gapsUnderLoad(client, 100_000_000, () => performance.now() > until);
    const sequenceBefore = shard.position.sequence;
    let taken = false;
    const snapshot = timed(() => shard.snapshot()).finally(() => {
      taken = true;
    });
    const during = await gapsUnderLoad(client, 200_000_000, () => taken);
    const [snapshotTaken] = await snapshot;
    const behind = shard.position.sequence - sequenceBefore;
    const [snapshotIdle] = await timed(() => shard.snapshot());
    if (complaints.length > 0) throw new Error(complaints.join());
    const hashBefore = shard.stateHash();
    await shard.close();

    const name = readdirSync(folder)
      .sort()
      .findLast((file) => file.startsWith("snapshot-"))!;
    const snapshotBytes = statSync(join(folder, name)).size;
    const [restore, restored] = await timed(() => openTradingShard(options));
    if (restored.stateHash() !== hashBefore) throw new Error("the start from the snapshot ends in another state");
    await restored.close();

    return {
      name: "shard-snapshot",
      conditions: {
        "open orders": ORDERS,
        balances: `${2 * ACCOUNTS}, of ${ACCOUNTS} accounts in assets ${BASE} and ${QUOTE}`,
        log: `${replayed} commands: accounts, deposits, resting orders, then orders and cancels by turns`,
        load: `open loop, ${LOAD_PER_SECOND} orders and cancels a second, client and matching on one thread, snapshot and log on one each`,
        durability: "CRC-32C per record and group, one fdatasync a group before the acknowledgement",
        "load average at the end": loadavg()[0].toFixed(1),
      },
      figures: {
        "longest gap between acknowledgements while the snapshot is taken, ms": ms(during.gaps[0]),
        "second longest, ms": ms(during.gaps[1]),
        [`peer: longest gap in ${QUIET_SECONDS} s of the same load without a snapshot, ms`]: ms(without.gaps[0]),
        "acknowledged a second while it is taken": during.perSecond,
        "peer: acknowledged a second without a snapshot": without.perSecond,
        "snapshot beside the running shard, from the whole log, verified, ms": ms(snapshotTaken),
        "snapshot MiB": ms(snapshotBytes / 2 ** 20),
        "start from the snapshot, nothing behind it, ms": ms(restore),
        [`next snapshot, ${behind} commands behind the first, without load, verified, ms`]: ms(snapshotIdle),
        [`start by replay of ${replayed} commands, ms`]: ms(replay),
        "commands replayed per second at start": Math.round(replayed / (replay / 1000)),
        "resident MiB at the end": Math.round(process.memoryUsage().rss / 2 ** 20),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
