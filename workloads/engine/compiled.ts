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

const { ORDER_POOL, TAKER } = records;

export interface Compiled {
  /** Applies the commands of the input from byte `AT` to byte `end`, with `between` bytes between them. */
  run(end: number, between: number): Pause;
  /** Fills the order in line `TAKER` from the book of the market whose row begins at byte `row`. */
  fill(row: number): Stop;
  /** Tables: see `table.ts`. A table is named by the line of its counts; records and what is found are lines, 0 for none. */
  makeTable(table: number, expected: number): void;
  enter(table: number, record: number): void;
  leave(table: number, record: number): void;
  orderOf(id: number): number;
  orderOfKey(owner: number, low: number, high: number): number;
  positionOf(account: number, symbol: number): number;
  levelOf(book: number, side: number, price: number): number;
  /** Brings near what an order needs to enter the lists and the table of its owner. */
  bringPlaces(order: number): void;
}

/** Parts beside the core that it asks. */
export interface Others {
  sessions: Sessions;
  rules: Rules;
  matching: Matching;
}

/** Compiled once for all exchanges of a process. */
let compiledModule: WasmModule | undefined;

/** Its memory is there; all else of the core is when the first command comes. */
export function compiledFor(core: Core): Compiled {
  compiledModule ??= new webAssembly.Module(Buffer.from(code, "base64"));
  const imports = { env: { memory: core.memory.wasm }, host: hostOf(core) };
  return new webAssembly.Instance(compiledModule, imports).exports as unknown as Compiled;
}

/** See `compiled/host.ts`. */
function hostOf(core: Core) {
  const market = (number: number) => core.markets[number];
  return {
    takeSession: (session: number) => core.others.sessions.take(session),
    openPosition: (account: number, symbol: number) => core.openPosition(account, symbol),
    growPool: (pool: number) => poolAt(core, pool).more(),
    takeLines: (count: number) => core.memory.take(count),
    giveLines: (first: number, count: number) => core.memory.give(first, count),
    levelAt: (number: number, side: number, price: number) => market(number).book.levelAt(side, price),
    forgetLevel: (number: number, level: number) => market(number).book.forget(level),
    advanceMinute: (number: number) => market(number).average.advance(core.lastTime),
    withinPercent: (number: number, price: number, buys: number) =>
      core.others.rules.withinPercent(market(number), price, buys !== 0) ? 1 : 0,
    band: (number: number, buys: number) => market(number).band(buys !== 0),
    notePrice: (number: number, price: number) => market(number).notePrice(price),
    fillable: (number: number) => (core.others.matching.fillable(market(number), TAKER) ? 1 : 0),
  };
}

function poolAt({ orders }: Core, pool: number): Pool {
  return pool === ORDER_POOL ? orders : orders.extras;
}
