import assert from "node:assert/strict";
import { type Json, terminalModule } from "./terminal-module";

describe("The terminal's order form", () => {
  let rules: Json;
  let decimal: Json;
  before(async () => {
    rules = await terminalModule("order-rules");
    decimal = await terminalModule("decimal");
  });
  const units = (text: string) => decimal.amount(text);
  const instrument = () => ({
    symbol: "BTCUSDT",
    base: "BTC",
    quote: "USDT",
    orderTypes: [],
    tick: units("0.01"),
    step: units("0.00001"),
    minQuantity: units("0.00001"),
    maxQuantity: units("9000"),
    minNotional: units("5"),
    priceDecimals: 2,
    quantityDecimals: 5,
  });
  const draft = (changes: object) => ({
    side: "BUY",
    kind: "LIMIT",
    timeInForce: "GTC",
    price: "100",
    stopPrice: "",
    quantity: "1",
    total: "",
    unit: "base",
    ...changes,
  });

  it("reads and writes amounts exactly, with at most eight decimals", () => {
    assert.equal(units("0.00000001"), 1n);
    assert.equal(units("90071992547409.93000001"), 9_007_199_254_740_993_000_001n);
    assert.equal(decimal.plain(units("90071992547409.93000001")), "90071992547409.93000001");
    assert.equal(decimal.grouped(units("1234567.899"), 2), "1,234,567.89");
    assert.equal(decimal.shortest(units("1500.00000000")), "1500");
    assert.equal(decimal.decimalsOf(units("0.00001")), 5);
    for (const text of ["", ".", "1.2.3", "1e5", "abc", "0.000000001"]) assert.equal(decimal.parseAmount(text), undefined, text);
    assert.equal(decimal.parseAmount("1,000.5"), units("1000.5"));
  });

  for (const [changes, field, text] of [
    [{ price: "" }, "price", "Enter a price."],
    [{ price: "100.001" }, "price", "The price goes in steps of 0.01 USDT."],
    [{ quantity: "" }, "quantity", "Enter an amount."],
    [{ quantity: "0.000001" }, "quantity", "The amount goes in steps of 0.00001 BTC."],
    [{ quantity: "0.04" }, "quantity", "The order is worth less than 5 USDT."],
    [{ quantity: "9001", price: "0.01" }, "quantity", "At most 9000 BTC."],
    [{ quantity: "11" }, "quantity", "Only 1,000.00 USDT are free."],
    [{ side: "SELL", quantity: "1001" }, "quantity", "Only 1000 BTC are free."],
    [{ kind: "STOP_LIMIT" }, "stopPrice", "Enter a trigger price."],
    [{ kind: "MARKET", unit: "quote", total: "4.99" }, "total", "At least 5 USDT."],
    [{ kind: "MARKET", unit: "quote", total: "1000.01" }, "total", "Only 1,000.00 USDT are free."],
  ] as const) {
    it(`says "${text}"`, () => {
      assert.deepEqual(rules.faults(draft(changes), instrument(), units("1000")), { [field]: text });
    });
  }

  it("finds nothing wrong with an order that spends exactly what is free", () => {
    assert.deepEqual(rules.faults(draft({ quantity: "10" }), instrument(), units("1000")), {});
    assert.deepEqual(rules.faults(draft({ side: "SELL", quantity: "1000" }), instrument(), units("1000")), {});
  });

  it("leaves it to the exchange whether there is enough, where it does not know what is free", () => {
    assert.deepEqual(rules.faults(draft({ quantity: "11" }), instrument(), undefined), {});
    assert.deepEqual(rules.faults(draft({ side: "SELL", quantity: "1001" }), instrument(), undefined), {});
    assert.deepEqual(rules.faults(draft({ kind: "MARKET", unit: "quote", total: "1000.01" }), instrument(), undefined), {});
  });

  it("takes a stop that was already passed as a profit to take", () => {
    const last = units("100");
    const type = (changes: object) => rules.apiType(draft({ kind: "STOP_LIMIT", ...changes }), last);
    assert.deepEqual(
      [
        type({ stopPrice: "110" }),
        type({ stopPrice: "90" }),
        type({ side: "SELL", stopPrice: "90" }),
        type({ side: "SELL", stopPrice: "110" }),
      ],
      ["STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
    );
    assert.equal(rules.apiType(draft({ kind: "STOP_MARKET", stopPrice: "110" }), last), "STOP_LOSS");
  });

  it("sends just the parameters that the type takes", () => {
    const sent = (changes: object) =>
      Object.fromEntries(
        Object.entries(rules.orderParameters(draft(changes), instrument(), units("100"))).filter(([, value]) => value !== undefined),
      );
    const common = { symbol: "BTCUSDT", side: "BUY", newOrderRespType: "FULL" };
    assert.deepEqual(sent({}), { ...common, type: "LIMIT", timeInForce: "GTC", price: "100", quantity: "1" });
    assert.deepEqual(sent({ kind: "LIMIT_MAKER" }), { ...common, type: "LIMIT_MAKER", price: "100", quantity: "1" });
    assert.deepEqual(sent({ kind: "MARKET" }), { ...common, type: "MARKET", quantity: "1" });
    assert.deepEqual(sent({ kind: "MARKET", unit: "quote", total: "50" }), { ...common, type: "MARKET", quoteOrderQty: "50" });
  });

  it("never shares out more than the free funds pay for", () => {
    for (const price of ["0.03", "64123.45", "99999.99"]) {
      for (const hundredths of [25n, 33n, 100n]) {
        const quantity = rules.shareOf(draft({}), instrument(), units("1000"), units(price), hundredths);
        assert.equal(quantity % instrument().step, 0n);
        assert.ok(quantity * units(price) <= (units("1000") * hundredths * decimal.ONE) / 100n);
        assert.ok(
          (quantity + instrument().step) * units(price) > (units("1000") * hundredths * decimal.ONE) / 100n,
          "it is the greatest such amount",
        );
      }
    }
  });
});
