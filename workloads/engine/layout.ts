/**
 * The binary layout that commands and events share: message types, header fields, and the integers, texts and order parameters in them.
 *
 * Everything is little-endian. A message is a multiple of 8 bytes long and starts with u16 length, u8 type, u8 version. A u64 holds an
 * integer below 2^53; an i64 holds an amount in asset units. Text is ASCII, its length is a byte elsewhere in the message, and it is
 * padded with zeros to 8 bytes.
 *
 * Bit 7 of the version byte is reserved for an origin block of 24 bytes (shard, epoch, sequence, index) behind the header, which messages
 * between shards will carry; version 1 has none. Accounts from {@link FIRST_CLEARING_ACCOUNT} up are reserved for the clearing accounts of
 * peer shards: 0xffff0000 + shard.
 */

import * as codes from "./codes";
import type { OrderParameters } from "./commands";

export { COMMAND_HEADER, CommandType, EVENT_HEADER, EventType, LAYOUT_VERSION, PARAMETERS } from "./codes";

const { PARAMETERS } = codes;

/** No encoded command is longer, in bytes. */
export const MAX_COMMAND_LENGTH = 512;
/** Longest client order id, in ASCII characters (Binance: `^[a-zA-Z0-9-_]{1,36}$`). */
export const MAX_CLIENT_ORDER_ID = 36;
/** Longest name of an asset or a symbol, in ASCII characters. */
export const MAX_NAME = 32;
/** Accounts from here up belong to peer shards and are refused in commands. */
export const FIRST_CLEARING_ACCOUNT = 0xffff0000;
/** Largest amount in one command or one asset's total, in asset units. */
export const MAX_AMOUNT = (1n << 62n) - 1n;

export const FILTERS = 26 * 8;

const TWO_32 = 4294967296;

// Hot fields are read and written as words of the machine, which has to have the order of the layout.
if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) throw new Error("the engine needs a little-endian machine, such as x64 or arm64");

/** Command kinds in the order of their type byte, which starts at 1. */
export const commandKinds = [
  "newOrder",
  "cancelOrder",
  "cancelAllOrders",
  "cancelReplace",
  "amendOrder",
  "modifyOrder",
  "newOrderList",
  "cancelOrderList",
  "deposit",
  "withdraw",
  "transfer",
  "setAccount",
  "setFeeTier",
  "listAsset",
  "listSymbol",
  "setSymbolState",
  "killSwitch",
  "activate",
] as const;

export const onlyIfValues = ["any", "new", "partiallyFilled"] as const;
export const contingencies = ["OCO", "OTO", "OTOCO"] as const;
export const listStatuses = ["executing", "allDone", "rejected"] as const;
export const balanceCauses = ["trading", "deposit", "withdraw", "transfer"] as const;

let viewed: Uint8Array | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

/** A view over `bytes`; the last one is kept, so that a run of messages in one buffer costs one view. */
export function viewOf(bytes: Uint8Array): DataView {
  if (viewed !== bytes) {
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    viewed = bytes;
  }
  return view;
}

export function getU64(source: DataView, offset: number): number {
  return source.getUint32(offset, true) + source.getUint32(offset + 4, true) * TWO_32;
}

export function setU64(target: DataView, offset: number, value: number): void {
  target.setUint32(offset, value >>> 0, true);
  target.setUint32(offset + 4, (value / TWO_32) >>> 0, true);
}

/** Bytes that a text of `length` characters takes. */
export function padded(length: number): number {
  return (length + 7) & ~7;
}

export function writeText(target: DataView, offset: number, text: string): number {
  const end = offset + padded(text.length);
  for (let i = 0; i < text.length; i++) target.setUint8(offset + i, text.charCodeAt(i));
  for (let i = offset + text.length; i < end; i++) target.setUint8(i, 0);
  return end;
}

export function readText(source: DataView, offset: number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(source.getUint8(offset + i));
  return text;
}

/** Which optional fields follow the 32 bytes of an order's parameters, each 8 bytes, in this order; then the text. */
export const HAS_STOP_PRICE = 1;
export const HAS_ICEBERG = 2;
export const HAS_QUOTE_QUANTITY = 4;
/** The quantity field holds the quote quantity, and the quantity is 0: a MARKET order by amount stays within 64 bytes. */
export const QUANTITY_IS_QUOTE = 8;

/**
 * Order parameters: u8 side + type x 2 + timeInForce x 16, u8 self-trade prevention, u8 optional fields, u8 length of the client order
 * id, u32 trailing delta, u64 price, u64 quantity, u64 client key, optional fields, client order id.
 */
export function writeParameters(target: DataView, offset: number, order: OrderParameters): number {
  const swapped = order.quoteQuantity !== 0n && order.quantity === 0;
  const optional =
    (order.stopPrice !== 0 ? HAS_STOP_PRICE : 0) |
    (order.icebergQuantity !== 0 ? HAS_ICEBERG : 0) |
    (swapped ? QUANTITY_IS_QUOTE : order.quoteQuantity !== 0n ? HAS_QUOTE_QUANTITY : 0);
  target.setUint8(offset, order.side | (order.type << 1) | (order.timeInForce << 4));
  target.setUint8(offset + 1, order.selfTradePrevention);
  target.setUint8(offset + 2, optional);
  target.setUint8(offset + 3, order.clientOrderId.length);
  target.setUint32(offset + 4, order.trailingDelta, true);
  setU64(target, offset + 8, order.price);
  if (swapped) target.setBigInt64(offset + 16, order.quoteQuantity, true);
  else setU64(target, offset + 16, order.quantity);
  target.setBigUint64(offset + 24, order.clientKey, true);
  let end = offset + PARAMETERS;
  if (optional & HAS_STOP_PRICE) {
    setU64(target, end, order.stopPrice);
    end += 8;
  }
  if (optional & HAS_ICEBERG) {
    setU64(target, end, order.icebergQuantity);
    end += 8;
  }
  if (optional & HAS_QUOTE_QUANTITY) {
    target.setBigInt64(end, order.quoteQuantity, true);
    end += 8;
  }
  return writeText(target, end, order.clientOrderId);
}

export function readParameters(source: DataView, offset: number): OrderParameters {
  const packed = source.getUint8(offset);
  const optional = source.getUint8(offset + 2);
  const swapped = (optional & QUANTITY_IS_QUOTE) !== 0;
  const iceberg = offset + PARAMETERS + (optional & HAS_STOP_PRICE ? 8 : 0);
  const quote = iceberg + (optional & HAS_ICEBERG ? 8 : 0);
  const text = quote + (optional & HAS_QUOTE_QUANTITY ? 8 : 0);
  return {
    side: packed & 1,
    type: (packed >> 1) & 7,
    timeInForce: packed >> 4,
    selfTradePrevention: source.getUint8(offset + 1),
    price: getU64(source, offset + 8),
    quantity: swapped ? 0 : getU64(source, offset + 16),
    quoteQuantity: swapped ? source.getBigInt64(offset + 16, true) : optional & HAS_QUOTE_QUANTITY ? source.getBigInt64(quote, true) : 0n,
    stopPrice: optional & HAS_STOP_PRICE ? getU64(source, offset + PARAMETERS) : 0,
    trailingDelta: source.getUint32(offset + 4, true),
    icebergQuantity: optional & HAS_ICEBERG ? getU64(source, iceberg) : 0,
    clientKey: source.getBigUint64(offset + 24, true),
    clientOrderId: readText(source, text, source.getUint8(offset + 3)),
  };
}

/** Bytes of the parameters at `offset`, from their first four bytes. */
export function parametersLength(source: DataView, offset: number): number {
  const optional = source.getUint8(offset + 2);
  const fields = (optional & 1) + ((optional >> 1) & 1) + ((optional >> 2) & 1);
  return PARAMETERS + fields * 8 + padded(source.getUint8(offset + 3));
}
