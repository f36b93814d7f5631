/**
 * What a demo trader wants to do now, as a pure function of what it sees: its open orders, its funds, the fair price. A maker keeps a
 * ladder of orders around the fair price; a taker takes a little from it. Both lean against what they own too much of, so neither ends
 * with nothing to sell or nothing to pay with.
 */

import { Side } from "@bourse/engine";
import { normal } from "./demo-price";

/** A trader's funds and its market, in plain numbers: demo traders estimate, the exchange keeps the exact books. */
export interface MarketView {
  /** Fair price, quote per base. */
  fair: number;
  /** Quote per base of one tick, base of one lot. */
  tick: number;
  lot: number;
  /** Smallest worth of an order, in quote. */
  minNotional: number;
  /** Free and locked together, in whole assets. */
  base: number;
  quote: number;
  freeBase: number;
  freeQuote: number;
}

export interface OpenOrder {
  orderId: number;
  side: Side;
  /** Ticks. */
  price: number;
}

/** An order that a strategy wants: price in ticks, quantity in lots. */
export interface WantedOrder {
  side: Side;
  price: number;
  quantity: number;
}

export interface MakerSettings {
  /** Distance of the best order from the fair price, and between two orders of a side, in parts of the price. */
  halfSpread: number;
  step: number;
  /** Orders a side. */
  levels: number;
  /** Worth of an order at the best price, in quote; orders further away are larger. */
  size: number;
  /** New orders and cancels in one turn at most. */
  changes: number;
}

export interface TakerSettings {
  /** Median worth of an order, in quote. */
  size: number;
  /** How far from the fair price it still trades, in parts of the price. */
  reach: number;
}

/** Share of the free funds that one order takes at most. */
const largestShare = 0.1;

/** From -1 (all in quote) to 1 (all in base), 0 when both are worth the same. */
export function lean({ base, quote, fair }: MarketView): number {
  const worth = base * fair + quote;
  return worth <= 0 ? 0 : (base * fair - quote) / worth;
}

/** The ladder's next changes: cancels of orders that stand in no place of it, new orders for its empty places, the best ones first. */
export function makerTurn(
  view: MarketView,
  open: readonly OpenOrder[],
  settings: MakerSettings,
  random: () => number,
): { cancel: OpenOrder[]; place: WantedOrder[] } {
  // With too much base both sides stand lower: its asks are hit, its bids are not.
  const centre = view.fair * (1 - lean(view) * settings.halfSpread * 2);
  const cancel: OpenOrder[] = [];
  const place: WantedOrder[] = [];
  for (const side of [Side.BUY, Side.SELL]) {
    const sign = side === Side.BUY ? -1 : 1;
    const taken = new Array<boolean>(settings.levels).fill(false);
    for (const order of open) {
      if (order.side !== side) continue;
      const distance = sign * ((order.price * view.tick) / centre - 1);
      const level = Math.round((distance - settings.halfSpread) / settings.step);
      if (level < 0 || level >= settings.levels || taken[level]) cancel.push(order);
      else taken[level] = true;
    }
    for (let level = 0; level < settings.levels; level++) {
      if (taken[level]) continue;
      const distance = settings.halfSpread + (level + (random() - 0.5) * 0.6) * settings.step;
      const price = Math.round((centre * (1 + sign * distance)) / view.tick);
      const quantity = sizeInLots(view, side, price * view.tick, settings.size * (1 + level * 0.35) * (0.5 + random()));
      if (quantity > 0 && price > 0) place.push({ side, price, quantity });
    }
  }
  const nearest = (a: { price: number }, b: { price: number }) =>
    Math.abs(a.price * view.tick - centre) - Math.abs(b.price * view.tick - centre);
  return { cancel: cancel.sort(nearest).slice(0, settings.changes), place: place.sort(nearest).slice(0, settings.changes) };
}

/** One order to trade at once, or none: the larger its lean, the likelier it trades against it. */
export function takerTurn(view: MarketView, settings: TakerSettings, random: () => number): WantedOrder | undefined {
  const side = random() < 0.5 - lean(view) * 0.45 ? Side.BUY : Side.SELL;
  const price = Math.round((view.fair * (1 + (side === Side.BUY ? settings.reach : -settings.reach))) / view.tick);
  // Sizes of real trades are about log-normal: many small ones, few large.
  const quantity = sizeInLots(view, side, price * view.tick, settings.size * Math.exp(normal(random)));
  return quantity > 0 && price > 0 ? { side, price, quantity } : undefined;
}

/** `worth` as lots, within the trader's means; 0 when the order would be too small for the exchange. */
function sizeInLots(view: MarketView, side: Side, price: number, worth: number): number {
  const means = side === Side.BUY ? view.freeQuote / price : view.freeBase;
  const lots = Math.floor(Math.min(worth / price, means * largestShare) / view.lot);
  return lots * view.lot * price >= view.minNotional * 1.01 ? lots : 0;
}
