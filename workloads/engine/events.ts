/**
 * Events: what a command did, in order. Every command yields at least one event; the last one of a command has `last` set. An event's id
 * is (shard, epoch, sequence, index): the command's position and the event's place within it. Units are those of the commands.
 */

import type { Command, OrderType, SelfTradePrevention, Side, SymbolFilters, SymbolState, TimeInForce } from "./commands";

export interface EventHeader {
  shard: number;
  epoch: number;
  /** Position of the command in the log, from 1, without gaps. */
  sequence: number;
  /** Place among the command's events, from 0. */
  index: number;
  /** True on the command's last event. */
  last: boolean;
  /** Shard time in microseconds. */
  time: number;
}

/** Why a command, or a leg of it, was refused. Nothing was changed. Each has one Binance code and text (see the gateway's table). */
export enum RejectReason {
  UNKNOWN_SYMBOL = 1,
  UNKNOWN_ACCOUNT = 2,
  UNKNOWN_ASSET = 3,
  UNKNOWN_ORDER = 4,
  UNKNOWN_LIST = 5,
  INSUFFICIENT_BALANCE = 6,
  MARKET_CLOSED = 7,
  ACCOUNT_DISABLED = 8,
  DUPLICATE_CLIENT_ORDER_ID = 9,
  WOULD_TAKE = 10,
  WOULD_TRIGGER = 11,
  NO_LIQUIDITY = 12,
  FILTER_PRICE = 20,
  FILTER_PERCENT_PRICE = 21,
  FILTER_LOT_SIZE = 22,
  FILTER_MARKET_LOT_SIZE = 23,
  FILTER_NOTIONAL = 24,
  FILTER_MAX_NUM_ORDERS = 25,
  FILTER_MAX_NUM_ALGO_ORDERS = 26,
  FILTER_MAX_NUM_ICEBERG_ORDERS = 27,
  FILTER_ICEBERG_PARTS = 28,
  FILTER_MAX_POSITION = 29,
  FILTER_TRAILING_DELTA = 30,
  FILTER_MAX_NUM_ORDER_AMENDS = 31,
  INVALID_ORDER = 40,
  INVALID_LIST = 41,
  INVALID_AMEND = 42,
  INVALID_STATE = 43,
  NOT_ATTEMPTED = 44,
  DUPLICATE_TRANSFER = 50,
  AMOUNT_OUT_OF_RANGE = 51,
  TIME_OUT_OF_RANGE = 60,
  KILL_SWITCH = 61,
  UNSUPPORTED_VERSION = 62,
}

/** Why an order left the book, or never entered it, other than by being filled. */
export enum CloseReason {
  CANCELED = 1,
  IOC_EXPIRED = 2,
  FOK_EXPIRED = 3,
  /** A market order found no (more) orders to trade with. */
  INSUFFICIENT_LIQUIDITY = 4,
  SELF_TRADE = 5,
  /** The other leg of its OCO worked. */
  OCO_TRIGGER = 6,
  /** The working leg of its OTO ended without being filled. */
  OTO_PHASE_ONE_EXPIRED = 7,
  EXCHANGE_CANCELED = 8,
  PRICE_RANGE_EXCEEDED = 9,
  /** A triggered order was refused, for example for a lack of funds. */
  REJECTED_ON_TRIGGER = 10,
  REPLACED = 11,
}

export interface Rejected extends EventHeader {
  kind: "rejected";
  command: Command["kind"];
  reason: RejectReason;
  account: number;
  symbol: number;
  /** The order that was named, 0 where none. */
  orderId: number;
  clientOrderId: string;
}

/** The command repeats one of its session: this names the position of the first, whose result stands. */
export interface Repeated extends EventHeader {
  kind: "repeated";
  firstSequence: number;
}

/** An order is known to the exchange from here on; its funds are held. Fills and a close, if any, follow. */
export interface OrderAccepted extends EventHeader {
  kind: "orderAccepted";
  orderId: number;
  account: number;
  symbol: number;
  side: Side;
  type: OrderType;
  timeInForce: TimeInForce;
  selfTradePrevention: SelfTradePrevention;
  price: number;
  quantity: number;
  quoteQuantity: bigint;
  stopPrice: number;
  trailingDelta: number;
  icebergQuantity: number;
  /** 0 outside a list. */
  listId: number;
  /** False while it waits for its trigger or for the working leg of its list. */
  working: boolean;
  clientKey: bigint;
  clientOrderId: string;
}

/** A stop fired, or a pending leg became live. */
export interface OrderTriggered extends EventHeader {
  kind: "orderTriggered";
  orderId: number;
  account: number;
  symbol: number;
}

/** Both sides of one fill, at the maker's price. Fees are in the stated asset, negative for a rebate. */
export interface Trade extends EventHeader {
  kind: "trade";
  symbol: number;
  /** From 1, without gaps, for each symbol. */
  tradeId: number;
  price: number;
  quantity: number;
  quoteAmount: bigint;
  takerSide: Side;
  takerOrderId: number;
  takerAccount: number;
  takerFee: bigint;
  takerFeeAsset: number;
  /** Executed quantity of the taker's order after this trade, in lots. */
  takerExecuted: number;
  takerDone: boolean;
  makerOrderId: number;
  makerAccount: number;
  makerFee: bigint;
  makerFeeAsset: number;
  makerExecuted: number;
  makerDone: boolean;
}

/** A self-trade was prevented. */
export interface TradePrevented extends EventHeader {
  kind: "tradePrevented";
  symbol: number;
  /** From 1, for each symbol. */
  preventedMatchId: number;
  price: number;
  takerOrderId: number;
  takerAccount: number;
  /** Quantity that the taker's order lost, in lots. */
  takerPrevented: number;
  makerOrderId: number;
  makerAccount: number;
  makerPrevented: number;
  mode: SelfTradePrevention;
}

export interface OrderAmended extends EventHeader {
  kind: "orderAmended";
  orderId: number;
  account: number;
  symbol: number;
  /** Price and total quantity from here on. */
  price: number;
  quantity: number;
  /** True when it kept its place in the queue. */
  keptPriority: boolean;
  clientKey: bigint;
  clientOrderId: string;
}

/** An order ended without being filled whole; what it held is released. A filled one ends with its last trade (`takerDone`, `makerDone`). */
export interface OrderClosed extends EventHeader {
  kind: "orderClosed";
  orderId: number;
  account: number;
  symbol: number;
  reason: CloseReason;
  executed: number;
  /** Text of the id that the cancel command bore; "" where nobody asked. */
  clientOrderId: string;
}

export interface OrderListChanged extends EventHeader {
  kind: "orderListChanged";
  listId: number;
  account: number;
  symbol: number;
  contingency: "OCO" | "OTO" | "OTOCO";
  status: "executing" | "allDone" | "rejected";
  orderIds: number[];
  listClientOrderId: string;
}

/** The balance of one account and asset after the command: absolute, once per command and (account, asset) that changed. */
export interface BalanceChanged extends EventHeader {
  kind: "balanceChanged";
  account: number;
  asset: number;
  free: bigint;
  locked: bigint;
  /** Which command moved it from outside trading; "trading" otherwise. */
  cause: "trading" | "deposit" | "withdraw" | "transfer";
}

/** The visible quantity at one price after the command: absolute, 0 when the level is gone; once per command and level. */
export interface LevelChanged extends EventHeader {
  kind: "levelChanged";
  symbol: number;
  side: Side;
  price: number;
  quantity: number;
  /** From 1, without gaps, for each symbol. */
  updateId: number;
}

export interface AccountChanged extends EventHeader {
  kind: "accountChanged";
  account: number;
  canTrade: boolean;
  canWithdraw: boolean;
  canDeposit: boolean;
  feeTier: number;
  discountFees: boolean;
  tradeGroup: number;
}

export interface FeeTierChanged extends EventHeader {
  kind: "feeTierChanged";
  feeTier: number;
  makerRate: number;
  takerRate: number;
  discount: number;
}

export interface AssetListed extends EventHeader {
  kind: "assetListed";
  asset: number;
  name: string;
  decimals: number;
  discountAsset: boolean;
}

/** A symbol was listed, or its filters or state changed. */
export interface SymbolChanged extends EventHeader {
  kind: "symbolChanged";
  symbol: number;
  name: string;
  baseAsset: number;
  quoteAsset: number;
  priceDecimals: number;
  quantityDecimals: number;
  filters: SymbolFilters;
  state: SymbolState;
}

/** A command that changes nothing else: kill switch, activation. */
export interface Applied extends EventHeader {
  kind: "applied";
  command: Command["kind"];
}

export type Event =
  | Rejected
  | Repeated
  | OrderAccepted
  | OrderTriggered
  | Trade
  | TradePrevented
  | OrderAmended
  | OrderClosed
  | OrderListChanged
  | BalanceChanged
  | LevelChanged
  | AccountChanged
  | FeeTierChanged
  | AssetListed
  | SymbolChanged
  | Applied;
