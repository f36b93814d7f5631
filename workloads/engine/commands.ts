/**
 * Commands: everything that can change the exchange's state. They are appended to the command log in an order that is final, and
 * {@link Exchange} applies them in that order.
 *
 * Units: `price` in ticks, `quantity` in lots (both integers below 2^53, scaled by the instrument), amounts in asset units (`bigint`,
 * 10^-decimals of the asset), `time` in microseconds since 1970 (integer below 2^53). Strings never reach the matching path: symbols,
 * assets and accounts are numbers; a client order id travels as its 64-bit key, with the text carried beside it for the projections.
 */

import type { OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "./codes";

export { OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "./codes";

/** In every command. A (session, sessionSequence) that repeats is answered with the first result; session 0 opts out. */
export interface CommandHeader {
  /** When the gateway received it, in microseconds. Shard time is the maximum of this and the previous command's. */
  time: number;
  session: number;
  sessionSequence: number;
}

/** The parameters of one order, alone or as a leg of a list. Absent numbers are 0, absent amounts 0n. */
export interface OrderParameters {
  side: Side;
  type: OrderType;
  timeInForce: TimeInForce;
  selfTradePrevention: SelfTradePrevention;
  /** Limit price in ticks; 0 for MARKET, STOP_LOSS, TAKE_PROFIT. */
  price: number;
  /** In lots; 0 for a MARKET order by quote amount. */
  quantity: number;
  /** MARKET by amount: quote asset units to spend or to receive; 0n otherwise. */
  quoteQuantity: bigint;
  /** Trigger price in ticks; 0 for none. */
  stopPrice: number;
  /** Trailing distance in basis points; 0 for none. */
  trailingDelta: number;
  /** Visible part of an iceberg in lots; 0 for a plain order. */
  icebergQuantity: number;
  /** 64-bit key of the client order id, unique among the account's open orders; 0n for none. */
  clientKey: bigint;
  /** The client order id itself, at most 36 ASCII characters; carried to the events, not interpreted. */
  clientOrderId: string;
}

export interface NewOrder extends CommandHeader, OrderParameters {
  kind: "newOrder";
  account: number;
  symbol: number;
}

/** Cancels one order, named by `orderId`, or by `clientKey` when `orderId` is 0. */
export interface CancelOrder extends CommandHeader {
  kind: "cancelOrder";
  account: number;
  symbol: number;
  orderId: number;
  clientKey: bigint;
  /** Restricts the cancel to orders in this state. */
  onlyIf: "any" | "new" | "partiallyFilled";
  /** Text of the id that the cancel itself bears (`newClientOrderId`). */
  clientOrderId: string;
}

export interface CancelAllOrders extends CommandHeader {
  kind: "cancelAllOrders";
  account: number;
  symbol: number;
}

/** Cancels one order and places another, atomically with regard to other commands. */
export interface CancelReplace extends CommandHeader {
  kind: "cancelReplace";
  account: number;
  symbol: number;
  mode: "stopOnFailure" | "allowFailure";
  cancelOrderId: number;
  cancelClientKey: bigint;
  onlyIf: "any" | "new" | "partiallyFilled";
  cancelClientOrderId: string;
  order: OrderParameters;
}

/** Reduces an order's quantity; it keeps its place in the queue. */
export interface AmendOrder extends CommandHeader {
  kind: "amendOrder";
  account: number;
  symbol: number;
  orderId: number;
  clientKey: bigint;
  /** New total quantity in lots: below the present one, above what is executed. */
  quantity: number;
  /** New client order id; 0n and "" keep the old one. */
  newClientKey: bigint;
  clientOrderId: string;
}

/** Changes price and quantity of a resting order; it loses its place in the queue and may trade at once. */
export interface ModifyOrder extends CommandHeader {
  kind: "modifyOrder";
  account: number;
  symbol: number;
  orderId: number;
  clientKey: bigint;
  price: number;
  quantity: number;
}

/** OCO: two legs, one cancels the other. OTO: `working` first, `pending` when it is filled. OTOCO: `pending` is an OCO. */
export interface NewOrderList extends CommandHeader {
  kind: "newOrderList";
  account: number;
  symbol: number;
  contingency: "OCO" | "OTO" | "OTOCO";
  /** OCO: above, below. OTO: working, pending. OTOCO: working, above, below. */
  legs: OrderParameters[];
  listClientKey: bigint;
  listClientOrderId: string;
}

export interface CancelOrderList extends CommandHeader {
  kind: "cancelOrderList";
  account: number;
  symbol: number;
  listId: number;
  listClientKey: bigint;
  clientOrderId: string;
}

/** `transferId` is unique for ever per kind: a repeat changes nothing and is answered as a duplicate. */
export interface Deposit extends CommandHeader {
  kind: "deposit";
  account: number;
  asset: number;
  amount: bigint;
  transferId: bigint;
}

export interface Withdraw extends CommandHeader {
  kind: "withdraw";
  account: number;
  asset: number;
  amount: bigint;
  transferId: bigint;
}

export interface Transfer extends CommandHeader {
  kind: "transfer";
  account: number;
  toAccount: number;
  asset: number;
  amount: bigint;
  transferId: bigint;
}

/** Opens an account or changes its flags and fee tier. An account must exist before it can hold anything. */
export interface SetAccount extends CommandHeader {
  kind: "setAccount";
  account: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  feeTier: number;
  /** Pay fees in the discount asset when there is enough of it. */
  discountFees: boolean;
  /** Accounts of one group other than 0 do not trade with each other, as `SelfTradePrevention` says. */
  tradeGroup: number;
}

/** Rates in units of 10^-6 (1 basis point = 100); a negative maker rate is a rebate. */
export interface SetFeeTier extends CommandHeader {
  kind: "setFeeTier";
  feeTier: number;
  makerRate: number;
  takerRate: number;
  /** Discount on the fee when it is paid in the discount asset, in units of 10^-6. */
  discount: number;
}

export interface ListAsset extends CommandHeader {
  kind: "listAsset";
  asset: number;
  name: string;
  /** Units per whole asset are 10^decimals; 0 to 18. */
  decimals: number;
  /** True for the one asset in which discounted fees are paid. */
  discountAsset: boolean;
}

/** Limits in ticks, lots and quote units; 0 (or 0n) turns a limit off. Names are those of Binance's filters. */
export interface SymbolFilters {
  minPrice: number;
  maxPrice: number;
  /** PRICE_FILTER tickSize in ticks of the instrument, at least 1. */
  priceStep: number;
  minQuantity: number;
  maxQuantity: number;
  /** LOT_SIZE stepSize in lots, at least 1. */
  quantityStep: number;
  marketMinQuantity: number;
  marketMaxQuantity: number;
  marketQuantityStep: number;
  minNotional: bigint;
  maxNotional: bigint;
  applyMinToMarket: boolean;
  applyMaxToMarket: boolean;
  /** PERCENT_PRICE_BY_SIDE multipliers in units of 10^-4, against the average price of `averagePriceMinutes`. */
  bidMultiplierUp: number;
  bidMultiplierDown: number;
  askMultiplierUp: number;
  askMultiplierDown: number;
  /** 0 uses the last trade price. */
  averagePriceMinutes: number;
  /** A trade further than this from the reference price, in units of 10^-4, expires the taker's rest; 0 is off. */
  executionBand: number;
  maxOrders: number;
  maxAlgoOrders: number;
  maxIcebergOrders: number;
  /** ICEBERG_PARTS: quantity / icebergQuantity, rounded up. */
  maxIcebergParts: number;
  /** Base units an account may hold, free, locked and in open buys. */
  maxPosition: bigint;
  minTrailingDelta: number;
  maxTrailingDelta: number;
  maxAmends: number;
}

/** Lists a symbol, or changes filters and state of a listed one. Base, quote, tick and lot of a listed symbol never change. */
export interface ListSymbol extends CommandHeader {
  kind: "listSymbol";
  symbol: number;
  name: string;
  baseAsset: number;
  quoteAsset: number;
  /** Decimals of the price of one tick: price = ticks x 10^-priceDecimals quote per base. */
  priceDecimals: number;
  /** Decimals of one lot: quantity = lots x 10^-quantityDecimals base. */
  quantityDecimals: number;
  filters: SymbolFilters;
  state: SymbolState;
}

export interface SetSymbolState extends CommandHeader {
  kind: "setSymbolState";
  symbol: number;
  state: SymbolState;
}

/** Stops or resumes new orders of one account, or of all when `account` is 0. On a stop, open orders may be cancelled too. */
export interface KillSwitch extends CommandHeader {
  kind: "killSwitch";
  account: number;
  engaged: boolean;
  cancelOpenOrders: boolean;
}

/**
 * The newest version of the rules that this code knows. A log begins with 1; `activate` switches upwards.
 *
 * 2: the last trade price stands between the prices of an OCO when it is placed (`ListEntry.checkPlace`).
 */
export const NEWEST_VERSION = 2;

/**
 * Switches the rules to `version`; logged, so that an old log replays to its old result. A version that is not known is refused before it is logged
 * ({@link checkCommand}): code that knows it would replay that log to another result.
 */
export interface Activate extends CommandHeader {
  kind: "activate";
  version: number;
}

export type Command =
  | NewOrder
  | CancelOrder
  | CancelAllOrders
  | CancelReplace
  | AmendOrder
  | ModifyOrder
  | NewOrderList
  | CancelOrderList
  | Deposit
  | Withdraw
  | Transfer
  | SetAccount
  | SetFeeTier
  | ListAsset
  | ListSymbol
  | SetSymbolState
  | KillSwitch
  | Activate;
