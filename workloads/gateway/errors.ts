/**
 * Every answer that is not a success: Binance's code, its exact text and the HTTP status. Clients match the text first and the code second,
 * so both are part of the contract (source: binance-spot-api-docs, errors.md).
 */

import { CloseReason, RejectReason } from "@bourse/engine";
import type { TooManyOrders } from "../services/trading/port";

/** A request that cannot be served. `details` is merged into the error body (`data` of a failed cancel-replace). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    message: string,
    readonly status = 400,
    readonly details?: Record<string, unknown>,
    /** Seconds, sent as `Retry-After`. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }

  body(): Record<string, unknown> {
    return { code: this.code, msg: this.message, ...this.details };
  }
}

export const illegalCharacters = (name: string, pattern: string) =>
  new ApiError(-1100, `Illegal characters found in parameter '${name}'; legal range is '${pattern}'.`);
export const illegalEncoding = () => new ApiError(-1100, "Illegal characters found in a parameter.");
export const tooManyParameters = (expected: number, received: number) =>
  new ApiError(-1101, `Too many parameters; expected '${expected}' and received '${received}'.`);
export const duplicateParameter = () => new ApiError(-1101, "Duplicate values for a parameter detected.");
export const missingParameter = (name: string) =>
  new ApiError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
export const missingEither = (one: string, other: string) =>
  new ApiError(-1102, `Param '${one}' or '${other}' must be sent, but both were empty/null!`);
export const unreadParameters = (read: number, sent: number) =>
  new ApiError(-1104, `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent}'.`);
export const emptyParameter = (name: string) => new ApiError(-1105, `Parameter '${name}' was empty.`);
export const notRequired = (name: string) => new ApiError(-1106, `Parameter '${name}' sent when not required.`);
export const overflow = (name: string) => new ApiError(-1108, `Parameter '${name}' overflowed.`);
export const tooPrecise = (name: string) => new ApiError(-1111, `Parameter '${name}' has too much precision.`);
export const invalidSymbol = () => new ApiError(-1121, "Invalid symbol.");
export const badCombination = () => new ApiError(-1128, "Combination of optional parameters invalid.");
export const invalidData = (name: string) => new ApiError(-1130, `Data sent for parameter '${name}' is not valid.`);
export const filterFailure = (filter: string) => new ApiError(-1013, `Filter failure: ${filter}`);
export const invalidKeyFormat = () => new ApiError(-2014, "API-key format invalid.", 401);
export const invalidKey = () => new ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401);
export const invalidSignature = () => new ApiError(-1022, "Signature for this request is not valid.");
export const outsideWindow = () => new ApiError(-1021, "Timestamp for this request is outside of the recvWindow.");
export const aheadOfServer = () => new ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
export const noSuchOrder = () => new ApiError(-2013, "Order does not exist.");
export const archivedOrder = () =>
  new ApiError(-2026, "Order was canceled or expired with no executed qty over 90 days ago and has been archived.");
export const noSuchList = () => new ApiError(-2018, "Order list does not exist.");
export const unsupported = () => new ApiError(-1020, "This operation is not supported.", 404);

/** The order may or may not have been done: the client must ask. The status is a 5xx, as Binance documents for "execution status unknown". */
export const executionUnknown = () =>
  new ApiError(-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown.", 504);
/** Nothing was done: the account has placed as many orders as it may. */
export const tooManyOrders = ({ message, retryAfter }: TooManyOrders) => new ApiError(-1015, message, 429, undefined, retryAfter);
/** Nothing was done. */
export const serverBusy = () =>
  new ApiError(-1008, "Server is currently overloaded with other requests. Please try again in a few minutes.", 503);
/** Nothing was done. */
export const disconnected = () => new ApiError(-1001, "Internal error; unable to process your request. Please try again.", 503);

/** Code, text and status of each reason; `{code}` is -2010, -2011 or -2038 by what was asked. */
type Row = { code: number | "action"; text: string; status?: number };
const filter = (name: string): Row => ({ code: -1013, text: `Filter failure: ${name}` });

/** One row a reason. `"action"` stands for -2010 (new order), -2011 (cancel) or -2038 (amend). */
const rejections: Record<RejectReason, Row> = {
  [RejectReason.UNKNOWN_SYMBOL]: { code: -1121, text: "Invalid symbol." },
  [RejectReason.UNKNOWN_ACCOUNT]: { code: -2015, text: "Invalid API-key, IP, or permissions for action.", status: 401 },
  [RejectReason.UNKNOWN_ASSET]: { code: -1130, text: "Data sent for parameter 'asset' is not valid." },
  [RejectReason.UNKNOWN_ORDER]: { code: "action", text: "Unknown order sent." },
  [RejectReason.UNKNOWN_LIST]: { code: "action", text: "Unknown order sent." },
  [RejectReason.INSUFFICIENT_BALANCE]: { code: "action", text: "Account has insufficient balance for requested action." },
  [RejectReason.MARKET_CLOSED]: { code: "action", text: "Market is closed." },
  [RejectReason.ACCOUNT_DISABLED]: { code: "action", text: "This action is disabled on this account." },
  [RejectReason.DUPLICATE_CLIENT_ORDER_ID]: { code: "action", text: "Duplicate order sent." },
  [RejectReason.WOULD_TAKE]: { code: "action", text: "Order would immediately match and take." },
  [RejectReason.WOULD_TRIGGER]: { code: "action", text: "Order would trigger immediately." },
  [RejectReason.NO_LIQUIDITY]: { code: "action", text: "Order book liquidity is less than symbol minimum quantity." },
  [RejectReason.FILTER_PRICE]: filter("PRICE_FILTER"),
  [RejectReason.FILTER_PERCENT_PRICE]: filter("PERCENT_PRICE_BY_SIDE"),
  [RejectReason.FILTER_LOT_SIZE]: filter("LOT_SIZE"),
  [RejectReason.FILTER_MARKET_LOT_SIZE]: filter("MARKET_LOT_SIZE"),
  [RejectReason.FILTER_NOTIONAL]: filter("NOTIONAL"),
  [RejectReason.FILTER_MAX_NUM_ORDERS]: filter("MAX_NUM_ORDERS"),
  [RejectReason.FILTER_MAX_NUM_ALGO_ORDERS]: filter("MAX_NUM_ALGO_ORDERS"),
  [RejectReason.FILTER_MAX_NUM_ICEBERG_ORDERS]: filter("MAX_NUM_ICEBERG_ORDERS"),
  [RejectReason.FILTER_ICEBERG_PARTS]: filter("ICEBERG_PARTS"),
  [RejectReason.FILTER_MAX_POSITION]: filter("MAX_POSITION"),
  [RejectReason.FILTER_TRAILING_DELTA]: filter("TRAILING_DELTA"),
  // filters.md: the one filter whose failure has the code of what was asked.
  [RejectReason.FILTER_MAX_NUM_ORDER_AMENDS]: { code: "action", text: "Filter failure: MAX_NUM_ORDER_AMENDS" },
  [RejectReason.INVALID_ORDER]: { code: "action", text: "Unsupported order combination" },
  [RejectReason.INVALID_LIST]: { code: "action", text: "The relationship of the prices for the orders is not correct." },
  [RejectReason.INVALID_AMEND]: { code: "action", text: "Order amend (quantity increase) is not supported." },
  [RejectReason.INVALID_STATE]: { code: "action", text: "Order was not canceled due to cancel restrictions." },
  [RejectReason.NOT_ATTEMPTED]: { code: "action", text: "Order was not attempted." },
  [RejectReason.DUPLICATE_TRANSFER]: { code: -1130, text: "Data sent for parameter 'transferId' is not valid." },
  [RejectReason.AMOUNT_OUT_OF_RANGE]: { code: -1013, text: "Filter failure: NOTIONAL" },
  [RejectReason.TIME_OUT_OF_RANGE]: { code: -1021, text: "Timestamp for this request is outside of the recvWindow." },
  [RejectReason.KILL_SWITCH]: { code: "action", text: "This action is disabled on this account." },
  [RejectReason.UNSUPPORTED_VERSION]: { code: -1020, text: "This operation is not supported." },
};

export const newOrderAction = -2010;
export const cancelAction = -2011;
export const amendAction = -2038;

/** The error of a command that the engine refused; `action` is what the client asked for. */
export function rejection(reason: RejectReason, action: typeof newOrderAction | typeof cancelAction | typeof amendAction): ApiError {
  const row = rejections[reason];
  return new ApiError(row.code === "action" ? action : row.code, row.text, row.status);
}

/** `expiryReason` of an order that left the book for each reason, `""` for none: enums.md, "Expiry Reasons". */
export const expiryReasons: Record<CloseReason, string> = {
  [CloseReason.CANCELED]: "",
  [CloseReason.IOC_EXPIRED]: "UNFILLED_IOC_QUANTITY_EXPIRED",
  [CloseReason.FOK_EXPIRED]: "UNFILLED_FOK_ORDER_EXPIRED",
  [CloseReason.INSUFFICIENT_LIQUIDITY]: "INSUFFICIENT_LIQUIDITY",
  [CloseReason.SELF_TRADE]: "",
  [CloseReason.OCO_TRIGGER]: "OCO_TRIGGER",
  [CloseReason.OTO_PHASE_ONE_EXPIRED]: "OTO_PHASE_ONE_EXPIRED",
  [CloseReason.EXCHANGE_CANCELED]: "EXCHANGE_CANCELED",
  [CloseReason.PRICE_RANGE_EXCEEDED]: "EXECUTION_RULE_PRICE_RANGE_EXCEEDED",
  [CloseReason.REJECTED_ON_TRIGGER]: "REJECTED",
  [CloseReason.REPLACED]: "",
};
