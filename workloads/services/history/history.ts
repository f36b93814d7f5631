/** Orders, fills and lists of accounts: what is open or not written yet comes from memory, the rest from SQL; memory wins. */

import type { Kysely } from "kysely";
import type { AccountTrade, History, OrderAmendment, OrderListRecord, OrderRecord, PreventedMatch, Range } from "../ports";
import { type Ordering, type ProjectionDeps, type Running, selectRange, startProjection, whereRange } from "../projection";
import { OrdersFold } from "./orders";
import { amendmentFromRow, type HistoryTables, listFromRow, type OwnedTrade, orderFromRow, preventedFromRow, tradeFromRow } from "./rows";

const byOrder: Ordering<OrderRecord> = { id: (order) => order.orderId, time: (order) => order.time };
const byList: Ordering<OrderListRecord> = { id: (list) => list.listId, time: (list) => list.time };
const byMatch: Ordering<PreventedMatch> = { id: (match) => match.preventedMatchId, time: (match) => match.time };
const byExecution: Ordering<OrderAmendment> = { id: (amendment) => amendment.executionId, time: (amendment) => amendment.time };
/** The two sides of a trade of an account with itself differ by a half. */
const byTrade: Ordering<OwnedTrade> = { id: (trade) => trade.tradeId + (trade.isBuyer ? 0 : 0.5), time: (trade) => trade.time };

/**
 * Each query copies what it needs from memory before it asks SQL: a row that is written in between is then found twice, never missed.
 */
class HistoryQueries implements History {
  constructor(
    private readonly orders: OrdersFold,
    private readonly db: Kysely<HistoryTables>,
  ) {}

  openOrders(account: number, symbol?: number): OrderRecord[] {
    const open = [...this.orders.openOrdersOf(account)].filter((order) => symbol === undefined || order.symbol === symbol);
    return open.sort((a, b) => a.symbol - b.symbol || a.orderId - b.orderId).map(record);
  }

  trailingTime(symbol: number, orderId: number): number {
    return this.orders.trailingTime(symbol, orderId);
  }

  async order(account: number, symbol: number, by: { orderId: number } | { clientOrderId: string }): Promise<OrderRecord | undefined> {
    const matches = (order: OrderRecord) => ("orderId" in by ? order.orderId === by.orderId : order.clientOrderId === by.clientOrderId);
    // A client order id may be used again once its order has closed: the latest order is meant.
    const inMemory = this.ordersInMemory(account, symbol)
      .filter(matches)
      .sort((a, b) => b.orderId - a.orderId);
    if (inMemory.length > 0) return inMemory[0];
    let query = this.db.selectFrom("order_record").selectAll().where("account", "=", account).where("symbol", "=", symbol);
    query = "orderId" in by ? query.where("order_id", "=", by.orderId) : query.where("client_order_id", "=", by.clientOrderId);
    const row = await query.orderBy("order_id", "desc").limit(1).executeTakeFirst();
    return row && orderFromRow(row);
  }

  async allOrders(account: number, symbol: number, range: Range): Promise<OrderRecord[]> {
    const inMemory = this.ordersInMemory(account, symbol);
    const query = this.db.selectFrom("order_record").selectAll().where("account", "=", account).where("symbol", "=", symbol);
    const rows = await whereRange(query, range, { id: "order_id", time: "time" }).execute();
    return selectRange([...rows.map(orderFromRow), ...inMemory], range, byOrder);
  }

  async trades(account: number, symbol: number, range: Range & { orderId?: number }): Promise<AccountTrade[]> {
    const { orderId } = range;
    const inMemory = [...this.orders.tradeRows.values()].filter(
      (trade) => trade.account === account && trade.symbol === symbol && (orderId === undefined || trade.orderId === orderId),
    );
    let query = this.db.selectFrom("account_trade").selectAll().where("account", "=", account).where("symbol", "=", symbol);
    if (orderId !== undefined) query = query.where("order_id", "=", orderId);
    const rows = await whereRange(query, range, { id: "trade_id", time: "time" }).execute();
    return selectRange([...rows.map(tradeFromRow), ...inMemory], range, byTrade).map(({ account: _, ...trade }) => trade);
  }

  async orderList(account: number, by: { listId: number } | { listClientOrderId: string }): Promise<OrderListRecord | undefined> {
    const matches = (list: OrderListRecord) =>
      "listId" in by ? list.listId === by.listId : list.listClientOrderId === by.listClientOrderId;
    let inMemory: OrderListRecord | undefined;
    // Of a list that changed while it was being written, the later record comes last.
    for (const list of this.listsInMemory(account)) if (matches(list) && list.listId >= (inMemory?.listId ?? 0)) inMemory = list;
    if (inMemory !== undefined) return inMemory;
    let query = this.db.selectFrom("order_list").selectAll().where("account", "=", account);
    query = "listId" in by ? query.where("list_id", "=", by.listId) : query.where("list_client_order_id", "=", by.listClientOrderId);
    const row = await query.orderBy("list_id", "desc").limit(1).executeTakeFirst();
    return row && listFromRow(row);
  }

  openOrderLists(account: number): OrderListRecord[] {
    return [...this.orders.openListsOf(account)].sort((a, b) => a.listId - b.listId);
  }

  async allOrderLists(account: number, range: Range): Promise<OrderListRecord[]> {
    const inMemory = this.listsInMemory(account);
    const query = this.db.selectFrom("order_list").selectAll().where("account", "=", account);
    const rows = await whereRange(query, range, { id: "list_id", time: "time" }).execute();
    return selectRange([...rows.map(listFromRow), ...inMemory], range, byList);
  }

  async preventedMatches(
    account: number,
    symbol: number,
    by: { preventedMatchId: number } | { orderId: number; fromId?: number; limit: number },
  ): Promise<PreventedMatch[]> {
    const range = "preventedMatchId" in by ? { fromId: by.preventedMatchId, limit: 1 } : { fromId: by.fromId ?? 0, limit: by.limit };
    const matches = (match: PreventedMatch) =>
      match.symbol === symbol &&
      (match.takerAccount === account || match.makerAccount === account) &&
      ("preventedMatchId" in by
        ? match.preventedMatchId === by.preventedMatchId
        : [match.takerOrderId, match.makerOrderId].includes(by.orderId));
    const inMemory = [...this.orders.preventedRows.values()].filter(matches);
    let query = this.db.selectFrom("prevented_match").selectAll().where("symbol", "=", symbol);
    query = query.where((where) => where.or([where("taker_account", "=", account), where("maker_account", "=", account)]));
    if ("preventedMatchId" in by) query = query.where("prevented_match_id", "=", by.preventedMatchId);
    else query = query.where((where) => where.or([where("taker_order_id", "=", by.orderId), where("maker_order_id", "=", by.orderId)]));
    const rows = await whereRange(query, range, { id: "prevented_match_id", time: "time" }).execute();
    return selectRange([...rows.map(preventedFromRow), ...inMemory], range, byMatch);
  }

  async amendments(account: number, symbol: number, orderId: number, range: Pick<Range, "fromId" | "limit">): Promise<OrderAmendment[]> {
    const inMemory = [...this.orders.amendmentRows.values()].filter((each) => each.symbol === symbol && each.orderId === orderId);
    if ((await this.order(account, symbol, { orderId })) === undefined) return [];
    const fromOldest = { fromId: 0, ...range };
    const query = this.db.selectFrom("order_amendment").selectAll().where("symbol", "=", symbol).where("order_id", "=", orderId);
    const rows = await whereRange(query, fromOldest, { id: "execution_id", time: "time" }).execute();
    return selectRange([...rows.map(amendmentFromRow), ...inMemory], fromOldest, byExecution);
  }

  /** Copies: an order goes on changing. */
  private ordersInMemory(account: number, symbol: number): OrderRecord[] {
    const found = new Set<OrderRecord>();
    for (const order of this.orders.openOrdersOf(account)) if (order.symbol === symbol) found.add(order);
    for (const order of this.orders.orderRows.values()) if (order.account === account && order.symbol === symbol) found.add(order);
    return Array.from(found, (order) => ({ ...order }));
  }

  private listsInMemory(account: number): OrderListRecord[] {
    return [...this.orders.openListsOf(account), ...[...this.orders.listRows.values()].filter((list) => list.account === account)];
  }
}

/** A copy for callers: an order goes on changing. */
const record = (order: OrderRecord): OrderRecord => ({ ...order });

/** Starts the history of one shard. */
export async function createHistory(deps: ProjectionDeps): Promise<Running<History>> {
  const orders = new OrdersFold();
  const projection = await startProjection(deps, orders);
  return { service: new HistoryQueries(orders, deps.sql.database<HistoryTables>()), projection };
}
