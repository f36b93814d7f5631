/** Events as tests write them: what matters in the test, and plain values for the rest. */

import { type Event, OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "@bourse/engine";
import type { EventBody } from "./scripted-feed";

type Body<Kind extends Event["kind"]> = Extract<EventBody, { kind: Kind }>;

export const BTCUSDT = 1;

export function accepted(orderId: number, change: Partial<Body<"orderAccepted">> = {}): Body<"orderAccepted"> {
  return {
    kind: "orderAccepted",
    orderId,
    account: 1,
    symbol: BTCUSDT,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.EXPIRE_MAKER,
    price: 100,
    quantity: 10,
    quoteQuantity: 0n,
    stopPrice: 0,
    trailingDelta: 0,
    icebergQuantity: 0,
    listId: 0,
    working: true,
    clientKey: BigInt(orderId),
    clientOrderId: `c${orderId}`,
    ...change,
  };
}

export function trade(tradeId: number, change: Partial<Body<"trade">> = {}): Body<"trade"> {
  const { price = 100, quantity = 1 } = change;
  return {
    kind: "trade",
    symbol: BTCUSDT,
    tradeId,
    price,
    quantity,
    quoteAmount: BigInt(price * quantity),
    takerSide: Side.BUY,
    takerOrderId: 2,
    takerAccount: 2,
    takerFee: 1n,
    takerFeeAsset: 1,
    takerExecuted: quantity,
    takerDone: false,
    makerOrderId: 1,
    makerAccount: 1,
    makerFee: 1n,
    makerFeeAsset: 2,
    makerExecuted: quantity,
    makerDone: false,
    ...change,
  };
}

export function level(updateId: number, side: Side, price: number, quantity: number): Body<"levelChanged"> {
  return { kind: "levelChanged", symbol: BTCUSDT, side, price, quantity, updateId };
}

export function balance(account: number, asset: number, free: bigint, locked = 0n): Body<"balanceChanged"> {
  return { kind: "balanceChanged", account, asset, free, locked, cause: "trading" };
}

export function account(number: number, change: Partial<Body<"accountChanged">> = {}): Body<"accountChanged"> {
  const flags = { canTrade: true, canWithdraw: true, canDeposit: true };
  return { kind: "accountChanged", account: number, ...flags, feeTier: 1, discountFees: false, tradeGroup: 0, ...change };
}

export const filters: Body<"symbolChanged">["filters"] = {
  minPrice: 1,
  maxPrice: 100_000_000,
  priceStep: 1,
  minQuantity: 1,
  maxQuantity: 900_000_000,
  quantityStep: 1,
  marketMinQuantity: 0,
  marketMaxQuantity: 0,
  marketQuantityStep: 0,
  minNotional: 500_000_000n,
  maxNotional: 0n,
  applyMinToMarket: true,
  applyMaxToMarket: false,
  bidMultiplierUp: 0,
  bidMultiplierDown: 0,
  askMultiplierUp: 0,
  askMultiplierDown: 0,
  averagePriceMinutes: 5,
  executionBand: 0,
  maxOrders: 200,
  maxAlgoOrders: 5,
  maxIcebergOrders: 10,
  maxIcebergParts: 10,
  maxPosition: 2n ** 61n,
  minTrailingDelta: 10,
  maxTrailingDelta: 2_000,
  maxAmends: 10,
};

export function asset(number: number, name: string): Body<"assetListed"> {
  return { kind: "assetListed", asset: number, name, decimals: 8, discountAsset: false };
}

export function symbol(number: number, name: string, change: Partial<Body<"symbolChanged">> = {}): Body<"symbolChanged"> {
  const scale = { priceDecimals: 2, quantityDecimals: 5 };
  return {
    kind: "symbolChanged",
    symbol: number,
    name,
    baseAsset: 1,
    quoteAsset: 2,
    ...scale,
    filters,
    state: SymbolState.TRADING,
    ...change,
  };
}
