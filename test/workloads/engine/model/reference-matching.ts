/** The reference model's trading: execution against the book, self-trade prevention, settlement, stops, trailing orders and lists. */

import { CloseReason, OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "@bourse/engine";
import {
  divideUp,
  feeOf,
  firesOnRise,
  isConditional,
  isUnpriced,
  type Market,
  type Order,
  type OrderList,
  type ReferenceState,
} from "./reference-state";

const opposite = (side: Side): Side => (side === Side.BUY ? Side.SELL : Side.BUY);
/** Whether a taker of `side` with `limit` (0: none) accepts `price`. */
const accepts = (side: Side, limit: number, price: number): boolean => limit === 0 || (side === Side.BUY ? price <= limit : price >= limit);

export class ReferenceMatching {
  private readonly turns: Order[] = [];

  constructor(private readonly state: ReferenceState) {}

  crosses(market: Market, side: Side, price: number): boolean {
    const [best] = this.state.queue(market, opposite(side));
    return best !== undefined && accepts(side, price, best.limit);
  }

  private sameOwner(a: Order, b: Order): boolean {
    if (a.account === b.account) return true;
    const { accounts } = this.state;
    const group = accounts.get(a.account)!.tradeGroup;
    return group !== 0 && group === accounts.get(b.account)!.tradeGroup;
  }

  /** The worst price of the execution band, 0 for none. */
  private band(market: Market, side: Side): number {
    const reference = this.state.referencePrice(market);
    const { executionBand } = market.filters;
    if (executionBand === 0 || reference === 0) return 0;
    const distance = Math.floor((reference * executionBand) / 10_000);
    return side === Side.BUY ? reference + distance : Math.max(1, reference - distance);
  }

  /** Plays the execution of `lots` without changing anything: what would trade at each price. */
  rehearse(taker: Order, lots: number): [price: number, lots: number][] {
    const band = this.band(taker.market, taker.side);
    const queue = this.state
      .queue(taker.market, opposite(taker.side))
      .map((maker) => ({ maker, visible: maker.visible, remaining: maker.remaining }));
    const traded = new Map<number, number>();
    let left = lots;
    while (left > 0 && queue.length > 0) {
      const first = queue[0];
      const price = first.maker.limit;
      if (!accepts(taker.side, taker.limit, price) || !accepts(taker.side, band, price)) break;
      if (taker.selfTradePrevention !== SelfTradePrevention.NONE && this.sameOwner(taker, first.maker)) {
        if (taker.selfTradePrevention === SelfTradePrevention.DECREMENT) left -= Math.min(left, first.remaining);
        else if (taker.selfTradePrevention !== SelfTradePrevention.EXPIRE_MAKER) break;
        queue.shift();
        continue;
      }
      const fill = Math.min(left, first.visible);
      traded.set(price, (traded.get(price) ?? 0) + fill);
      left -= fill;
      first.visible -= fill;
      first.remaining -= fill;
      if (first.visible > 0) continue;
      queue.shift();
      if (first.remaining === 0) continue;
      first.visible = Math.min(first.maker.icebergQuantity, first.remaining);
      const behind = queue.findIndex(({ maker }) => maker.limit !== price);
      queue.splice(behind < 0 ? queue.length : behind, 0, first);
    }
    return [...traded];
  }

  execute(order: Order): void {
    const { market } = order;
    if (order.timeInForce === TimeInForce.FOK && !isUnpriced(order)) {
      const available = this.rehearse(order, order.remaining).reduce((sum, [, lots]) => sum + lots, 0);
      if (available < order.remaining) {
        this.cancel(order, CloseReason.FOK_EXPIRED, "");
        return;
      }
    }
    let reason = this.match(order);
    if (reason === 0 && isUnpriced(order)) {
      const limited = order.limit !== 0 && this.crosses(market, order.side, 0);
      reason = limited ? CloseReason.PRICE_RANGE_EXCEEDED : CloseReason.INSUFFICIENT_LIQUIDITY;
    }
    if (order.remaining === 0 && order.executed > 0) this.filled(order);
    else if (reason !== 0) this.cancel(order, reason, "");
    else if (order.timeInForce === TimeInForce.IOC) this.cancel(order, CloseReason.IOC_EXPIRED, "");
    else if (order.timeInForce === TimeInForce.FOK) this.cancel(order, CloseReason.FOK_EXPIRED, "");
    else this.rest(order);
  }

  rest(order: Order): void {
    order.visible = order.icebergQuantity > 0 ? Math.min(order.icebergQuantity, order.remaining) : order.remaining;
    order.place = "book";
    order.arrival = ++this.state.lastArrival;
  }

  private match(taker: Order): CloseReason | 0 {
    const { market, side } = taker;
    const band = this.band(market, side);
    while (taker.remaining > 0) {
      const [maker] = this.state.queue(market, opposite(side));
      if (maker === undefined || !accepts(side, taker.limit, maker.limit)) return 0;
      if (!accepts(side, band, maker.limit)) return CloseReason.PRICE_RANGE_EXCEEDED;
      if (taker.selfTradePrevention !== SelfTradePrevention.NONE && this.sameOwner(taker, maker)) {
        if (this.prevent(taker, maker)) return CloseReason.SELF_TRADE;
        continue;
      }
      if (!this.startsToWork(maker)) throw new Error("a leg in the book has the funds that its list has released");
      this.settle(taker, maker, Math.min(taker.remaining, maker.visible));
      if (maker.visible > 0) continue;
      if (maker.remaining > 0) {
        maker.visible = Math.min(maker.icebergQuantity, maker.remaining);
        maker.arrival = ++this.state.lastArrival;
      } else this.filled(maker);
    }
    return 0;
  }

  /** Returns whether the taker's rest is to be closed. */
  private prevent(taker: Order, maker: Order): boolean {
    const mode = taker.selfTradePrevention;
    const decrement = mode === SelfTradePrevention.DECREMENT;
    const [takerLeft, makerLeft] = [taker.remaining, maker.remaining];
    const lost = Math.min(takerLeft, makerLeft);
    const takerExpires = mode === SelfTradePrevention.EXPIRE_TAKER || mode === SelfTradePrevention.EXPIRE_BOTH;
    const makerExpires = mode === SelfTradePrevention.EXPIRE_MAKER || mode === SelfTradePrevention.EXPIRE_BOTH;
    this.state.tell({
      kind: "tradePrevented",
      symbol: taker.market.symbol,
      preventedMatchId: ++taker.market.lastPreventedId,
      price: maker.limit,
      takerOrderId: taker.id,
      takerAccount: taker.account,
      takerPrevented: decrement ? lost : takerExpires ? takerLeft : 0,
      makerOrderId: maker.id,
      makerAccount: maker.account,
      makerPrevented: decrement ? lost : makerExpires ? makerLeft : 0,
      mode,
    });
    if (makerExpires || (decrement && lost === makerLeft)) this.cancel(maker, CloseReason.SELF_TRADE, "");
    else if (decrement) this.cut(maker, lost);
    if (decrement && lost < takerLeft) this.cut(taker, lost);
    return takerExpires || (decrement && lost === takerLeft);
  }

  /** Takes lots off an order without a trade. */
  cut(order: Order, lots: number): void {
    const held = order.holds;
    this.state.release(order);
    order.remaining -= lots;
    if (order.place === "book") order.visible = Math.min(order.visible, order.remaining);
    if (held) this.state.hold(order);
  }

  private settle(taker: Order, maker: Order, lots: number): void {
    const { state } = this;
    const { market } = taker;
    const price = maker.limit;
    const [buyer, seller] = taker.side === Side.BUY ? [taker, maker] : [maker, taker];
    const gross = state.notionalDown(market, price, lots);
    const base = state.baseUnits(market, lots);
    for (const order of [buyer, seller]) {
      // Locked funds follow the remaining lots; what was locked for these lots comes free and is then paid with.
      state.release(order);
      order.remaining -= lots;
      order.executed += lots;
      if (order === maker) order.visible -= lots;
    }
    state.balance(buyer.account, market.quoteAsset).free -= gross;
    state.balance(seller.account, market.baseAsset).free -= base;
    for (const order of [buyer, seller]) state.hold(order);
    const rate = (order: Order): number => state.tierOf(order.account)[order === taker ? "takerRate" : "makerRate"];
    const buyerFee = this.charge(buyer.account, market.baseAsset, feeOf(base, rate(buyer)));
    const sellerFee = this.charge(seller.account, market.quoteAsset, feeOf(gross, rate(seller)));
    state.balance(buyer.account, market.baseAsset).free += base;
    state.balance(seller.account, market.quoteAsset).free += gross;
    const [takerFee, makerFee] = taker === buyer ? [buyerFee, sellerFee] : [sellerFee, buyerFee];
    state.tell({
      kind: "trade",
      symbol: market.symbol,
      tradeId: ++market.lastTradeId,
      price,
      quantity: lots,
      quoteAmount: gross,
      takerSide: taker.side,
      takerOrderId: taker.id,
      takerAccount: taker.account,
      takerFee: takerFee.fee,
      takerFeeAsset: takerFee.asset,
      takerExecuted: taker.executed,
      takerDone: taker.remaining === 0,
      makerOrderId: maker.id,
      makerAccount: maker.account,
      makerFee: makerFee.fee,
      makerFeeAsset: makerFee.asset,
      makerExecuted: maker.executed,
      makerDone: maker.remaining === 0,
    });
    const waits = state.orders.some((order) => order.market === market && (order.place === "stops" || order.place === "trailing"));
    if (waits && (price !== market.lastPrice || market.unseen.length === 0)) market.unseen.push(price);
    market.lastPrice = price;
    const minute = Math.floor(state.lastTime / 60_000_000);
    const sums = market.minutes.get(minute) ?? { turnover: 0, volume: 0 };
    market.minutes.set(minute, { turnover: sums.turnover + price * lots, volume: sums.volume + lots });
  }

  /** Takes a fee, before what it is for is credited: in the discount asset where that is possible, else in `asset`. */
  private charge(account: number, asset: number, fee: bigint): { fee: bigint; asset: number } {
    const { state } = this;
    const inDiscount = fee > 0n && state.accounts.get(account)!.discountFees ? this.inDiscountAsset(asset, fee) : undefined;
    if (inDiscount !== undefined) {
      const charge = inDiscount - (inDiscount * BigInt(state.tierOf(account).discount)) / 1_000_000n;
      const payer = state.balance(account, state.discountAsset!);
      if (charge > 0n && payer.free >= charge) {
        payer.free -= charge;
        this.earn(state.discountAsset!, charge);
        return { fee: charge, asset: state.discountAsset! };
      }
    }
    state.balance(account, asset).free -= fee;
    this.earn(asset, fee);
    return { fee, asset };
  }

  private earn(asset: number, fee: bigint): void {
    this.state.fees.set(asset, (this.state.fees.get(asset) ?? 0n) + fee);
  }

  /** At the last price of the first listed symbol that trades one asset for the other, rounded up; undefined where there is none. */
  private inDiscountAsset(asset: number, amount: bigint): bigint | undefined {
    const { discountAsset, markets } = this.state;
    if (discountAsset === undefined) return undefined;
    if (asset === discountAsset) return amount;
    for (const market of markets.values()) {
      if (market.lastPrice === 0) continue;
      // One lot of base is worth `quote / scale` quote units.
      const scale = 1_000_000_000_000n;
      const quote = this.state.notionalDown({ ...market }, market.lastPrice, Number(scale));
      const base = this.state.baseUnits(market, 1) * scale;
      if (market.baseAsset === discountAsset && market.quoteAsset === asset) return divideUp(amount * base, quote);
      if (market.quoteAsset === discountAsset && market.baseAsset === asset) return divideUp(amount * quote, base);
    }
    return undefined;
  }

  private filled(order: Order): void {
    const { list } = order;
    const waiting = list !== undefined && list.contingency !== "OCO" && list.legs[0] === order ? list.legs.slice(1) : [];
    this.forget(order);
    for (const leg of waiting) if (leg !== undefined) this.enqueue(leg);
    if (list !== undefined) this.finishList(list);
  }

  private forget(order: Order): void {
    const { state } = this;
    state.release(order);
    state.orders = state.orders.filter((other) => other !== order);
    if (order.list !== undefined) order.list.legs[order.list.legs.indexOf(order)] = undefined;
  }

  private close(order: Order, reason: CloseReason, text: string): void {
    this.forget(order);
    const { id, account, executed } = order;
    this.state.tell({ kind: "orderClosed", orderId: id, account, symbol: order.market.symbol, reason, executed, clientOrderId: text });
  }

  /** Closes an order, and with a leg the rest of its list. */
  cancel(order: Order, reason: CloseReason, text: string): void {
    const { list } = order;
    const isWorking = list !== undefined && list.contingency !== "OCO" && list.legs[0] === order;
    this.close(order, reason, text);
    if (list === undefined) return;
    const asked = [CloseReason.CANCELED, CloseReason.EXCHANGE_CANCELED, CloseReason.REPLACED].includes(reason);
    const rest = asked ? reason : isWorking ? CloseReason.OTO_PHASE_ONE_EXPIRED : CloseReason.OCO_TRIGGER;
    for (const leg of list.legs) if (leg !== undefined) this.close(leg, rest, "");
    this.finishList(list);
  }

  private finishList(list: OrderList): void {
    if (list.legs.some((leg) => leg !== undefined)) return;
    this.state.lists = this.state.lists.filter((other) => other !== list);
    this.tellList(list, "allDone", "");
  }

  tellList(list: OrderList, status: "executing" | "allDone", text: string): void {
    const { id, account, contingency, ids } = list;
    const symbol = list.market.symbol;
    this.state.tell({ kind: "orderListChanged", listId: id, account, symbol, contingency, status, orderIds: ids, listClientOrderId: text });
  }

  /** The other leg of an OCO pair. */
  private partner(order: Order): Order | undefined {
    const { list } = order;
    if (list === undefined) return undefined;
    const pair = list.contingency === "OCO" ? list.legs : list.contingency === "OTOCO" ? list.legs.slice(1) : [];
    return pair.includes(order) ? pair.find((leg) => leg !== order && leg !== undefined) : undefined;
  }

  /** A leg of an OCO starts to trade or fires: the other one is closed. Returns whether it has the funds: prevention may have taken some off the other one. */
  private startsToWork(order: Order): boolean {
    const partner = this.partner(order);
    if (partner === undefined) return true;
    this.close(partner, CloseReason.OCO_TRIGGER, "");
    return order.holds || this.state.hold(order);
  }

  stopIsMet(order: Order): boolean {
    const { lastPrice } = order.market;
    if (order.stopPrice === 0 || lastPrice === 0) return false;
    return firesOnRise(order) ? lastPrice >= order.stopPrice : lastPrice <= order.stopPrice;
  }

  park(order: Order): void {
    if (order.trailingDelta !== 0 && (order.stopPrice === 0 || this.stopIsMet(order))) this.track(order, order.market.lastPrice);
    else {
      order.place = "stops";
      order.arrival = ++this.state.lastArrival;
    }
  }

  private track(order: Order, price: number): void {
    order.place = "trailing";
    order.extreme = price === 0 && order.side === Side.BUY ? Number.POSITIVE_INFINITY : price;
  }

  private enqueue(order: Order): void {
    order.place = "queued";
    this.turns.push(order);
  }

  /** Fires what the trades have fired and gives each its turn, until nothing is left. */
  runTriggers(market: Market): void {
    for (;;) {
      for (const price of market.unseen.splice(0)) this.fire(market, price);
      const order = this.turns.shift();
      if (order === undefined) return;
      if (this.state.orders.includes(order)) this.turn(order);
    }
  }

  private fire(market: Market, price: number): void {
    const waiting = (place: Order["place"]): Order[] =>
      this.state.orders.filter((order) => order.market === market && order.place === place);
    const activated: Order[] = [];
    for (const rise of [true, false]) {
      for (;;) {
        const [first] = waiting("stops")
          .filter((order) => firesOnRise(order) === rise && (rise ? order.stopPrice <= price : order.stopPrice >= price))
          .sort((a, b) => (rise ? 1 : -1) * (a.stopPrice - b.stopPrice) || a.arrival - b.arrival);
        if (first === undefined) break;
        first.place = "moving";
        if (first.trailingDelta !== 0) activated.push(first);
        else this.trigger(first);
      }
    }
    for (const order of waiting("trailing")) {
      order.extreme = order.side === Side.SELL ? Math.max(order.extreme, price) : Math.min(order.extreme, price);
    }
    const trails = (order: Order): boolean => {
      const delta = BigInt(order.trailingDelta);
      const [now, extreme] = [BigInt(price) * 10_000n, BigInt(order.extreme)];
      return order.side === Side.SELL ? now <= extreme * (10_000n - delta) : now >= extreme * (10_000n + delta);
    };
    for (const order of waiting("trailing").filter(trails)) {
      // The partner of one that has fired is gone by now.
      if (this.state.orders.includes(order)) this.trigger(order);
    }
    for (const order of activated) this.track(order, price);
  }

  private trigger(order: Order): void {
    order.triggered = true;
    this.tellTriggered(order);
    this.enqueue(order);
    if (!this.startsToWork(order)) this.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
  }

  private tellTriggered(order: Order): void {
    this.state.tell({ kind: "orderTriggered", orderId: order.id, account: order.account, symbol: order.market.symbol });
  }

  mayTrade(market: Market, account: number): boolean {
    const { canTrade, killed } = this.state.accounts.get(account)!;
    return market.state === SymbolState.TRADING && canTrade && !killed && !this.state.killed;
  }

  private turn(order: Order): void {
    order.place = "moving";
    if (!this.mayTrade(order.market, order.account)) {
      this.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
      return;
    }
    if (!order.triggered) {
      if (!this.fund(order)) {
        this.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
        return;
      }
      this.tellTriggered(order);
      if (isConditional(order)) {
        if (order.trailingDelta === 0 && this.stopIsMet(order)) this.trigger(order);
        else this.park(order);
        return;
      }
    }
    if (order.type === OrderType.LIMIT_MAKER && this.crosses(order.market, order.side, order.limit)) {
      this.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
    } else if (order.type === OrderType.MARKET && order.side === Side.BUY && !this.canPay(order)) {
      this.cancel(order, CloseReason.REJECTED_ON_TRIGGER, "");
    } else this.execute(order);
  }

  /** Whether free funds cover a market buy. */
  canPay(order: Order): boolean {
    const { market } = order;
    const cost = this.rehearse(order, order.remaining).reduce(
      (sum, [price, lots]) => sum + this.state.notionalDown(market, price, lots),
      0n,
    );
    return this.state.balance(order.account, market.quoteAsset).free >= cost;
  }

  /** What a market order by amount may count on at each price: with EXPIRE_MAKER its owner's own orders would vanish. */
  offered(order: Order): [price: number, lots: number][] {
    const levels = new Map<number, number>();
    for (const maker of this.state.queue(order.market, opposite(order.side))) {
      const vanishes = order.selfTradePrevention === SelfTradePrevention.EXPIRE_MAKER && this.sameOwner(order, maker);
      levels.set(maker.limit, (levels.get(maker.limit) ?? 0) + (vanishes ? 0 : maker.remaining));
    }
    return [...levels];
  }

  /** Holds for a leg that goes live: once for a pair, for its dearer leg. */
  private fund(order: Order): boolean {
    const partner = this.partner(order);
    if (order.holds || partner?.holds) return true;
    return this.state.hold(partner !== undefined && partner.limit > order.limit ? partner : order);
  }
}
