/**
 * Streams of order book operations, the same for every engine: typed arrays, made once from a seed by running them through a book, so that
 * cancels and amends name orders that rest.
 */

import { Book, Side } from "@bourse/engine";

export enum Operation {
  ADD = 0,
  CANCEL = 1,
  AMEND = 2,
}

export interface StreamOptions {
  /** Operations behind the opening ones. */
  operations: number;
  /** Shares of 1,000: marketable orders, cancels, amends; the rest are orders that rest. */
  marketable: number;
  cancels: number;
  amends: number;
  /** Orders that rest when the opening is done; about as many rest all along. */
  resting: number;
  /** Price levels of each side. */
  levels: number;
}

export interface Stream {
  /** Operations that fill the book; not measured. */
  opening: number;
  length: number;
  kind: Uint8Array;
  id: Int32Array;
  side: Uint8Array;
  price: Int32Array;
  quantity: Int32Array;
}

const MIDDLE = 1_000_000;

export function makeStream(options: StreamOptions, seed = 7): Stream {
  const { operations, resting, levels } = options;
  const length = resting + operations;
  const stream: Stream = {
    opening: resting,
    length,
    kind: new Uint8Array(length),
    id: new Int32Array(length),
    side: new Uint8Array(length),
    price: new Int32Array(length),
    quantity: new Int32Array(length),
  };
  let state = seed;
  const next = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  const book = new Book({ orders: resting * 2 });
  const live = new Int32Array(length + 1);
  let alive = 0;
  let lastId = 0;
  const pick = (): number => {
    while (alive > 0) {
      const at = next(alive);
      if (book.remaining(live[at]) > 0) return at;
      live[at] = live[--alive];
    }
    return -1;
  };
  for (let n = 0; n < length; n++) {
    const dice = n < resting ? 1000 : next(1000);
    const at = dice < options.cancels + options.amends ? pick() : -1;
    if (at >= 0) {
      const id = live[at];
      const left = book.remaining(id);
      stream.id[n] = id;
      if (dice < options.cancels || left === 1) {
        stream.kind[n] = Operation.CANCEL;
        book.cancel(id);
        live[at] = live[--alive];
      } else {
        stream.kind[n] = Operation.AMEND;
        stream.quantity[n] = 1 + next(left - 1);
        book.amend(id, stream.quantity[n]);
      }
      continue;
    }
    const marketable = dice < options.cancels + options.amends + options.marketable;
    const side = next(2);
    const away = marketable ? -levels : 1 + next(levels);
    stream.kind[n] = Operation.ADD;
    stream.id[n] = ++lastId;
    stream.side[n] = side;
    stream.price[n] = side === Side.BUY ? MIDDLE - away : MIDDLE + away;
    // Marketable orders are larger while more rest than should, so that the number of resting orders stays about the same.
    stream.quantity[n] = 1 + next(marketable ? (book.size > resting ? 200 : 20) : 100);
    if (book.add(lastId, side, stream.price[n], stream.quantity[n]) > 0) live[alive++] = lastId;
  }
  return stream;
}
