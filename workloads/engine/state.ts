/**
 * The whole state of an exchange in canonical order: what is logically the same is written as the same bytes, whatever its history and its
 * place in memory. Reading it back continues exactly.
 */

import type { SymbolFilters } from "./commands";
import type { Core } from "./core";
import { noFilters } from "./filters-codec";
import type { KeyIndex } from "./hash-index";
import { writePair } from "./ledger";
import type { Lists } from "./lists";
import { Market } from "./market";
import { Place } from "./order-pool";
import type { PriceQueues } from "./queues";
import * as records from "./records";
import type { Sessions } from "./sessions";
import type { StateReader, StateWriter } from "./state-stream";

const {
  AMENDS,
  BALANCE_ASSET,
  BALANCE_NEXT,
  EXECUTED,
  EXTERNAL,
  FEES,
  FLAGS,
  FREE,
  HELD,
  HIDDEN,
  ICEBERG,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LOCKED,
  NEXT,
  OWNER,
  POSITION,
  PRICE,
  QUANTITY,
  REMAINING,
  ROW,
  SIDE_BIT,
  STOP,
  TRAILING,
} = records;

/** First words of a state: a mark, and the version of this layout. */
const MARK = 0x6572756f62;
export const STATE_VERSION = 1;

export interface Parts {
  core: Core;
  lists: Lists;
  sessions: Sessions;
  transfers: KeyIndex;
}

const filterNames = Object.keys(noFilters) as (keyof SymbolFilters)[];

/** Writes everything; yields now and then, so that the caller can pass on what is full. */
export function* writeParts(parts: Parts, to: StateWriter): Generator<void> {
  const { core } = parts;
  for (const word of [MARK, STATE_VERSION, core.shard, core.lastSequence, core.lastTime, core.lastOrderId, core.version]) to.number(word);
  to.boolean(core.killed);
  yield* writeLedger(core, to);
  const pending = pendingLegs(parts);
  for (const market of core.markets) yield* writeMarket(core, market, pending.get(market) ?? [], to);
  parts.lists.write(to);
  yield* parts.sessions.write(to);
  const transfers = parts.transfers.sortedKeys();
  to.number(transfers.length / 3);
  for (let at = 0; at < transfers.length; at++) {
    to.number(transfers[at]);
    if (at % 12_288 === 0) yield;
  }
}

/** Legs that wait for the working leg of their list, by market. */
function pendingLegs({ core, lists }: Parts): Map<Market, number[]> {
  const legs = new Map<Market, number[]>();
  for (const list of lists.all()) {
    for (const order of list.orders) {
      if (order === 0 || core.place(order) !== Place.PENDING) continue;
      const market = core.marketOf(order);
      const others = legs.get(market);
      if (others === undefined) legs.set(market, [order]);
      else others.push(order);
    }
  }
  return legs;
}

function writePairTo(to: StateWriter, f: Float64Array, at: number): void {
  to.number(f[at]);
  to.number(f[at + 1]);
}

function* writeLedger(core: Core, to: StateWriter): Generator<void> {
  const { ledger } = core;
  to.number(ledger.assets.length - 1);
  for (let asset = 1; asset < ledger.assets.length; asset++) {
    const { number, name, decimals } = ledger.assets[asset];
    to.number(number);
    to.text(name);
    to.number(decimals);
    writePairTo(to, ledger.f, ledger.totalAt(asset, FEES));
    writePairTo(to, ledger.f, ledger.totalAt(asset, EXTERNAL));
  }
  to.number(ledger.discountAsset);
  const tiers = [...ledger.tiers].sort((x, y) => x[0] - y[0]);
  to.number(tiers.length);
  for (const [number, tier] of tiers) {
    for (const word of [number, tier.makerRate, tier.takerRate, tier.discount]) to.number(word);
  }
  to.number(ledger.accounts.length - 1);
  for (let slot = 1; slot < ledger.accounts.length; slot++) {
    const account = ledger.accounts[slot];
    for (const word of [account.number, account.flags, account.feeTier, account.tradeGroup]) to.number(word);
    const balances: number[] = [];
    for (let b = account.balances; b !== 0; b = ledger.i[b * 16 + BALANCE_NEXT]) {
      if (ledger.get(b, FREE) !== 0n || ledger.get(b, LOCKED) !== 0n) balances.push(b);
    }
    balances.sort((x, y) => ledger.i[x * 16 + BALANCE_ASSET] - ledger.i[y * 16 + BALANCE_ASSET]);
    to.number(balances.length);
    for (const balance of balances) {
      to.number(ledger.i[balance * 16 + BALANCE_ASSET]);
      writePairTo(to, ledger.f, balance * 8 + FREE);
      writePairTo(to, ledger.f, balance * 8 + LOCKED);
    }
    if (slot % 1024 === 0) yield;
  }
  to.number(core.markets.length);
}

function* writeMarket(core: Core, market: Market, pending: number[], to: StateWriter): Generator<void> {
  const { instrument, filters, average } = market;
  for (const word of [instrument.symbol, instrument.base, instrument.quote, instrument.priceDecimals, instrument.quantityDecimals])
    to.number(word);
  to.text(instrument.name);
  for (const name of filterNames) {
    const value = filters[name];
    if (typeof value !== "bigint") to.number(Number(value));
    else {
      to.number(Number(value & 0xffffffffn));
      to.number(Number(value >> 32n));
    }
  }
  for (const word of [market.state, market.lastPrice, market.lastTradeId, market.lastUpdateId, market.lastPreventedId]) to.number(word);
  average.write(to);
  yield* writeQueues(core, market.book, to);
  yield* writeQueues(core, market.stops, to);
  const waiting = [...pending, ...market.trailing.list()].sort((x, y) => core.orders.f[x * 8 + ID] - core.orders.f[y * 8 + ID]);
  to.number(waiting.length);
  for (const order of waiting) writeOrder(core, order, to);
  market.trailing.write(to);
  yield;
}

/** Orders queue by queue, the best price first; a 0 ends them. */
function* writeQueues(core: Core, queues: PriceQueues, to: StateWriter): Generator<void> {
  let written = 0;
  for (const ladder of [queues.bids, queues.asks]) {
    const levels: number[] = [];
    ladder.list(levels, Number.POSITIVE_INFINITY);
    for (const level of levels) {
      for (let order = queues.i[level * 16 + NEXT]; order !== level; order = core.orders.i[order * 16 + NEXT]) {
        writeOrder(core, order, to);
        if (++written % 1024 === 0) yield;
      }
    }
  }
  to.number(0);
}

function writeOrder(core: Core, order: number, to: StateWriter): void {
  const { orders } = core;
  const { f, i } = orders;
  const owner = core.positions.i[i[order * 16 + POSITION] * 16 + OWNER];
  to.number(f[order * 8 + ID]);
  to.number(owner);
  for (const word of [f[order * 8 + REMAINING], f[order * 8 + PRICE], orders.visible(order), orders.executed(order)]) to.number(word);
  to.number(i[order * 16 + FLAGS]);
  for (const word of [orders.quantity(order), orders.stop(order), orders.iceberg(order)]) to.number(word);
  for (const word of [i[order * 16 + KEY_LOW], i[order * 16 + KEY_HIGH], orders.trailing(order), orders.amends(order)]) to.number(word);
}

/** Reads what {@link writeParts} wrote into fresh parts. */
export function readParts(parts: Parts, from: StateReader): void {
  const { core } = parts;
  core.lastSequence = from.number();
  core.setTime(from.number());
  core.lastOrderId = from.number();
  core.version = from.number();
  core.killed = from.boolean();
  const markets = readLedger(core, from);
  const reading: Reading = { core, latest: new Int32Array(core.ledger.accounts.length), ids: [] };
  for (let n = 0; n < markets; n++) readMarket(reading, from);
  attachAll(reading);
  parts.lists.read(from);
  parts.sessions.read(from);
  for (let n = from.number(); n > 0; n--) parts.transfers.add(from.number(), from.number(), from.number(), 1);
  if (!from.ended) throw new RangeError("the state has more bytes than it should");
}

/** What is at hand while a state is read. */
interface Reading {
  core: Core;
  /** By owner, a position of it: most likely the one in the present market, which so need not be looked for. */
  latest: Int32Array;
  /** Of all orders that were read, which are in the index. */
  ids: number[];
}

/** Makes all orders known by ascending id, the order in which their owners entered them. */
function attachAll({ core, ids: unsorted }: Reading): void {
  const { index } = core;
  const ids = Float64Array.from(unsorted);
  // Numbers are sorted several times as fast as with a function that compares.
  ids.sort();
  const together = new Int32Array(TOGETHER);
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const count = Math.min(TOGETHER, ids.length - from);
    for (let n = 0; n < count; n++) together[n] = index.find(ids[from + n]);
    for (let n = 0; n < count; n++) core.compiled.bringPlaces(together[n]);
    for (let n = 0; n < count; n++) core.attachIndexed(together[n]);
  }
}

/** Orders whose places are brought near together, before they are written to. */
const TOGETHER = 64;
/** Checks the first words and returns the shard. */
export function readShard(from: StateReader): number {
  if (from.number() !== MARK) throw new RangeError("this is not the state of an exchange");
  const version = from.number();
  if (version !== STATE_VERSION) throw new RangeError(`the state has version ${version}; this code reads version ${STATE_VERSION}`);
  return from.number();
}

function readLedger(core: Core, from: StateReader): number {
  const { ledger } = core;
  for (let n = from.number(); n > 0; n--) {
    const asset = ledger.listAsset(from.number(), from.text(), from.number());
    for (const part of [FEES, FEES + 1, EXTERNAL, EXTERNAL + 1]) ledger.f[ledger.totalAt(asset, part)] = from.number();
    writePair(ledger.f, ledger.totalAt(asset, HELD), -ledger.total(asset, FEES) - ledger.total(asset, EXTERNAL));
  }
  ledger.discountAsset = from.number();
  for (let n = from.number(); n > 0; n--) {
    ledger.tiers.set(from.number(), { makerRate: from.number(), takerRate: from.number(), discount: from.number() });
  }
  const accounts = from.number();
  ledger.reserve(accounts);
  for (let n = accounts; n > 0; n--) {
    const slot = ledger.openAccount(from.number());
    const account = ledger.accounts[slot];
    account.flags = from.number();
    account.feeTier = from.number();
    account.tradeGroup = from.number();
    ledger.applyTier(slot);
    for (let b = from.number(); b > 0; b--) {
      const balance = ledger.balance(slot, from.number());
      const at = balance * 8;
      ledger.f[at + FREE] = from.number();
      ledger.f[at + FREE + 1] = from.number();
      ledger.f[at + LOCKED] = from.number();
      ledger.f[at + LOCKED + 1] = from.number();
    }
  }
  return from.number();
}

function readMarket(reading: Reading, from: StateReader): void {
  const { core } = reading;
  const { ledger } = core;
  const [symbol, base, quote, priceDecimals, quantityDecimals] = [
    from.number(),
    from.number(),
    from.number(),
    from.number(),
    from.number(),
  ];
  const instrument = { symbol, name: from.text(), base, quote, priceDecimals, quantityDecimals };
  const entries = filterNames.map((name) => {
    const like = noFilters[name];
    if (typeof like === "bigint") return [name, BigInt(from.number()) + (BigInt(from.number()) << 32n)];
    return [name, typeof like === "boolean" ? from.boolean() : from.number()];
  });
  const filters = Object.fromEntries(entries) as SymbolFilters;
  const market = new Market(instrument, filters, ledger.assets[base].decimals, ledger.assets[quote].decimals, core.markets.length, core);
  market.state = from.number();
  market.lastPrice = from.number();
  market.lastTradeId = from.number();
  market.lastUpdateId = from.number();
  market.lastPreventedId = from.number();
  market.average.read(from);
  core.markets.push(market);
  core.marketSlots.add(symbol, 0, 0, core.markets.length);
  for (let id = from.number(); id !== 0; id = from.number()) {
    const order = readOrder(reading, market, id, from);
    market.book.insert(order, core.orders.i[order * 16 + FLAGS] & SIDE_BIT, core.orders.f[order * 8 + PRICE]);
  }
  market.book.clearChanges();
  for (let id = from.number(); id !== 0; id = from.number()) {
    market.insertStop(readOrder(reading, market, id, from));
  }
  const waiting = new Map<number, number>();
  for (let n = from.number(); n > 0; n--) {
    const id = from.number();
    waiting.set(id, readOrder(reading, market, id, from));
  }
  market.trailing.read(from, waiting);
  market.countWaiting();
}

function readOrder({ core, latest, ids }: Reading, market: Market, id: number, from: StateReader): number {
  const { memory, orders } = core;
  const order = orders.allocate();
  const owner = from.number();
  const remaining = from.number();
  memory.f[order * 8 + ID] = id;
  memory.f[order * 8 + REMAINING] = remaining;
  memory.f[order * 8 + PRICE] = from.number();
  orders.set(order, HIDDEN, remaining - from.number());
  orders.set(order, EXECUTED, from.number());
  memory.i[order * 16 + FLAGS] = from.number();
  for (const field of [QUANTITY, STOP, ICEBERG]) orders.set(order, field, from.number());
  memory.i[order * 16 + KEY_LOW] = from.number();
  memory.i[order * 16 + KEY_HIGH] = from.number();
  for (const field of [TRAILING, AMENDS]) orders.setInteger(order, field, from.number());
  let position = latest[owner];
  if (position === 0 || memory.i[position * 16 + ROW] !== market.row) position = latest[owner] = core.positionOf(owner, market);
  memory.i[order * 16 + POSITION] = position;
  core.index.add(order);
  ids.push(id);
  return order;
}
