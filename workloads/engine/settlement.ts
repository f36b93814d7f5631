/** One fill: lots and money change hands at the maker's price, fees go to the house, and the trade is told. */

import { Side } from "./commands";
import type { Core } from "./core";
import { type Account, writePair } from "./ledger";
import { floorQuotient, type Market } from "./market";
import * as records from "./records";

const {
  BASE,
  FEES,
  HELD,
  RATE_UNIT,
  DISCOUNT_FEES,
  EXECUTED,
  FLAGS,
  FREE,
  LOCKED,
  MAKER_RATE,
  OPEN_BUYS,
  OWNER,
  POSITION,
  PRICE,
  QUOTE,
  REMAINING,
  SIDE_BIT,
  TAKER_RATE,
  WIDE,
} = records;

/**
 * A fee in units of the amount, rounded in favour of the house: a fee up, a rebate (negative) towards zero. Both parts of the division are
 * exact for amounts below 2^52.
 */
export function feeOf(amount: number, rate: number): number {
  const size = rate < 0 ? -rate : rate;
  const units = floorQuotient(amount, RATE_UNIT);
  const product = (amount - units * RATE_UNIT) * size;
  const rest = floorQuotient(product, RATE_UNIT);
  const whole = units * size + rest;
  return rate < 0 ? -whole : whole + (rest * RATE_UNIT === product ? 0 : 1);
}

export function feeOfWide(amount: bigint, rate: number): bigint {
  const unit = BigInt(RATE_UNIT);
  return rate < 0 ? -((amount * BigInt(-rate)) / unit) : (amount * BigInt(rate) + unit - 1n) / unit;
}

/** Places in `amounts`: quote units, base units, what the buyer's hold goes down by, and the fees. */
const GROSS = 0;
const BASE_UNITS = 1;
const LOOSENED = 2;
const BUYER_FEE = 3;
const SELLER_FEE = 4;

export class Settlement {
  /** Quantity, then low and high of the quote amount, of the taker's fee and of the maker's fee, as the event shows them. */
  private readonly fill = new Float64Array(7);
  /** The amounts of the fill in hand. They are handed on by their places here: a double given to another function would be boxed. */
  private readonly amounts = new Float64Array(5);

  constructor(private readonly core: Core) {}

  /**
   * Settles `quantity` lots between two orders whose visible, remaining and executed lots are not yet changed; changes the latter two of the
   * taker and the executed lots of the maker (the book has the rest of the maker). The buyer's hold goes down by what its limit held for these lots.
   */
  settle(market: Market, taker: number, maker: number, quantity: number): void {
    const { orders, positions, ledger } = this.core;
    const { i } = orders;
    const takerBuys = (i[taker * 16 + FLAGS] & SIDE_BIT) === Side.BUY;
    const buyer = takerBuys ? taker : maker;
    const seller = takerBuys ? maker : taker;
    const buyerPosition = i[buyer * 16 + POSITION];
    const sellerPosition = i[seller * 16 + POSITION];
    const buyerOwner = ledger.accounts[positions.i[buyerPosition * 16 + OWNER]];
    const sellerOwner = ledger.accounts[positions.i[sellerPosition * 16 + OWNER]];
    const buyerRate = ledger.rate(positions.i[buyerPosition * 16 + OWNER], takerBuys ? TAKER_RATE : MAKER_RATE);
    const sellerRate = ledger.rate(positions.i[sellerPosition * 16 + OWNER], takerBuys ? MAKER_RATE : TAKER_RATE);
    if (!this.measure(market, maker, buyer, quantity, buyerRate, sellerRate)) {
      this.settleWide(market, taker, maker, quantity);
      return;
    }
    const { amounts } = this;
    const buyerQuote = positions.i[buyerPosition * 16 + QUOTE];
    const sellerBase = positions.i[sellerPosition * 16 + BASE];
    ledger.subtract(buyerQuote, LOCKED, amounts[LOOSENED]);
    const change = amounts[LOOSENED] - amounts[GROSS];
    if (change > 0) ledger.add(buyerQuote, FREE, change);
    else if (change < 0) ledger.subtract(buyerQuote, FREE, -change);
    ledger.subtract(sellerBase, LOCKED, amounts[BASE_UNITS]);

    let buyerFeeAsset = market.instrument.base;
    let sellerFeeAsset = market.instrument.quote;
    // Charged in the discount asset, which may be the base or the quote asset itself; 0 where the fee comes off what was received.
    let buyerDiscounted = 0;
    let sellerDiscounted = 0;
    if (ledger.discountAsset !== 0) {
      const [buyerFee, sellerFee] = [amounts[BUYER_FEE], amounts[SELLER_FEE]];
      if (buyerFee > 0 && (buyerOwner.flags & DISCOUNT_FEES) !== 0) {
        buyerDiscounted = this.payInDiscountAsset(buyerOwner, buyerPosition, buyerFeeAsset, buyerFee);
        if (buyerDiscounted > 0) buyerFeeAsset = ledger.discountAsset;
      }
      if (sellerFee > 0 && (sellerOwner.flags & DISCOUNT_FEES) !== 0) {
        sellerDiscounted = this.payInDiscountAsset(sellerOwner, sellerPosition, sellerFeeAsset, sellerFee);
        if (sellerDiscounted > 0) sellerFeeAsset = ledger.discountAsset;
      }
    }
    const buyerBase = positions.i[buyerPosition * 16 + BASE];
    const sellerQuote = positions.i[sellerPosition * 16 + QUOTE];
    if (buyerDiscounted === 0) this.credit(buyerBase, BASE_UNITS, buyerFeeAsset, BUYER_FEE);
    else {
      ledger.add(buyerBase, FREE, amounts[BASE_UNITS]);
      amounts[BUYER_FEE] = buyerDiscounted;
    }
    if (sellerDiscounted === 0) this.credit(sellerQuote, GROSS, sellerFeeAsset, SELLER_FEE);
    else {
      ledger.add(sellerQuote, FREE, amounts[GROSS]);
      amounts[SELLER_FEE] = sellerDiscounted;
    }
    ledger.touch(buyerQuote);
    ledger.touch(buyerBase);
    ledger.touch(sellerQuote);
    ledger.touch(sellerBase);

    const { fill } = this;
    fill[0] = quantity;
    fill[1] = amounts[GROSS];
    fill[2] = 0;
    this.put(3, takerBuys ? BUYER_FEE : SELLER_FEE);
    this.put(5, takerBuys ? SELLER_FEE : BUYER_FEE);
    this.finish(market, taker, maker, quantity, takerBuys ? buyerFeeAsset : sellerFeeAsset, takerBuys ? sellerFeeAsset : buyerFeeAsset);
  }

  /** What a fill moves; false where it is too much for doubles. */
  private measure(market: Market, maker: number, buyer: number, quantity: number, buyerRate: number, sellerRate: number): boolean {
    const { f } = this.core.orders;
    const { amounts } = this;
    const limit = f[buyer * 8 + PRICE];
    const remaining = f[buyer * 8 + REMAINING];
    const gross = market.notional(f[maker * 8 + PRICE], quantity);
    const base = market.baseUnits(quantity);
    const held = market.notionalUp(limit, remaining);
    if (gross < 0 || base < 0 || held < 0) return false;
    amounts[GROSS] = gross;
    amounts[BASE_UNITS] = base;
    amounts[LOOSENED] = held - market.notionalUp(limit, remaining - quantity);
    amounts[BUYER_FEE] = feeOf(base, buyerRate);
    amounts[SELLER_FEE] = feeOf(gross, sellerRate);
    return true;
  }

  /** Credits a received amount less its fee, which the house takes; both by their places in `amounts`. */
  private credit(balance: number, received: number, asset: number, charged: number): void {
    const { ledger } = this.core;
    const fee = this.amounts[charged];
    ledger.add(balance, FREE, this.amounts[received] - fee);
    ledger.charge(asset, fee);
  }

  private put(at: number, charged: number): void {
    const { fill } = this;
    const amount = this.amounts[charged];
    fill[at] = amount < 0 ? amount + WIDE : amount;
    fill[at + 1] = amount < 0 ? -1 : 0;
  }

  /** Executed and remaining lots, ids and the event. */
  private finish(market: Market, taker: number, maker: number, quantity: number, takerFeeAsset: number, makerFeeAsset: number): void {
    const { orders, positions, writer } = this.core;
    const [takerExtra, makerExtra] = [orders.extend(taker), orders.extend(maker)];
    const { f, i } = orders;
    f[taker * 8 + REMAINING] -= quantity;
    f[takerExtra * 8 + EXECUTED] += quantity;
    f[makerExtra * 8 + EXECUTED] += quantity;
    const buyer = (i[taker * 16 + FLAGS] & SIDE_BIT) === Side.BUY ? taker : maker;
    positions.f[i[buyer * 16 + POSITION] * 8 + OPEN_BUYS] -= quantity;
    market.openLots -= quantity * 2;
    market.lastTradeId += 1;
    market.book.reduce(maker, quantity);
    writer.trade(market, taker, maker, this.fill, takerFeeAsset, makerFeeAsset);
    market.recordTrade(f[maker * 8 + PRICE], quantity);
  }

  /** The same in `bigint`, for amounts of 2^52 and more. */
  private settleWide(market: Market, taker: number, maker: number, quantity: number): void {
    const { orders, positions, ledger } = this.core;
    const { f, i } = orders;
    const takerBuys = (i[taker * 16 + FLAGS] & SIDE_BIT) === Side.BUY;
    const buyer = takerBuys ? taker : maker;
    const seller = takerBuys ? maker : taker;
    const buyerAt = i[buyer * 16 + POSITION] * 16;
    const sellerAt = i[seller * 16 + POSITION] * 16;
    const limit = f[buyer * 8 + PRICE];
    const remaining = f[buyer * 8 + REMAINING];
    const gross = market.notionalWide(f[maker * 8 + PRICE], quantity);
    const base = market.baseUnitsWide(quantity);
    const delta = market.notionalUpWide(limit, remaining) - market.notionalUpWide(limit, remaining - quantity);
    ledger.addWide(positions.i[buyerAt + QUOTE], LOCKED, -delta);
    ledger.addWide(positions.i[buyerAt + QUOTE], FREE, delta - gross);
    ledger.addWide(positions.i[sellerAt + BASE], LOCKED, -base);
    ledger.touch(positions.i[buyerAt + QUOTE]);
    ledger.touch(positions.i[sellerAt + BASE]);
    const buyerCharge = this.chargeWide(buyerAt, base, takerBuys, market.instrument.base, positions.i[buyerAt + BASE]);
    const buyerFeeAsset = this.feeAsset;
    const sellerCharge = this.chargeWide(sellerAt, gross, !takerBuys, market.instrument.quote, positions.i[sellerAt + QUOTE]);
    const sellerFeeAsset = this.feeAsset;
    this.fill[0] = quantity;
    writePair(this.fill, 1, gross);
    writePair(this.fill, 3, takerBuys ? buyerCharge : sellerCharge);
    writePair(this.fill, 5, takerBuys ? sellerCharge : buyerCharge);
    this.finish(market, taker, maker, quantity, takerBuys ? buyerFeeAsset : sellerFeeAsset, takerBuys ? sellerFeeAsset : buyerFeeAsset);
  }

  /** Asset of the latest fee of {@link chargeWide}. */
  private feeAsset = 0;

  /** Credits a received amount less its fee, or whole where the fee is paid in the discount asset; returns the fee. */
  private chargeWide(positionAt: number, amount: bigint, isTaker: boolean, asset: number, balance: number): bigint {
    const { ledger, positions } = this.core;
    const slot = positions.i[positionAt + OWNER];
    const owner = ledger.accounts[slot];
    const fee = feeOfWide(amount, ledger.rate(slot, isTaker ? TAKER_RATE : MAKER_RATE));
    ledger.touch(balance);
    if (ledger.discountAsset !== 0 && fee > 0n && fee < BigInt(WIDE) && (owner.flags & DISCOUNT_FEES) !== 0) {
      const discounted = this.payInDiscountAsset(owner, positionAt / 16, asset, Number(fee));
      if (discounted > 0) {
        this.feeAsset = ledger.discountAsset;
        ledger.addWide(balance, FREE, amount);
        return BigInt(discounted);
      }
    }
    this.feeAsset = asset;
    ledger.addWide(balance, FREE, amount - fee);
    ledger.addTotalWide(asset, FEES, fee);
    ledger.addTotalWide(asset, HELD, -fee);
    return fee;
  }

  /**
   * Charges a fee in the discount asset, less the account's discount: converted at the last price of the symbol that trades one of the two
   * assets for the other, rounded up. Returns the charge, or 0 where it was not possible: no such symbol, no price yet, too little of the asset.
   */
  private payInDiscountAsset(owner: Account, position: number, asset: number, fee: number): number {
    const { ledger, positions } = this.core;
    const converted = this.inDiscountAsset(asset, fee);
    if (converted < 0n) return 0;
    const charge = converted - (converted * BigInt(owner.discount)) / BigInt(RATE_UNIT);
    if (charge <= 0n || charge >= BigInt(WIDE)) return 0;
    const balance = ledger.findBalance(positions.i[position * 16 + OWNER], ledger.discountAsset);
    const amount = Number(charge);
    if (balance === 0 || !ledger.covers(balance, FREE, amount)) return 0;
    ledger.subtract(balance, FREE, amount);
    ledger.charge(ledger.discountAsset, amount);
    ledger.touch(balance);
    return amount;
  }

  /** An amount of `asset` in units of the discount asset, rounded up; -1 where there is no price. */
  private inDiscountAsset(asset: number, amount: number): bigint {
    const { ledger, markets } = this.core;
    if (asset === ledger.discountAsset) return BigInt(amount);
    for (const market of markets) {
      if (market.lastPrice === 0) continue;
      const { base, quote } = market.instrument;
      // quote units = base units x price x multiplier / (lotUnits x divisor)
      const up = BigInt(market.lastPrice) * BigInt(market.multiplier);
      const down = BigInt(market.lotUnits) * BigInt(market.divisor);
      if (base === ledger.discountAsset && quote === asset) return (BigInt(amount) * down + up - 1n) / up;
      if (quote === ledger.discountAsset && base === asset) return (BigInt(amount) * up + down - 1n) / down;
    }
    return -1n;
  }
}
