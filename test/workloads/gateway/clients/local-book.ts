/** A copy of the book as Binance tells clients to keep one (web-socket-streams.md, "How to manage a local order book correctly"). */

import { equal } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";

export interface Levels {
  lastUpdateId: number;
  bids: string[][];
  asks: string[][];
}

export interface DepthEvent {
  U: number;
  u: number;
  b: string[][];
  a: string[][];
}

export class LocalBook {
  private readonly sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
  private waiting: DepthEvent[] | undefined = [];
  private lastUpdateId = 0;
  /** What was wrong with the events, for whoever asks for the book. */
  private fault: Error | undefined;

  /** @param snapshot `GET /api/v3/depth`, asked for after the first event */
  constructor(private readonly snapshot: () => Promise<Levels>) {}

  onEvent(event: DepthEvent): void {
    if (this.waiting === undefined) {
      this.apply(event);
      return;
    }
    this.waiting.push(event);
    if (this.waiting.length === 1) {
      this.begin(event).catch((error: Error) => {
        this.fault = error;
      });
    }
  }

  private async begin(first: DepthEvent): Promise<void> {
    let levels = await this.snapshot();
    while (levels.lastUpdateId < first.U) levels = await this.snapshot();
    for (const side of ["bids", "asks"] as const) for (const [price, quantity] of levels[side]) this.sides[side].set(price, quantity);
    this.lastUpdateId = levels.lastUpdateId;
    const events = this.waiting!.filter(({ u }) => u > levels.lastUpdateId);
    this.waiting = undefined;
    if (events.length > 0 && events[0].U <= levels.lastUpdateId) this.lastUpdateId = events[0].U - 1;
    for (const event of events) this.apply(event);
  }

  private apply({ U, u, b, a }: DepthEvent): void {
    if (u <= this.lastUpdateId) return;
    if (U > this.lastUpdateId + 1) this.fault ??= new Error(`update ${this.lastUpdateId} is followed by ${U}`);
    this.lastUpdateId = u;
    for (const [levels, side] of [
      [b, this.sides.bids],
      [a, this.sides.asks],
    ] as const) {
      for (const [price, quantity] of levels) {
        if (quantity === "0.00000000") side.delete(price);
        else side.set(price, quantity);
      }
    }
  }

  /** The book once it has seen an update, within forty seconds. */
  async at(lastUpdateId: number): Promise<Levels> {
    for (const deadline = Date.now() + 40_000; this.fault === undefined && this.lastUpdateId < lastUpdateId; await wait(20)) {
      if (Date.now() > deadline) throw new Error(`the book stays at update ${this.lastUpdateId} before ${lastUpdateId}`);
    }
    equal(this.fault, undefined);
    const sorted = (side: Map<string, string>, direction: 1 | -1) =>
      [...side].sort(([one], [other]) => direction * (Number(one) - Number(other)));
    return { lastUpdateId: this.lastUpdateId, bids: sorted(this.sides.bids, -1), asks: sorted(this.sides.asks, 1) };
  }
}
