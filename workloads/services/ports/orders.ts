/** What an account has ordered and traded, as its owner sees it. Times in microseconds. */

import type { CloseReason, EventHeader, OrderAccepted, SelfTradePrevention, TradePrevented } from "@bourse/engine";
import type { Range } from "./market";

export type OrderStatus = "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "REJECTED" | "EXPIRED" | "EXPIRED_IN_MATCH";

/** An order as its owner sees it. */
export interface OrderRecord
  extends Pick<
    OrderAccepted,
    | "orderId"
    | "account"
    | "symbol"
    | "side"
    | "type"
    | "timeInForce"
    | "price"
    | "quantity"
    | "quoteQuantity"
    | "stopPrice"
    | "trailingDelta"
    | "icebergQuantity"
    | "listId"
    | "working"
    | "clientKey"
    | "clientOrderId"
  > {
  selfTradePrevention: SelfTradePrevention;
  status: OrderStatus;
  closeReason: CloseReason | 0;
  /** Lots, and quote units. */
  executed: number;
  executedQuote: bigint;
  preventedQuantity: number;
  /** The last prevented match that took quantity of it, 0 for none. */
  preventedMatchId: number;
  /** How often its quantity or price was changed. */
  amendments: number;
  /** Microseconds: accepted, last changed, working since (0 while it waits). */
  time: number;
  updateTime: number;
  workingTime: number;
  /** Since when a trailing order tracks the price, in microseconds; 0 while it waits for its stop price, and for any other order. */
  trailingTime: number;
}

/** One side of a fill as its owner sees it. */
export interface AccountTrade {
  symbol: number;
  tradeId: number;
  orderId: number;
  listId: number;
  price: number;
  quantity: number;
  quoteAmount: bigint;
  fee: bigint;
  feeAsset: number;
  time: number;
  isBuyer: boolean;
  isMaker: boolean;
}

/** A prevented self-trade as the owner of its taker order sees it: the event without its place in the log. */
export type PreventedMatch = Omit<TradePrevented, "kind" | Exclude<keyof EventHeader, "time">>;

/** An order list as its owner sees it. */
export interface OrderListRecord {
  listId: number;
  account: number;
  symbol: number;
  contingency: "OCO" | "OTO" | "OTOCO";
  status: "executing" | "allDone" | "rejected";
  orderIds: number[];
  listClientOrderId: string;
  /** Microseconds: created, last changed. */
  time: number;
  updateTime: number;
}

/** One change of an order's quantity (or price, when it lost its place). */
export interface OrderAmendment {
  symbol: number;
  orderId: number;
  /** From 1, for each order. */
  executionId: number;
  originalClientOrderId: string;
  clientOrderId: string;
  originalQuantity: number;
  quantity: number;
  time: number;
}

/** Orders and fills of accounts: open ones in memory, all of them in the SQL store. Reads include every acknowledged command. */
export interface History {
  order(account: number, symbol: number, by: { orderId: number } | { clientOrderId: string }): Promise<OrderRecord | undefined>;
  openOrders(account: number, symbol?: number): OrderRecord[];
  /** {@link OrderRecord.trailingTime} of an order that is open or has just closed; 0 for any other. */
  trailingTime(symbol: number, orderId: number): number;
  /** From `fromId` (order id) or the time range, oldest first; with neither the newest `limit`. */
  allOrders(account: number, symbol: number, range: Range): Promise<OrderRecord[]>;
  trades(account: number, symbol: number, range: Range & { orderId?: number }): Promise<AccountTrade[]>;
  orderList(account: number, by: { listId: number } | { listClientOrderId: string }): Promise<OrderListRecord | undefined>;
  openOrderLists(account: number): OrderListRecord[];
  /** From `fromId` (list id) or the time range, oldest first; with neither the newest `limit`. */
  allOrderLists(account: number, range: Range): Promise<OrderListRecord[]>;
  /** By `preventedMatchId`, or of one order from `fromId` (prevented match id) on. */
  preventedMatches(
    account: number,
    symbol: number,
    by: { preventedMatchId: number } | { orderId: number; fromId?: number; limit: number },
  ): Promise<PreventedMatch[]>;
  /** Of one order, oldest first, from `fromId` (execution id) on. */
  amendments(account: number, symbol: number, orderId: number, range: Pick<Range, "fromId" | "limit">): Promise<OrderAmendment[]>;
}
