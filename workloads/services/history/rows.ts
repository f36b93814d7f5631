/** The SQL tables of the history and how records become rows. Amounts and 64-bit keys are decimal text. */

import type { CloseReason, OrderType, SelfTradePrevention, Side, TimeInForce } from "@bourse/engine";
import type { ColumnReaders } from "../../stores/sql";
import type { AccountTrade, OrderAmendment, OrderListRecord, OrderRecord, OrderStatus, PreventedMatch } from "../ports";

export type OrderRow = {
  symbol: number;
  order_id: number;
  account: number;
  side: number;
  type: number;
  time_in_force: number;
  price: number;
  quantity: number;
  quote_quantity: string;
  stop_price: number;
  trailing_delta: number;
  iceberg_quantity: number;
  list_id: number;
  working: number;
  client_key: string;
  client_order_id: string;
  self_trade_prevention: number;
  status: string;
  /** 1 while it can still change. */
  open: number;
  close_reason: number;
  executed: number;
  executed_quote: string;
  prevented_quantity: number;
  prevented_match_id: number;
  amendments: number;
  time: number;
  update_time: number;
  working_time: number;
  trailing_time: number;
};

export type AccountTradeRow = {
  symbol: number;
  trade_id: number;
  is_buyer: number;
  account: number;
  order_id: number;
  list_id: number;
  price: number;
  quantity: number;
  quote_amount: string;
  fee: string;
  fee_asset: number;
  time: number;
  is_maker: number;
};

export type OrderListRow = {
  list_id: number;
  account: number;
  symbol: number;
  contingency: string;
  status: string;
  /** JSON array. */
  order_ids: string;
  list_client_order_id: string;
  time: number;
  update_time: number;
};

export type PreventedMatchRow = {
  symbol: number;
  prevented_match_id: number;
  price: number;
  taker_order_id: number;
  taker_account: number;
  taker_prevented: number;
  maker_order_id: number;
  maker_account: number;
  maker_prevented: number;
  mode: number;
  time: number;
};

export type AmendmentRow = {
  symbol: number;
  order_id: number;
  execution_id: number;
  original_client_order_id: string;
  client_order_id: string;
  original_quantity: number;
  quantity: number;
  time: number;
};

/** The last price of a symbol, by which a stop price is met or not. */
export type SymbolPriceRow = {
  symbol: number;
  price: number;
};

export interface HistoryTables {
  order_record: OrderRow;
  account_trade: AccountTradeRow;
  order_list: OrderListRow;
  prevented_match: PreventedMatchRow;
  order_amendment: AmendmentRow;
  symbol_price: SymbolPriceRow;
}

export type OwnedTrade = AccountTrade & { account: number };

const openStatuses: ReadonlySet<OrderStatus> = new Set(["NEW", "PENDING_NEW", "PARTIALLY_FILLED"]);

export function isOpen(order: OrderRecord): boolean {
  return openStatuses.has(order.status);
}

export const orderColumns: ColumnReaders<OrderRecord, OrderRow> = {
  symbol: (order) => order.symbol,
  order_id: (order) => order.orderId,
  account: (order) => order.account,
  side: (order) => order.side,
  type: (order) => order.type,
  time_in_force: (order) => order.timeInForce,
  price: (order) => order.price,
  quantity: (order) => order.quantity,
  quote_quantity: (order) => order.quoteQuantity.toString(),
  stop_price: (order) => order.stopPrice,
  trailing_delta: (order) => order.trailingDelta,
  iceberg_quantity: (order) => order.icebergQuantity,
  list_id: (order) => order.listId,
  working: (order) => Number(order.working),
  client_key: (order) => order.clientKey.toString(),
  client_order_id: (order) => order.clientOrderId,
  self_trade_prevention: (order) => order.selfTradePrevention,
  status: (order) => order.status,
  open: (order) => Number(isOpen(order)),
  close_reason: (order) => order.closeReason,
  executed: (order) => order.executed,
  executed_quote: (order) => order.executedQuote.toString(),
  prevented_quantity: (order) => order.preventedQuantity,
  prevented_match_id: (order) => order.preventedMatchId,
  amendments: (order) => order.amendments,
  time: (order) => order.time,
  update_time: (order) => order.updateTime,
  working_time: (order) => order.workingTime,
  trailing_time: (order) => order.trailingTime,
};

export function orderFromRow(row: OrderRow): OrderRecord {
  return {
    symbol: row.symbol,
    orderId: row.order_id,
    account: row.account,
    side: row.side as Side,
    type: row.type as OrderType,
    timeInForce: row.time_in_force as TimeInForce,
    price: row.price,
    quantity: row.quantity,
    quoteQuantity: BigInt(row.quote_quantity),
    stopPrice: row.stop_price,
    trailingDelta: row.trailing_delta,
    icebergQuantity: row.iceberg_quantity,
    listId: row.list_id,
    working: row.working === 1,
    clientKey: BigInt(row.client_key),
    clientOrderId: row.client_order_id,
    selfTradePrevention: row.self_trade_prevention as SelfTradePrevention,
    status: row.status as OrderStatus,
    closeReason: row.close_reason as CloseReason | 0,
    executed: row.executed,
    executedQuote: BigInt(row.executed_quote),
    preventedQuantity: row.prevented_quantity,
    preventedMatchId: row.prevented_match_id,
    amendments: row.amendments,
    time: row.time,
    updateTime: row.update_time,
    workingTime: row.working_time,
    trailingTime: row.trailing_time,
  };
}

export const tradeColumns: ColumnReaders<OwnedTrade, AccountTradeRow> = {
  symbol: (trade) => trade.symbol,
  trade_id: (trade) => trade.tradeId,
  is_buyer: (trade) => Number(trade.isBuyer),
  account: (trade) => trade.account,
  order_id: (trade) => trade.orderId,
  list_id: (trade) => trade.listId,
  price: (trade) => trade.price,
  quantity: (trade) => trade.quantity,
  quote_amount: (trade) => trade.quoteAmount.toString(),
  fee: (trade) => trade.fee.toString(),
  fee_asset: (trade) => trade.feeAsset,
  time: (trade) => trade.time,
  is_maker: (trade) => Number(trade.isMaker),
};

export function tradeFromRow(row: AccountTradeRow): OwnedTrade {
  return {
    symbol: row.symbol,
    tradeId: row.trade_id,
    isBuyer: row.is_buyer === 1,
    account: row.account,
    orderId: row.order_id,
    listId: row.list_id,
    price: row.price,
    quantity: row.quantity,
    quoteAmount: BigInt(row.quote_amount),
    fee: BigInt(row.fee),
    feeAsset: row.fee_asset,
    time: row.time,
    isMaker: row.is_maker === 1,
  };
}

export function listRow(list: OrderListRecord): OrderListRow {
  return {
    list_id: list.listId,
    account: list.account,
    symbol: list.symbol,
    contingency: list.contingency,
    status: list.status,
    order_ids: JSON.stringify(list.orderIds),
    list_client_order_id: list.listClientOrderId,
    time: list.time,
    update_time: list.updateTime,
  };
}

export function listFromRow(row: OrderListRow): OrderListRecord {
  return {
    listId: row.list_id,
    account: row.account,
    symbol: row.symbol,
    contingency: row.contingency as OrderListRecord["contingency"],
    status: row.status as OrderListRecord["status"],
    orderIds: JSON.parse(row.order_ids),
    listClientOrderId: row.list_client_order_id,
    time: row.time,
    updateTime: row.update_time,
  };
}

export function preventedRow(match: PreventedMatch): PreventedMatchRow {
  return {
    symbol: match.symbol,
    prevented_match_id: match.preventedMatchId,
    price: match.price,
    taker_order_id: match.takerOrderId,
    taker_account: match.takerAccount,
    taker_prevented: match.takerPrevented,
    maker_order_id: match.makerOrderId,
    maker_account: match.makerAccount,
    maker_prevented: match.makerPrevented,
    mode: match.mode,
    time: match.time,
  };
}

export function preventedFromRow(row: PreventedMatchRow): PreventedMatch {
  return {
    symbol: row.symbol,
    preventedMatchId: row.prevented_match_id,
    price: row.price,
    takerOrderId: row.taker_order_id,
    takerAccount: row.taker_account,
    takerPrevented: row.taker_prevented,
    makerOrderId: row.maker_order_id,
    makerAccount: row.maker_account,
    makerPrevented: row.maker_prevented,
    mode: row.mode as SelfTradePrevention,
    time: row.time,
  };
}

export function amendmentRow(amendment: OrderAmendment): AmendmentRow {
  return {
    symbol: amendment.symbol,
    order_id: amendment.orderId,
    execution_id: amendment.executionId,
    original_client_order_id: amendment.originalClientOrderId,
    client_order_id: amendment.clientOrderId,
    original_quantity: amendment.originalQuantity,
    quantity: amendment.quantity,
    time: amendment.time,
  };
}

export function amendmentFromRow(row: AmendmentRow): OrderAmendment {
  return {
    symbol: row.symbol,
    orderId: row.order_id,
    executionId: row.execution_id,
    originalClientOrderId: row.original_client_order_id,
    clientOrderId: row.client_order_id,
    originalQuantity: row.original_quantity,
    quantity: row.quantity,
    time: row.time,
  };
}
