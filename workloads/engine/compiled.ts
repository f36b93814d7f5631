/** The compiled part of the engine (`compiled/main.ts`) on the memory of an exchange, and what it asks of the rest. */

import type { Pause, Stop } from "./codes";
import { code } from "./compiled-code";
import type { Core } from "./core";
import type { Matching } from "./matching";
import type { Pool } from "./memory";
import * as records from "./records";
import type { Rules } from "./rules";
import type { Sessions } from "./sessions";
import { type WasmModule, webAssembly } from "./webassembly";

const { KEY_TABLE, ORDER_POOL, ORDER_TABLE, EXTRA_POOL, TAKER } = records;

export interface Compiled {
  /** Applies the commands of the input from byte `AT` to byte `end`, with `between` bytes between them. */
  run(end: number, between: number): Pause;
  /** Fills the order in line `TAKER` from the book of the market whose row begins at byte `row`. */
  fill(row: number): Stop;
}

/** Compiled once for all exchanges of a process. */
let compiledModule: WasmModule | undefined;

export function compiledFor(core: Core, sessions: Sessions, rules: Rules, matching: Matching): Compiled {
  compiledModule ??= new webAssembly.Module(Buffer.from(code, "base64"));
  const host = hostOf(core, sessions, rules, matching);
  const imports = { env: { memory: core.memory.wasm }, host };
  return new webAssembly.Instance(compiledModule, imports).exports as unknown as Compiled;
}

/** See `compiled/host.ts`. */
function hostOf(core: Core, sessions: Sessions, rules: Rules, matching: Matching) {
  const { clientKeys, index, markets, orders } = core;
  const pools = new Map<number, Pool>([
    [ORDER_POOL, orders],
    [EXTRA_POOL, orders.extras],
  ]);
  const tables = new Map([
    [ORDER_TABLE, index.table],
    [KEY_TABLE, clientKeys.table],
  ]);
  return {
    takeSession: (session: number) => sessions.take(session),
    openPosition: (account: number, symbol: number) => core.openPosition(account, symbol),
    growPool: (pool: number) => pools.get(pool)!.more(),
    growTable: (table: number) => tables.get(table)!.grow(),
    levelAt: (market: number, side: number, price: number) => markets[market].book.levelAt(side, price),
    forgetLevel: (market: number, level: number) => markets[market].book.forget(level),
    advanceMinute: (market: number) => markets[market].average.advance(core.lastTime),
    withinPercent: (market: number, price: number, buys: number) => (rules.withinPercent(markets[market], price, buys !== 0) ? 1 : 0),
    band: (market: number, buys: number) => markets[market].band(buys !== 0),
    notePrice: (market: number, price: number) => markets[market].notePrice(price),
    fillable: (market: number) => (matching.fillable(markets[market], TAKER) ? 1 : 0),
  };
}
