/**
 * The order book alone against other order books: the same stream of operations, interleaved passes, equal results. Peers run a
 * prefix of the stream, because they are slower by orders of magnitude; the results are compared over that prefix. Beside them run orderbook-rs and
 * exchange-core, where their toolchains are.
 *
 * Passes are measured in processor time of the thread that runs them, so that other processes take part only by what they leave of the caches: on a busy
 * machine elapsed time told how busy it was. Each engine has one pass to warm up first, or more.
 */

import { performance } from "node:perf_hooks";
import { Book, Side } from "@bourse/engine";
import * as hft from "hft-limit-order-book";
import * as nodejs from "nodejs-order-book";
import { nativePass, nativePeers, writeStream } from "./engine-native-peers";
import { makeStream, Operation, type Stream, type StreamOptions } from "./engine-streams";
import type { BenchmarkReport } from "./run";

const PASSES = 5;
const BATCH = 32;
const OPERATIONS = 1_000_000;
const PEER_OPERATIONS = 100_000;

const streams: Record<string, StreamOptions> = {
  std: { operations: OPERATIONS, marketable: 40, cancels: 450, amends: 30, resting: 10_000, levels: 500 },
  match: { operations: OPERATIONS, marketable: 300, cancels: 170, amends: 30, resting: 10_000, levels: 500 },
  deep: { operations: OPERATIONS, marketable: 40, cancels: 450, amends: 30, resting: 1_000_000, levels: 5_000 },
};

/** An engine of each kind, for ever: with the last object of a class V8 throws its machine code away, and the next pass would measure the compiler. */
const kept: Engine[] = [];

/** Applies operations [from, to) and folds the lots that each executed into a checksum. */
type Engine = (stream: Stream, from: number, to: number) => number;

function ours(book: Book): Engine {
  return (stream, from, to) => {
    const { kind, id, side, price, quantity } = stream;
    let sum = 0;
    for (let n = from; n < to; n++) {
      if (kind[n] === Operation.ADD) sum = (Math.imul(sum, 31) + quantity[n] - book.add(id[n], side[n], price[n], quantity[n])) | 0;
      else if (kind[n] === Operation.CANCEL) book.cancel(id[n]);
      else book.amend(id[n], quantity[n]);
    }
    return sum;
  };
}

interface PeerBook {
  limit(options: object): { quantityLeft: number };
  cancel(id: string): unknown;
  modify(id: string, change: object): unknown;
}

function peer(book: PeerBook): Engine {
  return (stream, from, to) => {
    const { kind, id, side, price, quantity } = stream;
    let sum = 0;
    for (let n = from; n < to; n++) {
      if (kind[n] === Operation.ADD) {
        const options = { id: String(id[n]), side: side[n] === Side.BUY ? "buy" : "sell", price: price[n], size: quantity[n] };
        sum = (Math.imul(sum, 31) + quantity[n] - book.limit(options).quantityLeft) | 0;
      } else if (kind[n] === Operation.CANCEL) book.cancel(String(id[n]));
      else book.modify(String(id[n]), { size: quantity[n] });
    }
    return sum;
  };
}

const peers: Record<string, () => PeerBook> = {
  "nodejs-order-book": () => new nodejs.OrderBook() as unknown as PeerBook,
  "hft-limit-order-book": () => new hft.OrderBook() as unknown as PeerBook,
};

function median(values: number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1];
}

interface Pass {
  rate: number;
  sum: number;
}

/** Processor time of this thread in microseconds. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** Opens the book, unmeasured, then applies `count` operations; millions of operations per second. */
function pass(engine: Engine, stream: Stream, count: number): Pass {
  engine(stream, 0, stream.opening);
  globalThis.gc?.();
  const start = processorTime();
  const sum = engine(stream, stream.opening, stream.opening + count);
  return { rate: count / (processorTime() - start), sum };
}

/** Nanoseconds an operation in batches, less the timer's own cost, which is returned too. */
function batchLatencies(stream: Stream): { sorted: Float64Array; timer: number } {
  const timers = new Float64Array(10_000);
  for (let n = 0; n < timers.length; n++) {
    const start = performance.now();
    timers[n] = performance.now() - start;
  }
  const timer = timers.sort()[timers.length >> 1] * 1e6;
  const engine = ours(new Book({ orders: stream.opening }));
  engine(stream, 0, stream.opening);
  const batches = Math.floor((stream.length - stream.opening) / BATCH);
  const sorted = new Float64Array(batches);
  for (let n = 0; n < batches; n++) {
    const from = stream.opening + n * BATCH;
    const start = performance.now();
    engine(stream, from, from + BATCH);
    sorted[n] = ((performance.now() - start) * 1e6 - timer) / BATCH;
  }
  return { sorted: sorted.subarray(batches >> 2).sort(), timer };
}

/** 99.99th percentile of single operations, and of a loop that does nothing, in nanoseconds. */
function tail(stream: Stream): { operation: number; empty: number } {
  const engine = ours(new Book({ orders: stream.opening }));
  engine(stream, 0, stream.opening);
  const count = 400_000;
  const times = new Float64Array(count);
  const empty = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const at = stream.opening + n;
    const start = performance.now();
    engine(stream, at, at + 1);
    const middle = performance.now();
    empty[n] = performance.now() - middle;
    times[n] = middle - start;
  }
  const quantile = (values: Float64Array): number => values.sort()[Math.floor(values.length * 0.9999)] * 1e6;
  return { operation: quantile(times.subarray(count >> 2)), empty: quantile(empty.subarray(count >> 2)) };
}

export default async function run(): Promise<BenchmarkReport> {
  const figures: Record<string, number | string> = {};
  const natives = nativePeers();
  for (const [name, options] of Object.entries(streams)) {
    const stream = makeStream(options);
    const rates: number[] = [];
    const compared = name === "deep" ? [] : Object.entries(peers);
    const peerRates = compared.map((): number[] => []);
    const others = natives
      .filter(({ missing, slow }) => missing === undefined && !(slow && name === "deep"))
      .map((native) => {
        const count = native.slow ? PEER_OPERATIONS : OPERATIONS;
        return { native, count, path: writeStream(stream, count, `${name}-${count}`), rates: [] as number[] };
      });
    const warm = [ours(new Book({ orders: stream.opening })), ...compared.map(([, make]) => peer(make()))];
    for (const [i, engine] of warm.entries()) pass(engine, stream, i === 0 ? OPERATIONS : PEER_OPERATIONS);
    kept.push(...warm);
    for (let n = 0; n < PASSES; n++) {
      const own = pass(ours(new Book({ orders: stream.opening })), stream, OPERATIONS);
      rates.push(own.rate);
      const { sum } = pass(ours(new Book({ orders: stream.opening })), stream, PEER_OPERATIONS);
      for (const [i, [peerName, make]] of compared.entries()) {
        const result = pass(peer(make()), stream, PEER_OPERATIONS);
        if (result.sum !== sum) throw new Error(`${peerName} executes other quantities than this book on stream ${name}`);
        peerRates[i].push(result.rate);
      }
      for (const { native, count, path, rates: nativeRates } of others) {
        const result = nativePass(native, path, count);
        if (result.sum !== (native.slow ? sum : own.sum)) throw new Error(`${native.name} executes other quantities on stream ${name}`);
        nativeRates.push(result.rate);
      }
    }
    figures[`${name}: million operations/s`] = median(rates);
    for (const [i, [peerName]] of compared.entries()) {
      figures[`${name}: ${peerName}, million operations/s`] = median(peerRates[i]);
      figures[`${name}: times ${peerName}`] = median(rates) / median(peerRates[i]);
    }
    for (const { native, rates: nativeRates } of others) {
      figures[`${name}: ${native.name}, million operations/s`] = median(nativeRates);
      figures[`${name}: times ${native.name}`] = median(rates) / median(nativeRates);
    }
    const { sorted, timer } = batchLatencies(stream);
    figures[`${name}: p50 ns an operation, in batches of ${BATCH}`] = sorted[sorted.length >> 1];
    figures[`${name}: p99 ns an operation, in batches of ${BATCH}`] = sorted[Math.floor(sorted.length * 0.99)];
    figures[`${name}: timer ns, subtracted once a batch`] = timer;
    const single = tail(stream);
    figures[`${name}: p99.99 ns of single operations, timer included`] = single.operation;
    figures[`${name}: p99.99 ns of an empty loop`] = single.empty;
    const book = new Book({ orders: stream.opening });
    ours(book)(stream, 0, stream.opening);
    figures[`${name}: bytes a resting order`] = book.bytes / book.size;
  }
  for (const { name, missing } of natives) {
    if (missing !== undefined) figures[name] = missing;
  }
  return {
    name: "engine-book",
    conditions: {
      operations: OPERATIONS,
      "operations of the peers": `${PEER_OPERATIONS}; of exchange-core ${OPERATIONS}`,
      "peers in other languages": "processes of their own that warm up on the same stream; without the start of the process",
      passes: `${PASSES}, interleaved, medians; one to warm up before, its engine's garbage collected before each`,
      rates: "by processor time of the thread that applies the operations; latencies by elapsed time",
      std: "new 48 %, cancel 45 %, marketable 4 %, amend 3 %; 10,000 resting on about 1,000 levels",
      match: "new 50 %, cancel 17 %, marketable 30 %, amend 3 %; 10,000 resting",
      deep: "as std; 1,000,000 resting on about 10,000 levels; without the slow peers, which take minutes to fill",
      result: "executed lots of every operation equal between all engines",
    },
    figures,
  };
}
