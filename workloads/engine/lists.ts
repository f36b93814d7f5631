/**
 * Order lists. OCO: two legs, above and below the price; when one works the other is closed; funds are held once, for the dearer leg. OTO: a
 * working leg, and a pending leg that becomes live, and holds its funds, when the working leg is filled whole. OTOCO: the pending legs are an
 * OCO. Whoever cancels one leg cancels the list.
 */

import { type Core, ensure } from "./core";
import { CloseReason } from "./events";
import { KeyIndex } from "./hash-index";
import * as records from "./records";
import type { StateReader, StateWriter } from "./state-stream";

const { FLAGS, HOLDS, ID, LIST, OWNER, PRICE, REMAINING } = records;

export enum Contingency {
  OCO = 0,
  OTO = 1,
  OTOCO = 2,
}

enum Status {
  EXECUTING = 0,
  ALL_DONE = 1,
}

export interface OrderList {
  id: number;
  contingency: Contingency;
  position: number;
  keyLow: number;
  keyHigh: number;
  /** Order ids of the legs, in the order of the command. */
  ids: number[];
  /** Slots of the legs; 0 for those that are gone. */
  orders: number[];
}

export class Lists {
  lastListId = 0;
  /** By list slot, from 1: orders name their list by it. */
  private readonly lists: (OrderList | undefined)[] = [undefined];
  private readonly spare: number[] = [];
  /** List id, in its low and high 32 bits -> slot. */
  private readonly byId = new KeyIndex();
  private readonly byKey = new KeyIndex();
  /** Lets a pending leg wait for its turn; set by the composition, because triggers need lists too. */
  enqueue: (order: number) => void = () => {};

  constructor(private readonly core: Core) {}

  /** Opens a list over accepted legs and tells of it. */
  open(contingency: Contingency, position: number, keyLow: number, keyHigh: number, orders: number[], text: string): OrderList {
    const id = this.lastListId;
    const ids = orders.map((order) => this.core.orders.f[order * 8 + ID]);
    const list: OrderList = { id, contingency, position, keyLow, keyHigh, ids, orders };
    this.index(list);
    this.tell(list, Status.EXECUTING, text);
    return list;
  }

  private index(list: OrderList): void {
    const slot = this.spare.pop() ?? this.lists.length;
    this.lists[slot] = list;
    this.byId.add(list.id | 0, Math.floor(list.id / 2 ** 32), 0, slot);
    if (list.keyLow !== 0 || list.keyHigh !== 0) this.byKey.add(this.owner(list), list.keyLow, list.keyHigh, slot);
    for (const order of list.orders) {
      if (order !== 0) this.core.orders.setInteger(order, LIST, slot);
    }
  }

  private owner(list: OrderList): number {
    return this.core.positions.i[list.position * 16 + OWNER];
  }

  private tell(list: OrderList, status: Status, text: string): void {
    const { core } = this;
    const account = core.ledger.accounts[this.owner(list)].number;
    const symbol = core.marketOfPosition(list.position).instrument.symbol;
    core.writer.orderListChanged(list.id, account, symbol, list.contingency, status, list.ids, text);
  }

  /** The open list that a command names, by id or else by client key; undefined where it is not of this position. */
  find(position: number, id: number, keyLow: number, keyHigh: number): OrderList | undefined {
    const owner = this.core.positions.i[position * 16 + OWNER];
    const slot = id !== 0 ? this.byId.find(id | 0, Math.floor(id / 2 ** 32), 0) : this.byKey.find(owner, keyLow, keyHigh);
    const list = this.lists[slot];
    return list !== undefined && list.position === position ? list : undefined;
  }

  /** Whether a key is in use among the open lists of an account. */
  usesKey(owner: number, keyLow: number, keyHigh: number): boolean {
    return (keyLow !== 0 || keyHigh !== 0) && this.byKey.find(owner, keyLow, keyHigh) !== 0;
  }

  /** Id of a list by its slot; 0 for 0. */
  idOf(slot: number): number {
    return this.lists[slot]?.id ?? 0;
  }

  /** The other leg of an order's OCO pair, 0 where it has none or it is gone. */
  private partner(list: OrderList, order: number): number {
    const first = list.contingency === Contingency.OCO ? 0 : 1;
    if (list.orders.length - first !== 2) return 0;
    if (list.orders[first] === order) return list.orders[first + 1];
    return list.orders[first + 1] === order ? list.orders[first] : 0;
  }

  /**
   * A leg starts to trade: the other leg of its OCO is closed, and the leg holds under its own name. Returns whether it could: what an OCO held for its dearer leg
   * covers the other one, but for what prevention of a self-trade has taken off the leg that held.
   */
  working(order: number, slot: number): boolean {
    const list = this.lists[slot]!;
    const partner = this.partner(list, order);
    if (partner === 0) return true;
    this.drop(list, partner);
    this.core.close(partner, CloseReason.OCO_TRIGGER, "");
    return (this.core.orders.i[order * 16 + FLAGS] & HOLDS) !== 0 || this.core.hold(order);
  }

  /** Takes a leg out of its list. */
  private drop(list: OrderList, order: number): void {
    list.orders[list.orders.indexOf(order)] = 0;
    this.core.orders.setInteger(order, LIST, 0);
  }

  /** A leg is filled whole and about to be forgotten: what waits for it becomes live; the list may be done. */
  filled(order: number, slot: number): void {
    const list = this.lists[slot]!;
    const isWorking = list.contingency !== Contingency.OCO && list.orders[0] === order;
    this.drop(list, order);
    if (isWorking) {
      for (const leg of list.orders) {
        if (leg !== 0) this.enqueue(leg);
      }
    }
  }

  /** A leg ends otherwise; the rest of the list ends with it, after it. */
  close(order: number, slot: number, reason: CloseReason, text: string): void {
    const list = this.lists[slot]!;
    const isWorking = list.contingency !== Contingency.OCO && list.orders[0] === order;
    this.drop(list, order);
    this.core.close(order, reason, text);
    const byCommand = reason === CloseReason.CANCELED || reason === CloseReason.EXCHANGE_CANCELED || reason === CloseReason.REPLACED;
    const rest = byCommand ? reason : isWorking ? CloseReason.OTO_PHASE_ONE_EXPIRED : CloseReason.OCO_TRIGGER;
    for (const leg of [...list.orders]) {
      if (leg === 0) continue;
      this.drop(list, leg);
      this.core.close(leg, rest, "");
    }
    this.settle(slot);
  }

  /** Tells that a list is done, and forgets it, where no leg is left. */
  settle(slot: number): void {
    const list = this.lists[slot];
    if (list === undefined || list.orders.some((order) => order !== 0)) return;
    this.tell(list, Status.ALL_DONE, "");
    this.byId.remove(list.id | 0, Math.floor(list.id / 2 ** 32), 0);
    if (list.keyLow !== 0 || list.keyHigh !== 0) this.byKey.remove(this.owner(list), list.keyLow, list.keyHigh);
    this.lists[slot] = undefined;
    this.spare.push(slot);
  }

  /** A pending leg's turn has come: funds are held. Closes it, and with it the list, where there are too few; returns whether it lives. */
  goLive(order: number): boolean {
    const { core } = this;
    const slot = core.orders.list(order);
    const list = this.lists[slot]!;
    if ((core.orders.i[order * 16 + FLAGS] & HOLDS) !== 0) return true;
    const partner = this.partner(list, order);
    if (partner !== 0 && (core.orders.i[partner * 16 + FLAGS] & HOLDS) !== 0) return true;
    if (core.hold(this.dearer(order, partner))) return true;
    this.close(order, slot, CloseReason.REJECTED_ON_TRIGGER, "");
    return false;
  }

  /** The leg of a pair for which the pair holds. Their quantities are equal, so it is the one with the higher price. */
  dearer(order: number, partner: number): number {
    if (partner === 0) return order;
    const { f } = this.core.orders;
    ensure(f[order * 8 + REMAINING] === f[partner * 8 + REMAINING], "the legs of an OCO have one quantity");
    return f[partner * 8 + PRICE] > f[order * 8 + PRICE] ? partner : order;
  }

  /** Cancels a list: its first leg bears the text. */
  cancel(list: OrderList, text: string): void {
    const order = list.orders.find((leg) => leg !== 0)!;
    this.close(order, this.core.orders.list(order), CloseReason.CANCELED, text);
  }

  /** Open lists by id. */
  all(): OrderList[] {
    return this.lists.filter((list) => list !== undefined).sort((x, y) => x.id - y.id);
  }

  write(to: StateWriter): void {
    const { core } = this;
    const lists = this.all();
    to.number(this.lastListId);
    to.number(lists.length);
    for (const list of lists) {
      const { id, contingency, keyLow, keyHigh, ids, orders } = list;
      for (const word of [id, contingency, this.owner(list), core.marketOfPosition(list.position).slot, keyLow, keyHigh, ids.length])
        to.number(word);
      for (const [n, order] of orders.entries()) {
        to.number(ids[n]);
        to.boolean(order !== 0);
      }
    }
  }

  read(from: StateReader): void {
    const { core } = this;
    this.lastListId = from.number();
    for (let n = from.number(); n > 0; n--) {
      const [id, contingency] = [from.number(), from.number()];
      const position = core.positionOf(from.number(), core.markets[from.number()]);
      const [keyLow, keyHigh] = [from.number(), from.number()];
      const ids: number[] = [];
      const orders: number[] = [];
      for (let leg = from.number(); leg > 0; leg--) {
        const orderId = from.number();
        ids.push(orderId);
        orders.push(from.boolean() ? core.index.find(orderId) : 0);
      }
      this.index({ id, contingency, position, keyLow, keyHigh, ids, orders });
    }
  }
}
