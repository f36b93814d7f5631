/**
 * What happens to an account, as events for its owner: one executionReport for each change of an order, then listStatus, then balanceUpdate,
 * then one outboundAccountPosition, always in this order for one command. Fields: user-data-stream.md.
 */

import type { Event, Trade, TradePrevented } from "@bourse/engine";
import { acceptedOrder, applyPrevention, applyTrade } from "../../services/history/order-state";
import type { OrderRecord } from "../../services/ports";
import type { EventBatch, Position, Subscription } from "../../services/trading/port";
import { pendingLegs } from "../orders/order-state";
import type { Clock, Services } from "../services";
import { preventedExecution, type Time, type UserEvent } from "./execution-report";
import { FollowedAccount } from "./followed-account";

type Listener = (event: Record<string, unknown>) => void;

const times: Record<1 | 1000, Time> = { 1: (microseconds) => microseconds, 1000: (microseconds) => Math.floor(microseconds / 1000) };

export class UserData {
  private readonly followed = new Map<number, FollowedAccount>();
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
    const followed = this.followed.get(account) ?? new FollowedAccount(account, this.services, this.clock);
    this.followed.set(account, followed);
    followed.listeners.set(listener, unit);
    return () => {
      followed.listeners.delete(listener);
      if (followed.listeners.size === 0) this.followed.delete(account);
    };
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
    const touched = new Set<FollowedAccount>();
    const pending = pendingLegs(events);
    const of = (account: number): FollowedAccount | undefined => {
      const followed = this.followed.get(account);
      if (followed !== undefined) touched.add(followed);
      return followed;
    };

    for (const event of events) {
      switch (event.kind) {
        case "trade":
          of(event.takerAccount)?.onTrade(event, "taker");
          of(event.makerAccount)?.onTrade(event, "maker");
          break;
        case "tradePrevented": {
          const [taker, maker] = [of(event.takerAccount), of(event.makerAccount)];
          if (taker === undefined && maker === undefined) break;
          const execution = preventedExecution(event, (side) => this.left(event, side, events));
          taker?.onPrevented(event, "taker", execution);
          maker?.onPrevented(event, "maker", execution);
          break;
        }
        case "orderAccepted":
        case "orderTriggered":
        case "orderAmended":
        case "orderClosed":
        case "orderListChanged":
        case "balanceChanged":
          of(event.account)?.on(event, pending);
          break;
      }
    }

    const time = events[events.length - 1].time;
    for (const followed of touched) for (const event of followed.finish(time)) tellListeners(followed, event);
  }

  /** Lots that one of two orders which met could still have traded: nobody may listen to its account, which is then another one of the trade group. */
  private left(event: TradePrevented, side: "taker" | "maker", events: readonly Event[]): number | undefined {
    const [account, orderId] = side === "taker" ? [event.takerAccount, event.takerOrderId] : [event.makerAccount, event.makerOrderId];
    const order =
      this.followed.get(account)?.order(orderId) ??
      placedBefore(event, orderId, events) ??
      this.services.history.openOrders(account, event.symbol).find((each) => each.orderId === orderId);
    const sought = order && (order.quantity || soughtLots(orderId, events));
    return sought === undefined ? undefined : sought - order!.executed - order!.preventedQuantity;
  }
}

/** Lots that an order by quote amount was made to seek: those that it has when it is filled. */
function soughtLots(orderId: number, events: readonly Event[]): number | undefined {
  const last = events.find((event): event is Trade => event.kind === "trade" && event.takerOrderId === orderId && event.takerDone);
  return last?.takerExecuted;
}

/** An order that the command itself has placed, as it was before one of its events. */
function placedBefore(before: Event, orderId: number, events: readonly Event[]): OrderRecord | undefined {
  let order: OrderRecord | undefined;
  for (const event of events) {
    if (event === before) break;
    if (event.kind === "orderAccepted" && event.orderId === orderId) order = acceptedOrder(event);
    if (order === undefined) continue;
    if (event.kind === "trade" && event.takerOrderId === orderId) applyTrade(order, event, "taker");
    if (event.kind === "tradePrevented" && event.takerOrderId === orderId) applyPrevention(order, event, "taker");
  }
  return order;
}

function tellListeners({ listeners }: FollowedAccount, event: UserEvent): void {
  const rendered: Partial<Record<1 | 1000, Record<string, unknown>>> = {};
  for (const [listener, unit] of [...listeners]) {
    rendered[unit] ??= event(times[unit]);
    listener(rendered[unit]);
  }
}
