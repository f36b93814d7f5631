/** How the gateway benchmarks measure in passes and word what they found. */

import type { Latency } from "./gateway-load";
import type { Over, Throughput } from "./gateway-order-load";
import type { BenchmarkReport } from "./run";

/** Passes of each greatest rate, in turns with its bare server; medians and ranges are told. */
export const passes = 5;
const latencyPasses = 3;
export const warmUpMs = 400;
export const measuredMs = 1_600;
export const latencyMeasuredMs = 2_500;
/** Before the first pass: code that runs for the first time is not compiled yet. */
export const firstWarmUpMs = 3_000;

/** Orders a second that are asked of each way; latency is measured at half of it. */
export const targets: Record<Over | "binary", number> = { rest: 15_000, websocket: 40_000, binary: 600_000 };

export const passesCondition = `medians of ${passes} passes of ${measuredMs / 1000} s after ${warmUpMs / 1000} s, with the range; exchange and bare server in turns`;
export const latencyCondition = `${latencyPasses} passes of ${latencyMeasuredMs / 1000} s at half of the rate that is asked for; each order has its time and counts from it, all that are due count; the client wakes once a millisecond`;

export const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const microseconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} µs`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `23,058 (21,301 to 24,010)` */
export const spread = (values: readonly number[], text: (value: number) => string) =>
  `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;

/** The figures of a report. Each is printed as soon as it is known: a run takes minutes. */
export class Figures {
  readonly all: BenchmarkReport["figures"] = {};

  note(name: string, value: string): void {
    this.all[name] = value;
    console.log(`  ${name}: ${value}`);
  }

  /** @param what is done so many times a second */
  noteRates(name: string, what: string, mine: readonly Throughput[], bare: readonly Throughput[]): void {
    const rates = (results: readonly Throughput[]) => results.map(({ perSecond }) => perSecond);
    const uses = (results: readonly Throughput[]) => results.map(({ serverMicroseconds }) => serverMicroseconds);
    this.note(`${name}: ${what} per second`, spread(rates(mine), whole));
    this.note(`${name}: processor time of the server for each, all threads`, spread(uses(mine), microseconds));
    this.note(`${name}: bare server, per second`, spread(rates(bare), whole));
    this.note(`${name}: bare server, processor time for each`, spread(uses(bare), microseconds));
    this.note(`${name}: bare server / exchange`, (median(rates(bare)) / median(rates(mine))).toFixed(2));
  }

  /** Measures latency at half of the target. Where orders are refused, as on a machine that cannot take so many, that is what is told. */
  async noteLatency(name: string, target: number, measure: (perSecond: number) => Promise<Latency>): Promise<void> {
    const what = `${name}: latency at ${whole(target / 2)} orders/s, open loop, ms`;
    const results: Latency[] = [];
    try {
      for (let pass = 0; pass < latencyPasses; pass++) results.push(await measure(target / 2));
    } catch (error) {
      this.note(what, `none: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const at = (part: keyof Latency) =>
      spread(
        results.map((each) => each[part]),
        (value) => value.toFixed(2),
      );
    this.note(what, `p50 ${at("p50")}, p99 ${at("p99")}, p99.9 ${at("p999")}`);
  }
}

/** Runs passes of each in turns, so that what disturbs the machine disturbs all of them. */
export async function inTurns<Result>(...each: (() => Promise<Result>)[]): Promise<Result[][]> {
  const results: Result[][] = each.map(() => []);
  for (let pass = 0; pass < passes; pass++) for (const [place, run] of each.entries()) results[place].push(await run());
  return results;
}
