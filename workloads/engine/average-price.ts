/**
 * The volume-weighted average price of the last minutes, for the filters that compare a price with it. Trades are summed by the minute of
 * shard time; the average of n minutes is that of the current and the n - 1 before it. Only comparisons use it, never money.
 */

import type { Memory } from "./memory";
import * as records from "./records";
import type { StateReader, StateWriter } from "./state-stream";

const { AVERAGE, MINUTE_ENDS, TURNOVER, VOLUME } = records;

/** Longest period, in minutes. Source: no Binance symbol uses more than 5. */
export const MAX_AVERAGE_MINUTES = 60;
const MINUTE = 60_000_000;

export class AveragePrice {
  /** Number of the current minute since 1970. */
  private minute = 0;
  /** By minute modulo {@link MAX_AVERAGE_MINUTES}: sum of price x quantity, and of quantity. Those of the current minute are in the row. */
  private readonly turnover = new Float64Array(MAX_AVERAGE_MINUTES);
  private readonly volume = new Float64Array(MAX_AVERAGE_MINUTES);

  /** @param row of the symbol's market, which says when the current minute ends and what was traded in it */
  constructor(
    private readonly memory: Memory,
    private readonly row: number,
  ) {}

  /** Moves to the minute of `time`, in microseconds; minutes in between had no trade. */
  advance(time: number): void {
    const { f } = this.memory;
    const at = this.row * 8;
    if (time < f[at + MINUTE_ENDS]) return;
    const minute = Math.floor(time / MINUTE);
    f[at + MINUTE_ENDS] = (minute + 1) * MINUTE;
    if (minute === this.minute) return;
    this.keep();
    const empty = Math.min(minute - this.minute, MAX_AVERAGE_MINUTES);
    for (let i = 0; i < empty; i++) {
      this.turnover[(minute - i) % MAX_AVERAGE_MINUTES] = 0;
      this.volume[(minute - i) % MAX_AVERAGE_MINUTES] = 0;
    }
    this.minute = minute;
    f[at + TURNOVER] = 0;
    f[at + VOLUME] = 0;
    f[at + AVERAGE] = -1;
  }

  /** Puts the sums of the current minute beside those of the others. */
  private keep(): void {
    const { f } = this.memory;
    this.turnover[this.minute % MAX_AVERAGE_MINUTES] = f[this.row * 8 + TURNOVER];
    this.volume[this.minute % MAX_AVERAGE_MINUTES] = f[this.row * 8 + VOLUME];
  }

  record(price: number, quantity: number): void {
    const { f } = this.memory;
    const at = this.row * 8;
    f[at + TURNOVER] += price * quantity;
    f[at + VOLUME] += quantity;
    f[at + AVERAGE] = -1;
  }

  /** The average in ticks, rounded down; 0 where nothing was traded in these minutes. */
  price(minutes: number): number {
    const { f } = this.memory;
    const known = f[this.row * 8 + AVERAGE];
    if (known >= 0) return known;
    this.keep();
    let turnover = 0;
    let volume = 0;
    for (let i = 0; i < minutes && i < MAX_AVERAGE_MINUTES; i++) {
      const at = (this.minute - i + MAX_AVERAGE_MINUTES) % MAX_AVERAGE_MINUTES;
      turnover += this.turnover[at];
      volume += this.volume[at];
    }
    const average = volume === 0 ? 0 : Math.floor(turnover / volume);
    f[this.row * 8 + AVERAGE] = average;
    return average;
  }

  /** Forgets the computed average: the period changed. */
  reset(): void {
    this.memory.f[this.row * 8 + AVERAGE] = -1;
  }

  write(to: StateWriter): void {
    this.keep();
    to.number(this.minute);
    for (const sum of this.turnover) to.number(sum);
    for (const sum of this.volume) to.number(sum);
  }

  read(from: StateReader): void {
    this.minute = from.number();
    for (let i = 0; i < MAX_AVERAGE_MINUTES; i++) this.turnover[i] = from.number();
    for (let i = 0; i < MAX_AVERAGE_MINUTES; i++) this.volume[i] = from.number();
    const { f } = this.memory;
    f[this.row * 8 + TURNOVER] = this.turnover[this.minute % MAX_AVERAGE_MINUTES];
    f[this.row * 8 + VOLUME] = this.volume[this.minute % MAX_AVERAGE_MINUTES];
    this.reset();
  }
}
