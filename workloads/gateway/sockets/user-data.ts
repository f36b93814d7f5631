/**
 * What happens to an account, as events for its owner: one executionReport for each change of an order, then listStatus, then balanceUpdate,
 * then one outboundAccountPosition, always in this order for one command. Fields: user-data-stream.md.
 */

import { type BalanceChanged, CloseReason, type Event, type OrderClosed, type Trade, type TradePrevented } from "@bourse/engine";
import type { OrderRecord } from "../../services/ports";
import type { EventBatch, Position, Subscription } from "../../services/trading/port";
import {
  amountText,
  priceText,
  quantityText,
  quoteAmount,
  quoteText,
  selfTradeNames,
  sideNames,
  timeInForceNames,
  typeNames,
} from "../market/instrument";
import {
  acceptedOrder,
  applyAmendment,
  applyClose,
  applyPrevention,
  applyTrade,
  applyTrigger,
  expiryReason,
  pendingLegs,
  readTrailingTime,
  shownQuantity,
} from "../orders/order-state";
import { contingencyName, listStates } from "../orders/order-view";
import type { Clock, Services } from "../services";

type Time = (microseconds: number) => number;
/** An event whose times are still to be written in the subscriber's unit. */
type UserEvent = (time: Time) => Record<string, unknown>;
type Listener = (event: Record<string, unknown>) => void;

/** What is known of an account that somebody listens to. */
interface Followed {
  account: number;
  listeners: Map<Listener, 1 | 1000>;
  orders: Map<number, OrderRecord>;
  /** Open lists: their own id, and the client order ids of their legs. */
  lists: Map<number, { clientOrderId: string; legs: Map<number, string> }>;
  /** Free and locked together, by asset. */
  totals: Map<number, bigint>;
}

/** The events of one command for one account, by their place in the fixed order. */
interface Reports {
  orders: UserEvent[];
  lists: UserEvent[];
  deltas: UserEvent[];
  balances: BalanceChanged[];
  /** Preventions that are told with the close that follows, or at the end of the command. */
  prevented: Map<number, Prevention>;
}

interface Prevention {
  event: TradePrevented;
  /** Lots that would have been traded; undefined where that is not known ({@link preventedExecution}). */
  execution: number | undefined;
}

const times: Record<1 | 1000, Time> = { 1: (microseconds) => microseconds, 1000: (microseconds) => Math.floor(microseconds / 1000) };

export class UserData {
  private readonly followed = new Map<number, Followed>();
  private waiting: Event[] = [];
  private planned: NodeJS.Immediate | undefined;
  private subscription: Subscription | undefined;

  constructor(
    private readonly services: Services,
    private readonly clock: Clock,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Follows the feed after `from`. */
  async start(from: Position): Promise<void> {
    this.subscription = await this.services.feed.subscribe(from, (batch) => this.onBatch(batch));
  }

  close(): void {
    this.subscription?.close();
    clearImmediate(this.planned);
    this.followed.clear();
  }

  /** Calls `listener` with every event of `account` from now on, times in units of `unit` microseconds. Returns the stop. */
  subscribe(account: number, unit: 1 | 1000, listener: Listener): () => void {
    this.tell();
    let followed = this.followed.get(account);
    if (followed === undefined) {
      followed = this.follow(account);
      this.followed.set(account, followed);
    }
    const joined = followed;
    joined.listeners.set(listener, unit);
    return () => {
      joined.listeners.delete(listener);
      if (joined.listeners.size === 0) this.followed.delete(account);
    };
  }

  private follow(account: number): Followed {
    const { history, wallet } = this.services;
    const orders = new Map(history.openOrders(account).map((order) => [order.orderId, { ...order }]));
    const lists: Followed["lists"] = new Map();
    for (const { listId, orderIds, listClientOrderId } of history.openOrderLists(account)) {
      const legs = new Map(orderIds.map((orderId) => [orderId, orders.get(orderId)?.clientOrderId ?? ""]));
      lists.set(listId, { clientOrderId: listClientOrderId, legs });
    }
    const balances = wallet.account(account)?.balances ?? [];
    const totals = new Map(balances.map(({ asset, free, locked }) => [asset, free + locked]));
    return { account, listeners: new Map(), orders, lists, totals };
  }

  /** Runs before the command is acknowledged: only what must be is done here. */
  private onBatch(batch: EventBatch): void {
    if (this.followed.size === 0) return;
    for (const event of batch.events) this.waiting.push(event);
    this.planned ??= setImmediate(() => this.tell());
  }

  /** Tells what waits, command by command. */
  private tell(): void {
    clearImmediate(this.planned);
    this.planned = undefined;
    const { waiting } = this;
    this.waiting = [];
    let first = 0;
    for (let place = 0; place < waiting.length; place++) {
      if (!waiting[place].last) continue;
      try {
        this.tellCommand(waiting.slice(first, place + 1));
      } catch (error) {
        this.onFault(error);
      }
      first = place + 1;
    }
  }

  private tellCommand(events: readonly Event[]): void {
    const reports = new Map<Followed, Reports>();
    const pending = pendingLegs(events);
    const of = (account: number): [Followed, Reports] | undefined => {
      const followed = this.followed.get(account);
      if (followed === undefined) return undefined;
      let found = reports.get(followed);
      if (found === undefined) {
        found = { orders: [], lists: [], deltas: [], balances: [], prevented: new Map() };
        reports.set(followed, found);
      }
      return [followed, found];
    };

    for (const event of events) {
      switch (event.kind) {
        case "trade":
          this.onTrade(of(event.takerAccount), event, "taker");
          this.onTrade(of(event.makerAccount), event, "maker");
          break;
        case "tradePrevented": {
          const taker = of(event.takerAccount);
          const maker = of(event.makerAccount);
          const execution = preventedExecution(taker?.[0].orders.get(event.takerOrderId), maker?.[0].orders.get(event.makerOrderId));
          this.onPrevented(taker, event, "taker", execution);
          this.onPrevented(maker, event, "maker", execution);
          break;
        }
        case "orderAccepted":
        case "orderTriggered":
        case "orderAmended":
        case "orderClosed":
        case "orderListChanged":
        case "balanceChanged":
          this.onOwn(of(event.account), event, pending);
          break;
      }
    }

    const time = events[events.length - 1].time;
    for (const [followed, found] of reports) {
      for (const [orderId, prevention] of found.prevented) this.reportPrevention(followed, found, orderId, prevention);
      const all = [...found.orders, ...found.lists, ...found.deltas];
      if (found.balances.length > 0) all.push(this.accountPosition(found.balances, time));
      for (const event of all) tellListeners(followed, event);
      for (const [orderId, order] of followed.orders) if (isDone(order)) followed.orders.delete(orderId);
    }
  }

  private onOwn(found: [Followed, Reports] | undefined, event: Event, pending: ReadonlySet<number>): void {
    if (found === undefined) return;
    const [followed, reports] = found;
    switch (event.kind) {
      case "orderAccepted": {
        if (followed.orders.has(event.orderId)) return;
        const order = acceptedOrder(event, pending);
        followed.orders.set(order.orderId, order);
        reports.orders.push(this.executionReport(order, event, "NEW"));
        break;
      }
      case "orderTriggered": {
        const order = followed.orders.get(event.orderId);
        if (order === undefined) return;
        applyTrigger(order, event.time);
        reports.orders.push(this.executionReport(order, event, "NEW"));
        break;
      }
      case "orderAmended": {
        const order = followed.orders.get(event.orderId);
        if (order === undefined) return;
        const before = order.clientOrderId;
        applyAmendment(order, event);
        reports.orders.push(this.executionReport(order, event, "REPLACED", { C: before === order.clientOrderId ? "" : before }));
        break;
      }
      case "orderClosed":
        this.onClosed(followed, reports, event);
        break;
      case "orderListChanged": {
        const list = followed.lists.get(event.listId) ?? { clientOrderId: event.listClientOrderId, legs: new Map() };
        for (const orderId of event.orderIds) {
          const order = followed.orders.get(orderId);
          if (order !== undefined) list.legs.set(orderId, order.clientOrderId);
        }
        followed.lists.set(event.listId, list);
        if (event.status !== "executing") followed.lists.delete(event.listId);
        const instrument = this.services.instruments.bySymbol(event.symbol)!;
        const { listStatusType, listOrderStatus } = listStates[event.status];
        const orders = event.orderIds.map((orderId) => ({ s: instrument.name, i: orderId, c: list.legs.get(orderId) ?? "" }));
        const E = this.clock();
        reports.lists.push((time) => ({
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
          O: orders,
        }));
        break;
      }
      case "balanceChanged": {
        reports.balances.push(event);
        const total = event.free + event.locked;
        const delta = total - (followed.totals.get(event.asset) ?? 0n);
        followed.totals.set(event.asset, total);
        if (event.cause === "trading") return;
        const asset = this.services.instruments.asset(event.asset)!;
        const E = this.clock();
        reports.deltas.push((time) => ({
          e: "balanceUpdate",
          E: time(E),
          a: asset.name,
          d: amountText(asset, delta),
          T: time(event.time),
        }));
        break;
      }
    }
  }

  private onClosed(followed: Followed, reports: Reports, event: OrderClosed): void {
    const order = followed.orders.get(event.orderId);
    if (order === undefined) return;
    applyClose(order, event);
    const prevented = reports.prevented.get(event.orderId);
    if (event.reason === CloseReason.SELF_TRADE && prevented !== undefined) {
      reports.prevented.delete(event.orderId);
      this.reportPrevention(followed, reports, event.orderId, prevented);
      return;
    }
    const cancelled = order.status === "CANCELED";
    // A cancel that somebody asked for carries its own id in `c` and the order's in `C`.
    const ids = event.clientOrderId !== "" ? { c: event.clientOrderId, C: order.clientOrderId } : {};
    reports.orders.push(this.executionReport(order, event, cancelled ? "CANCELED" : "EXPIRED", ids));
  }

  private onTrade(found: [Followed, Reports] | undefined, event: Trade, side: "taker" | "maker"): void {
    if (found === undefined) return;
    const [followed, reports] = found;
    const order = followed.orders.get(side === "taker" ? event.takerOrderId : event.makerOrderId);
    if (order === undefined || !applyTrade(order, event, side)) return;
    const instrument = this.services.instruments.bySymbol(event.symbol)!;
    const feeAsset = this.services.instruments.asset(side === "taker" ? event.takerFeeAsset : event.makerFeeAsset)!;
    const fields = {
      l: quantityText(instrument, event.quantity),
      L: priceText(instrument, event.price),
      n: amountText(feeAsset, side === "taker" ? event.takerFee : event.makerFee),
      N: feeAsset.name,
      t: event.tradeId,
      m: side === "maker",
      M: true,
      Y: quoteText(instrument, event.quoteAmount),
    };
    reports.orders.push(this.executionReport(order, event, "TRADE", fields));
  }

  private onPrevented(
    found: [Followed, Reports] | undefined,
    event: TradePrevented,
    side: "taker" | "maker",
    execution: number | undefined,
  ): void {
    if (found === undefined) return;
    const [followed, reports] = found;
    const order = followed.orders.get(side === "taker" ? event.takerOrderId : event.makerOrderId);
    if (order === undefined) return;
    applyPrevention(order, event, side);
    // Of an order that is not touched there is nothing to tell.
    if ((side === "taker" ? event.takerPrevented : event.makerPrevented) > 0) {
      reports.prevented.set(order.orderId, { event, execution });
    }
  }

  private reportPrevention(followed: Followed, reports: Reports, orderId: number, { event, execution }: Prevention): void {
    const order = followed.orders.get(orderId);
    if (order === undefined) return;
    const taker = event.takerOrderId === orderId;
    const instrument = this.services.instruments.bySymbol(event.symbol)!;
    const fields = {
      v: event.preventedMatchId,
      A: quantityText(instrument, order.preventedQuantity),
      B: quantityText(instrument, taker ? event.takerPrevented : event.makerPrevented),
      U: taker ? event.makerOrderId : event.takerOrderId,
      Cs: instrument.name,
      pL: priceText(instrument, event.price),
    };
    const amounts = execution !== undefined && {
      pl: quantityText(instrument, execution),
      pY: quoteText(instrument, quoteAmount(event.price, execution, instrument)),
    };
    reports.orders.push(this.executionReport(order, event, "TRADE_PREVENTION", { ...fields, ...amounts }));
  }

  /** The state of the order now; `fields` overrides what the event is about. */
  private executionReport(order: OrderRecord, event: Event, x: string, fields: Record<string, unknown> = {}): UserEvent {
    const instrument = this.services.instruments.bySymbol(order.symbol)!;
    const zero = quantityText(instrument, 0);
    const E = this.clock();
    readTrailingTime(order, this.services.history);
    const { time: created, workingTime, trailingTime } = order;
    const conditional: Record<string, unknown> = {};
    if (order.trailingDelta > 0) conditional["d"] = order.trailingDelta;
    const reason = expiryReason(order);
    if (reason !== "") conditional["eR"] = reason;
    const report = {
      s: instrument.name,
      c: order.clientOrderId,
      S: sideNames[order.side],
      o: typeNames[order.type],
      f: timeInForceNames[order.timeInForce],
      q: quantityText(instrument, shownQuantity(order)),
      p: priceText(instrument, order.price),
      P: priceText(instrument, order.stopPrice),
      F: quantityText(instrument, order.icebergQuantity),
      g: order.listId === 0 ? -1 : order.listId,
      C: "",
      x,
      X: order.status,
      r: "NONE",
      i: order.orderId,
      l: zero,
      z: quantityText(instrument, order.executed),
      L: priceText(instrument, 0),
      n: "0",
      N: null,
      t: -1,
      I: executionId(event),
      w: order.working && !isDone(order),
      m: false,
      M: false,
      Z: quoteText(instrument, order.executedQuote),
      Y: quoteText(instrument, 0n),
      Q: quoteText(instrument, order.quoteQuantity),
      V: selfTradeNames[order.selfTradePrevention],
      ...conditional,
      ...fields,
    };
    return (time) => ({
      e: "executionReport",
      E: time(E),
      ...report,
      T: time(event.time),
      O: time(created),
      ...(workingTime > 0 ? { W: time(workingTime) } : {}),
      ...(trailingTime > 0 ? { D: time(trailingTime) } : {}),
    });
  }

  private accountPosition(balances: readonly BalanceChanged[], at: number): UserEvent {
    const { instruments } = this.services;
    const E = this.clock();
    const B = balances.map(({ asset: number, free, locked }) => {
      const asset = instruments.asset(number)!;
      return { a: asset.name, f: amountText(asset, free), l: amountText(asset, locked) };
    });
    return (time) => ({ e: "outboundAccountPosition", E: time(E), u: time(at), B });
  }
}

/** Lots that two orders would have traded with each other, where both and their quantities are known. */
function preventedExecution(taker: OrderRecord | undefined, maker: OrderRecord | undefined): number | undefined {
  if (taker === undefined || maker === undefined || taker.quantity === 0) return undefined;
  const left = (order: OrderRecord) => order.quantity - order.executed - order.preventedQuantity;
  return Math.min(left(taker), left(maker));
}

const isDone = ({ status }: OrderRecord) => status !== "NEW" && status !== "PARTIALLY_FILLED" && status !== "PENDING_NEW";

/** Unique and increasing within a shard: 1,024 events of a command have ids of their own, later ones share the last. */
const executionId = ({ sequence, index }: Event) => sequence * 1024 + Math.min(index, 1023);

function tellListeners({ listeners }: Followed, event: UserEvent): void {
  const rendered: Partial<Record<1 | 1000, Record<string, unknown>>> = {};
  for (const [listener, unit] of [...listeners]) {
    rendered[unit] ??= event(times[unit]);
    listener(rendered[unit]);
  }
}
