/** What the order form knows about a valid order before the exchange is asked: parameters from the fields, and faults in words. */

import { divide, floorTo, grouped, multiply, parseAmount, shortest } from "./decimal.js";

/**
 * @typedef {import("./instruments.js").Instrument} Instrument
 * @typedef {"LIMIT" | "MARKET" | "LIMIT_MAKER" | "STOP_LIMIT" | "STOP_MARKET"} Kind
 * @typedef {object} Draft the form's fields, as typed
 * @property {"BUY" | "SELL"} side
 * @property {Kind} kind
 * @property {string} timeInForce
 * @property {string} price
 * @property {string} stopPrice
 * @property {string} quantity
 * @property {string} total
 * @property {"base" | "quote"} unit what a market order is measured in
 */

/** Kinds of orders that the form offers, with the API's types that each needs. @type {readonly (readonly [Kind, string, readonly string[]])[]} */
export const kinds = [
  ["LIMIT", "Limit", ["LIMIT"]],
  ["MARKET", "Market", ["MARKET"]],
  ["LIMIT_MAKER", "Post only", ["LIMIT_MAKER"]],
  ["STOP_LIMIT", "Stop limit", ["STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"]],
  ["STOP_MARKET", "Stop", ["STOP_LOSS", "TAKE_PROFIT"]],
];

/** @param {Kind} kind */
export const hasPrice = (kind) => kind === "LIMIT" || kind === "LIMIT_MAKER" || kind === "STOP_LIMIT";
/** @param {Kind} kind */
export const hasStop = (kind) => kind === "STOP_LIMIT" || kind === "STOP_MARKET";
/** @param {Draft} draft */
export const byTotal = (draft) => draft.kind === "MARKET" && draft.unit === "quote";

/**
 * Faults by field; empty when the order can be sent.
 * @param {Draft} draft @param {Instrument} instrument @param {bigint | undefined} free of the asset that would be spent; while that is not known the exchange judges
 * @returns {Partial<Record<"price" | "stopPrice" | "quantity" | "total", string>>}
 */
export function faults(draft, instrument, free) {
  /** @type {Partial<Record<"price" | "stopPrice" | "quantity" | "total", string>>} */
  const found = {};
  const price = hasPrice(draft.kind) ? parseAmount(draft.price) : 0n;
  if (price === undefined || (hasPrice(draft.kind) && price <= 0n)) found.price = "Enter a price.";
  else if (price % instrument.tick !== 0n) found.price = `The price goes in steps of ${shortest(instrument.tick)} ${instrument.quote}.`;

  const stop = hasStop(draft.kind) ? parseAmount(draft.stopPrice) : 0n;
  if (stop === undefined || (hasStop(draft.kind) && stop <= 0n)) found.stopPrice = "Enter a trigger price.";
  else if (stop % instrument.tick !== 0n)
    found.stopPrice = `The trigger goes in steps of ${shortest(instrument.tick)} ${instrument.quote}.`;

  if (byTotal(draft)) {
    const total = parseAmount(draft.total);
    if (total === undefined || total <= 0n) found.total = "Enter an amount.";
    else if (total < instrument.minNotional) found.total = `At least ${shortest(instrument.minNotional)} ${instrument.quote}.`;
    else if (draft.side === "BUY" && free !== undefined && total > free)
      found.total = `Only ${grouped(free, 2)} ${instrument.quote} are free.`;
    return found;
  }

  const quantity = parseAmount(draft.quantity);
  if (quantity === undefined || quantity <= 0n) found.quantity = "Enter an amount.";
  else if (quantity % instrument.step !== 0n)
    found.quantity = `The amount goes in steps of ${shortest(instrument.step)} ${instrument.base}.`;
  else if (quantity < instrument.minQuantity) found.quantity = `At least ${shortest(instrument.minQuantity)} ${instrument.base}.`;
  else if (instrument.maxQuantity > 0n && quantity > instrument.maxQuantity)
    found.quantity = `At most ${shortest(instrument.maxQuantity)} ${instrument.base}.`;
  else if (price !== undefined && price > 0n && multiply(price, quantity) < instrument.minNotional)
    found.quantity = `The order is worth less than ${shortest(instrument.minNotional)} ${instrument.quote}.`;
  else if (free === undefined) return found;
  else if (draft.side === "SELL" && quantity > free) found.quantity = `Only ${shortest(free)} ${instrument.base} are free.`;
  else if (draft.side === "BUY" && price !== undefined && multiply(price, quantity) > free)
    found.quantity = `Only ${grouped(free, 2)} ${instrument.quote} are free.`;
  return found;
}

/**
 * The API's type: a stop that has already been passed in its direction takes profit instead of stopping a loss.
 * @param {Draft} draft @param {bigint} last price of the last trade
 */
export function apiType(draft, last) {
  if (!hasStop(draft.kind)) return draft.kind;
  const stop = parseAmount(draft.stopPrice) ?? 0n;
  const stopsLoss = draft.side === "BUY" ? stop >= last : stop <= last;
  const name = stopsLoss ? "STOP_LOSS" : "TAKE_PROFIT";
  return draft.kind === "STOP_LIMIT" ? `${name}_LIMIT` : name;
}

/** Parameters of `POST /api/v3/order`. @param {Draft} draft @param {Instrument} instrument @param {bigint} last */
export function orderParameters(draft, instrument, last) {
  const type = apiType(draft, last);
  const text = (/** @type {string} */ field) => shortest(parseAmount(field) ?? 0n);
  return {
    symbol: instrument.symbol,
    side: draft.side,
    type,
    timeInForce: type === "LIMIT" || type.endsWith("_LIMIT") ? draft.timeInForce : undefined,
    price: hasPrice(draft.kind) ? text(draft.price) : undefined,
    stopPrice: hasStop(draft.kind) ? text(draft.stopPrice) : undefined,
    quantity: byTotal(draft) ? undefined : text(draft.quantity),
    quoteOrderQty: byTotal(draft) ? text(draft.total) : undefined,
    newOrderRespType: "FULL",
  };
}

/**
 * The quantity that `hundredths` of the free funds pay for, in whole steps.
 * @param {Draft} draft @param {Instrument} instrument @param {bigint} free @param {bigint} price the order's, or the best one for an order without @param {bigint} hundredths
 */
export function shareOf(draft, instrument, free, price, hundredths) {
  const share = (free * hundredths) / 100n;
  if (draft.side === "SELL") return floorTo(share, instrument.step);
  return price > 0n ? floorTo(divide(share, price), instrument.step) : 0n;
}
