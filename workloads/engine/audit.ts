/**
 * The expensive invariants: recomputes from the single orders and balances everything that is kept incrementally, and throws where it
 * differs. Visits the whole state, so it is for tests, standbys and snapshots, not for every command.
 */

import { Side, TimeInForce } from "./commands";
import { type Core, ensure } from "./core";
import type { Lists } from "./lists";
import type { Market } from "./market";
import { isConditional, Place } from "./order-pool";
import type { PriceQueues } from "./queues";
import * as records from "./records";

const {
  ALGO_ORDERS,
  BALANCE_ACCOUNT,
  BALANCE_ASSET,
  BALANCE_NEXT,
  BASE,
  BEST,
  EXTERNAL,
  FEES,
  FLAGS,
  FREE,
  HELD,
  HOLDS,
  ICEBERG_ORDERS,
  ID,
  KEY_HIGH,
  KEY_LOW,
  LEVEL,
  LEVEL_FLAGS,
  LEVEL_HIDDEN,
  LEVEL_PRICE,
  LEVEL_VISIBLE,
  LOCKED,
  NEXT,
  NEXT_POSITION,
  OPEN_BUYS,
  ORDERS,
  OWNER,
  POSITION,
  POSITION_NEXT,
  PREVIOUS,
  PRICE,
  QUOTE,
  REMAINING,
  SIDE_BIT,
  SYMBOL,
  TIME_IN_FORCE_SHIFT,
  TOUCHED,
  TRIGGERED,
  WAITING,
} = records;

/** Throws an `InvariantViolation` that names the first contradiction. */
export function audit(core: Core, lists: Lists): void {
  const queued = new Set<number>();
  for (const market of core.markets) {
    auditQueues(core, market, market.book, queued);
    auditQueues(core, market, market.stops, queued);
    for (const order of market.trailing.list()) {
      ensure(core.place(order) === Place.TRAILING, `order ${id(core, order)} tracks the price and knows it`);
      queued.add(order);
    }
    const { stops, trailing } = market;
    ensure(
      core.memory.i[market.row * 16 + WAITING] === stops.bids.size + stops.asks.size + trailing.size,
      "levels and orders that wait are counted",
    );
    const [bid, ask] = [market.book.bids.best, market.book.asks.best];
    const { f } = market.book;
    ensure(bid === 0 || ask === 0 || f[bid * 8 + LEVEL_PRICE] < f[ask * 8 + LEVEL_PRICE], `${market.instrument.name} is not crossed`);
  }
  ensure(core.levels.indexed === core.levels.size, "what is found by its price is a level");
  auditLists(core, lists, queued);
  auditOwners(core, queued);
  auditMoney(core);
}

/** Whether the byte of a record that looking ahead writes 0 to is 0. */
function mayBeTouched({ memory }: Core, line: number): boolean {
  return memory.bytes[line * 64 + TOUCHED] === 0;
}

function id(core: Core, order: number): number {
  return core.orders.f[order * 8 + ID];
}

/** Levels are sorted and not empty, their sums are those of their orders, and each order is where it believes to be. */
function auditQueues(core: Core, market: Market, queues: PriceQueues, queued: Set<number>): void {
  const { orders } = core;
  const isBook = queues === market.book;
  for (const side of [Side.BUY, Side.SELL]) {
    const ladder = queues.ladder(side);
    const levels: number[] = [];
    ladder.list(levels, Number.POSITIVE_INFINITY);
    ensure(levels.length === ladder.size && (levels[0] ?? 0) === ladder.best, "a ladder knows its size and its best level");
    const none = side === Side.BUY ? 0 : Number.POSITIVE_INFINITY;
    const best = ladder.best === 0 ? none : queues.f[ladder.best * 8 + LEVEL_PRICE];
    if (isBook) ensure(core.memory.f[market.row * 8 + BEST + side] === best, "the best prices are known");
    let previous = Number.NaN;
    for (const level of levels) {
      const price = queues.f[level * 8 + LEVEL_PRICE];
      ensure(!(side === Side.BUY ? price >= previous : price <= previous), "levels are sorted by price");
      ensure(queues.find(side, price) === level, "a level is found by its price");
      ensure((queues.i[level * 16 + LEVEL_FLAGS] & 3) === side, "a level knows its side and has no change untold");
      ensure(mayBeTouched(core, level), "a level may be touched");
      previous = price;
      let [visible, total, count, tail] = [0, 0, 0, level];
      for (let order = queues.i[level * 16 + NEXT]; order !== level; order = orders.i[order * 16 + NEXT]) {
        const name = `order ${id(core, order)}`;
        ensure(core.place(order) === (isBook ? Place.BOOK : Place.STOPS), `${name} is where it is`);
        ensure(orders.i[order * 16 + LEVEL] === level && orders.i[order * 16 + PREVIOUS] === tail, `${name} is linked`);
        ensure(core.marketOf(order) === market && !queued.has(order), `${name} is in its own market, once`);
        ensure((isBook ? orders.f[order * 8 + PRICE] : orders.stop(order)) === price, `${name} is at its price`);
        if (isBook) auditResting(core, order, side);
        visible += orders.visible(order);
        total += orders.f[order * 8 + REMAINING];
        count += 1;
        tail = order;
        queued.add(order);
      }
      ensure(count > 0 && tail === queues.i[level * 16 + PREVIOUS], "a level ends with its last order");
      ensure(visible === queues.f[level * 8 + LEVEL_VISIBLE], "a level sums what its orders show");
      ensure(total - visible === queues.f[level * 8 + LEVEL_HIDDEN], "a level sums what its orders hide");
    }
  }
}

function auditResting(core: Core, order: number, side: Side): void {
  const { orders } = core;
  const flags = orders.i[order * 16 + FLAGS];
  const name = `order ${id(core, order)}`;
  ensure((flags & SIDE_BIT) === side && orders.f[order * 8 + PRICE] > 0, `${name} rests on its side at a price`);
  ensure(((flags >> TIME_IN_FORCE_SHIFT) & 3) === TimeInForce.GTC, `${name} may rest`);
  const [visible, remaining, iceberg] = [orders.visible(order), orders.f[order * 8 + REMAINING], orders.iceberg(order)];
  ensure(visible > 0 && visible <= remaining && (iceberg > 0 ? visible <= iceberg : visible === remaining), `${name} shows what it should`);
}

function auditLists(core: Core, lists: Lists, queued: Set<number>): void {
  let legs = 0;
  for (const list of lists.all()) {
    ensure(
      list.orders.some((order) => order !== 0),
      `list ${list.id} has an open leg`,
    );
    for (const [n, order] of list.orders.entries()) {
      if (order === 0) continue;
      ensure(
        id(core, order) === list.ids[n] && lists.idOf(core.orders.list(order)) === list.id,
        `list ${list.id} and its leg know each other`,
      );
      if (core.place(order) === Place.PENDING) queued.add(order);
      legs += 1;
    }
  }
  const members = [...queued].filter((order) => core.orders.list(order) !== 0);
  ensure(members.length === legs, "every leg of a list is somewhere");
}

/** Every order is in its owner's list once, in the order of ids, and what is counted for positions and markets is right. */
function auditOwners(core: Core, queued: Set<number>): void {
  const { orders, positions, ledger } = core;
  let [known, keyed] = [0, 0];
  const open = new Map<number, number>();
  const held = new Map<number, bigint>();
  for (const account of ledger.accounts) {
    for (let position = account.positions; position !== 0; position = positions.i[position * 16 + NEXT_POSITION]) {
      let [count, algo, iceberg, buys, previous] = [0, 0, 0, 0, 0];
      for (let order = positions.i[position * 16 + POSITION_NEXT]; order !== position; order = orders.i[order * 16 + POSITION_NEXT]) {
        const flags = orders.i[order * 16 + FLAGS];
        const remaining = orders.f[order * 8 + REMAINING];
        const name = `order ${id(core, order)}`;
        ensure(queued.has(order) && orders.i[order * 16 + POSITION] === position, `${name} waits somewhere and knows its owner`);
        ensure(core.index.find(id(core, order)) === order && id(core, order) > previous, `${name} is found by its id`);
        ensure(mayBeTouched(core, order), `${name} may be touched`);
        ensure(remaining > 0 && orders.executed(order) >= 0, `${name} has lots left`);
        ensure(orders.executed(order) + remaining <= orders.quantity(order), `${name} has no more lots than it was given`);
        previous = id(core, order);
        count += 1;
        if (isConditional(flags) && (flags & TRIGGERED) === 0) algo += 1;
        if (orders.iceberg(order) > 0) iceberg += 1;
        if ((flags & SIDE_BIT) === Side.BUY) buys += remaining;
        const [low, high] = [orders.i[order * 16 + KEY_LOW], orders.i[order * 16 + KEY_HIGH]];
        if (low !== 0 || high !== 0) {
          keyed += 1;
          ensure(core.clientKeys.find(positions.i[position * 16 + OWNER], low, high) === order, `${name} is found by its client key`);
        }
        const market = core.marketOfPosition(position).slot;
        open.set(market, (open.get(market) ?? 0) + remaining);
        if ((flags & HOLDS) === 0) continue;
        const balance = positions.i[position * 16 + ((flags & SIDE_BIT) === Side.BUY ? QUOTE : BASE)];
        held.set(balance, (held.get(balance) ?? 0n) + core.heldWide(order));
      }
      const { i, f } = positions;
      ensure(positions.find(account.number, i[position * 16 + SYMBOL]) === position, "a position is found by its account and symbol");
      ensure(mayBeTouched(core, position), "a position may be touched");
      ensure(i[position * 16 + ORDERS] === count && i[position * 16 + ALGO_ORDERS] === algo, "a position counts its orders");
      ensure(
        i[position * 16 + ICEBERG_ORDERS] === iceberg && f[position * 8 + OPEN_BUYS] === buys,
        "a position counts its icebergs and buys",
      );
      known += count;
    }
  }
  ensure(known === queued.size && known === core.index.size && known === orders.size, "every order is known once, and no slot is lost");
  ensure(keyed === core.clientKeys.size, "every client key belongs to an open order");
  for (const [slot, market] of core.markets.entries()) ensure(market.openLots === (open.get(slot) ?? 0), "a market sums its open lots");
  for (const balance of balances(core)) {
    const asset = ledger.assets[ledger.i[balance * 16 + BALANCE_ASSET]].name;
    const number = ledger.i[balance * 16 + BALANCE_ACCOUNT] >>> 0;
    ensure(
      ledger.get(balance, LOCKED) === (held.get(balance) ?? 0n),
      `what account ${number} has locked of ${asset} is what its orders hold`,
    );
    ensure(mayBeTouched(core, balance), "a balance may be touched");
    ensure(ledger.get(balance, FREE) >= 0n, `account ${number} has no debt in ${asset}`);
  }
}

/** Every balance that was ever opened. */
function* balances({ ledger }: Core): Generator<number> {
  for (const account of ledger.accounts) {
    for (let balance = account.balances; balance !== 0; balance = ledger.i[balance * 16 + BALANCE_NEXT]) yield balance;
  }
}

/** For every asset: accounts + fees + outside world = 0. */
function auditMoney(core: Core): void {
  const { ledger } = core;
  const sums = new Map<number, bigint>();
  for (const balance of balances(core)) {
    const asset = ledger.i[balance * 16 + BALANCE_ASSET];
    sums.set(asset, (sums.get(asset) ?? 0n) + ledger.get(balance, FREE) + ledger.get(balance, LOCKED));
  }
  for (let asset = 1; asset < ledger.assets.length; asset++) {
    const { name } = ledger.assets[asset];
    ensure(ledger.total(asset, HELD) === (sums.get(asset) ?? 0n), `the accounts hold what they should of ${name}`);
    const sum = ledger.total(asset, HELD) + ledger.total(asset, FEES) + ledger.total(asset, EXTERNAL);
    ensure(sum === 0n, `accounts, fees and the outside sum to 0 in ${name}`);
  }
}
