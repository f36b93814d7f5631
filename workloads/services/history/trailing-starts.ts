/**
 * When trailing orders begin to track the price. No event says it; it follows from the trades as it does in the engine: at once without a stop
 * price or where the last price meets it, else with the first trade that does.
 */

import { OrderType, Side } from "@bourse/engine";
import type { OrderRecord } from "../ports";
import { WriteBehind } from "../projection";
import type { SymbolPriceRow } from "./rows";

export class TrailingStarts {
  /** Last price of each symbol that has traded. */
  readonly priceRows = new WriteBehind<SymbolPriceRow>("symbol_price", ["symbol"], (row) => row);
  private readonly prices = new Map<number, number>();
  /** Live trailing orders whose stop price is not met, by symbol. */
  private readonly waiting = new Map<number, Set<OrderRecord>>();

  loadPrice({ symbol, price }: SymbolPriceRow): void {
    this.prices.set(symbol, price);
  }

  /** A trailing order is live from `time` on: it tracks the price, or waits for its stop price. */
  start(order: OrderRecord, time: number): void {
    const price = this.prices.get(order.symbol) ?? 0;
    if (order.stopPrice === 0 || (price > 0 && meets(order, price))) order.trailingTime = time;
    else this.wait(order);
  }

  /** It waits for its stop price. */
  wait(order: OrderRecord): void {
    const ofSymbol = this.waiting.get(order.symbol) ?? new Set<OrderRecord>();
    this.waiting.set(order.symbol, ofSymbol.add(order));
  }

  /** It has ended, or is not live yet. */
  forget(order: OrderRecord): void {
    const ofSymbol = this.waiting.get(order.symbol);
    ofSymbol?.delete(order);
    if (ofSymbol?.size === 0) this.waiting.delete(order.symbol);
  }

  /** A trade happened; returns the orders that begin to track with it. */
  traded(symbol: number, price: number, time: number): readonly OrderRecord[] {
    if (this.prices.get(symbol) !== price) {
      this.prices.set(symbol, price);
      this.priceRows.put(symbol, { symbol, price });
    }
    const started: OrderRecord[] = [];
    for (const order of this.waiting.get(symbol) ?? []) {
      if (!meets(order, price)) continue;
      order.trailingTime = time;
      started.push(order);
    }
    for (const order of started) this.forget(order);
    return started;
  }
}

/** Stop-loss buys and take-profit sells begin on a rise to their stop price, the others on a fall. */
function meets({ type, side, stopPrice }: OrderRecord, price: number): boolean {
  const loss = type === OrderType.STOP_LOSS || type === OrderType.STOP_LOSS_LIMIT;
  return loss === (side === Side.BUY) ? price >= stopPrice : price <= stopPrice;
}
