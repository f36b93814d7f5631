/**
 * The durable path in one process: commands entered, applied, logged with checksums, synced, and their events seen by a subscriber. Everything
 * is real and all checks are on; the client runs on the same thread as the matching, the log on its own.
 *
 * Two peers run the same commands: the log without matching (the same records, checksums, writes and syncs) and the matching without a log (the
 * engine on this thread, nothing durable). What the shard adds to both is its own.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { EventBuffer, type Exchange } from "@bourse/engine";
import { limitOrder, START_TIME } from "../test/workloads/services/trading/command-mix";
import { FileJournal, RecordKind } from "../workloads/journal";
import { openTradingShard, ShardBusy, type TradingShard } from "../workloads/services/trading";
import { median, passesOfNpm } from "./npm-book";
import type { BenchmarkReport } from "./run";
import { ACCOUNTS, describeMix, type EncodedMix, encodedMarket, encodeMix, openedExchange } from "./shard-mix";

/** Commands of a pass, of which the first warms up; those of the next are others. */
const PASS = 1_000_000;
const PASSES = 5;
/** Commands of the open loop. */
const OPEN_LOOP = 2_000_000;
/** Parts of the measured capacity that the open loop offers: above it a queue only grows, and a latency says nothing. */
const OFFERED = [0.25, 0.5, 0.75];
/** Offered as well where it is below the capacity. */
const OFFERED_PER_SECOND = 1_000_000;
const OPEN_LOOP_SECONDS = 2;

const yieldToEvents = () => new Promise<void>((resolve) => setImmediate(resolve));

const aMoment = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** Enters the commands `from` to `until`; returns the first that the shard has no place for. */
function enterAll(shard: TradingShard, { bytes, offsets }: EncodedMix, from: number, until: number): number {
  for (let n = from; ; n++) {
    const entered = shard.entered;
    shard.enterAll(bytes, offsets[n], offsets[until]);
    n += shard.entered - entered;
    if (n === until) return n;
    try {
      shard.enter(bytes, offsets[n], offsets[n + 1]);
    } catch (error) {
      if (error instanceof ShardBusy) return n;
      throw error;
    }
  }
}

/** As fast as the shard takes them; a refused batch is tried again a moment later. */
async function throughput(shard: TradingShard, mix: EncodedMix, count: number): Promise<{ perSecond: number; busy: number }> {
  const last = shard.position.sequence + count;
  let busy = 0;
  const started = performance.now();
  for (let n = 0; n < count; ) {
    const until = Math.min(count, n + 2000);
    n = enterAll(shard, mix, n, until);
    if (n < until) {
      busy++;
      await aMoment();
    }
    shard.flush();
    await yieldToEvents();
  }
  while (shard.position.sequence < last) await yieldToEvents();
  return { perSecond: Math.round((count / (performance.now() - started)) * 1000), busy };
}

/** The peer without matching: commands per second that a log takes, with the same records, checksums, writes and syncs. */
async function logAlone(folder: string, mix: EncodedMix, count: number): Promise<number> {
  const journal = new FileJournal({ folder, shard: 1 });
  await journal.recover(1, () => {});
  const started = performance.now();
  for (let n = 0; n < count; ) {
    for (const until = Math.min(count, n + 2000); n < until && journal.claim(mix.offsets[n + 1] - mix.offsets[n], 0); n++) {
      journal.payload.set(mix.bytes.subarray(mix.offsets[n], mix.offsets[n + 1]), journal.payloadStart);
      journal.append(RecordKind.COMMAND, journal.payloadStart + mix.offsets[n + 1] - mix.offsets[n]);
    }
    journal.commit();
    await yieldToEvents();
  }
  while (journal.durable < count) await yieldToEvents();
  const perSecond = Math.round((count / (performance.now() - started)) * 1000);
  await journal.close();
  return perSecond;
}

/** The peer without a log: commands per second of the engine alone. */
function engineAlone(exchange: Exchange, mix: EncodedMix, count: number): number {
  const out = new EventBuffer();
  let sequence = exchange.lastSequence;
  const started = performance.now();
  const ends = new Uint32Array(1000);
  for (let n = 0; n < count; n += 1000) {
    const end = mix.offsets[Math.min(count, n + 1000)];
    if (out.length > 1 << 20) out.clear();
    sequence += exchange.applyAll(mix.bytes, mix.offsets[n], end, 0, 1, sequence + 1, out, ends);
  }
  return Math.round((count / (performance.now() - started)) * 1000);
}

/** Open loop: each command has a time at which it is due, and its latency counts from there, however late it could be sent. */
async function openLoop(shard: TradingShard, mix: EncodedMix, perSecond: number, seconds: number): Promise<number[]> {
  const count = Math.min(perSecond * seconds, mix.offsets.length - 1);
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
    const stop = Math.min(until, n + 2000);
    n = enterAll(shard, mix, n, stop);
    if (n < stop) await aMoment();
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

const ms = (value: number) => Number(value.toFixed(3));

export default async function run(): Promise<BenchmarkReport> {
  const folder = mkdtempSync(join(process.cwd(), ".bourse-bench-"));
  const options = { folder, shard: 1, snapshotEvery: Number.MAX_SAFE_INTEGER };
  try {
    const shard = await openTradingShard({ ...options, folder: join(folder, "shard") });
    for (const bytes of encodedMarket()) shard.enter(bytes, 0);
    shard.flush();
    const idle = await oneOutstanding(shard, 2000);
    const exchange = openedExchange();
    const passes: { log: number; engine: number; full: number; book: number }[] = [];
    const passOfBook = passesOfNpm();
    let busy = 0;
    for (let pass = 0; pass <= PASSES; pass++) {
      const mix = encodeMix(PASS, { firstKey: pass * PASS });
      const log = await logAlone(join(folder, "log-alone"), mix, PASS);
      rmSync(join(folder, "log-alone"), { recursive: true });
      const engine = engineAlone(exchange, mix, PASS);
      const full = await throughput(shard, mix, PASS);
      if (pass === 0) continue;
      passes.push({ log, engine, full: full.perSecond, book: passOfBook() });
      busy += full.busy;
    }
    const middle = (of: keyof (typeof passes)[0]) => median(passes.map((pass) => pass[of]));
    const full = { perSecond: middle("full"), busy };
    const [log, engine, book] = [middle("log"), middle("engine"), middle("book")];
    const mix = encodeMix(OPEN_LOOP, { firstKey: (PASSES + 1) * PASS });
    const latencies: Record<string, number> = {};
    const rates = OFFERED.map((part) => Math.round((full.perSecond * part) / 1000) * 1000);
    if (full.perSecond > OFFERED_PER_SECOND) rates.push(OFFERED_PER_SECOND);
    for (const offered of rates) {
      const [p50, , p99, , longest] = await openLoop(shard, mix, offered, OPEN_LOOP_SECONDS);
      const name = `open loop at ${Math.round((offered / full.perSecond) * 100)} % of that, ${offered.toLocaleString("en-US")} a second,`;
      Object.assign(latencies, { [`${name} p50 ms`]: ms(p50), [`${name} p99 ms`]: ms(p99), [`${name} longest ms`]: ms(longest) });
    }
    const commands = shard.position.sequence;
    const rss = process.memoryUsage().rss;
    await shard.close();

    const replayStarted = performance.now();
    const again = await openTradingShard({ ...options, folder: join(folder, "shard") });
    const replayed = performance.now() - replayStarted;
    const snapshotStarted = performance.now();
    await again.snapshot();
    const snapshotTaken = performance.now() - snapshotStarted;
    await again.close();
    const restoreStarted = performance.now();
    await (await openTradingShard({ ...options, folder: join(folder, "shard") })).close();
    const restored = performance.now() - restoreStarted;

    return {
      name: "shard",
      conditions: {
        commands: `${PASS.toLocaleString("en-US")} a pass: ${describeMix()}`,
        passes: `${PASSES} after one for warm-up, log, matching, shard and book by turns; medians`,
        accounts: ACCOUNTS,
        durability: "CRC-32C per record and group, one fdatasync a group before the acknowledgement",
        "open loop": `${OPEN_LOOP_SECONDS} s each, latency from the time each command was due`,
        "load average at the end": loadavg()[0].toFixed(1),
        threads: "client and matching on one, the log on another",
      },
      figures: {
        "acknowledged commands per second": full.perSecond,
        "batches refused as busy": full.busy,
        "one outstanding, p50 ms": ms(idle[0]),
        "one outstanding, p99 ms": ms(idle[1]),
        ...latencies,
        "peer: the log without matching, commands per second": log,
        "peer: matching without a log, commands per second": engine,
        "peer: nodejs-order-book, a book alone, operations per second": Math.round(book * 1e6),
        "times nodejs-order-book": ms(full.perSecond / 1e6 / book),
        "ratio to the slower peer": ms(full.perSecond / Math.min(log, engine)),
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
