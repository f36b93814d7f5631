/**
 * The whole exchange in memory on one core: decode, validate, hold, match, settle with fees, encode events. 10,000 accounts, 100 symbols; the
 * commands are encoded beforehand, the events are written and dropped.
 */

import { PerformanceObserver, performance } from "node:perf_hooks";
import { type Command, EventBuffer, Exchange, encodeCommand, noFilters, Side, SymbolState } from "@bourse/engine";
import { median, passesOfNpm } from "./npm-book";
import type { BenchmarkReport } from "./run";

const ACCOUNTS = 10_000;
const SYMBOLS = 100;
/** As many as rest in stream `std` of the book alone, on as many levels: about 1,000, ten for each symbol. */
const RESTING = 10_000;
/** The same with ten times as many orders on ten times as many levels, which no core has in a cache of its own. */
const MANY = 100_000;
/** Prices of a side at which orders rest for each 10,000 of them: together with SYMBOLS and both sides, 1,000 levels. */
const TICKS = 5;
const COMMANDS = 400_000;
/** Commands of the same mix before the measured ones: accounts then have a position in each of their symbols, and slots are used again. */
const SETTLING = 1_500_000;
/** Passes that are measured, after one that warms up; a further one is timed in batches. */
const PASSES = 5;
const BATCH = 32;
/** Commands that are given at once, as by a socket's chunk of 64 KiB. */
const GROUP = 1_000;
/** Seconds of full load for the figures on garbage collection; `BENCH_SECONDS=60 npm run bench -- engine-exchange` looks at a minute. */
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
const MIDDLE = 1_000_000;
const header = { time: 1_700_000_000_000_000, session: 1, sessionSequence: 0 };

/** Encoded commands, one behind the other, and where each begins. */
class Log {
  bytes = new Uint8Array(1 << 20);
  offsets: number[] = [];
  length = 0;

  add(command: Command): void {
    if (this.length + 512 > this.bytes.length) {
      const bytes = new Uint8Array(this.bytes.length * 2);
      bytes.set(this.bytes);
      this.bytes = bytes;
    }
    this.offsets.push(this.length);
    this.length = encodeCommand(command, this.bytes, this.length);
  }
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function opening(): Log {
  const log = new Log();
  let sequence = 0;
  const add = (command: Command): void => log.add({ ...command, sessionSequence: ++sequence });
  add({ kind: "setFeeTier", ...header, feeTier: 0, makerRate: 200, takerRate: 400, discount: 0 });
  add({ kind: "listAsset", ...header, asset: 1, name: "USDT", decimals: 8, discountAsset: false });
  for (let symbol = 1; symbol <= SYMBOLS; symbol++) {
    const name = `A${symbol}`;
    add({ kind: "listAsset", ...header, asset: symbol + 1, name, decimals: 8, discountAsset: false });
    const scales = { priceDecimals: 2, quantityDecimals: 5 };
    const filters = { ...noFilters, maxPrice: 10_000_000, maxQuantity: 1_000_000, minNotional: 500_000n };
    add({
      kind: "listSymbol",
      ...header,
      symbol,
      name: `${name}USDT`,
      baseAsset: symbol + 1,
      quoteAsset: 1,
      ...scales,
      filters,
      state: SymbolState.TRADING,
    });
  }
  for (let account = 1; account <= ACCOUNTS; account++) {
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true, discountFees: false };
    add({ kind: "setAccount", ...header, account, ...flags, feeTier: 0, tradeGroup: 0 });
    add({ kind: "deposit", ...header, account, asset: 1, amount: 10n ** 14n, transferId: BigInt(account) * 1000n });
    for (let n = 0; n < 10; n++) {
      const asset = 2 + ((account + n * 7) % SYMBOLS);
      add({ kind: "deposit", ...header, account, asset, amount: 10n ** 13n, transferId: BigInt(account) * 1000n + BigInt(n + 1) });
    }
  }
  return log;
}

/**
 * First `resting` orders and `settling` commands of the mix, then the measured ones. New orders 52 %, of which 8 % marketable, cancels 48 %, with a
 * client key each; around `resting` orders rest. An order belongs to one of ten symbols of its account. Order ids are those that the exchange
 * gives: every order is accepted. A cancel may come too late, as it does for its owner: it is refused where the order was filled meanwhile.
 */
function trading(resting: number, settling: number, commands: number): { fill: Log; load: Log } {
  const next = random(11);
  const fill = new Log();
  const load = new Log();
  const live: [id: number, account: number, symbol: number][] = [];
  const ticks = Math.ceil(resting / 10_000) * TICKS;
  let lastId = 0;
  let sequence = 2_000_000;
  for (let n = 0; n < resting + settling + commands; n++) {
    const log = n < resting + settling ? fill : load;
    const head = { ...header, sessionSequence: ++sequence };
    if (n >= resting && next(100) < 48 && live.length > 0) {
      const at = next(live.length);
      const [orderId, account, symbol] = live[at];
      live[at] = live[live.length - 1];
      live.pop();
      log.add({ kind: "cancelOrder", ...head, account, symbol, orderId, clientKey: 0n, onlyIf: "any", clientOrderId: "" });
      continue;
    }
    const account = 1 + next(ACCOUNTS);
    const symbol = 1 + ((account + next(10) * 7) % SYMBOLS);
    const side = next(2) as Side;
    const marketable = n >= resting && next(100) < 8;
    const away = marketable ? -3 : 1 + next(ticks);
    lastId += 1;
    log.add({
      kind: "newOrder",
      ...head,
      account,
      symbol,
      side,
      type: 0,
      timeInForce: marketable ? 1 : 0,
      selfTradePrevention: 2,
      price: side === Side.BUY ? MIDDLE - away : MIDDLE + away,
      quantity: 100 + next(1000),
      quoteQuantity: 0n,
      stopPrice: 0,
      trailingDelta: 0,
      icebergQuantity: 0,
      clientKey: BigInt(lastId),
      clientOrderId: "",
    });
    if (!marketable) live.push([lastId, account, symbol]);
  }
  return { fill, load };
}

/** An exchange that is given groups of commands, as a shard is given them by its gateways: what a group will touch is brought near first. */
class Machine {
  readonly exchange: Exchange;
  readonly out = new EventBuffer(1 << 20);
  private readonly ends = new Uint32Array(GROUP);
  sequence = 0;

  constructor(orders: number) {
    this.exchange = new Exchange({ orders });
  }

  apply(log: Log, from = 0, to = log.offsets.length): void {
    const { exchange, out } = this;
    const { bytes, offsets } = log;
    for (let n = from; n < to; n += GROUP) {
      out.clear();
      const behind = Math.min(n + GROUP, to);
      const end = behind === offsets.length ? log.length : offsets[behind];
      this.sequence += exchange.applyAll(bytes, offsets[n], end, 0, 1, this.sequence + 1, out, this.ends);
    }
  }
}

interface Measured {
  /** Million commands a second: the median of the passes. */
  rate: number;
  /** Nanoseconds a command, in batches, ascending. */
  batches: Float64Array;
  /** Bytes of the typed arrays for each order that rests. */
  bytes: number;
  /** Orders that rest where measuring begins. */
  resting: number;
}

/** Passes over the same commands, each from a fresh state, with so many orders that rest at first; by turns with `peer`. */
function measure(begin: Log, { fill, load }: { fill: Log; load: Log }, orders: number, peer = () => {}): Measured {
  const rates: number[] = [];
  const batches = new Float64Array(Math.floor(COMMANDS / BATCH));
  let hash = "";
  let bytes = 0;
  let resting = 0;
  // With the last object of a class V8 throws away the machine code of its methods: one stays.
  let stays: Machine | undefined;
  for (let pass = 0; pass < PASSES + 2; pass++) {
    const machine = new Machine(orders);
    stays ??= machine;
    machine.apply(begin);
    machine.apply(fill, 0, orders);
    bytes = machine.exchange.orderMemory / machine.exchange.openOrders;
    machine.apply(fill, orders);
    resting = machine.exchange.openOrders;
    const start = performance.now();
    if (pass <= PASSES) machine.apply(load);
    else {
      for (let n = 0; n < batches.length; n++) {
        const from = performance.now();
        machine.apply(load, n * BATCH, n * BATCH + BATCH);
        batches[n] = ((performance.now() - from) * 1e6) / BATCH;
      }
      machine.apply(load, batches.length * BATCH);
    }
    if (pass > 0 && pass <= PASSES) {
      rates.push(COMMANDS / 1000 / (performance.now() - start));
      peer();
    }
    const own = machine.exchange.stateHash();
    if (hash !== "" && own !== hash) throw new Error("two passes over the same commands ended in different states");
    hash = own;
    machine.exchange.audit();
  }
  if (stays?.exchange.stateHash() !== hash) throw new Error("the first pass's state has changed");
  return { rate: median(rates), batches: batches.subarray(batches.length >> 2).sort(), bytes, resting };
}

export default async function run(): Promise<BenchmarkReport> {
  const begin = opening();
  const commands = trading(RESTING, SETTLING, COMMANDS);
  const peerPass = passesOfNpm();
  const peerRates: number[] = [];
  const std = measure(begin, commands, RESTING, () => {
    peerRates.push(peerPass());
  });
  const many = measure(begin, trading(MANY, SETTLING, COMMANDS), MANY);
  const atAMillion = bytesAtAMillion(begin);
  const load = await steadyLoad(begin, commands.fill, commands.load);
  const peerRate = median(peerRates);
  const { batches, pauses } = { ...std, ...load };
  const name = `with ${MANY} resting orders`;
  return {
    name: "engine-exchange",
    conditions: {
      accounts: ACCOUNTS,
      symbols: SYMBOLS,
      "resting orders": `${RESTING} at first, as in stream std, on 1,000 levels; ${std.resting} where measuring begins`,
      [name]: `on 10,000 levels; ${many.resting} where measuring begins`,
      commands: COMMANDS,
      "commands given at once": GROUP,
      mix: "new 52 % (8 % of them marketable, IOC), cancel 48 %; every order with a client key; sessions checked; maker and taker fees",
      "commands of the same mix before": SETTLING,
      passes: `${PASSES} after one for warm-up, and one for the times of batches; by turns with the peer; medians; all end in the same state hash and pass the audit`,
      "seconds of load for the collector's figures": SECONDS,
    },
    figures: {
      "million commands/s": std.rate,
      [`million commands/s ${name}`]: many.rate,
      "nodejs-order-book, a book alone, stream std, million operations/s": peerRate,
      "times nodejs-order-book": std.rate / peerRate,
      [`p50 ns a command, in batches of ${BATCH}`]: batches[batches.length >> 1],
      [`p99 ns a command, in batches of ${BATCH}`]: batches[Math.floor(batches.length * 0.99)],
      [`p99.9 ns a command, in batches of ${BATCH}`]: batches[Math.floor(batches.length * 0.999)],
      [`p99.9 ns a command, in batches of ${BATCH}, ${name}`]: many.batches[Math.floor(many.batches.length * 0.999)],
      "bytes a resting order, in typed arrays": std.bytes,
      [`bytes a resting order ${name}`]: many.bytes,
      "bytes a resting order, with a million of them": atAMillion,
      "heap bytes allocated a command, after warm-up": load.allocated / load.commands,
      "collector pauses under load": pauses.length,
      "collector pauses above 2 ms": pauses.filter((duration) => duration > 2).length,
      "longest pause ms": pauses.length === 0 ? 0 : Math.max(...pauses),
    },
  };
}

/** Memory of orders, indices and books for each of a million orders that rest. */
function bytesAtAMillion(begin: Log): number {
  const machine = new Machine(1_000_000);
  machine.apply(begin);
  machine.apply(trading(1_000_000, 0, 0).fill);
  return machine.exchange.orderMemory / machine.exchange.openOrders;
}

/**
 * Applies the load again and again for a while, each time from a fresh state; what was allocated on the heap meanwhile, and the collector's
 * pauses that began meanwhile. Making the fresh state is not part of it.
 */
async function steadyLoad(begin: Log, fill: Log, load: Log): Promise<{ allocated: number; commands: number; pauses: number[] }> {
  const collections: { startTime: number; duration: number }[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) collections.push({ startTime, duration });
  });
  observer.observe({ entryTypes: ["gc"] });
  const spans: [from: number, to: number][] = [];
  let allocated = 0;
  let commands = 0;
  let busy = 0;
  while (busy < SECONDS * 1000) {
    const machine = new Machine(RESTING);
    machine.apply(begin);
    machine.apply(fill);
    machine.apply(load, 0, COMMANDS >> 2);
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const from = performance.now();
    machine.apply(load, COMMANDS >> 2);
    const to = performance.now();
    allocated += process.memoryUsage().heapUsed - before;
    spans.push([from, to]);
    busy += to - from;
    commands += COMMANDS - (COMMANDS >> 2);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  const inside = ({ startTime }: { startTime: number }): boolean => spans.some(([from, to]) => startTime >= from && startTime < to);
  return { allocated, commands, pauses: collections.filter(inside).map(({ duration }) => duration) };
}
