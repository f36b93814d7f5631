/**
 * Fills of an order, one maker after the other, by the compiled part (`compiled/fills.ts`): what `matching.ts` does with most makers. They end where the order
 * meets anything unusual (a leg of a list, an iceberg with more to show, an order of its own, a fee in the discount asset, an amount of 2^52 or more),
 * with nothing done for that maker.
 */

import * as areas from "./areas";
import { Side, Stop } from "./codes";
import type { Core } from "./core";
import * as layout from "./layout";
import type { Market } from "./market";
import * as records from "./records";

const { BAND, BATCH, NOTED, NOTED_LINES, NOTES, OUTPUT, TAKER_EXECUTED, WRITTEN } = areas;
const { BANDED, CHANGES, CHANGES_ROOM, CORE } = records;

/** Bytes of a trade. */
const TRADE_LENGTH = layout.EVENT_HEADER + 104;

export class Fills {
  constructor(private readonly core: Core) {}

  /** Worst price that the execution band lets the order in hand trade at, 0 for any: it stays what it was before the first fill. */
  get band(): number {
    return this.core.memory.f[BATCH * 8 + BAND];
  }

  /** Lots executed of the order in hand. */
  get executed(): number {
    return this.core.memory.f[BATCH * 8 + TAKER_EXECUTED];
  }

  /** Takes an order of this side, of which nothing is executed, in hand. */
  begin(market: Market, side: Side): void {
    const { f, i } = this.core.memory;
    f[BATCH * 8 + BAND] = i[market.row * 16 + BANDED] === 0 ? 0 : market.band(side === Side.BUY);
    f[BATCH * 8 + TAKER_EXECUTED] = 0;
  }

  /**
   * Trades the order in line `TAKER`, which has a limit, holds nothing and is not among the open lots, until {@link Stop} says why not further.
   */
  run(market: Market): Stop {
    const { compiled, ledger, memory } = this.core;
    for (;;) {
      const stop = compiled.fill(market.row * 64);
      this.collect(market);
      if (stop !== Stop.FULL) return stop;
      const { i } = memory;
      if (i[CORE * 16 + CHANGES] + 4 > i[CORE * 16 + CHANGES_ROOM]) ledger.growChanged();
    }
  }

  /** Takes over the trades that were told and the levels that were noted. */
  collect(market: Market): void {
    const { writer, memory } = this.core;
    const { bytes, f, i } = memory;
    const written = i[BATCH * 16 + WRITTEN];
    if (written > 0) writer.append(bytes, OUTPUT * 64, OUTPUT * 64 + written, TRADE_LENGTH);
    i[BATCH * 16 + WRITTEN] = 0;
    const notes = i[BATCH * 16 + NOTES];
    for (let n = 0; n < notes; n++) market.book.addChange(f[NOTED * 8 + n], i[NOTED_LINES * 16 + n]);
    i[BATCH * 16 + NOTES] = 0;
  }
}
