/**
 * The volume-weighted average price of the last minutes, for the filters that compare a price with it. Trades are summed by the minute of
 * shard time; the average of n minutes is that of the current and the n - 1 before it. Only comparisons use it, never money.
 */

import type { Memory } from "./memory";
import * as records from "./records";

const { MINUTE_ENDS } = records;

/** Longest period, in minutes. Source: no Binance symbol uses more than 5. */
export const MAX_AVERAGE_MINUTES = 60;
const MINUTE = 60_000_000;

export class AveragePrice {
  /** Number of the current minute since 1970. */
  minute = 0;
  /** By minute modulo {@link MAX_AVERAGE_MINUTES}: sum of price x quantity, and of quantity. */
  readonly turnover = new Float64Array(MAX_AVERAGE_MINUTES);
  readonly volume = new Float64Array(MAX_AVERAGE_MINUTES);
  /** Average since the last trade or minute: 0 for none, -1 where it must be computed. */
  private known = 0;

  /** @param row of the symbol, which says when the current minute ends */
  constructor(
    private readonly memory: Memory,
    private readonly row: number,
  ) {}

  /** Time at which the current minute ends. */
  get ends(): number {
    return this.memory.f[this.row * 8 + MINUTE_ENDS];
  }

  private set ends(time: number) {
    this.memory.f[this.row * 8 + MINUTE_ENDS] = time;
  }

  /** Moves to the minute of `time`, in microseconds; minutes in between had no trade. */
  advance(time: number): void {
    if (time < this.ends) return;
    const minute = Math.floor(time / MINUTE);
    this.ends = (minute + 1) * MINUTE;
    if (minute === this.minute) return;
    const empty = Math.min(minute - this.minute, MAX_AVERAGE_MINUTES);
    for (let i = 0; i < empty; i++) {
      this.turnover[(minute - i) % MAX_AVERAGE_MINUTES] = 0;
      this.volume[(minute - i) % MAX_AVERAGE_MINUTES] = 0;
    }
    this.minute = minute;
    this.known = -1;
  }

  record(price: number, quantity: number): void {
    const at = this.minute % MAX_AVERAGE_MINUTES;
    this.turnover[at] += price * quantity;
    this.volume[at] += quantity;
    this.known = -1;
  }

  /** The average in ticks, rounded down; 0 where nothing was traded in these minutes. */
  price(minutes: number): number {
    if (this.known >= 0) return this.known;
    let turnover = 0;
    let volume = 0;
    for (let i = 0; i < minutes && i < MAX_AVERAGE_MINUTES; i++) {
      const at = (this.minute - i + MAX_AVERAGE_MINUTES) % MAX_AVERAGE_MINUTES;
      turnover += this.turnover[at];
      volume += this.volume[at];
    }
    this.known = volume === 0 ? 0 : Math.floor(turnover / volume);
    return this.known;
  }

  /** Forgets the computed average: the period changed, or the sums were read back. */
  reset(): void {
    this.known = -1;
  }
}
