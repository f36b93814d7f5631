/** The fold of one symbol's market events into hours: orders, fills, volumes, and the spread weighted by the time it stood. */

import { Side } from "@bourse/engine";
import { BookSide } from "../order-book/book-side";
import { type EventPlace, isAfter, type MarketEvent, type MarketRecord } from "../publisher";

export interface Hour {
  symbol: number;
  hour: number;
  orders: number;
  filled: number;
  canceled: number;
  orderedLots: bigint;
  trades: number;
  tradedLots: bigint;
  quoteVolume: bigint;
  spreadTime: bigint;
  quotedTime: number;
}

const HOUR_MICROSECONDS = 3_600_000_000;

/** What a fold reports to whoever stores it. */
export interface Changes {
  hour(hour: Hour): void;
  level(symbol: number, side: Side, price: number, quantity: number): void;
}

export class SymbolHours {
  readonly bids = new BookSide("bids");
  readonly asks = new BookSide("asks");
  /** Hours since the last {@link forget}, and the newest. */
  private readonly hours = new Map<number, Hour>();

  constructor(
    readonly symbol: number,
    /** Place and time, in microseconds, of the last event that was counted. */
    public seen: EventPlace,
    public time: number,
    private readonly changes: Changes,
  ) {}

  /** Counts what was not counted before. @throws when events are missing */
  add({ previous, events }: MarketRecord): void {
    if (isAfter(previous, this.seen)) {
      throw new Error(
        `analytics: symbol ${this.symbol} was counted to ${this.seen.join(".")}, the next record follows ${previous.join(".")}`,
      );
    }
    let [sequence, index] = this.seen;
    for (const event of events) {
      if (event.sequence < sequence || (event.sequence === sequence && event.index <= index)) continue;
      if (event.time !== this.time) this.passTime(event.time);
      this.count(event);
      ({ sequence, index } = event);
    }
    this.seen = [sequence, index];
  }

  /** The hour that was counted so far, as it was stored. */
  restore(hour: Hour): void {
    this.hours.set(hour.hour, hour);
  }

  private count(event: MarketEvent): void {
    const hour = this.hourAt(event.time);
    if (event.kind === "orderAccepted") {
      hour.orders += 1;
      hour.orderedLots += BigInt(event.quantity);
    } else if (event.kind === "trade") {
      hour.trades += 1;
      hour.tradedLots += BigInt(event.quantity);
      hour.quoteVolume += event.quoteAmount;
      hour.filled += Number(event.takerDone) + Number(event.makerDone);
    } else if (event.kind === "orderClosed") {
      hour.canceled += 1;
    } else {
      (event.side === Side.BUY ? this.bids : this.asks).set(event.price, event.quantity);
      this.changes.level(this.symbol, event.side, event.price, event.quantity);
    }
    this.changes.hour(hour);
  }

  /** The spread stood from the last event until now, over as many hours as have passed. */
  private passTime(now: number): void {
    const bid = this.bids.best();
    const ask = this.asks.best();
    if (bid !== undefined && ask !== undefined) {
      const spread = BigInt(ask[0] - bid[0]);
      for (let from = this.time; from < now; ) {
        const end = Math.min(now, (Math.floor(from / HOUR_MICROSECONDS) + 1) * HOUR_MICROSECONDS);
        const hour = this.hourAt(from);
        hour.spreadTime += spread * BigInt(end - from);
        hour.quotedTime += end - from;
        this.changes.hour(hour);
        from = end;
      }
    }
    this.time = now;
  }

  private hourAt(time: number): Hour {
    const start = (Math.floor(time / HOUR_MICROSECONDS) * HOUR_MICROSECONDS) / 1_000;
    let hour = this.hours.get(start);
    if (hour === undefined) {
      const sums = {
        orders: 0,
        filled: 0,
        canceled: 0,
        orderedLots: 0n,
        trades: 0,
        tradedLots: 0n,
        quoteVolume: 0n,
        spreadTime: 0n,
        quotedTime: 0,
      };
      hour = { symbol: this.symbol, hour: start, ...sums };
      // Time only goes forward: earlier hours are complete.
      this.hours.clear();
      this.hours.set(start, hour);
    }
    return hour;
  }
}
