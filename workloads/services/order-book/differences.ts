/** Level changes of one symbol collected over an interval and sent to all who asked for that interval, as one object. */

import { Side } from "@bourse/engine";
import type { BookDifference, Level } from "../ports";

/** Levels of a side that one difference tells at most: as many as SBE can count. With more changes in an interval it is sent early. */
const mostLevels = 65_535;

export class DifferenceCollector {
  readonly listeners = new Set<(difference: BookDifference) => void>();
  private readonly bids = new Map<number, number>();
  private readonly asks = new Map<number, number>();
  /** `updateId` of the last change that was sent, or that preceded the first listener. */
  private sent: number;
  private collected: number;
  private time = 0;

  constructor(
    private readonly symbol: number,
    updateId: number,
  ) {
    this.sent = updateId;
    this.collected = updateId;
  }

  collect(side: Side, price: number, quantity: number, updateId: number, time: number): void {
    const levels = side === Side.BUY ? this.bids : this.asks;
    if (levels.size === mostLevels && !levels.has(price)) this.send();
    levels.set(price, quantity);
    this.collected = updateId;
    this.time = time;
  }

  /** Sends what was collected; nothing when nothing changed. */
  send(): void {
    if (this.collected === this.sent) return;
    const difference: BookDifference = {
      symbol: this.symbol,
      first: this.sent + 1,
      final: this.collected,
      lastUpdateId: this.collected,
      time: this.time,
      bids: sorted(this.bids, -1),
      asks: sorted(this.asks, 1),
    };
    this.sent = this.collected;
    this.bids.clear();
    this.asks.clear();
    for (const listener of this.listeners) listener(difference);
  }
}

function sorted(levels: Map<number, number>, direction: 1 | -1): Level[] {
  return [...levels].sort((a, b) => (a[0] - b[0]) * direction);
}
