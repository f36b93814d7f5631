/** The reference model of the exchange: every command, told as the engine tells it, except for balances and levels, which are compared as a whole. */

import {
  type CancelReplace,
  CloseReason,
  type Command,
  MAX_AMOUNT,
  type NewOrderList,
  type OrderParameters,
  OrderType,
  RejectReason,
  Side,
  SymbolState,
} from "@bourse/engine";
import { ReferenceEntry } from "./reference-entry";
import { ReferenceMatching } from "./reference-matching";
import { isConditional, type Market, type Order, type OrderList, ReferenceState, type Told } from "./reference-state";

type Of<K extends Command["kind"]> = Extract<Command, { kind: K }>;
type Reason = RejectReason | 0;
const day = 86_400_000_000;

export class ReferenceExchange {
  readonly state = new ReferenceState();
  private readonly matching = new ReferenceMatching(this.state);
  private readonly entry = new ReferenceEntry(this.state, this.matching);

  /** What the command does, without its balances and levels. */
  apply(command: Command): Told[] {
    const { state } = this;
    state.told = [];
    const late = state.lastTime !== 0 && command.time > state.lastTime + day;
    if (!late) state.lastTime = Math.max(state.lastTime, command.time);
    if (late) this.reject(command, RejectReason.TIME_OUT_OF_RANGE);
    else this.dispatch(command);
    const traded = "symbol" in command ? this.market(command) : undefined;
    if (traded !== undefined) this.matching.runTriggers(traded);
    return state.told;
  }

  private dispatch(command: Command): void {
    const { kind } = command;
    if (kind === "newOrder") this.newOrder(command);
    else if (kind === "cancelOrder") this.cancelOrder(command);
    else if (kind === "cancelAllOrders") this.cancelAllOrders(command);
    else if (kind === "cancelReplace") this.cancelReplace(command);
    else if (kind === "amendOrder") this.amendOrder(command);
    else if (kind === "modifyOrder") this.modifyOrder(command);
    else if (kind === "newOrderList") this.newOrderList(command);
    else if (kind === "cancelOrderList") this.cancelOrderList(command);
    else {
      const reason = this.administer(command);
      if (reason !== 0) this.reject(command, reason);
    }
  }

  private reject(command: Command, reason: RejectReason, orderId = 0, clientOrderId = ""): void {
    const account = "account" in command ? command.account : 0;
    const symbol = "symbol" in command ? command.symbol : 0;
    this.state.tell({ kind: "rejected", command: command.kind, reason, account, symbol, orderId, clientOrderId });
  }

  private market(command: { symbol: number }): Market {
    return this.state.markets.get(command.symbol)!;
  }

  /** The open order that a command names, by id or else by key. */
  private find(account: number, symbol: number, orderId: number, key: bigint): Order | undefined {
    return this.state.orders.find(
      (order) =>
        order.account === account &&
        order.market.symbol === symbol &&
        (orderId !== 0 ? order.id === orderId : key !== 0n && order.clientKey === key),
    );
  }

  private accept(order: Order, parameters: OrderParameters, listId: number, working: boolean): void {
    order.id = ++this.state.lastOrderId;
    this.state.orders.push(order);
    const { side, type, timeInForce, selfTradePrevention, price, quantity, quoteQuantity, stopPrice, trailingDelta } = parameters;
    const { icebergQuantity, clientKey, clientOrderId } = parameters;
    const sent = { side, type, timeInForce, selfTradePrevention, price, quantity, quoteQuantity, stopPrice, trailingDelta };
    const { id, account, market } = order;
    const named = { orderId: id, account, symbol: market.symbol, listId, working, clientKey, clientOrderId };
    this.state.tell({ kind: "orderAccepted", ...sent, icebergQuantity, ...named });
  }

  private enter(order: Order, parameters: OrderParameters): void {
    this.accept(order, parameters, 0, !isConditional(order));
    if (isConditional(order)) this.matching.park(order);
    else this.matching.execute(order);
  }

  private newOrder(command: Of<"newOrder">): void {
    const { account, symbol } = command;
    let reason = this.entry.unknown(account, symbol);
    const order = reason === 0 ? this.entry.make(account, this.market(command), command) : undefined;
    if (order !== undefined) reason = this.entry.mayTrade(account, order.market) || this.entry.check(order);
    if (reason !== 0) this.reject(command, reason, 0, command.clientOrderId);
    else this.enter(order!, command);
  }

  private cancelOrder(command: Of<"cancelOrder">): void {
    const { account, symbol, orderId, clientKey, onlyIf, clientOrderId } = command;
    const order = this.find(account, symbol, orderId, clientKey);
    const reason =
      this.entry.unknown(account, symbol) || (order === undefined ? RejectReason.UNKNOWN_ORDER : this.entry.mayCancel(order, onlyIf));
    if (reason !== 0) this.reject(command, reason, orderId, clientOrderId);
    else this.matching.cancel(order!, CloseReason.CANCELED, clientOrderId);
  }

  private ordersOf(account: number, market: Market): Order[] {
    return this.state.orders.filter((order) => order.account === account && order.market === market);
  }

  /** The oldest first; a leg takes its list with it. */
  private cancelEach(account: number, market: Market, reason: CloseReason): void {
    for (let [order] = this.ordersOf(account, market); order !== undefined; [order] = this.ordersOf(account, market)) {
      this.matching.cancel(order, reason, "");
    }
  }

  private cancelAllOrders(command: Of<"cancelAllOrders">): void {
    const { account, symbol } = command;
    const unknown = this.entry.unknown(account, symbol);
    const [first] = unknown === 0 ? this.ordersOf(account, this.market(command)) : [];
    const reason = unknown || (first === undefined ? RejectReason.UNKNOWN_ORDER : this.entry.mayCancel(first, "any"));
    if (reason !== 0) this.reject(command, reason);
    else this.cancelEach(account, this.market(command), CloseReason.CANCELED);
  }

  private cancelReplace(command: CancelReplace): void {
    const { account, symbol, mode, cancelOrderId, cancelClientKey, onlyIf, cancelClientOrderId, order: parameters } = command;
    const text = parameters.clientOrderId;
    const unknown = this.entry.unknown(account, symbol);
    if (unknown !== 0) {
      this.reject(command, unknown, 0, text);
      return;
    }
    const order = this.entry.make(account, this.market(command), parameters);
    const refused = this.entry.mayTrade(account, order.market) || this.entry.alone(order);
    if (refused !== 0) {
      this.reject(command, refused, 0, text);
      return;
    }
    const old = this.find(account, symbol, cancelOrderId, cancelClientKey);
    const uncancelled = old === undefined ? RejectReason.UNKNOWN_ORDER : this.entry.mayCancel(old, onlyIf);
    if (uncancelled !== 0) this.reject(command, uncancelled, cancelOrderId, cancelClientOrderId);
    else this.matching.cancel(old!, CloseReason.REPLACED, cancelClientOrderId);
    const stop = uncancelled !== 0 && mode === "stopOnFailure";
    const reason = stop ? RejectReason.NOT_ATTEMPTED : this.entry.check(order);
    if (reason !== 0) this.reject(command, reason, 0, text);
    else this.enter(order, parameters);
  }

  /** Only a single order in the book changes in place. */
  private mayChange(order: Order): Reason {
    const reason = this.entry.mayTrade(order.account, order.market);
    if (reason !== 0) return reason;
    return order.place === "book" && order.list === undefined ? 0 : RejectReason.INVALID_AMEND;
  }

  private tellAmended(order: Order, keptPriority: boolean, clientOrderId: string): void {
    const { id, account, market, limit, total, clientKey } = order;
    const named = { orderId: id, account, symbol: market.symbol, clientKey, clientOrderId };
    this.state.tell({ kind: "orderAmended", ...named, price: limit, quantity: total, keptPriority });
  }

  private amendOrder(command: Of<"amendOrder">): void {
    const { account, symbol, orderId, clientKey, quantity, newClientKey, clientOrderId } = command;
    const order = this.find(account, symbol, orderId, clientKey);
    const reason =
      this.entry.unknown(account, symbol) ||
      (order === undefined ? RejectReason.UNKNOWN_ORDER : this.mayChange(order) || this.mayShrink(order, quantity, newClientKey));
    if (reason !== 0) {
      this.reject(command, reason, orderId, clientOrderId);
      return;
    }
    this.matching.cut(order!, order!.total - quantity);
    order!.total = quantity;
    order!.amends += 1;
    if (newClientKey !== 0n) order!.clientKey = newClientKey;
    this.tellAmended(order!, true, clientOrderId);
  }

  private mayShrink(order: Order, quantity: number, newKey: bigint): Reason {
    if (quantity >= order.total || quantity <= order.total - order.remaining) return RejectReason.INVALID_AMEND;
    const { maxAmends } = order.market.filters;
    if (maxAmends !== 0 && order.amends >= maxAmends) return RejectReason.FILTER_MAX_NUM_ORDER_AMENDS;
    const lots = this.entry.lotsFit(order.market, quantity, false);
    if (lots !== 0) return lots;
    if (!this.entry.notionalFits({ ...order, price: order.limit, total: quantity })) return RejectReason.FILTER_NOTIONAL;
    return this.entry.keyIsUsed(order.account, newKey, order) ? RejectReason.DUPLICATE_CLIENT_ORDER_ID : 0;
  }

  private modifyOrder(command: Of<"modifyOrder">): void {
    const { account, symbol, orderId, clientKey, price, quantity } = command;
    const order = this.find(account, symbol, orderId, clientKey);
    const reason =
      this.entry.unknown(account, symbol) ||
      (order === undefined ? RejectReason.UNKNOWN_ORDER : this.mayChange(order) || this.change(order, price, quantity));
    if (reason !== 0) {
      this.reject(command, reason, orderId, "");
      return;
    }
    this.tellAmended(order!, false, "");
    this.matching.execute(order!);
  }

  /** Gives an order another price and total, with its hold; leaves it as it was where something forbids that. */
  private change(order: Order, price: number, quantity: number): Reason {
    const remaining = quantity - (order.total - order.remaining);
    if (price === 0 || remaining <= 0) return RejectReason.INVALID_AMEND;
    if (order.type === OrderType.LIMIT_MAKER && this.matching.crosses(order.market, order.side, price)) return RejectReason.WOULD_TAKE;
    const more = remaining - order.remaining;
    const reason =
      (more > 0 ? this.entry.fits(order, more) : 0) || this.entry.alone({ ...order, price, stopPrice: order.stopPrice, total: quantity });
    if (reason !== 0) return reason;
    this.state.release(order);
    const before = { limit: order.limit, remaining: order.remaining };
    Object.assign(order, { limit: price, remaining });
    if (!this.state.hold(order)) {
      Object.assign(order, before);
      this.state.hold(order);
      return RejectReason.INSUFFICIENT_BALANCE;
    }
    Object.assign(order, { price, total: quantity, place: "moving" });
    return 0;
  }

  private newOrderList(command: NewOrderList): void {
    const { account, symbol, contingency, listClientKey, listClientOrderId } = command;
    const unknown = this.entry.unknown(account, symbol);
    if (unknown !== 0) {
      this.reject(command, unknown, 0, listClientOrderId);
      return;
    }
    const market = this.market(command);
    const legs = command.legs.map((leg) => this.entry.make(account, market, leg));
    const taken = listClientKey !== 0n && this.state.lists.some((list) => list.account === account && list.key === listClientKey);
    const reason =
      this.entry.mayTrade(account, market) || (taken ? RejectReason.DUPLICATE_CLIENT_ORDER_ID : this.checkList(contingency, legs));
    if (reason !== 0) {
      this.reject(command, reason, 0, listClientOrderId);
      return;
    }
    const id = ++this.state.lastListId;
    const list: OrderList = { id, account, market, contingency, key: listClientKey, ids: [], legs };
    for (const [n, leg] of legs.entries()) {
      const live = contingency === "OCO" || n === 0;
      this.accept(leg, command.legs[n], id, live && !isConditional(leg));
      leg.list = list;
      list.ids.push(leg.id);
      if (!live) leg.place = "pending";
    }
    this.state.lists.push(list);
    this.matching.tellList(list, "executing", listClientOrderId);
    if (contingency !== "OCO") {
      this.matching.execute(legs[0]);
      return;
    }
    for (const leg of [...legs]) {
      if (isConditional(leg)) this.matching.park(leg);
      else this.matching.rest(leg);
    }
  }

  private checkList(contingency: NewOrderList["contingency"], legs: Order[]): Reason {
    const { state } = this;
    if (legs.length !== (contingency === "OTOCO" ? 3 : 2)) return RejectReason.INVALID_LIST;
    for (const [n, leg] of legs.entries()) {
      if (leg.total === 0) return RejectReason.INVALID_LIST;
      const live = contingency === "OCO" || n === 0;
      const misplaced = contingency === "OCO" && state.version >= 2 && !isBesideLastPrice(leg);
      const reason =
        this.entry.alone(leg) || (misplaced ? RejectReason.INVALID_LIST : live ? this.entry.now(leg) : this.entry.limitStopBuy(leg));
      if (reason !== 0) return reason;
      const repeated = leg.clientKey !== 0n && legs.slice(0, n).some((other) => other.clientKey === leg.clientKey);
      if (repeated || this.entry.keyIsUsed(leg.account, leg.clientKey)) return RejectReason.DUPLICATE_CLIENT_ORDER_ID;
    }
    const pair = contingency === "OCO" ? legs : contingency === "OTOCO" ? legs.slice(1) : [];
    const working = contingency === "OCO" || legs[0].type === OrderType.LIMIT || legs[0].type === OrderType.LIMIT_MAKER;
    if (!working || (pair.length > 0 && !isPair(pair[0], pair[1]))) return RejectReason.INVALID_LIST;
    const lots = legs.reduce((sum, leg) => sum + leg.total, 0);
    const reason = this.entry.counts(legs) || this.entry.fits(legs[0], lots);
    if (reason !== 0) return reason;
    const holder = contingency === "OCO" && legs[1].limit > legs[0].limit ? legs[1] : legs[0];
    return this.state.hold(holder) ? 0 : RejectReason.INSUFFICIENT_BALANCE;
  }

  private cancelOrderList(command: Of<"cancelOrderList">): void {
    const { account, symbol, listId, listClientKey, clientOrderId } = command;
    const unknown = this.entry.unknown(account, symbol);
    const list = this.state.lists.find(
      (open) =>
        open.account === account &&
        open.market.symbol === symbol &&
        (listId !== 0 ? open.id === listId : listClientKey !== 0n && open.key === listClientKey),
    );
    const first = list?.legs.find((leg) => leg !== undefined);
    const reason = unknown || (first === undefined ? RejectReason.UNKNOWN_LIST : this.entry.mayCancel(first, "any"));
    if (reason !== 0) this.reject(command, reason, 0, clientOrderId);
    else this.matching.cancel(first!, CloseReason.CANCELED, clientOrderId);
  }

  private administer(command: Command): Reason {
    const { state } = this;
    if (command.kind === "deposit" || command.kind === "withdraw" || command.kind === "transfer") return this.move(command);
    if (command.kind === "setAccount") {
      const { account: number, canTrade, canWithdraw, canDeposit, feeTier, discountFees, tradeGroup } = command;
      const flags = { canTrade, canWithdraw, canDeposit, feeTier, discountFees, tradeGroup };
      state.accounts.set(number, { number, ...flags, killed: state.accounts.get(number)?.killed ?? false });
      state.tell({ kind: "accountChanged", account: number, ...flags });
    } else if (command.kind === "setFeeTier") {
      const { feeTier, makerRate, takerRate, discount } = command;
      state.tiers.set(feeTier, { makerRate, takerRate, discount });
      state.tell({ kind: "feeTierChanged", feeTier, makerRate, takerRate, discount });
    } else if (command.kind === "listAsset") {
      const { asset, name, decimals, discountAsset } = command;
      if (state.assets.has(asset) && state.assets.get(asset)!.decimals !== decimals) return RejectReason.INVALID_STATE;
      state.assets.set(asset, { name, decimals });
      if (discountAsset) state.discountAsset = asset;
      else if (state.discountAsset === asset) state.discountAsset = undefined;
      state.tell({ kind: "assetListed", asset, name, decimals, discountAsset });
    } else if (command.kind === "listSymbol") return this.listSymbol(command);
    else if (command.kind === "setSymbolState") {
      const market = this.market(command);
      if (market === undefined) return RejectReason.UNKNOWN_SYMBOL;
      if (market.state === SymbolState.DELISTED) return RejectReason.INVALID_STATE;
      this.setState(market, command.state);
    } else if (command.kind === "killSwitch") return this.killSwitch(command);
    else if (command.kind === "activate") {
      if (command.version > 2) return RejectReason.UNSUPPORTED_VERSION;
      if (command.version < state.version) return RejectReason.INVALID_STATE;
      state.version = command.version;
      state.tell({ kind: "applied", command: "activate" });
    }
    return 0;
  }

  private move(command: Of<"deposit"> | Of<"withdraw"> | Of<"transfer">): Reason {
    const { state } = this;
    const { kind, account, asset, amount, transferId } = command;
    const id = `${kind}:${transferId}`;
    if (state.transfers.has(id)) return RejectReason.DUPLICATE_TRANSFER;
    const owner = state.accounts.get(account);
    if (owner === undefined) return RejectReason.UNKNOWN_ACCOUNT;
    if (!state.assets.has(asset)) return RejectReason.UNKNOWN_ASSET;
    if (amount <= 0n) return RejectReason.AMOUNT_OUT_OF_RANGE;
    const from = state.balance(account, asset);
    if (kind === "deposit") {
      if (!owner.canDeposit) return RejectReason.ACCOUNT_DISABLED;
      const held = [...state.balances.values()].filter((balance) => balance.asset === asset);
      if (held.reduce((sum, { free, locked }) => sum + free + locked, amount) > MAX_AMOUNT) return RejectReason.AMOUNT_OUT_OF_RANGE;
      from.free += amount;
    } else {
      if (kind === "transfer" && !state.accounts.has(command.toAccount)) return RejectReason.UNKNOWN_ACCOUNT;
      if (kind === "withdraw" && !owner.canWithdraw) return RejectReason.ACCOUNT_DISABLED;
      if (from.free < amount) return RejectReason.INSUFFICIENT_BALANCE;
      from.free -= amount;
      if (kind === "transfer") state.balance(command.toAccount, asset).free += amount;
    }
    const received = kind === "deposit" ? amount : kind === "withdraw" ? -amount : 0n;
    state.received.set(asset, (state.received.get(asset) ?? 0n) + received);
    state.transfers.add(id);
    return 0;
  }

  private listSymbol(command: Of<"listSymbol">): Reason {
    const { state } = this;
    const { symbol, name, baseAsset, quoteAsset, priceDecimals, quantityDecimals, filters } = command;
    if (!state.assets.has(baseAsset) || !state.assets.has(quoteAsset) || baseAsset === quoteAsset) return RejectReason.UNKNOWN_ASSET;
    const sound = quantityDecimals <= state.assets.get(baseAsset)!.decimals && filters.priceStep >= 1 && filters.quantityStep >= 1;
    if (!sound || filters.averagePriceMinutes > 60 || filters.maxTrailingDelta >= 10_000) return RejectReason.INVALID_STATE;
    let market = this.market(command);
    if (market === undefined) {
      const counters = { lastPrice: 0, lastTradeId: 0, lastPreventedId: 0, lastUpdateId: 0, unseen: [], minutes: new Map() };
      const instrument = { symbol, name, baseAsset, quoteAsset, priceDecimals, quantityDecimals };
      market = { ...instrument, filters, state: command.state, ...counters };
      state.markets.set(symbol, market);
    } else {
      const same = market.baseAsset === baseAsset && market.quoteAsset === quoteAsset && market.priceDecimals === priceDecimals;
      if (!same || market.quantityDecimals !== quantityDecimals || market.state === SymbolState.DELISTED) return RejectReason.INVALID_STATE;
      market.filters = filters;
    }
    this.setState(market, command.state);
    return 0;
  }

  private setState(market: Market, newState: SymbolState): void {
    const { state } = this;
    market.state = newState;
    const { symbol, name, baseAsset, quoteAsset, priceDecimals, quantityDecimals, filters } = market;
    state.tell({ kind: "symbolChanged", symbol, name, baseAsset, quoteAsset, priceDecimals, quantityDecimals, filters, state: newState });
    if (newState !== SymbolState.DELISTED) return;
    for (const account of state.accounts.keys()) this.cancelEach(account, market, CloseReason.EXCHANGE_CANCELED);
  }

  private killSwitch(command: Of<"killSwitch">): Reason {
    const { state } = this;
    const { account, engaged, cancelOpenOrders } = command;
    const owner = state.accounts.get(account);
    if (account !== 0 && owner === undefined) return RejectReason.UNKNOWN_ACCOUNT;
    if (owner === undefined) state.killed = engaged;
    else owner.killed = engaged;
    state.tell({ kind: "applied", command: "killSwitch" });
    if (!engaged || !cancelOpenOrders) return 0;
    for (const number of owner === undefined ? state.accounts.keys() : [account]) {
      for (const market of state.markets.values()) this.cancelEach(number, market, CloseReason.EXCHANGE_CANCELED);
    }
    return 0;
  }
}

/** Takes profit above the last price and stops a loss below it, for a buy the other way round. What has no price to compare passes. */
function isBesideLastPrice(leg: Order): boolean {
  const { lastPrice } = leg.market;
  const compared = [OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT_LIMIT].includes(leg.type) ? leg.price : leg.stopPrice;
  if (lastPrice === 0 || compared === 0) return true;
  const stopsLoss = leg.type === OrderType.STOP_LOSS || leg.type === OrderType.STOP_LOSS_LIMIT;
  const isAbove = (leg.side === Side.SELL) !== stopsLoss;
  return isAbove ? compared > lastPrice : compared < lastPrice;
}

/** An OCO: one side, one quantity, a profit leg and a stop-loss leg on their sides of the price. */
function isPair(above: Order, below: Order): boolean {
  if (above.side !== below.side || above.total !== below.total) return false;
  const [profit, loss] = above.side === Side.SELL ? [above, below] : [below, above];
  const takes = [OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT].includes(profit.type);
  if (!takes || ![OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT].includes(loss.type)) return false;
  const begins = (leg: Order): number => (isConditional(leg) ? leg.stopPrice : leg.price);
  return begins(above) === 0 || begins(below) === 0 || begins(above) > begins(below);
}
