/**
 * The commands that the benchmarks of the shard send: a book that stays as it is, with the fills of the reference load (0.15 an order). By turns a new order
 * near one price and the cancel of the order that came `lifetime` commands before, most of which still rest.
 */

import { decodeEvents, EventBuffer, Exchange, encodeCommand, MAX_COMMAND_LENGTH, Side } from "@bourse/engine";
import { Random } from "../test/workloads/journal/simulated-disk";
import { cancelOrder, limitOrder, openMarket, START_TIME } from "../test/workloads/services/trading/command-mix";

/** Accounts that send them, numbered from 1. */
export const ACCOUNTS = 1000;
/** Ticks from the best price over which new orders are spread, and by how many of them an order may be beyond the other side's best. */
const DEPTH = 400;
const MARKETABLE = 40;
export interface MixOptions {
  /** Session under which they are numbered from 1. @default none */
  session?: number;
  /** Client key of the first; the others follow. Streams that are sent to one shard have keys of their own. @default 0 */
  firstKey?: number;
  /** Commands between an order and its cancel; odd. @default 10,001 */
  lifetime?: number;
}

/** Encoded commands, one behind the other: command `n` is `bytes[offsets[n], offsets[n + 1])`. */
export interface EncodedMix {
  bytes: Uint8Array;
  offsets: Uint32Array;
}

export function encodeMix(count: number, { session = 0, firstKey = 0, lifetime = 10_001 }: MixOptions = {}): EncodedMix {
  const random = new Random(7);
  const bytes = new Uint8Array(count * 64 + MAX_COMMAND_LENGTH);
  const offsets = new Uint32Array(count + 1);
  const account = (n: number) => 1 + ((firstKey + n) % ACCOUNTS);
  const key = (n: number) => BigInt(firstKey + n);
  let end = 0;
  for (let n = 0; n < count; n++) {
    offsets[n] = end;
    const time = START_TIME + 1_000_000 + n;
    const target = n - lifetime;
    const side = random.integer(2);
    const away = random.integer(DEPTH) - MARKETABLE;
    const command =
      n % 2 === 1 && target >= 0
        ? cancelOrder(account(target), key(target), time)
        : limitOrder(account(n), side, 100_000 + (side === Side.BUY ? -away : away), 1 + random.integer(20), time, key(n));
    end = encodeCommand({ ...command, session, sessionSequence: session === 0 ? 0 : n + 1 }, bytes, end);
  }
  offsets[count] = end;
  return { bytes, offsets };
}

/** What a reader of the figures should know of the mix, as the engine finds it. */
export function describeMix(): string {
  const { bytes, offsets } = encodeMix(DESCRIBED);
  const exchange = openedExchange();
  const out = new EventBuffer();
  let fills = 0;
  let missed = 0;
  for (let n = 0; n < DESCRIBED; n++) {
    out.clear();
    exchange.apply(bytes, offsets[n], 1, exchange.lastSequence + 1, out);
    if (n < SETTLED) continue;
    for (const { kind } of decodeEvents(out.bytes, 0, out.length)) {
      if (kind === "trade") fills++;
      else if (kind === "rejected") missed++;
    }
  }
  const each = (DESCRIBED - SETTLED) / 2;
  const percent = Math.round((missed / each) * 100);
  return `by turns orders of 64 bytes, ${(fills / each).toFixed(2)} fills each, and cancels of 56 bytes, ${percent} % of them too late; ${exchange.openOrders} open orders`;
}

/** Commands that are looked at, and those until the book is as it stays. */
const DESCRIBED = 60_000;
const SETTLED = 20_000;

/** The market of {@link encodeMix}, with its accounts. */
export function openedExchange(): Exchange {
  const exchange = new Exchange({ shard: 1 });
  const out = new EventBuffer();
  for (const bytes of encodedMarket()) {
    out.clear();
    exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
  }
  return exchange;
}

export function encodedMarket(): Uint8Array[] {
  return [...openMarket(ACCOUNTS, 1_000_000_000_000_000n)].map((command) => {
    const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
    return bytes.subarray(0, encodeCommand(command, bytes, 0));
  });
}
