/**
 * The matcher as a filter: commands as JSON lines in, events as JSON lines out, streaming and at any size. The format is documented in
 * `docs/order-types.md`. A line that cannot be used gives one `error` line, changes nothing, and the rest goes on.
 */

import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import {
  CloseReason,
  type Command,
  checkCommand,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  noFilters,
  OrderType,
  RejectReason,
  SelfTradePrevention,
  Side,
  SymbolState,
  TimeInForce,
} from "@bourse/engine";

type Template = Record<string, unknown>;
type NumberedNames = Record<string, string | number>;

const header: Template = { time: 0, session: 0, sessionSequence: 0 };
const parameters: Template = {
  side: Side.BUY,
  type: OrderType.LIMIT,
  timeInForce: TimeInForce.GTC,
  selfTradePrevention: SelfTradePrevention.NONE,
  price: 0,
  quantity: 0,
  quoteQuantity: 0n,
  stopPrice: 0,
  trailingDelta: 0,
  icebergQuantity: 0,
  clientKey: 0n,
  clientOrderId: "",
};
const named: Template = { account: 1, symbol: 1, orderId: 0, clientKey: 0n };
const movement: Template = { account: 1, asset: 1, amount: 0n, transferId: 0n };

/** Every command with the values of fields that a line leaves out, which also tell the fields' types. */
const templates: Record<Command["kind"], Template> = {
  newOrder: { account: 1, symbol: 1, ...parameters },
  cancelOrder: { ...named, onlyIf: "any", clientOrderId: "" },
  cancelAllOrders: { account: 1, symbol: 1 },
  cancelReplace: {
    account: 1,
    symbol: 1,
    mode: "stopOnFailure",
    cancelOrderId: 0,
    cancelClientKey: 0n,
    onlyIf: "any",
    cancelClientOrderId: "",
    order: parameters,
  },
  amendOrder: { ...named, quantity: 0, newClientKey: 0n, clientOrderId: "" },
  modifyOrder: { ...named, price: 0, quantity: 0 },
  newOrderList: { account: 1, symbol: 1, contingency: "OCO", legs: [parameters], listClientKey: 0n, listClientOrderId: "" },
  cancelOrderList: { account: 1, symbol: 1, listId: 0, listClientKey: 0n, clientOrderId: "" },
  deposit: movement,
  withdraw: movement,
  transfer: { ...movement, toAccount: 1 },
  setAccount: { account: 1, canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false, tradeGroup: 0 },
  setFeeTier: { feeTier: 0, makerRate: 0, takerRate: 0, discount: 0 },
  listAsset: { asset: 1, name: "", decimals: 0, discountAsset: false },
  listSymbol: {
    symbol: 1,
    name: "",
    baseAsset: 1,
    quoteAsset: 2,
    priceDecimals: 0,
    quantityDecimals: 0,
    filters: { ...noFilters },
    state: SymbolState.TRADING,
  },
  setSymbolState: { symbol: 1, state: SymbolState.TRADING },
  killSwitch: { account: 0, engaged: true, cancelOpenOrders: false },
  activate: { version: 1 },
};

/** Fields whose numbers have names. */
const enums: Record<string, NumberedNames> = {
  side: Side,
  takerSide: Side,
  type: OrderType,
  timeInForce: TimeInForce,
  selfTradePrevention: SelfTradePrevention,
  state: SymbolState,
};
const choices: Record<string, string[]> = {
  onlyIf: ["any", "new", "partiallyFilled"],
  mode: ["stopOnFailure", "allowFailure"],
  contingency: ["OCO", "OTO", "OTOCO"],
};

/** The command in a line of JSON. Throws a TypeError that names the field, what it holds and what is allowed. */
export function parseCommand(line: string): Command {
  const given: unknown = JSON.parse(line);
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new TypeError("a line must be a JSON object");
  const { kind, ...fields } = given as { kind?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(templates, kind)) {
    throw new TypeError(`kind is ${JSON.stringify(kind)}; allowed are ${Object.keys(templates).join(", ")}`);
  }
  return { kind, ...fill({ ...header, ...templates[kind as Command["kind"]] }, fields, "") } as Command;
}

function fill(template: Template, given: object, path: string): Template {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(template, name))
      throw new TypeError(`${path}${name} is not a field here; there are ${Object.keys(template).join(", ")}`);
  }
  const values = given as Template;
  return Object.fromEntries(
    Object.entries(template).map(([name, like]) => [name, Object.hasOwn(values, name) ? convert(name, like, values[name], path) : like]),
  );
}

function convert(name: string, like: unknown, value: unknown, path: string): unknown {
  const fail = (allowed: string): never => {
    throw new TypeError(`${path}${name} is ${JSON.stringify(value)}; allowed is ${allowed}`);
  };
  const numbers = enums[name];
  if (numbers !== undefined) {
    const number = typeof value === "string" ? numbers[value] : value;
    if (typeof number !== "number" || numbers[number] === undefined) {
      const names = Object.keys(numbers).filter((key) => Number.isNaN(Number(key)));
      return fail(names.join(", "));
    }
    return number;
  }
  if (Array.isArray(like)) {
    if (!Array.isArray(value) || value.length > 3) return fail("an array of up to 3 orders");
    return value.map((leg, n) => fill(like[0] as Template, Object(leg), `${path}${name}[${n}].`));
  }
  if (typeof like === "object")
    return typeof value === "object" && value !== null ? fill(like as Template, value, `${path}${name}.`) : fail("an object");
  if (typeof like === "bigint") {
    const text = String(value);
    const isInteger = typeof value === "string" || Number.isSafeInteger(value);
    return isInteger && /^\d{1,20}$/.test(text) && BigInt(text) < 1n << 64n
      ? BigInt(text)
      : fail("an integer from 0, as text where it is 2^53 or more");
  }
  if (typeof like === "number") {
    const least = name === "makerRate" || name === "takerRate" ? -1_000_000 : 0;
    return Number.isSafeInteger(value) && (value as number) >= least ? value : fail(`an integer from ${least} to 2^53 - 1`);
  }
  if (typeof value !== typeof like) return fail(`a ${typeof like}`);
  if (choices[name] !== undefined && !choices[name].includes(value as string)) return fail(choices[name].join(", "));
  if (typeof value === "string" && (value.length > 36 || /[^ -~]/.test(value))) return fail("up to 36 characters of printable ASCII");
  return value;
}

/** An event as a line of JSON: enums by name, amounts as text. */
export function formatEvent(event: Event): string {
  const reasons: NumberedNames = event.kind === "orderClosed" ? CloseReason : RejectReason;
  return JSON.stringify(event, (name, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    if (name === "reason") return reasons[value as number];
    if (name === "mode") return SelfTradePrevention[value as number];
    return enums[name] === undefined ? value : enums[name][value as number];
  });
}

/** Applies every line of `input` to a new exchange and writes its events to `output`. Resolves with the number of lines that were refused. */
export async function runMatch(input: Readable, output: Writable): Promise<number> {
  const exchange = new Exchange();
  const out = new EventBuffer();
  const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  let [number, faults] = [0, 0];
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === "") continue;
    let text: string;
    try {
      text = applyLine(exchange, line, bytes, out);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError)) throw error;
      faults += 1;
      text = `${JSON.stringify({ kind: "error", line: number, message: error.message })}\n`;
    }
    if (!output.write(text)) await once(output, "drain");
  }
  return faults;
}

function applyLine(exchange: Exchange, line: string, bytes: Uint8Array, out: EventBuffer): string {
  const end = encodeCommand(parseCommand(line), bytes, 0);
  const fault = checkCommand(bytes, 0, end);
  if (fault !== undefined) throw new TypeError(fault);
  out.clear();
  exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
  return decodeEvents(out.bytes, 0, out.length)
    .map((event) => `${formatEvent(event)}\n`)
    .join("");
}
