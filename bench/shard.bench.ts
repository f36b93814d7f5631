/**
 * The durable path in one process: commands entered, applied, logged with checksums, synced, and their events seen by a subscriber. Everything
 * is real and all checks are on; the client runs on the same thread as the matching, the log on its own.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { commandLength, encodeCommand, MAX_COMMAND_LENGTH } from "@bourse/engine";
import { Random } from "../test/workloads/journal/simulated-disk";
import { cancelOrder, limitOrder, openMarket, START_TIME } from "../test/workloads/services/trading/command-mix";
import { openTradingShard, ShardBusy, type TradingShard } from "../workloads/services/trading";
import type { BenchmarkReport } from "./run";

const ACCOUNTS = 1000;
const THROUGHPUT = 2_000_000;
const OFFERED_PER_SECOND = 1_000_000;
const OPEN_LOOP_SECONDS = 2;

/** Encoded commands, one behind the other: three of ten orders cross, cancels take away what rests, so that the book stays near 10,000 orders. */
function encodeMix(count: number): { bytes: Uint8Array; offsets: Uint32Array } {
  const random = new Random(7);
  const bytes = new Uint8Array(count * 80 + MAX_COMMAND_LENGTH);
  const offsets = new Uint32Array(count + 1);
  const account = (n: number) => 1 + (n % ACCOUNTS);
  let end = 0;
  for (let n = 0; n < count; n++) {
    offsets[n] = end;
    const time = START_TIME + 1_000_000 + n;
    const target = n - 10_001;
    const command =
      n % 2 === 1 && target > 0
        ? cancelOrder(account(target), BigInt(target), time)
        : limitOrder(
            account(n),
            random.integer(2),
            100_000 + random.integer(400) * (random.chance(0.5) ? 1 : -1),
            1 + random.integer(20),
            time,
            BigInt(n),
          );
    end = encodeCommand(command, bytes, end);
  }
  offsets[count] = end;
  return { bytes, offsets };
}

const yieldToEvents = () => new Promise<void>((resolve) => setImmediate(resolve));

const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** As fast as the shard takes them; a refused batch is tried again a moment later. */
async function throughput(
  shard: TradingShard,
  mix: ReturnType<typeof encodeMix>,
  count: number,
): Promise<{ perSecond: number; busy: number }> {
  const last = shard.position.sequence + count;
  let busy = 0;
  const started = performance.now();
  for (let n = 0; n < count; ) {
    try {
      for (const until = Math.min(count, n + 2000); n < until; n++) shard.enter(mix.bytes, mix.offsets[n], mix.offsets[n + 1]);
    } catch (error) {
      if (!(error instanceof ShardBusy)) throw error;
      busy++;
      await aMoment();
    }
    shard.flush();
    await yieldToEvents();
  }
  while (shard.position.sequence < last) await yieldToEvents();
  return { perSecond: Math.round((count / (performance.now() - started)) * 1000), busy };
}

/** Open loop: each command has a time at which it is due, and its latency counts from there, however late it could be sent. */
async function openLoop(shard: TradingShard, mix: ReturnType<typeof encodeMix>, perSecond: number, seconds: number): Promise<number[]> {
  const count = perSecond * seconds;
  const latencies = new Float64Array(count);
  const first = shard.position.sequence + 1;
  const started = performance.now();
  const due = (n: number) => started + (n / perSecond) * 1000;
  const subscription = await shard.subscribeEncoded(shard.position, (batch) => {
    const now = performance.now();
    for (let sequence = batch.first; sequence <= batch.last; sequence++) latencies[sequence - first] = now - due(sequence - first);
  });
  for (let n = 0; n < count; ) {
    const until = Math.min(count, Math.floor(((performance.now() - started) * perSecond) / 1000));
    try {
      for (const stop = Math.min(until, n + 2000); n < stop; n++) shard.enter(mix.bytes, mix.offsets[n], mix.offsets[n + 1]);
    } catch (error) {
      if (!(error instanceof ShardBusy)) throw error;
      await aMoment();
    }
    shard.flush();
    await yieldToEvents();
  }
  while (shard.position.sequence < first + count - 1) await yieldToEvents();
  subscription.close();
  latencies.sort();
  return [0.5, 0.9, 0.99, 0.999, 1].map((quantile) => latencies[Math.min(count - 1, Math.floor(count * quantile))]);
}

async function oneOutstanding(shard: TradingShard, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    await shard.submit(limitOrder(1 + (n % ACCOUNTS), n % 2, 50_000 + (n % 2) * 100_000, 1, START_TIME + 1));
    latencies.push(performance.now() - started);
  }
  latencies.sort((a, b) => a - b);
  return [0.5, 0.99].map((quantile) => latencies[Math.floor(count * quantile)]);
}

export default async function run(): Promise<BenchmarkReport> {
  const folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  const options = { folder, shard: 1, snapshotEvery: Number.MAX_SAFE_INTEGER };
  try {
    const mix = encodeMix(THROUGHPUT);
    const shard = await openTradingShard(options);
    for (const command of openMarket(ACCOUNTS, 1_000_000_000_000_000n)) {
      const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
      encodeCommand(command, bytes, 0);
      shard.enter(bytes, 0);
    }
    shard.flush();
    const idle = await oneOutstanding(shard, 2000);
    const full = await throughput(shard, mix, THROUGHPUT);
    const open = await openLoop(shard, mix, OFFERED_PER_SECOND, OPEN_LOOP_SECONDS);
    const commands = shard.position.sequence;
    const rss = process.memoryUsage().rss;
    await shard.close();

    const replayStarted = performance.now();
    const again = await openTradingShard(options);
    const replayed = performance.now() - replayStarted;
    const snapshotStarted = performance.now();
    await again.snapshot();
    const snapshotTaken = performance.now() - snapshotStarted;
    await again.close();
    const restoreStarted = performance.now();
    await (await openTradingShard(options)).close();
    const restored = performance.now() - restoreStarted;

    const ms = (value: number) => Number(value.toFixed(3));
    return {
      name: "shard",
      conditions: {
        commands: `${THROUGHPUT} limit orders and cancels, ${Math.round(mix.offsets[THROUGHPUT] / THROUGHPUT)} bytes each on average`,
        example: commandLength(mix.bytes, mix.offsets[100_000]),
        accounts: ACCOUNTS,
        "open orders": "about 10,000",
        durability: "CRC-32C per record and group, one fdatasync a group before the acknowledgement",
        "open loop": `${OFFERED_PER_SECOND} a second for ${OPEN_LOOP_SECONDS} s, latency from the time each was due`,
        "load average at the end": loadavg()[0].toFixed(1),
        threads: "client and matching on one, the log on another",
      },
      figures: {
        "acknowledged commands per second": full.perSecond,
        "batches refused as busy": full.busy,
        "one outstanding, p50 ms": ms(idle[0]),
        "one outstanding, p99 ms": ms(idle[1]),
        "open loop p50 ms": ms(open[0]),
        "open loop p90 ms": ms(open[1]),
        "open loop p99 ms": ms(open[2]),
        "open loop p99.9 ms": ms(open[3]),
        "open loop longest ms": ms(open[4]),
        "resident MiB after it": Math.round(rss / 2 ** 20),
        "commands replayed per second at start": Math.round(commands / (replayed / 1000)),
        "start by replay of the whole log, ms": ms(replayed),
        "snapshot beside the running shard, ms": ms(snapshotTaken),
        "start from the snapshot, ms": ms(restored),
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
