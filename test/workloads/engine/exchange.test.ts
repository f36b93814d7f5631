/** The exchange around the orders: sessions, money, fees, switches, instruments, bounds, codec and state format. */

import assert from "node:assert/strict";
import {
  type Command,
  checkCommand,
  commandLength,
  decodeCommand,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  InvariantViolation,
  MAX_AMOUNT,
  MAX_COMMAND_LENGTH,
  MAX_TIME_STEP,
  NEWEST_VERSION,
  noFilters,
  OrderType,
  RejectReason,
  SESSION_WINDOW,
  Side,
  SymbolState,
} from "@bourse/engine";
import type { Core } from "../../../workloads/engine/core";
import { mix } from "../../../workloads/engine/hash-index";
import * as records from "../../../workloads/engine/records";
import { plainOrder, random } from "./random-commands";

const header = { time: 1_700_000_000_000_000, session: 0, sessionSequence: 0 };
const bytes = new Uint8Array(MAX_COMMAND_LENGTH);
const open = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false, tradeGroup: 0 };

function apply(exchange: Exchange, command: Command): Event[] {
  const end = encodeCommand(command, bytes, 0);
  assert.equal(checkCommand(bytes, 0, end), undefined);
  const out = new EventBuffer(64);
  exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
  return decodeEvents(out.bytes, 0, out.length);
}

function reasons(events: Event[]): RejectReason[] {
  return events.flatMap((event) => (event.kind === "rejected" ? [event.reason] : []));
}

/** BTC (8 decimals), USDT (8), COIN (8, for fees); BTCUSDT at cents and 10^-5 BTC; accounts 1 and 2. */
function market(tier = { makerRate: 0, takerRate: 0, discount: 0 }): Exchange {
  const exchange = new Exchange();
  for (const [n, name] of ["BTC", "USDT", "COIN"].entries()) {
    apply(exchange, { kind: "listAsset", ...header, asset: n + 1, name, decimals: 8, discountAsset: n === 2 });
  }
  apply(exchange, { kind: "setFeeTier", ...header, feeTier: 0, ...tier });
  const scales = { priceDecimals: 2, quantityDecimals: 5, filters: { ...noFilters }, state: SymbolState.TRADING };
  apply(exchange, { kind: "listSymbol", ...header, symbol: 1, name: "BTCUSDT", baseAsset: 1, quoteAsset: 2, ...scales });
  for (const account of [1, 2]) apply(exchange, { kind: "setAccount", ...header, account, ...open });
  return exchange;
}

/** Two client keys that the first account's table of keys cannot tell apart by their hash. */
function keysOfOneHash(): [bigint, bigint] {
  const seen = new Map<number, bigint>();
  const next = random(7);
  for (;;) {
    const [low, high] = [next(2 ** 31), next(2 ** 31)];
    const hash = mix(1, low, high);
    const other = seen.get(hash);
    const key = (BigInt(high) << 32n) + BigInt(low);
    if (other !== undefined) return [other, key];
    seen.set(hash, key);
  }
}

let transfer = 1n;
function deposit(exchange: Exchange, account: number, asset: number, amount: bigint): Event[] {
  transfer += 1n;
  return apply(exchange, { kind: "deposit", ...header, account, asset, amount, transferId: transfer });
}

function order(exchange: Exchange, account: number, side: Side, price: number, quantity: number): Event[] {
  return apply(exchange, { ...plainOrder, ...header, account, side, price, quantity });
}

describe("the exchange", () => {
  it("stops at a command that leaves an account with a debt, whether it is entered or canceled", () => {
    const corrupt = (part: number): Exchange => {
      const exchange = market();
      deposit(exchange, 1, 2, 10n ** 12n);
      order(exchange, 1, Side.BUY, 100, 1);
      const { ledger } = (exchange as unknown as { core: Core }).core;
      const balance = ledger.findBalance(ledger.accountSlot(1), ledger.assetSlot(2));
      // A high part that says "below 0", which no command can bring about.
      ledger.f[balance * 8 + part + 1] = -1;
      return exchange;
    };
    const violation = (error: Error) => error instanceof InvariantViolation && error.message === "no balance is below 0";
    const { FREE, LOCKED } = records;
    const cancel: Command = {
      kind: "cancelOrder",
      ...header,
      account: 1,
      symbol: 1,
      orderId: 1,
      clientKey: 0n,
      onlyIf: "any",
      clientOrderId: "",
    };
    for (const part of [FREE, LOCKED]) assert.throws(() => apply(corrupt(part), cancel), violation);
    assert.throws(() => order(corrupt(LOCKED), 1, Side.BUY, 100, 1), violation);
    const traded = corrupt(LOCKED);
    deposit(traded, 2, 1, 10n ** 12n);
    assert.throws(() => order(traded, 2, Side.SELL, 100, 1), violation);
  });

  it("cancels the orders of a batch that wait for many different trails, as it was asked to", () => {
    const exchange = market();
    deposit(exchange, 1, 1, 10n ** 12n);
    const next = random(5);
    const keys = Array.from({ length: 100 }, () => (BigInt(next(2 ** 31)) << 32n) + BigInt(next(2 ** 32)) + 1n);
    const trailing = { type: OrderType.STOP_LOSS, side: Side.SELL, price: 0, quantity: 1 };
    for (const [n, clientKey] of keys.entries()) {
      apply(exchange, { ...plainOrder, ...header, ...trailing, account: 1, trailingDelta: 10 + n, clientKey });
    }
    assert.equal(exchange.openOrders, keys.length);
    const batch = new Uint8Array(keys.length * MAX_COMMAND_LENGTH);
    let end = 0;
    for (const clientKey of keys) {
      end = encodeCommand(
        { kind: "cancelOrder", ...header, account: 1, symbol: 1, orderId: 0, clientKey, onlyIf: "any", clientOrderId: "" },
        batch,
        end,
      );
    }
    const out = new EventBuffer(64);
    exchange.applyAll(batch, 0, end, 0, 1, exchange.lastSequence + 1, out, new Uint32Array(keys.length));
    const events = decodeEvents(out.bytes, 0, out.length);
    assert.deepEqual(reasons(events), []);
    assert.equal(exchange.openOrders, 0);
    exchange.audit();
  });

  it("answers a repeated session sequence with the position of the first", () => {
    const exchange = market();
    const command: Command = {
      kind: "deposit",
      ...header,
      session: 5,
      sessionSequence: 9,
      account: 1,
      asset: 1,
      amount: 10n,
      transferId: 77n,
    };
    apply(exchange, command);
    const first = exchange.lastSequence;
    const [event] = apply(exchange, { ...command, transferId: 78n });
    assert.deepEqual([event.kind, event.kind === "repeated" && event.firstSequence], ["repeated", first]);
    assert.equal(exchange.balance(1, 1).free, 10n);
  });

  it("takes session sequences in any order within the window, and refuses those below it", () => {
    const exchange = market();
    const send = (sessionSequence: number): string =>
      apply(exchange, { kind: "activate", ...header, session: 5, sessionSequence, version: 1 })[0].kind;
    assert.deepEqual([send(SESSION_WINDOW + 10), send(12), send(11), send(12)], ["applied", "applied", "applied", "repeated"]);
    assert.deepEqual(reasons(apply(exchange, { kind: "activate", ...header, session: 5, sessionSequence: 10, version: 1 })), [
      RejectReason.TIME_OUT_OF_RANGE,
    ]);
  });

  it("never goes back in time, and refuses a command more than a day ahead", () => {
    const exchange = market();
    const [late] = apply(exchange, { kind: "activate", ...header, time: header.time - 5, version: 1 });
    assert.equal(late.time, header.time);
    const time = header.time + MAX_TIME_STEP + 1;
    assert.deepEqual(reasons(apply(exchange, { kind: "activate", ...header, time, version: 1 })), [RejectReason.TIME_OUT_OF_RANGE]);
    deposit(exchange, 1, 2, 10n ** 12n);
    const order = { ...plainOrder, ...header, account: 1, side: Side.BUY, price: 100, quantity: 5 };
    assert.deepEqual(reasons(apply(exchange, { ...order, time })), [RejectReason.TIME_OUT_OF_RANGE]);
    assert.deepEqual(reasons(apply(exchange, order)), []);
    assert.equal(exchange.lastTime, header.time);
  });

  it("tells client keys of an account apart whose hashes are equal, and its orders in two symbols", () => {
    const exchange = market();
    apply(exchange, {
      kind: "listSymbol",
      ...header,
      symbol: 2,
      name: "COINUSDT",
      baseAsset: 3,
      quoteAsset: 2,
      priceDecimals: 2,
      quantityDecimals: 5,
      filters: { ...noFilters },
      state: SymbolState.TRADING,
    });
    deposit(exchange, 1, 2, 10n ** 12n);
    const [first, second] = keysOfOneHash();
    const place = (symbol: number, clientKey: bigint): Event[] =>
      apply(exchange, { ...plainOrder, ...header, account: 1, symbol, side: Side.BUY, price: 100, quantity: 5, clientKey });
    const cancel = (symbol: number, clientKey: bigint): Event[] =>
      apply(exchange, { kind: "cancelOrder", ...header, account: 1, symbol, orderId: 0, clientKey, onlyIf: "any", clientOrderId: "" });
    assert.deepEqual([place(1, first), place(1, second), place(2, 5n)].flatMap(reasons), []);
    assert.deepEqual(reasons(place(2, second)), [RejectReason.DUPLICATE_CLIENT_ORDER_ID]);
    assert.deepEqual(reasons(cancel(1, 5n)), [RejectReason.UNKNOWN_ORDER]);
    const [closed] = cancel(1, second);
    assert.deepEqual([closed.kind, closed.kind === "orderClosed" && closed.orderId], ["orderClosed", 2]);
    assert.deepEqual(reasons(cancel(1, second)), [RejectReason.UNKNOWN_ORDER]);
    assert.deepEqual(
      [...cancel(2, 5n), ...cancel(1, first)].flatMap((event) => (event.kind === "orderClosed" ? [event.orderId] : [])),
      [3, 1],
    );
    assert.equal(exchange.openOrders, 0);
    exchange.audit();
  });

  it("remembers transfer ids for each kind", () => {
    const exchange = market();
    const movement = { ...header, account: 1, asset: 1, amount: 10n, transferId: 5n };
    assert.deepEqual(reasons(apply(exchange, { kind: "deposit", ...movement })), []);
    assert.deepEqual(reasons(apply(exchange, { kind: "deposit", ...movement })), [RejectReason.DUPLICATE_TRANSFER]);
    assert.deepEqual(reasons(apply(exchange, { kind: "withdraw", ...movement, amount: 4n })), []);
    assert.deepEqual(reasons(apply(exchange, { kind: "withdraw", ...movement, amount: 4n })), [RejectReason.DUPLICATE_TRANSFER]);
    assert.deepEqual(reasons(apply(exchange, { kind: "transfer", ...movement, amount: 3n, toAccount: 2 })), []);
    assert.deepEqual([exchange.balance(1, 1).free, exchange.balance(2, 1).free], [3n, 3n]);
    assert.deepEqual(exchange.totals().get(1), { accounts: 6n, fees: 0n, external: -6n });
  });

  it("a refused withdrawal may be tried again with the same id", () => {
    const exchange = market();
    const withdrawal: Command = { kind: "withdraw", ...header, account: 1, asset: 1, amount: 10n, transferId: 5n };
    assert.deepEqual(reasons(apply(exchange, withdrawal)), [RejectReason.INSUFFICIENT_BALANCE]);
    deposit(exchange, 1, 1, 10n);
    assert.deepEqual(reasons(apply(exchange, withdrawal)), []);
  });

  it("takes fees from what is received, rounded up, and pays rebates rounded down", () => {
    const exchange = market({ makerRate: -50, takerRate: 1000, discount: 0 });
    deposit(exchange, 1, 1, 100_000_000n);
    deposit(exchange, 2, 2, 10n ** 13n);
    order(exchange, 1, Side.SELL, 5_000_001, 1);
    const trade = order(exchange, 2, Side.BUY, 5_000_001, 1).find((event) => event.kind === "trade");
    // 0.00001 BTC at 50,000.01 is 0.5000001 USDT: 50,000,010 units; 0.005 % of it is 2,500.0005.
    assert.deepEqual([trade?.quoteAmount, trade?.takerFee, trade?.makerFee], [50_000_010n, 1n, -2_500n]);
    assert.deepEqual(exchange.totals().get(2), { accounts: 10n ** 13n + 2_500n, fees: -2_500n, external: -(10n ** 13n) });
    exchange.audit();
  });

  it("takes the fee in the discount asset where there is a price and enough of it, and from what is received otherwise", () => {
    const exchange = market({ makerRate: 0, takerRate: 1000, discount: 250_000 });
    const scales = { priceDecimals: 2, quantityDecimals: 2, filters: { ...noFilters }, state: SymbolState.TRADING };
    apply(exchange, { kind: "listSymbol", ...header, symbol: 2, name: "COINUSDT", baseAsset: 3, quoteAsset: 2, ...scales });
    apply(exchange, { kind: "setAccount", ...header, account: 2, ...open, discountFees: true });
    for (const account of [1, 2]) for (const asset of [1, 2, 3]) deposit(exchange, account, asset, 10n ** 12n);
    const sell = (): Event | undefined => {
      order(exchange, 1, Side.BUY, 10_000, 100_000);
      return order(exchange, 2, Side.SELL, 10_000, 100_000).find((event) => event.kind === "trade");
    };
    const before = sell();
    assert.deepEqual(before?.kind === "trade" && [before.takerFee, before.takerFeeAsset], [10_000_000n, 2]);
    apply(exchange, { ...plainOrder, ...header, symbol: 2, account: 1, side: Side.SELL, price: 50_000, quantity: 100 });
    apply(exchange, { ...plainOrder, ...header, symbol: 2, account: 2, side: Side.BUY, price: 50_000, quantity: 100 });
    // 0.1 USDT at 500 USDT a COIN is 0.0002 COIN; three quarters of it are due.
    const after = sell();
    assert.deepEqual(after?.kind === "trade" && [after.takerFee, after.takerFeeAsset], [15_000n, 3]);
    exchange.audit();
  });

  it("is exact to the unit with a market maker's billions", () => {
    const exchange = market({ makerRate: 100, takerRate: 333, discount: 0 });
    const billions = 4_000_000_000n * 10n ** 8n;
    deposit(exchange, 1, 1, billions);
    deposit(exchange, 2, 2, billions);
    order(exchange, 1, Side.SELL, 9_999_999, 3_999_999_999);
    const trade = order(exchange, 2, Side.BUY, 9_999_999, 3_999_999_999).find((event) => event.kind === "trade");
    const gross = 9_999_999n * 3_999_999_999n * 10n;
    const lots = 3_999_999_999n * 1000n;
    assert.deepEqual([trade?.quoteAmount, trade?.makerFee], [gross, (gross * 100n + 999_999n) / 1_000_000n]);
    assert.equal(trade?.takerFee, (lots * 333n + 999_999n) / 1_000_000n);
    assert.deepEqual(exchange.balance(2, 2), { free: billions - gross, locked: 0n });
    assert.deepEqual(exchange.balance(1, 1), { free: billions - lots, locked: 0n });
    exchange.audit();
  });

  it("refuses what would take an asset's total beyond 2^62 - 1", () => {
    const exchange = market();
    assert.deepEqual(reasons(deposit(exchange, 1, 1, MAX_AMOUNT)), []);
    assert.deepEqual(reasons(deposit(exchange, 2, 1, 1n)), [RejectReason.AMOUNT_OUT_OF_RANGE]);
    exchange.audit();
  });

  it("stops one account or all by the kill switch, and cancels their orders if asked", () => {
    const exchange = market();
    deposit(exchange, 1, 1, 10n ** 10n);
    order(exchange, 1, Side.SELL, 100, 5);
    const events = apply(exchange, { kind: "killSwitch", ...header, account: 0, engaged: true, cancelOpenOrders: true });
    assert.deepEqual(
      events.map((event) => event.kind),
      ["applied", "orderClosed", "balanceChanged", "levelChanged"],
    );
    assert.deepEqual(reasons(order(exchange, 1, Side.SELL, 100, 5)), [RejectReason.KILL_SWITCH]);
    apply(exchange, { kind: "killSwitch", ...header, account: 0, engaged: false, cancelOpenOrders: false });
    apply(exchange, { kind: "killSwitch", ...header, account: 1, engaged: true, cancelOpenOrders: false });
    assert.deepEqual(reasons(order(exchange, 1, Side.SELL, 100, 5)), [RejectReason.KILL_SWITCH]);
  });

  for (const [state, canCancel] of [
    [SymbolState.HALT, false],
    [SymbolState.BREAK, true],
    [SymbolState.CANCEL_ONLY, true],
  ] as const) {
    it(`takes no order in state ${SymbolState[state]}, and ${canCancel ? "cancels" : "no cancel either"}`, () => {
      const exchange = market();
      deposit(exchange, 1, 1, 10n ** 10n);
      order(exchange, 1, Side.SELL, 100, 5);
      apply(exchange, { kind: "setSymbolState", ...header, symbol: 1, state });
      assert.deepEqual(reasons(order(exchange, 1, Side.SELL, 100, 5)), [RejectReason.MARKET_CLOSED]);
      const refused = canCancel ? [] : [RejectReason.MARKET_CLOSED];
      assert.deepEqual(reasons(apply(exchange, { kind: "cancelAllOrders", ...header, account: 1, symbol: 1 })), refused);
      apply(exchange, { kind: "setSymbolState", ...header, symbol: 1, state: SymbolState.TRADING });
      order(exchange, 1, Side.SELL, 100, 5);
      apply(exchange, { kind: "setSymbolState", ...header, symbol: 1, state });
      const named = { orderId: 2, clientKey: 0n, onlyIf: "any", clientOrderId: "" } as const;
      assert.deepEqual(reasons(apply(exchange, { kind: "cancelOrder", ...header, account: 1, symbol: 1, ...named })), refused);
    });
  }

  it("closes every order of a symbol that is delisted, for good", () => {
    const exchange = market();
    deposit(exchange, 1, 1, 10n ** 10n);
    order(exchange, 1, Side.SELL, 100, 5);
    apply(exchange, { kind: "setSymbolState", ...header, symbol: 1, state: SymbolState.DELISTED });
    assert.equal(exchange.openOrders, 0);
    assert.deepEqual(exchange.balance(1, 1), { free: 10n ** 10n, locked: 0n });
    assert.deepEqual(reasons(apply(exchange, { kind: "setSymbolState", ...header, symbol: 1, state: SymbolState.TRADING })), [
      RejectReason.INVALID_STATE,
    ]);
  });

  it("activates only versions that it knows", () => {
    const exchange = market();
    const out = new EventBuffer();
    encodeCommand({ kind: "activate", ...header, version: 2 ** 40 }, bytes, 0);
    exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
    assert.deepEqual(reasons(decodeEvents(out.bytes, 0, out.length)), [RejectReason.UNSUPPORTED_VERSION]);
    assert.equal(exchange.version, 1);
  });

  it("never goes back to an earlier version", () => {
    const exchange = market();
    for (const version of [NEWEST_VERSION, NEWEST_VERSION])
      assert.deepEqual(reasons(apply(exchange, { kind: "activate", ...header, version })), []);
    assert.deepEqual(reasons(apply(exchange, { kind: "activate", ...header, version: 1 })), [RejectReason.INVALID_STATE]);
    assert.equal(exchange.version, NEWEST_VERSION);
    assert.equal(Exchange.readState(exchange.writeState()).version, NEWEST_VERSION);
  });

  it("finds a version that it does not know before it is logged, since later code would know it", () => {
    for (const [version, fault] of [
      [NEWEST_VERSION, undefined],
      [NEWEST_VERSION + 1, `rules of version ${NEWEST_VERSION + 1} are not known here; the newest are ${NEWEST_VERSION}`],
    ] as const) {
      const end = encodeCommand({ kind: "activate", ...header, version }, bytes, 0);
      assert.equal(checkCommand(bytes, 0, end), fault);
    }
  });

  it("throws, before anything else, where a sequence came before", () => {
    const exchange = market();
    encodeCommand({ kind: "activate", ...header, version: 1 }, bytes, 0);
    const hash = exchange.stateHash();
    assert.throws(() => exchange.apply(bytes, 0, 1, exchange.lastSequence, new EventBuffer()), InvariantViolation);
    assert.equal(exchange.stateHash(), hash);
  });

  it("refuses a state that is cut, of another version, or none", () => {
    const state = market().writeState();
    assert.throws(() => Exchange.readState(state.subarray(0, state.length - 8)), /ends too early/);
    assert.throws(() => Exchange.readState(new Uint8Array(64)), /not the state of an exchange/);
    const other = Uint8Array.from(state);
    new DataView(other.buffer).setFloat64(8, 99, true);
    assert.throws(() => Exchange.readState(other), /version 99; this code reads version 1/);
    assert.throws(() => Exchange.readState([state, new Uint8Array(8)]), /more bytes/);
  });
});

describe("bounds of time and depth", () => {
  it("sweeps 100,000 orders in one command", function () {
    this.timeout(60_000);
    const exchange = market();
    deposit(exchange, 1, 1, 10n ** 12n);
    deposit(exchange, 2, 2, 10n ** 17n);
    for (let n = 0; n < 100_000; n++) order(exchange, 1, Side.SELL, 100 + (n % 50_000), 1);
    const events = order(exchange, 2, Side.BUY, 60_000, 100_000);
    assert.equal(events.filter((event) => event.kind === "trade").length, 100_000);
    assert.equal(exchange.openOrders, 0);
    exchange.audit();
  });

  it("cancels a million orders at one price in one command, in time and memory that grow with their number alone", function () {
    this.timeout(120_000);
    const out = new EventBuffer();
    const seconds = (count: number): number => {
      const exchange = market();
      deposit(exchange, 1, 1, 10n ** 12n);
      encodeCommand({ ...plainOrder, ...header, account: 1, side: Side.SELL, price: 100, quantity: 1 }, bytes, 0);
      for (let n = 0; n < count; n++) {
        out.clear();
        exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
      }
      assert.equal(exchange.openOrders, count);
      assert.ok(exchange.orderMemory / count < 300, `an order takes ${exchange.orderMemory / count} bytes`);
      encodeCommand({ kind: "cancelAllOrders", ...header, account: 1, symbol: 1 }, bytes, 0);
      out.clear();
      const start = process.cpuUsage();
      exchange.apply(bytes, 0, 1, exchange.lastSequence + 1, out);
      const spent = process.cpuUsage(start).user / 1e6;
      let closed = 0;
      for (let at = 0; at < out.length; at += commandLength(out.bytes, at)) {
        const [event] = decodeEvents(out.bytes, at, at + commandLength(out.bytes, at));
        if (event.kind !== "orderClosed") continue;
        closed += 1;
        assert.equal(event.orderId, closed);
      }
      assert.deepEqual([closed, exchange.openOrders, exchange.depth(1)?.asks], [count, 0, []]);
      exchange.audit();
      return spent;
    };
    seconds(10_000);
    const few = Math.max(seconds(10_000), 0.002);
    // A hundred times the orders: quadratic time would take ten thousand times as long.
    assert.ok(seconds(1_000_000) < few * 2_000);
  });

  it("fires a cascade of 20,000 stops without recursion", function () {
    this.timeout(60_000);
    const exchange = market();
    deposit(exchange, 1, 1, 10n ** 12n);
    deposit(exchange, 2, 2, 10n ** 17n);
    const count = 20_000;
    order(exchange, 1, Side.SELL, count + 10, 1);
    order(exchange, 2, Side.BUY, count + 10, 1);
    for (let n = 0; n <= count; n++) order(exchange, 2, Side.BUY, n + 1, 1);
    for (let n = 1; n <= count; n++) {
      apply(exchange, { ...plainOrder, ...header, account: 1, side: Side.SELL, type: 3, stopPrice: n + 1, quantity: 1 });
    }
    const events = order(exchange, 1, Side.SELL, count + 1, 1);
    assert.equal(events.filter((event) => event.kind === "orderTriggered").length, count);
    assert.equal(exchange.openOrders, 0);
    exchange.audit();
  });
});

describe("the codec", () => {
  it("keeps a new order without a text within 64 bytes", () => {
    assert.equal(
      encodeCommand({ ...plainOrder, account: 1, price: 2 ** 53 - 1, quantity: 2 ** 53 - 1, clientKey: 2n ** 64n - 1n }, bytes, 0),
      64,
    );
    assert.equal(encodeCommand({ ...plainOrder, account: 1, type: 1, quoteQuantity: 2n ** 62n - 1n }, bytes, 0), 64);
  });

  it("finds the fault in every foreign frame that it cannot decode, and decodes what it passes", () => {
    const next = random(5);
    const frame = new Uint8Array(256);
    let passed = 0;
    for (let n = 0; n < 20_000; n++) {
      encodeCommand({ ...plainOrder, account: 1, price: 5, quantity: 5, stopPrice: 7, clientOrderId: "abcdefghijk" }, frame, 0);
      for (let flips = next(4); flips > 0; flips--) frame[next(100)] ^= 1 << next(8);
      const limit = next(10) === 0 ? next(100) : 256;
      if (checkCommand(frame, 0, limit) !== undefined) continue;
      passed += 1;
      const command = decodeCommand(frame, 0);
      const end = encodeCommand(command, bytes, 0);
      assert.deepEqual(decodeCommand(bytes, 0), command);
      assert.ok(end <= MAX_COMMAND_LENGTH);
    }
    assert.ok(passed > 5_000);
  });

  for (const [name, change, fault] of [
    ["a frame cut short", (frame: Uint8Array) => frame.subarray(0, 40), /only 40 bytes/],
    ["a frame that lacks its last word", (frame: Uint8Array) => frame.subarray(0, 56), /only 56 bytes/],
    ["another version", (frame: Uint8Array) => frame.with(3, 9), /layout version is 9/],
    ["an unknown type", (frame: Uint8Array) => frame.with(2, 99), /no command has type 99/],
    ["an unknown order type", (frame: Uint8Array) => frame.with(32, 14), /type is 7/],
    ["a price of 2^53", (frame: Uint8Array) => frame.with(46, 0x20), /price must be below 2\^53/],
    ["a clearing account", (frame: Uint8Array) => frame.with(22, 0xff).with(23, 0xff), /reserved for clearing/],
    ["a time of 2^53", (frame: Uint8Array) => frame.with(14, 0x20), /time must be below 2\^53/],
    ["a session sequence of 2^53", (frame: Uint8Array) => frame.with(30, 0x20), /sessionSequence must be below 2\^53/],
    ["an unknown time in force", (frame: Uint8Array) => frame.with(32, 0x30), /timeInForce is 3/],
    ["an unknown self-trade prevention", (frame: Uint8Array) => frame.with(33, 5), /selfTradePrevention is 5/],
    ["a text that is not there", (frame: Uint8Array) => frame.with(35, 1), /the message ends within a field/],
    ["a quantity of 2^53", (frame: Uint8Array) => frame.with(54, 0x20), /quantity must be below 2\^53/],
  ] as const) {
    it(`refuses ${name}`, () => {
      const end = encodeCommand({ ...plainOrder, account: 1, price: 5, quantity: 5 }, bytes, 0);
      const frame = change(bytes.slice(0, end));
      assert.match(checkCommand(frame, 0, frame.length) ?? "no fault", fault);
    });
  }

  for (const [name, at, value, fault] of [
    ["an order id of 2^53", 38, 0x20, /orderId must be below 2\^53/],
    ["an unknown condition", 48, 3, /onlyIf is 3/],
    ["the mode of a replacement", 49, 1, /mode is 1/],
    ["a text that is not there", 50, 1, /the message ends within a field/],
  ] as const) {
    it(`refuses a cancel with ${name}`, () => {
      const command = { kind: "cancelOrder", ...header, account: 1, symbol: 1, orderId: 5, clientKey: 0n } as const;
      const end = encodeCommand({ ...command, onlyIf: "any", clientOrderId: "" }, bytes, 0);
      assert.equal(checkCommand(bytes, 0, end), undefined);
      assert.match(checkCommand(bytes.slice(0, end).with(at, value), 0, end) ?? "no fault", fault);
    });
  }
});
