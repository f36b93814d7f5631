/**
 * Checks the bytes of a command that came from outside: after it, decoding and applying cannot read beyond the message or meet a number
 * that the layout does not allow. What the exchange's rules say about the command is another matter.
 */

import { NEWEST_VERSION } from "./commands";
import * as layout from "./layout";
import {
  CommandType,
  FILTERS,
  getU64,
  HAS_ICEBERG,
  HAS_QUOTE_QUANTITY,
  HAS_STOP_PRICE,
  LAYOUT_VERSION,
  MAX_CLIENT_ORDER_ID,
  MAX_COMMAND_LENGTH,
  MAX_NAME,
  padded,
  QUANTITY_IS_QUOTE,
  viewOf,
} from "./layout";

const { COMMAND_HEADER, FIRST_CLEARING_ACCOUNT, PARAMETERS } = layout;

/** Bytes behind the header of a cancel without a text. */
const CANCEL = 24;
const ORDER_WORDS = (COMMAND_HEADER + PARAMETERS) / 4;
const CANCEL_WORDS = (COMMAND_HEADER + CANCEL) / 4;
/** First words of the commands that come most: an order and a cancel, neither with optional fields or a text. */
const PLAIN_ORDER = (COMMAND_HEADER + PARAMETERS) | (CommandType.NEW_ORDER << 16) | (LAYOUT_VERSION << 24);
const PLAIN_CANCEL = (COMMAND_HEADER + CANCEL) | (CommandType.CANCEL_ORDER << 16) | (LAYOUT_VERSION << 24);
/** Above the high half of every number below 2^53. */
const HIGH_LIMIT = 0x200000;
/** Words of a buffer of commands, which is below a gigabyte. */
const WORDS = 0xfffffff;

/** Text of the fault in the command at `offset`, of which no byte at or behind `limit` exists; undefined where it is well-formed. */
export function checkCommand(bytes: Uint8Array, offset: number, limit: number): string | undefined {
  const available = limit - offset;
  if (available < COMMAND_HEADER) return `a command has a header of ${COMMAND_HEADER} bytes, here are ${available}`;
  const aligned = ((bytes.byteOffset | offset) & 3) === 0;
  if (aligned && plainCommandWords(wordsOf(bytes), offset >> 2, limit >> 2) > 0) return undefined;
  return faultOf(viewOf(bytes), offset, available);
}

let seen = new Uint8Array();
let seenWords = new Int32Array();

/** The words of `bytes`, which begins at one of its memory; the last view is kept, as by {@link viewOf}. */
function wordsOf(bytes: Uint8Array): Int32Array {
  if (seen !== bytes) {
    seen = bytes as Uint8Array<ArrayBuffer>;
    seenWords = new Int32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length >> 2);
  }
  return seenWords;
}

/**
 * Words of the command at word `start` where it is an order or a cancel without optional fields or a text, and well-formed: each field is looked at once,
 * without the steps that name a fault. 0 for all else, which may still be well-formed. No word at or behind `end` exists.
 */
export function plainCommandWords(words: Int32Array, start: number, end: number): number {
  const at = start & WORDS;
  if (end - at < CANCEL_WORDS) return 0;
  const first = words[at];
  if (first !== PLAIN_ORDER && first !== PLAIN_CANCEL) return 0;
  if (words[at + 3] >>> 0 >= HIGH_LIMIT || words[at + 7] >>> 0 >= HIGH_LIMIT || words[at + 5] >>> 0 >= FIRST_CLEARING_ACCOUNT) return 0;
  const packed = words[at + (first === PLAIN_ORDER ? 8 : 12)];
  if (first === PLAIN_CANCEL)
    return (packed & 0xffff00) === 0 && (packed & 0xff) <= 2 && words[at + 9] >>> 0 < HIGH_LIMIT ? CANCEL_WORDS : 0;
  if (end - at < ORDER_WORDS || packed >>> 0 >= 0x10000) return 0;
  if (((packed >> 1) & 7) > 6 || ((packed >> 4) & 15) > 2 || packed >> 8 > 4) return 0;
  return words[at + 11] >>> 0 < HIGH_LIMIT && words[at + 13] >>> 0 < HIGH_LIMIT ? ORDER_WORDS : 0;
}

function faultOf(view: DataView, offset: number, available: number): string | undefined {
  const length = view.getUint16(offset, true);
  if (length % 8 !== 0 || length < COMMAND_HEADER || length > MAX_COMMAND_LENGTH) {
    return `length is ${length}; it must be a multiple of 8 from ${COMMAND_HEADER} to ${MAX_COMMAND_LENGTH}`;
  }
  if (length > available) return `length is ${length}, but only ${available} bytes are there`;
  const version = view.getUint8(offset + 3);
  if (version !== LAYOUT_VERSION) return `layout version is ${version}; only ${LAYOUT_VERSION} is known`;
  const check = new Check(view, offset + length);
  check.u64("time", offset + 8);
  check.u64("sessionSequence", offset + 24);
  if (view.getUint32(offset + 20, true) >= FIRST_CLEARING_ACCOUNT) check.fail("account is reserved for clearing");
  const end = checkBody(check, view, offset);
  if (check.fault === undefined && end !== offset + length) check.fail(`length is ${length}, but the fields take ${end - offset} bytes`);
  return check.fault;
}

function checkBody(check: Check, view: DataView, offset: number): number {
  const at = offset + COMMAND_HEADER;
  const type: CommandType = view.getUint8(offset + 2);
  switch (type) {
    case CommandType.NEW_ORDER:
      return check.parameters(at);
    case CommandType.CANCEL_ORDER:
    case CommandType.CANCEL_ORDER_LIST:
      return check.cancel(at, 0);
    case CommandType.CANCEL_ALL_ORDERS:
      return at;
    case CommandType.CANCEL_REPLACE:
      return check.parameters(check.cancel(at, 1));
    case CommandType.AMEND_ORDER:
      check.u64("orderId", at);
      check.u64("quantity", at + 16);
      check.range("length of clientOrderId", at + 32, MAX_CLIENT_ORDER_ID);
      return check.text("clientOrderId", at + 40, at + 32);
    case CommandType.MODIFY_ORDER:
      check.u64("orderId", at);
      check.u64("price", at + 16);
      check.u64("quantity", at + 24);
      return at + 32;
    case CommandType.NEW_ORDER_LIST: {
      check.range("contingency", at + 8, 2);
      check.range("number of legs", at + 9, 3);
      check.range("length of listClientOrderId", at + 10, MAX_CLIENT_ORDER_ID);
      let leg = check.text("listClientOrderId", at + 16, at + 10);
      for (let i = check.byte(at + 9); i > 0 && check.fault === undefined; i--) leg = check.parameters(leg);
      return leg;
    }
    case CommandType.DEPOSIT:
    case CommandType.WITHDRAW:
    case CommandType.TRANSFER:
      check.amount("amount", at);
      check.span(at + 24);
      return at + 24;
    case CommandType.SET_ACCOUNT:
      check.range("flags", at + 8, 15);
      return at + 16;
    case CommandType.SET_FEE_TIER:
      check.rate("makerRate", at + 4);
      check.rate("takerRate", at + 8);
      check.rate("discount", at + 12);
      return at + 16;
    case CommandType.LIST_ASSET:
      check.range("decimals", at + 4, 18);
      check.range("discountAsset", at + 5, 1);
      check.range("length of name", at + 6, MAX_NAME);
      return check.text("name", at + 8, at + 6);
    case CommandType.LIST_SYMBOL:
      check.range("priceDecimals", at + 8, 18);
      check.range("quantityDecimals", at + 9, 18);
      check.range("state", at + 10, 4);
      check.range("length of name", at + 11, MAX_NAME);
      check.filters(at + 16);
      return check.text("name", at + 16 + FILTERS, at + 11);
    case CommandType.SET_SYMBOL_STATE:
      check.range("state", at, 4);
      return at + 8;
    case CommandType.KILL_SWITCH:
      check.range("flags", at, 3);
      return at + 8;
    case CommandType.ACTIVATE:
      check.u64("version", at);
      if (check.fault === undefined && getU64(view, at) > NEWEST_VERSION) {
        check.fail(`rules of version ${getU64(view, at)} are not known here; the newest are ${NEWEST_VERSION}`);
      }
      return at + 8;
    default:
      check.fail(`no command has type ${type}`);
      return at;
  }
}

/** Reads fields within one message and keeps the first fault. */
class Check {
  fault: string | undefined;

  constructor(
    private readonly view: DataView,
    private readonly end: number,
  ) {}

  fail(fault: string): void {
    this.fault ??= fault;
  }

  span(end: number): boolean {
    if (end > this.end) this.fail("the message ends within a field");
    return end <= this.end;
  }

  byte(at: number): number {
    return this.span(at + 1) ? this.view.getUint8(at) : 0;
  }

  u64(name: string, at: number): void {
    if (this.span(at + 8) && this.view.getUint32(at + 4, true) >= 0x200000) this.fail(`${name} must be below 2^53`);
  }

  amount(name: string, at: number): void {
    if (this.span(at + 8) && this.view.getUint32(at + 4, true) >= 0x40000000) this.fail(`${name} must be from 0 to 2^62 - 1`);
  }

  rate(name: string, at: number): void {
    if (!this.span(at + 4)) return;
    const rate = this.view.getInt32(at, true);
    if (rate < -1_000_000 || rate > 1_000_000) this.fail(`${name} is ${rate}; allowed are -1000000 to 1000000 millionths`);
  }

  range(name: string, at: number, max: number): void {
    const value = this.byte(at);
    if (value > max) this.fail(`${name} is ${value}; allowed are 0 to ${max}`);
  }

  text(name: string, at: number, lengthAt: number): number {
    const length = this.byte(lengthAt);
    const end = at + padded(length);
    if (!this.span(end)) return end;
    for (let i = at; i < at + length; i++) {
      const code = this.view.getUint8(i);
      if (code < 0x20 || code > 0x7e) this.fail(`${name} holds byte ${code}; only printable ASCII is allowed`);
    }
    return end;
  }

  cancel(at: number, maxMode: number): number {
    this.u64("orderId", at);
    this.range("onlyIf", at + 16, 2);
    this.range("mode", at + 17, maxMode);
    this.range("length of clientOrderId", at + 18, MAX_CLIENT_ORDER_ID);
    return this.text("clientOrderId", at + 24, at + 18);
  }

  parameters(at: number): number {
    if (!this.span(at + PARAMETERS)) return at + PARAMETERS;
    const packed = this.byte(at);
    if (((packed >> 1) & 7) > 6) this.fail(`type is ${(packed >> 1) & 7}; allowed are 0 to 6`);
    if (packed >> 4 > 2) this.fail(`timeInForce is ${packed >> 4}; allowed are 0 to 2`);
    this.range("selfTradePrevention", at + 1, 4);
    const optional = this.byte(at + 2);
    if (optional > 15 || (optional & HAS_QUOTE_QUANTITY && optional & QUANTITY_IS_QUOTE)) this.fail(`optional fields are ${optional}`);
    this.range("length of clientOrderId", at + 3, MAX_CLIENT_ORDER_ID);
    this.u64("price", at + 8);
    if (optional & QUANTITY_IS_QUOTE) this.amount("quoteQuantity", at + 16);
    else this.u64("quantity", at + 16);
    let end = at + PARAMETERS;
    if (optional & HAS_STOP_PRICE) this.u64("stopPrice", end);
    if (optional & HAS_STOP_PRICE) end += 8;
    if (optional & HAS_ICEBERG) this.u64("icebergQuantity", end);
    if (optional & HAS_ICEBERG) end += 8;
    if (optional & HAS_QUOTE_QUANTITY) this.amount("quoteQuantity", end);
    if (optional & HAS_QUOTE_QUANTITY) end += 8;
    return this.text("clientOrderId", end, at + 3);
  }

  filters(at: number): void {
    for (let i = 0; i < FILTERS; i += 8) {
      if (i === 72 || i === 80 || i === 176) this.amount("filter", at + i);
      else this.u64("filter", at + i);
    }
  }
}
