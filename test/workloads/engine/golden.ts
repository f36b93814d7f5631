/**
 * Golden logs: commands as they were once logged, and what they did. A later version must replay each to the same bytes. `node -r ./source.cjs
 * test/workloads/engine/golden.ts <name>` records a new one for the present version; an existing one is never recorded again. With `--replay` it
 * replays all and prints what they did.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Command,
  commandLength,
  decodeEvents,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  noFilters,
} from "@bourse/engine";
import { nothingYet, notice, opening, randomCommands, smallWorld, type World } from "./random-commands";

export interface Golden {
  commands: number;
  /** SHA-256 of all event bytes in order. */
  events: string;
  stateHash: string;
}

const folder = join(__dirname, "golden");

/** Replays a log; calls `each` after every command. */
export function replay(log: Uint8Array, each: (exchange: Exchange, sequence: number) => Exchange = (exchange) => exchange): Golden {
  let exchange = new Exchange({ shard: 1 });
  const out = new EventBuffer();
  const digest = createHash("sha256");
  let sequence = 0;
  for (let offset = 0; offset < log.length; offset += commandLength(log, offset)) {
    out.clear();
    exchange.apply(log, offset, 1, ++sequence, out);
    digest.update(out.bytes.subarray(0, out.length));
    exchange = each(exchange, sequence);
  }
  return { commands: sequence, events: digest.digest("hex"), stateHash: exchange.stateHash() };
}

export function goldenLog(name: string): { log: Uint8Array; golden: Golden } {
  return { log: readFileSync(join(folder, `${name}.log`)), golden: JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) };
}

const worlds: Record<string, World> = {
  "small-amounts": smallWorld,
  "wide-amounts": { ...smallWorld, scale: 10_000_000_000 },
  "rounded-amounts": { ...smallWorld, decimals: [8, 2, 2, 5] },
  filters: {
    ...smallWorld,
    filters: {
      ...noFilters,
      minPrice: 980,
      maxPrice: 1020,
      maxOrders: 15,
      executionBand: 100,
      averagePriceMinutes: 5,
      maxTrailingDelta: 120,
    },
  },
  "last-price-divides": { ...smallWorld, version: 2 },
  // Takers that loosen holds of 2^52 and more fill by fill, which tells balances in another order than smaller ones do.
  "wide-takers": { ...smallWorld, scale: 10_000_000_000, wealth: 1_000_000_000_000_000_000n },
};
/** With which seed, and how long, those were recorded that need more than others. */
const draws: Record<string, { seed: number; drawn: number }> = { "wide-takers": { seed: 39, drawn: 1400 } };
export const goldenNames = Object.keys(worlds);

function record(name: string): void {
  const world = worlds[name];
  if (world === undefined) throw new Error(`there is no world ${name}; there are ${goldenNames.join(", ")}`);
  if (existsSync(join(folder, `${name}.log`))) throw new Error(`${name} is recorded already, and stays as it is`);
  const bytes = new Uint8Array(1 << 20);
  const exchange = new Exchange({ shard: 1 });
  const out = new EventBuffer();
  const newest = nothingYet();
  let length = 0;
  const apply = (command: Command): void => {
    const end = encodeCommand(command, bytes, length);
    out.clear();
    exchange.apply(bytes, length, 1, exchange.lastSequence + 1, out);
    notice(newest, decodeEvents(out.bytes, 0, out.length));
    length = end;
  };
  for (const command of opening(world)) apply(command);
  const { seed, drawn } = draws[name] ?? { seed: 2026, drawn: 800 };
  const commands = randomCommands(seed, world, newest);
  for (let n = 0; n < drawn; n++) {
    const command = commands.next().value as Command;
    apply(n % 3 === 0 ? { ...command, session: 7, sessionSequence: n - (n % 30 === 0 ? 3 : 0) } : command);
    if (length + MAX_COMMAND_LENGTH > bytes.length) break;
  }
  const log = bytes.subarray(0, length);
  writeFileSync(join(folder, `${name}.log`), log);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(replay(log), undefined, 2)}\n`);
}

if (require.main === module) {
  const [name = ""] = process.argv.slice(2);
  if (name === "--replay") {
    const results = Object.fromEntries(goldenNames.map((each) => [each, replay(goldenLog(each).log)]));
    console.log(JSON.stringify({ node: process.version, results }));
  } else record(name);
}
