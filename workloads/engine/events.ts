/**
 * Events: what a command did, in order. Every command yields at least one event; the last one of a command has `last` set. An event's id
 * is (shard, epoch, sequence, index): the command's position and the event's place within it. Units are those of the commands.
 */

import type { CloseReason, OrderType, RejectReason, SelfTradePrevention, Side, SymbolState, TimeInForce } from "./codes";
import type { Command, SymbolFilters } from "./commands";

export { CloseReason, RejectReason } from "./codes";

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
