/** Fills of plain orders at the edges of what fits into doubles, and what they leave for the next command. */

import assert from "node:assert/strict";
import {
  type Command,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  type NewOrder,
  noFilters,
  RejectReason,
  SelfTradePrevention,
  Side,
  type SymbolFilters,
  SymbolState,
  TimeInForce,
} from "@bourse/engine";
import { plainOrder } from "./random-commands";

const header = { time: 1_700_000_000_000_000, session: 0, sessionSequence: 0 };

/** BASE (8 decimals) and QUOTE; accounts 1, 2 and 3 own 2^60 units of both. */
class Trade {
  readonly exchange = new Exchange();
  private readonly out = new EventBuffer();
  private readonly bytes = new Uint8Array(MAX_COMMAND_LENGTH);

  constructor(
    quoteDecimals: number,
    filters: Partial<SymbolFilters> = {},
    tier = { makerRate: 100, takerRate: 1000 },
    private readonly wealth = 2n ** 60n,
  ) {
    this.apply({ kind: "setFeeTier", ...header, feeTier: 0, ...tier, discount: 0 });
    for (const [asset, name, decimals] of [
      [1, "BASE", 8],
      [2, "QUOTE", quoteDecimals],
    ] as const) {
      this.apply({ kind: "listAsset", ...header, asset, name, decimals, discountAsset: false });
    }
    const scales = { priceDecimals: 2, quantityDecimals: 5, filters: { ...noFilters, ...filters }, state: SymbolState.TRADING };
    this.apply({ kind: "listSymbol", ...header, symbol: 1, name: "BASEQUOTE", baseAsset: 1, quoteAsset: 2, ...scales });
    for (const account of [1, 2, 3]) {
      const flags = { canTrade: true, canWithdraw: true, canDeposit: true, discountFees: false };
      this.apply({ kind: "setAccount", ...header, account, ...flags, feeTier: 0, tradeGroup: 0 });
      for (const asset of [1, 2])
        this.apply({ kind: "deposit", ...header, account, asset, amount: this.wealth, transferId: BigInt(account * 10 + asset) });
    }
  }

  apply(command: Command): Event[] {
    encodeCommand(command, this.bytes, 0);
    this.out.clear();
    this.exchange.apply(this.bytes, 0, 1, this.exchange.lastSequence + 1, this.out);
    this.exchange.audit();
    return decodeEvents(this.out.bytes, 0, this.out.length);
  }

  order(account: number, side: Side, price: number, quantity: number, more: Partial<NewOrder> = {}): Event[] {
    return this.apply({ ...plainOrder, ...header, account, side, price, quantity, ...more });
  }
}

describe("fills of plain orders", () => {
  it("take from a hold of 2^53 units and more what its rounding up held for them", () => {
    // A lot at a tick is a thousandth of a unit.
    const { exchange, order } = bound(new Trade(4));
    order(1, Side.BUY, 4_503_599_627_371, 2_000_001);
    const held = exchange.balance(1, 2).locked;
    assert.equal(held, (4_503_599_627_371n * 2_000_001n + 999n) / 1000n);
    order(2, Side.SELL, 4_503_599_627_371, 7);
    const left = (4_503_599_627_371n * 1_999_994n + 999n) / 1000n;
    assert.deepEqual(exchange.balance(1, 2), { free: 2n ** 60n - left - (4_503_599_627_371n * 7n) / 1000n, locked: left });
  });

  it("borrow from the high part of what accounts hold in total, and carry into it", () => {
    for (const makerRate of [1000, -500]) {
      // There are 2^52 + 2 units of each asset, from which a fee borrows, or 2^53 - 2, where a rebate carries.
      const wealth = makerRate < 0 ? (2n ** 53n - 2n) / 3n : (2n ** 52n + 2n) / 3n;
      const { exchange, order } = bound(new Trade(8, {}, { makerRate, takerRate: makerRate }, wealth));
      order(1, Side.SELL, 1_000_000, 1_000_000);
      order(2, Side.BUY, 1_000_000, 1_000_000);
      for (const asset of [1, 2]) {
        const fees = makerRate < 0 ? -5n * 10n ** (asset === 1 ? 5n : 9n) : 10n ** (asset === 1 ? 6n : 10n);
        assert.deepEqual(exchange.totals().get(asset), { accounts: 3n * wealth - fees, fees, external: -3n * wealth });
      }
    }
  });

  it("change the average price with which the next order is compared", () => {
    const { order } = bound(new Trade(8, { averagePriceMinutes: 5, bidMultiplierUp: 10_000 }));
    const refused = (events: Event[]): (RejectReason | undefined)[] =>
      events.map((event) => (event.kind === "rejected" ? event.reason : undefined));
    order(1, Side.SELL, 1_000, 10);
    order(2, Side.BUY, 1_000, 10);
    assert.deepEqual(refused(order(2, Side.BUY, 1_001, 1)), [RejectReason.FILTER_PERCENT_PRICE]);
    order(2, Side.BUY, 900, 30);
    order(1, Side.SELL, 900, 30);
    // 10 at 1,000 and 30 at 900.
    assert.deepEqual(refused(order(2, Side.BUY, 926, 1)), [RejectReason.FILTER_PERCENT_PRICE]);
    assert.equal(order(2, Side.BUY, 925, 1)[0].kind, "orderAccepted");
  });

  it("rest with what remains, which knows what it was and what was executed", () => {
    const { exchange, order, apply } = bound(new Trade(8));
    order(1, Side.SELL, 1_000, 10);
    order(2, Side.BUY, 1_000, 25, { clientKey: 7n });
    assert.deepEqual(exchange.depth(1), { bids: [[1_000, 15]], asks: [] });
    const names = { ...header, account: 2, symbol: 1, clientOrderId: "" };
    const [amended] = apply({ kind: "amendOrder", ...names, orderId: 0, clientKey: 7n, quantity: 12, newClientKey: 0n });
    assert.equal(amended.kind === "orderAmended" && amended.quantity, 12);
    const [closed] = apply({ kind: "cancelOrder", ...names, orderId: 2, clientKey: 0n, onlyIf: "partiallyFilled" });
    assert.equal(closed.kind === "orderClosed" && closed.executed, 10);
    assert.deepEqual(exchange.balance(2, 2).locked, 0n);
  });

  it("go on in the general way where a maker is unusual, within the band of before the first fill", () => {
    const { exchange, order } = bound(new Trade(8, { executionBand: 1_000 }));
    order(1, Side.SELL, 1_000, 10);
    order(2, Side.BUY, 1_000, 10);
    order(1, Side.SELL, 1_090, 10);
    order(1, Side.SELL, 1_095, 30, { icebergQuantity: 10 });
    order(1, Side.SELL, 1_101, 10);
    const events = order(2, Side.BUY, 1_200, 100, { timeInForce: TimeInForce.IOC, selfTradePrevention: SelfTradePrevention.EXPIRE_BOTH });
    const trades = events.flatMap((event) => (event.kind === "trade" ? [[event.quantity, event.price, event.takerExecuted]] : []));
    assert.deepEqual(trades, [
      [10, 1_090, 10],
      [10, 1_095, 20],
      [10, 1_095, 30],
      [10, 1_095, 40],
    ]);
    assert.deepEqual(exchange.depth(1), { bids: [], asks: [[1_101, 10]] });
  });

  it("trade with the level of their own symbol, however many symbols have one at the same price", () => {
    const { exchange, order, apply } = bound(new Trade(8));
    const symbols = Array.from({ length: 200 }, (_, n) => n + 2);
    const scales = { baseAsset: 1, quoteAsset: 2, priceDecimals: 2, quantityDecimals: 5, filters: { ...noFilters } };
    for (const symbol of symbols) {
      apply({ kind: "listSymbol", ...header, symbol, name: `S${symbol}`, ...scales, state: SymbolState.TRADING });
      order(1, Side.SELL, 1_000, symbol, { symbol });
    }
    for (const symbol of symbols) {
      const trades = order(2, Side.BUY, 1_000, symbol, { symbol }).filter((event) => event.kind === "trade");
      assert.deepEqual(
        trades.map((event) => event.kind === "trade" && [event.symbol, event.quantity]),
        [[symbol, symbol]],
      );
      assert.deepEqual(exchange.depth(symbol), { bids: [], asks: [] });
    }
  });
});

describe("a cancel of an order that is gone", () => {
  it("is refused with what is unknown: the symbol, the account, or else the order", () => {
    const { order, apply } = bound(new Trade(8));
    order(1, Side.SELL, 1_000, 5);
    order(2, Side.BUY, 1_000, 5);
    const cancel = (account: number, symbol: number): Event[] =>
      apply({ kind: "cancelOrder", ...header, account, symbol, orderId: 1, clientKey: 0n, onlyIf: "any", clientOrderId: "" });
    const refusals = [cancel(1, 1), cancel(99, 1), cancel(1, 9)].map((events) => {
      assert.equal(events.length, 1);
      const [event] = events;
      return event.kind === "rejected" && [event.account, event.symbol, event.orderId, RejectReason[event.reason]];
    });
    assert.deepEqual(refusals, [
      [1, 1, 1, "UNKNOWN_ORDER"],
      [99, 1, 1, "UNKNOWN_ACCOUNT"],
      [1, 9, 1, "UNKNOWN_SYMBOL"],
    ]);
  });
});

/** Its methods, to be used on their own. */
function bound(trade: Trade): { exchange: Exchange; order: Trade["order"]; apply: Trade["apply"] } {
  return { exchange: trade.exchange, order: trade.order.bind(trade), apply: trade.apply.bind(trade) };
}
