/** The price levels of every symbol as clients see them, with snapshots and contiguous differences of the same sequence. */

import { type Event, type LevelChanged, Side } from "@bourse/engine";
import type { Transaction } from "kysely";
import type { Sql } from "../../stores/sql";
import type { BookDifference, BookSnapshot, OrderBooks } from "../ports";
import { type Fold, type ProjectionDeps, type Running, startProjection, WriteBehind } from "../projection";
import { BookSide } from "./book-side";
import { DifferenceCollector } from "./differences";
import { migrations, type OrderBookTables } from "./rows";

type Best = ReturnType<OrderBooks["best"]>;

interface Book {
  symbol: number;
  updateId: number;
  bids: BookSide;
  asks: BookSide;
  /** By interval in milliseconds. */
  collectors: Map<number, DifferenceCollector>;
  bestListeners: Set<(best: Best) => void>;
  /** The best prices that the listeners know. */
  toldBest: Best;
}

interface LevelState {
  symbol: number;
  side: Side;
  price: number;
  quantity: number;
}

class OrderBooksFold implements Fold, OrderBooks {
  readonly name = "order_book";
  readonly migrations = migrations;
  private readonly levelRows = new WriteBehind<LevelState>("book_level", ["symbol", "side", "price"], (level) => ({ ...level }));
  private readonly bookRows = new WriteBehind<Book>("book", ["symbol"], ({ symbol, updateId }) => ({ symbol, update_id: updateId }));
  readonly tables = [this.levelRows, this.bookRows];

  private readonly books = new Map<number, Book>();
  /** Books with listeners for the best prices that changed since the last whole command. */
  private readonly touched = new Set<Book>();
  /** One timer for each interval that somebody listens to. */
  private readonly timers = new Map<number, { timer: NodeJS.Timeout; collectors: Set<DifferenceCollector> }>();

  async load(sql: Sql): Promise<void> {
    const db = sql.database<OrderBookTables>();
    for (const row of await db.selectFrom("book").selectAll().execute()) this.book(row.symbol).updateId = row.update_id;
    for (const row of await db.selectFrom("book_level").selectAll().execute()) {
      const book = this.book(row.symbol);
      (row.side === Side.BUY ? book.bids : book.asks).set(row.price, row.quantity);
    }
    for (const book of this.books.values()) book.toldBest = bestOf(book);
  }

  apply(event: Event): void {
    if (event.kind === "levelChanged") this.onLevelChanged(event);
    if (event.last && this.touched.size > 0) this.tellBest();
  }

  /** Levels that are gone were written with quantity 0. */
  async afterRows(transaction: Transaction<unknown>): Promise<void> {
    await (transaction as Transaction<OrderBookTables>).deleteFrom("book_level").where("quantity", "=", 0).execute();
  }

  snapshot(symbol: number, limit: number): BookSnapshot {
    const book = this.books.get(symbol);
    if (book === undefined) return { lastUpdateId: 0, bids: [], asks: [] };
    return { lastUpdateId: book.updateId, bids: book.bids.top(limit), asks: book.asks.top(limit) };
  }

  best(symbol: number): Best {
    const book = this.books.get(symbol);
    return book === undefined ? { updateId: 0 } : bestOf(book);
  }

  onDifference(symbol: number, intervalMs: number, listener: (difference: BookDifference) => void): () => void {
    const book = this.book(symbol);
    let collector = book.collectors.get(intervalMs);
    if (collector === undefined) {
      collector = new DifferenceCollector(symbol, book.updateId);
      book.collectors.set(intervalMs, collector);
      this.startTimer(intervalMs, collector);
    }
    const joined = collector;
    joined.listeners.add(listener);
    return () => {
      joined.listeners.delete(listener);
      if (joined.listeners.size > 0 || book.collectors.get(intervalMs) !== joined) return;
      book.collectors.delete(intervalMs);
      this.stopTimer(intervalMs, joined);
    };
  }

  onBest(symbol: number, listener: (best: Best) => void): () => void {
    const { bestListeners } = this.book(symbol);
    bestListeners.add(listener);
    return () => void bestListeners.delete(listener);
  }

  private onLevelChanged({ symbol, side, price, quantity, updateId, time }: LevelChanged): void {
    const book = this.book(symbol);
    if (updateId !== book.updateId + 1) {
      throw new Error(`order book of symbol ${symbol}: update ${book.updateId} is followed by ${updateId}`);
    }
    book.updateId = updateId;
    (side === Side.BUY ? book.bids : book.asks).set(price, quantity);
    for (const collector of book.collectors.values()) collector.collect(side, price, quantity, updateId, time);
    this.touched.add(book);
    this.levelRows.put(`${symbol}/${side}/${price}`, { symbol, side, price, quantity });
    this.bookRows.put(symbol, book);
  }

  private tellBest(): void {
    for (const book of this.touched) {
      const best = bestOf(book);
      if (sameLevel(best.bid, book.toldBest.bid) && sameLevel(best.ask, book.toldBest.ask)) continue;
      book.toldBest = best;
      for (const listener of book.bestListeners) listener(best);
    }
    this.touched.clear();
  }

  private book(symbol: number): Book {
    let book = this.books.get(symbol);
    if (book === undefined) {
      const toldBest = { updateId: 0 };
      const sides = { bids: new BookSide("bids"), asks: new BookSide("asks") };
      book = { symbol, updateId: 0, ...sides, collectors: new Map(), bestListeners: new Set(), toldBest };
      this.books.set(symbol, book);
    }
    return book;
  }

  private startTimer(intervalMs: number, collector: DifferenceCollector): void {
    const running = this.timers.get(intervalMs);
    if (running !== undefined) {
      running.collectors.add(collector);
      return;
    }
    const collectors = new Set([collector]);
    const timer = setInterval(() => {
      for (const each of collectors) each.send();
    }, intervalMs);
    timer.unref();
    this.timers.set(intervalMs, { timer, collectors });
  }

  private stopTimer(intervalMs: number, collector: DifferenceCollector): void {
    const running = this.timers.get(intervalMs);
    if (running === undefined) return;
    running.collectors.delete(collector);
    if (running.collectors.size > 0) return;
    clearInterval(running.timer);
    this.timers.delete(intervalMs);
  }
}

function bestOf(book: Book): Best {
  return { updateId: book.updateId, bid: book.bids.best(), ask: book.asks.best() };
}

function sameLevel(a: Best["bid"], b: Best["bid"]): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

/** Starts the order books of one shard. Levels are written once a second by default: replaying a second of the log is quick. */
export async function createOrderBooks(deps: ProjectionDeps): Promise<Running<OrderBooks>> {
  const orderBooks = new OrderBooksFold();
  return { service: orderBooks, projection: await startProjection({ flushIntervalMs: 1_000, ...deps }, orderBooks) };
}
