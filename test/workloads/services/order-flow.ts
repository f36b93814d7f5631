/** Random but repeatable commands: a small market with a few accounts that place, cross, cancel, deposit and withdraw. */

import {
  type Command,
  type NewOrder,
  noFilters,
  type OrderParameters,
  OrderType,
  type SelfTradePrevention,
  Side,
  SymbolState,
  TimeInForce,
} from "@bourse/engine";

export const BASE = 1;
export const QUOTE = 2;
export const SYMBOL = 1;
export const ACCOUNTS = [1, 2, 3, 4];

const header = { session: 0, sessionSequence: 0 };
/** 2026-03-02, 12:00 UTC, in microseconds. */
const START = Date.UTC(2026, 2, 2, 12) * 1_000;

/** Mulberry32: the same seed gives the same numbers everywhere. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Assets of 8 decimals, prices of 2, lots of 4: one tick times one lot is 100 quote units. */
export const QUOTE_PER_TICK_LOT = 100n;

export function listing(): Command[] {
  const time = START;
  const asset = { kind: "listAsset", ...header, time, decimals: 8, discountAsset: false } as const;
  const account = {
    kind: "setAccount",
    ...header,
    time,
    canTrade: true,
    canWithdraw: true,
    canDeposit: true,
    feeTier: 1,
    tradeGroup: 0,
  } as const;
  return [
    { ...asset, asset: BASE, name: "BTC" },
    { ...asset, asset: QUOTE, name: "USDT" },
    { kind: "setFeeTier", ...header, time, feeTier: 1, makerRate: -100, takerRate: 1_000, discount: 0 },
    {
      kind: "listSymbol",
      ...header,
      time,
      symbol: SYMBOL,
      name: "BTCUSDT",
      baseAsset: BASE,
      quoteAsset: QUOTE,
      priceDecimals: 2,
      quantityDecimals: 4,
      filters: noFilters,
      state: SymbolState.TRADING,
    },
    ...ACCOUNTS.map((number) => ({ ...account, account: number, discountFees: false })),
  ];
}

/** An endless flow; `orders` go up to now, so cancels name some that exist and some that do not. */
export class OrderFlow {
  private readonly random: (below: number) => number;
  private time = START;
  private transfers = 0n;
  private clientIds = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
  }

  next(lastOrderId: number): Command {
    this.time += this.random(20_000_000);
    const kind = this.random(50);
    if (kind < 3) return this.transfer("deposit");
    if (kind < 6) return this.transfer("withdraw");
    if (kind < 15) return this.cancel(lastOrderId);
    if (kind === 15) return { kind: "cancelAllOrders", ...header, time: this.time, account: this.account(), symbol: SYMBOL };
    if (kind < 18) return this.amend(lastOrderId);
    return this.order();
  }

  private order(): NewOrder {
    const type = [OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET][this.random(5)];
    const limit = type !== OrderType.MARKET;
    const byQuote = !limit && this.random(2) === 0;
    const clientId = ++this.clientIds;
    const parameters: OrderParameters = {
      side: this.random(2) === 0 ? Side.BUY : Side.SELL,
      type,
      timeInForce:
        type === OrderType.LIMIT ? [TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK][this.random(4)] : TimeInForce.GTC,
      selfTradePrevention: this.random(5) as SelfTradePrevention,
      price: limit ? 9_950 + this.random(100) : 0,
      quantity: byQuote ? 0 : 1 + this.random(500),
      quoteQuantity: byQuote ? BigInt(1 + this.random(5_000)) * 1_000_000n : 0n,
      stopPrice: 0,
      trailingDelta: 0,
      icebergQuantity: 0,
      clientKey: BigInt(clientId),
      clientOrderId: `flow-${clientId}`,
    };
    return { kind: "newOrder", ...header, time: this.time, account: this.account(), symbol: SYMBOL, ...parameters };
  }

  private cancel(lastOrderId: number): Command {
    const orderId = 1 + this.random(lastOrderId + 2);
    const which = { orderId, clientKey: 0n, onlyIf: "any", clientOrderId: "" } as const;
    return { kind: "cancelOrder", ...header, time: this.time, account: this.account(), symbol: SYMBOL, ...which };
  }

  private amend(lastOrderId: number): Command {
    const change = {
      orderId: 1 + this.random(lastOrderId + 2),
      clientKey: 0n,
      quantity: 1 + this.random(200),
      newClientKey: 0n,
      clientOrderId: "",
    };
    return { kind: "amendOrder", ...header, time: this.time, account: this.account(), symbol: SYMBOL, ...change };
  }

  private transfer(kind: "deposit" | "withdraw"): Command {
    const asset = this.random(2) === 0 ? BASE : QUOTE;
    const amount = BigInt(1 + this.random(1_000)) * (asset === BASE ? 1_000_000n : 10_000_000_000n);
    return { kind, ...header, time: this.time, account: this.account(), asset, amount, transferId: ++this.transfers };
  }

  private account(): number {
    return ACCOUNTS[this.random(ACCOUNTS.length)];
  }
}
