/**
 * From the parameters of a request to the parameters of an order: decimal text becomes ticks and lots, and what a type needs or forbids is
 * checked with Binance's errors. Everything that depends on the state of the exchange is the engine's to refuse.
 */

import { type OrderParameters, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import type { Instrument } from "../../services/ports";
import { type DecimalFault, parseAmount, parseDecimal, textDecimals } from "../decimal";
import { ApiError, filterFailure, missingEither, missingParameter, notRequired, tooPrecise } from "../errors";
import { defaultSelfTradePrevention } from "../market/instrument";
import * as parameter from "../parameters";
import { clientOrderKey, newClientOrderId } from "./client-order-id";

/** One order as a client words it, whatever its parameters are called. */
export interface OrderRequest {
  side: keyof typeof sides;
  type: keyof typeof types;
  timeInForce?: keyof typeof timesInForce;
  quantity?: string;
  quoteOrderQty?: string;
  price?: string;
  stopPrice?: string;
  trailingDelta?: number;
  icebergQty?: string;
  clientOrderId?: string;
  selfTradePreventionMode?: SelfTradeMode;
}

const sides = { BUY: Side.BUY, SELL: Side.SELL };
const types = {
  LIMIT: OrderType.LIMIT,
  MARKET: OrderType.MARKET,
  LIMIT_MAKER: OrderType.LIMIT_MAKER,
  STOP_LOSS: OrderType.STOP_LOSS,
  STOP_LOSS_LIMIT: OrderType.STOP_LOSS_LIMIT,
  TAKE_PROFIT: OrderType.TAKE_PROFIT,
  TAKE_PROFIT_LIMIT: OrderType.TAKE_PROFIT_LIMIT,
};
const timesInForce = { GTC: TimeInForce.GTC, IOC: TimeInForce.IOC, FOK: TimeInForce.FOK };
const selfTradeModes = {
  NONE: SelfTradePrevention.NONE,
  EXPIRE_TAKER: SelfTradePrevention.EXPIRE_TAKER,
  EXPIRE_MAKER: SelfTradePrevention.EXPIRE_MAKER,
  EXPIRE_BOTH: SelfTradePrevention.EXPIRE_BOTH,
  DECREMENT: SelfTradePrevention.DECREMENT,
};

/** Modes that Binance knows: enums.md, "STP Modes". No symbol here allows TRANSFER. */
type SelfTradeMode = keyof typeof selfTradeModes | "TRANSFER";

type Need = "required" | "allowed" | "forbidden";

/** What each type needs: rest-api.md, "Additional mandatory parameters based on type". A stop needs a stop price, a trailing delta, or both. */
const needs: Record<OrderType, { price: Need; timeInForce: Need; stop: Need; iceberg: Need }> = {
  [OrderType.LIMIT]: { price: "required", timeInForce: "required", stop: "forbidden", iceberg: "allowed" },
  [OrderType.MARKET]: { price: "forbidden", timeInForce: "forbidden", stop: "forbidden", iceberg: "forbidden" },
  [OrderType.LIMIT_MAKER]: { price: "required", timeInForce: "forbidden", stop: "forbidden", iceberg: "allowed" },
  [OrderType.STOP_LOSS]: { price: "forbidden", timeInForce: "forbidden", stop: "required", iceberg: "forbidden" },
  [OrderType.STOP_LOSS_LIMIT]: { price: "required", timeInForce: "required", stop: "required", iceberg: "allowed" },
  [OrderType.TAKE_PROFIT]: { price: "forbidden", timeInForce: "forbidden", stop: "required", iceberg: "forbidden" },
  [OrderType.TAKE_PROFIT_LIMIT]: { price: "required", timeInForce: "required", stop: "required", iceberg: "allowed" },
};

export const side = () => parameter.oneOf(["BUY", "SELL"], "BUY or SELL.", "side");
export const orderType = (allowed: readonly (keyof typeof types)[] = Object.keys(types) as (keyof typeof types)[]) =>
  parameter.oneOf(allowed, "Type of the order.", "type");
export const timeInForce = () => parameter.oneOf(["GTC", "IOC", "FOK"], "How long the order stays.", "timeInForce");
export const selfTradePreventionMode = () =>
  parameter.oneOf(
    [...(Object.keys(selfTradeModes) as SelfTradeMode[]), "TRANSFER"],
    "What happens when the order would trade with one of the same account or trade group; EXPIRE_MAKER by default. exchangeInfo tells what a symbol allows.",
  );
export const pegPriceType = () =>
  parameter.oneOf(["PRIMARY_PEG", "MARKET_PEG"], "Not supported: no symbol allows pegged orders.", "pegPriceType");
export const pegOffsetType = () => parameter.oneOf(["PRICE_LEVEL"], "Not supported: no symbol allows pegged orders.", "pegOffsetType");
export const pegOffsetValue = () => parameter.integer("Not supported: no symbol allows pegged orders.");
/** exchangeInfo says `pegInstructionsAllowed: false`. @throws ApiError where any of an order's pegs is given */
export function assertNotPegged(pegs: readonly unknown[]): void {
  if (pegs.some((peg) => peg !== undefined)) throw new ApiError(-2010, "Pegged orders are not supported for this symbol.");
}
export const responseType = () =>
  parameter.oneOf(["ACK", "RESULT", "FULL"], "How much the answer tells; FULL by default for MARKET and LIMIT.");
export const strategyId = () => parameter.integer("Label of a strategy; echoed in the answer.");
export const strategyType = () => parameter.integer("Label of a kind of strategy, at least 1000000; echoed in the answer.");

/** @throws ApiError for a mode that no symbol allows (source of the text: faqs/stp_faq.md) */
function selfTradePrevention(mode: SelfTradeMode | undefined): SelfTradePrevention {
  if (mode === undefined) return defaultSelfTradePrevention;
  if (mode === "TRANSFER") throw new ApiError(-1013, "This symbol does not allow the specified self-trade prevention mode.");
  return selfTradeModes[mode];
}

/** Ticks or lots of a decimal parameter: -1111 beyond eight decimals, the filter's error when finer than a tick or lot, or beyond its range. */
function units(text: string, decimals: number, name: string, filter: string): number {
  const value: number | DecimalFault = parseDecimal(text, decimals);
  if (typeof value === "number") return value;
  if (value === "too precise" && parseAmount(text, textDecimals) === "too precise") throw tooPrecise(name);
  throw filterFailure(filter);
}

/** `quantity`, or a parameter like it, in lots; 0 is refused with -1013. */
export function lots(text: string, instrument: Instrument, name: string): number {
  const quantity = units(text, instrument.quantityDecimals, name, "LOT_SIZE");
  if (quantity === 0) throw new ApiError(-1013, "Invalid quantity.");
  return quantity;
}

/** A price in ticks; 0 is refused with -1013. */
export function ticks(text: string, instrument: Instrument, name: string): number {
  const price = units(text, instrument.priceDecimals, name, "PRICE_FILTER");
  if (price === 0) throw new ApiError(-1013, "Invalid price.");
  return price;
}

function check(need: Need, given: boolean, name: string): void {
  if (need === "required" && !given) throw missingParameter(name);
  if (need === "forbidden" && given) throw notRequired(name);
}

/** `price` with the prefix `above` is `abovePrice`. */
const prefixed = (prefix: string, name: string) => (prefix === "" ? name : prefix + name[0].toUpperCase() + name.slice(1));

/**
 * Reads one order. `prefix` is what the names of its parameters begin with in a list (`above`), so that errors name the right one;
 * `quantityName` where the quantity is named otherwise. Throws ApiError.
 */
export function readOrder(
  request: OrderRequest,
  instrument: Instrument,
  prefix = "",
  quantityName = prefixed(prefix, "quantity"),
): OrderParameters {
  const type = types[request.type];
  const need = needs[type];
  const name = (parameterName: string) => prefixed(prefix, parameterName);

  check(need.timeInForce, request.timeInForce !== undefined, name("timeInForce"));
  check(need.price, request.price !== undefined, name("price"));
  if (need.stop === "forbidden") {
    check("forbidden", request.stopPrice !== undefined, name("stopPrice"));
    check("forbidden", request.trailingDelta !== undefined, name("trailingDelta"));
  } else if (request.stopPrice === undefined && request.trailingDelta === undefined) {
    throw missingEither(name("stopPrice"), name("trailingDelta"));
  }
  check(need.iceberg, request.icebergQty !== undefined && !/^0+(\.0+)?$/.test(request.icebergQty), name("icebergQty"));

  const byQuote = request.quoteOrderQty !== undefined;
  if (type === OrderType.MARKET) {
    if (request.quantity === undefined && !byQuote) throw missingEither(quantityName, name("quoteOrderQty"));
    if (request.quantity !== undefined && byQuote) throw notRequired(name("quoteOrderQty"));
  } else {
    check("forbidden", byQuote, name("quoteOrderQty"));
    check("required", request.quantity !== undefined, quantityName);
  }

  const quantity = request.quantity === undefined ? 0 : lots(request.quantity, instrument, quantityName);
  const icebergQuantity =
    request.icebergQty === undefined ? 0 : units(request.icebergQty, instrument.quantityDecimals, name("icebergQty"), "LOT_SIZE");
  if (icebergQuantity > quantity) throw new ApiError(-2010, "IcebergQty exceeds QTY.");
  const time = timesInForce[request.timeInForce ?? "GTC"];
  if (icebergQuantity > 0 && time !== TimeInForce.GTC) throw new ApiError(-2010, "Unsupported order combination");

  const clientOrderId = request.clientOrderId ?? newClientOrderId();
  return {
    side: sides[request.side],
    type,
    timeInForce: time,
    selfTradePrevention: selfTradePrevention(request.selfTradePreventionMode),
    price: request.price === undefined ? 0 : ticks(request.price, instrument, name("price")),
    quantity,
    quoteQuantity: byQuote ? quoteUnits(request.quoteOrderQty!, instrument, name("quoteOrderQty")) : 0n,
    stopPrice: request.stopPrice === undefined ? 0 : ticks(request.stopPrice, instrument, name("stopPrice")),
    trailingDelta: request.trailingDelta ?? 0,
    icebergQuantity,
    clientKey: clientOrderKey(clientOrderId),
    clientOrderId,
  };
}

/** Largest quote amount of one order: fits a signed 64-bit integer. */
const mostQuote = 2n ** 63n - 1n;

function quoteUnits(text: string, instrument: Instrument, name: string): bigint {
  const amount = parseAmount(text, instrument.quote.decimals);
  if (amount === "too precise") throw tooPrecise(name);
  if (amount === 0n) throw new ApiError(-1013, "Invalid quantity.");
  if (amount > mostQuote) throw filterFailure("NOTIONAL");
  return amount;
}
