/** The fold over order events: what every order, list, fill, prevented match and amendment looks like to its owner. */

import {
  type Event,
  type OrderAccepted,
  type OrderAmended,
  type OrderClosed,
  type OrderListChanged,
  type OrderTriggered,
  Side,
  type Trade,
  type TradePrevented,
} from "@bourse/engine";
import type { Sql } from "../../stores/sql";
import type { OrderAmendment, OrderListRecord, OrderRecord, PreventedMatch } from "../ports";
import { type Fold, WriteBehind } from "../projection";
import { migrations } from "./migrations";
import { acceptedOrder, applyAmendment, applyClose, applyPending, applyPrevention, applyTrade, applyTrigger } from "./order-state";
import {
  amendmentRow,
  type HistoryTables,
  isOpen,
  listFromRow,
  listRow,
  type OwnedTrade,
  orderColumns,
  orderFromRow,
  preventedRow,
  tradeColumns,
} from "./rows";
import { TrailingStarts } from "./trailing-starts";

/** Place of the first pending leg in the `orderIds` of a list; the legs before it work at once. */
const firstPendingLeg: Record<OrderListRecord["contingency"], number> = { OCO: Infinity, OTO: 1, OTOCO: 1 };

export class OrdersFold implements Fold {
  readonly name = "history";
  readonly migrations = migrations;
  readonly orderRows = new WriteBehind<OrderRecord>("order_record", ["symbol", "order_id"], orderColumns, (order) => this.onWritten(order));
  readonly tradeRows = new WriteBehind<OwnedTrade>("account_trade", ["symbol", "trade_id", "is_buyer"], tradeColumns);
  readonly listRows = new WriteBehind<OrderListRecord>("order_list", ["list_id"], listRow);
  readonly preventedRows = new WriteBehind<PreventedMatch>("prevented_match", ["symbol", "prevented_match_id"], preventedRow);
  readonly amendmentRows = new WriteBehind<OrderAmendment>("order_amendment", ["symbol", "order_id", "execution_id"], amendmentRow);
  private readonly starts = new TrailingStarts();
  readonly tables = [this.orderRows, this.tradeRows, this.listRows, this.preventedRows, this.amendmentRows, this.starts.priceRows];

  /** Open orders by symbol and order id, and the same ones by account. */
  private readonly open = new Map<number, Map<number, OrderRecord>>();
  private readonly openByAccount = new Map<number, Set<OrderRecord>>();
  private readonly openLists = new Map<number, OrderListRecord>();
  /** Trailing orders by symbol and order id: open ones, and those whose end is not written yet. */
  private readonly trailing = new Map<number, Map<number, OrderRecord>>();

  async load(sql: Sql): Promise<void> {
    const db = sql.database<HistoryTables>();
    const orders = await db.selectFrom("order_record").selectAll().where("open", "=", 1).orderBy("order_id").execute();
    for (const row of await db.selectFrom("symbol_price").selectAll().execute()) this.starts.loadPrice(row);
    for (const order of orders.map(orderFromRow)) {
      this.addOpen(order);
      if (order.trailingDelta > 0 && order.trailingTime === 0 && order.status !== "PENDING_NEW") this.starts.wait(order);
    }
    const lists = await db.selectFrom("order_list").selectAll().where("status", "=", "executing").orderBy("list_id").execute();
    for (const row of lists) this.openLists.set(row.list_id, listFromRow(row));
  }

  apply(event: Event): void {
    if (event.kind === "orderAccepted") this.onAccepted(event);
    else if (event.kind === "trade") this.onTrade(event);
    else if (event.kind === "orderClosed") this.onClosed(event);
    else if (event.kind === "orderTriggered") this.onTriggered(event);
    else if (event.kind === "orderAmended") this.onAmended(event);
    else if (event.kind === "tradePrevented") this.onPrevented(event);
    else if (event.kind === "orderListChanged") this.onListChanged(event);
  }

  openOrdersOf(account: number): Iterable<OrderRecord> {
    return this.openByAccount.get(account) ?? [];
  }

  *openListsOf(account: number): Iterable<OrderListRecord> {
    for (const list of this.openLists.values()) if (list.account === account) yield list;
  }

  /** Since when a trailing order tracks the price; 0 for what is not among {@link trailing}. */
  trailingTime(symbol: number, orderId: number): number {
    return this.trailing.get(symbol)?.get(orderId)?.trailingTime ?? 0;
  }

  private onAccepted(event: OrderAccepted): void {
    const order = acceptedOrder(event);
    this.addOpen(order);
    if (order.trailingDelta > 0) this.starts.start(order, event.time);
    this.orderRows.put(order, order);
  }

  private onTriggered({ symbol, orderId, time }: OrderTriggered): void {
    const order = this.known(symbol, orderId);
    applyTrigger(order, time);
    if (!order.working && order.trailingDelta > 0) this.starts.start(order, time);
    this.changed(order);
  }

  private onTrade(event: Trade): void {
    const { symbol, tradeId, price, quantity, quoteAmount, time } = event;
    for (const order of this.starts.traded(symbol, price, time)) this.orderRows.put(order, order);
    const taker = this.known(symbol, event.takerOrderId);
    const maker = this.known(symbol, event.makerOrderId);
    this.fill(taker, event, "taker");
    this.fill(maker, event, "maker");

    const common = { symbol, tradeId, price, quantity, quoteAmount, time };
    if (event.takerSide !== taker.side || event.takerSide === maker.side) {
      throw new Error(`history: trade ${tradeId} of symbol ${symbol} disagrees with the sides of its orders`);
    }
    const takerBuys = event.takerSide === Side.BUY;
    const takerTrade: OwnedTrade = {
      ...common,
      account: event.takerAccount,
      orderId: event.takerOrderId,
      listId: taker.listId,
      fee: event.takerFee,
      feeAsset: event.takerFeeAsset,
      isBuyer: takerBuys,
      isMaker: false,
    };
    const makerTrade: OwnedTrade = {
      ...common,
      account: event.makerAccount,
      orderId: event.makerOrderId,
      listId: maker.listId,
      fee: event.makerFee,
      feeAsset: event.makerFeeAsset,
      isBuyer: !takerBuys,
      isMaker: true,
    };
    this.tradeRows.put(takerTrade, takerTrade);
    this.tradeRows.put(makerTrade, makerTrade);
  }

  private fill(order: OrderRecord, event: Trade, side: "taker" | "maker"): void {
    if (!applyTrade(order, event, side)) throw new Error(`history: trade ${event.tradeId} adds nothing to order ${order.orderId}`);
    if (!isOpen(order)) this.removeOpen(order);
    this.changed(order);
  }

  private onPrevented(event: TradePrevented): void {
    const { shard: _, epoch: _e, sequence: _s, index: _i, last: _l, kind: _k, ...match } = event;
    const taker = this.known(event.symbol, event.takerOrderId);
    const maker = this.known(event.symbol, event.makerOrderId);
    applyPrevention(taker, event, "taker");
    applyPrevention(maker, event, "maker");
    this.changed(taker);
    this.changed(maker);
    this.preventedRows.put(match, match);
  }

  private onAmended(event: OrderAmended): void {
    const { symbol, orderId, quantity, clientOrderId, time } = event;
    const order = this.known(symbol, orderId);
    const amendment: OrderAmendment = {
      symbol,
      orderId,
      executionId: order.amendments + 1,
      originalClientOrderId: order.clientOrderId,
      clientOrderId: clientOrderId || order.clientOrderId,
      originalQuantity: order.quantity,
      quantity,
      time,
    };
    applyAmendment(order, event);
    this.changed(order);
    this.amendmentRows.put(amendment, amendment);
  }

  private onClosed(event: OrderClosed): void {
    const { symbol, orderId, executed } = event;
    const order = this.known(symbol, orderId);
    if (executed !== order.executed) {
      throw new Error(
        `history: order ${orderId} of symbol ${symbol} closed with ${executed} lots executed, its fills sum to ${order.executed}`,
      );
    }
    applyClose(order, event);
    this.removeOpen(order);
    this.changed(order);
  }

  private onListChanged(event: OrderListChanged): void {
    const { listId, account, symbol, contingency, status, orderIds, listClientOrderId, time } = event;
    const known = this.openLists.get(listId);
    const created = known?.time;
    const list: OrderListRecord = {
      ...{ listId, account, symbol, contingency, status, orderIds },
      // Only the event that creates a list bears its id.
      listClientOrderId: known?.listClientOrderId ?? listClientOrderId,
      time: created ?? time,
      updateTime: time,
    };
    if (status === "executing") this.openLists.set(listId, list);
    else this.openLists.delete(listId);
    this.listRows.put(listId, list);
    if (created !== undefined || status !== "executing") return;
    for (const orderId of orderIds.slice(firstPendingLeg[contingency])) {
      const leg = this.open.get(symbol)?.get(orderId);
      if (leg === undefined || leg.working) continue;
      applyPending(leg, time);
      this.starts.forget(leg);
      this.changed(leg);
    }
  }

  private changed(order: OrderRecord): void {
    this.orderRows.put(order, order);
  }

  private known(symbol: number, orderId: number): OrderRecord {
    const order = this.open.get(symbol)?.get(orderId);
    if (order === undefined) throw new Error(`history: an event names order ${orderId} of symbol ${symbol}, which is not open`);
    return order;
  }

  private addOpen(order: OrderRecord): void {
    if (!isOpen(order))
      throw new Error(`history: order ${order.orderId} of symbol ${order.symbol} is ${order.status}, expected an open one`);
    const ofSymbol = this.open.get(order.symbol) ?? new Map<number, OrderRecord>();
    this.open.set(order.symbol, ofSymbol.set(order.orderId, order));
    const ofAccount = this.openByAccount.get(order.account) ?? new Set<OrderRecord>();
    this.openByAccount.set(order.account, ofAccount.add(order));
    if (order.trailingDelta === 0) return;
    const trailing = this.trailing.get(order.symbol) ?? new Map<number, OrderRecord>();
    this.trailing.set(order.symbol, trailing.set(order.orderId, order));
  }

  private onWritten(order: OrderRecord): void {
    if (order.trailingDelta > 0 && !isOpen(order)) this.trailing.get(order.symbol)?.delete(order.orderId);
  }

  private removeOpen(order: OrderRecord): void {
    this.open.get(order.symbol)?.delete(order.orderId);
    const ofAccount = this.openByAccount.get(order.account);
    ofAccount?.delete(order);
    if (ofAccount?.size === 0) this.openByAccount.delete(order.account);
    if (order.trailingDelta > 0) this.starts.forget(order);
  }
}
