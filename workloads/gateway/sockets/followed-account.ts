/** An account that somebody listens to: its orders, lists and balances, and what the events of a command make known of them. */

import {
  type BalanceChanged,
  CloseReason,
  type Event,
  type OrderClosed,
  type OrderListChanged,
  type Trade,
  type TradePrevented,
} from "@bourse/engine";
import {
  acceptedOrder,
  applyAmendment,
  applyClose,
  applyPending,
  applyPrevention,
  applyTrade,
  applyTrigger,
} from "../../services/history/order-state";
import type { OrderRecord } from "../../services/ports";
import { amountText } from "../market/instrument";
import { readTrailingTime } from "../orders/order-state";
import { contingencyName, listStates } from "../orders/order-view";
import type { Clock, Services } from "../services";
import { executionReport, fillFields, isDone, preventionFields, type UserEvent } from "./execution-report";

type Listener = (event: Record<string, unknown>) => void;

/** A prevention that is told with the close that it brings, or before whatever else becomes of the order. */
interface Prevention {
  event: TradePrevented;
  side: "taker" | "maker";
  execution: number;
}

export class FollowedAccount {
  /** Those who listen, and their unit of time in microseconds. */
  readonly listeners = new Map<Listener, 1 | 1000>();
  private readonly orders: Map<number, OrderRecord>;
  /** Open lists: their own id, and the client order ids of their legs. */
  private readonly lists = new Map<number, { clientOrderId: string; legs: Map<number, string> }>();
  /** Free and locked together, by asset. */
  private readonly totals: Map<number, bigint>;

  /** Events of the command in hand, by their place in the order in which they are told. */
  private reports: UserEvent[] = [];
  private listReports: UserEvent[] = [];
  private deltas: UserEvent[] = [];
  private balances: BalanceChanged[] = [];
  private readonly prevented = new Map<number, Prevention>();

  constructor(
    private readonly account: number,
    private readonly services: Services,
    private readonly clock: Clock,
  ) {
    const { history, wallet } = services;
    this.orders = new Map(history.openOrders(account).map((order) => [order.orderId, order]));
    for (const { listId, orderIds, listClientOrderId } of history.openOrderLists(account)) {
      const legs = new Map(orderIds.map((orderId) => [orderId, this.orders.get(orderId)?.clientOrderId ?? ""]));
      this.lists.set(listId, { clientOrderId: listClientOrderId, legs });
    }
    const balances = wallet.account(account)?.balances ?? [];
    this.totals = new Map(balances.map(({ asset, free, locked }) => [asset, free + locked]));
  }

  order(orderId: number): OrderRecord | undefined {
    return this.orders.get(orderId);
  }

  /** What the command did to the account: executionReports, then listStatus, balanceUpdates, and one outboundAccountPosition. */
  finish(time: number): UserEvent[] {
    for (const orderId of [...this.prevented.keys()]) this.reportPrevention(orderId);
    const all = [...this.reports, ...this.listReports, ...this.deltas];
    if (this.balances.length > 0) all.push(this.accountPosition(time));
    this.reports = [];
    this.listReports = [];
    this.deltas = [];
    this.balances = [];
    for (const [orderId, order] of this.orders) if (isDone(order)) this.orders.delete(orderId);
    return all;
  }

  /** @param pending legs of the command that wait for the working leg of their list */
  on(event: Event, pending: ReadonlySet<number>): void {
    switch (event.kind) {
      case "orderAccepted": {
        if (this.orders.has(event.orderId)) return;
        const order = acceptedOrder(event);
        if (pending.has(order.orderId)) applyPending(order, event.time);
        this.orders.set(order.orderId, order);
        this.report(order, event, "NEW");
        break;
      }
      case "orderTriggered": {
        const order = this.orders.get(event.orderId);
        if (order === undefined) return;
        applyTrigger(order, event.time);
        this.report(order, event, "NEW");
        break;
      }
      case "orderAmended": {
        const order = this.orders.get(event.orderId);
        if (order === undefined) return;
        const before = order.clientOrderId;
        applyAmendment(order, event);
        this.report(order, event, "REPLACED", { C: before === order.clientOrderId ? "" : before });
        break;
      }
      case "orderClosed":
        this.onClosed(event);
        break;
      case "orderListChanged":
        this.onListChanged(event);
        break;
      case "balanceChanged":
        this.onBalanceChanged(event);
        break;
    }
  }

  onTrade(event: Trade, side: "taker" | "maker"): void {
    const order = this.orders.get(side === "taker" ? event.takerOrderId : event.makerOrderId);
    if (order === undefined) return;
    this.reportPrevention(order.orderId);
    if (!applyTrade(order, event, side)) return;
    const instrument = this.services.instruments.bySymbol(event.symbol)!;
    const feeAsset = this.services.instruments.asset(side === "taker" ? event.takerFeeAsset : event.makerFeeAsset)!;
    this.report(order, event, "TRADE", fillFields(event, side, instrument, feeAsset));
  }

  /** @param execution lots that would have been traded */
  onPrevented(event: TradePrevented, side: "taker" | "maker", execution: number): void {
    const order = this.orders.get(side === "taker" ? event.takerOrderId : event.makerOrderId);
    // Of an order that is not touched there is nothing to tell.
    if (order === undefined || (side === "taker" ? event.takerPrevented : event.makerPrevented) === 0) return;
    this.reportPrevention(order.orderId);
    applyPrevention(order, event, side);
    this.prevented.set(order.orderId, { event, side, execution });
  }

  private onClosed(event: OrderClosed): void {
    const order = this.orders.get(event.orderId);
    if (order === undefined) return;
    if (event.reason !== CloseReason.SELF_TRADE) this.reportPrevention(event.orderId);
    applyClose(order, event);
    if (this.reportPrevention(event.orderId)) return;
    // A cancel that somebody asked for carries its own id in `c` and the order's in `C`.
    const ids = event.clientOrderId !== "" ? { c: event.clientOrderId, C: order.clientOrderId } : {};
    this.report(order, event, order.status === "CANCELED" ? "CANCELED" : "EXPIRED", ids);
  }

  private onListChanged(event: OrderListChanged): void {
    const list = this.lists.get(event.listId) ?? { clientOrderId: event.listClientOrderId, legs: new Map() };
    for (const orderId of event.orderIds) {
      const order = this.orders.get(orderId);
      if (order !== undefined) list.legs.set(orderId, order.clientOrderId);
    }
    this.lists.set(event.listId, list);
    if (event.status !== "executing") this.lists.delete(event.listId);
    const instrument = this.services.instruments.bySymbol(event.symbol)!;
    const { listStatusType, listOrderStatus } = listStates[event.status];
    const O = event.orderIds.map((orderId) => ({ s: instrument.name, i: orderId, c: list.legs.get(orderId) ?? "" }));
    const E = this.clock();
    this.listReports.push((time) => ({
      e: "listStatus",
      E: time(E),
      s: instrument.name,
      g: event.listId,
      c: contingencyName(event.contingency),
      l: listStatusType,
      L: listOrderStatus,
      r: "NONE",
      C: list.clientOrderId,
      T: time(event.time),
      O,
    }));
  }

  private onBalanceChanged(event: BalanceChanged): void {
    this.balances.push(event);
    const total = event.free + event.locked;
    const delta = total - (this.totals.get(event.asset) ?? 0n);
    this.totals.set(event.asset, total);
    if (event.cause === "trading") return;
    const asset = this.services.instruments.asset(event.asset)!;
    const E = this.clock();
    this.deltas.push((time) => ({
      e: "balanceUpdate",
      E: time(E),
      a: asset.name,
      d: amountText(asset, delta),
      T: time(event.time),
    }));
  }

  /** Tells the prevention of an order that is not told yet, with the order as it is now. Returns whether there was one. */
  private reportPrevention(orderId: number): boolean {
    const prevention = this.prevented.get(orderId);
    const order = this.orders.get(orderId);
    if (prevention === undefined || order === undefined) return false;
    this.prevented.delete(orderId);
    const { event, side, execution } = prevention;
    const instrument = this.services.instruments.bySymbol(event.symbol)!;
    const tradeGroup = this.services.wallet.account(this.account)?.tradeGroup ?? 0;
    this.report(order, event, "TRADE_PREVENTION", preventionFields(event, side, execution, tradeGroup, instrument));
    return true;
  }

  private report(order: OrderRecord, event: Event, x: string, fields?: Record<string, unknown>): void {
    readTrailingTime(order, this.services.history);
    const instrument = this.services.instruments.bySymbol(order.symbol)!;
    this.reports.push(executionReport(order, instrument, event, x, this.clock(), fields));
  }

  private accountPosition(at: number): UserEvent {
    const { instruments } = this.services;
    const E = this.clock();
    const B = this.balances.map(({ asset: number, free, locked }) => {
      const asset = instruments.asset(number)!;
      return { a: asset.name, f: amountText(asset, free), l: amountText(asset, locked) };
    });
    return (time) => ({ e: "outboundAccountPosition", E: time(E), u: time(at), B });
  }
}
