import { deepEqual, equal, ok } from "node:assert/strict";
import { type Answer, Client, type Parameters, RunningExchange } from "./running-exchange";

const order = (change: Parameters = {}): Parameters => ({
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.1",
  price: "30000",
  ...change,
});

/** Without the parameters of these names. */
function without(parameters: Parameters, ...names: string[]): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
}

function assertError(answer: Answer, code: number, msg: string, status = 400): void {
  deepEqual([answer.status, answer.body], [status, { code, msg }]);
}

describe("The REST API", function () {
  this.timeout(60_000);
  let exchange: RunningExchange;
  let alice: Client;
  let bob: Client;

  before(async () => {
    exchange = await RunningExchange.start();
    alice = exchange.alice;
    bob = exchange.bob;
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  afterEach(async () => {
    await alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
    await bob.delete("/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  describe("about the exchange", () => {
    it("answers ping with an empty object and tells the time in the unit asked for", async () => {
      deepEqual((await exchange.get("/api/v3/ping")).body, {});
      const { serverTime } = (await exchange.get("/api/v3/time")).body;
      ok(Math.abs(serverTime - Date.now()) < 2_000);
      const micros = await exchange.request("GET", "/api/v3/time", { headers: { "x-mbx-time-unit": "microsecond" } });
      ok(Math.abs(micros.body.serverTime / 1000 - Date.now()) < 2_000);
      assertError(
        await exchange.request("GET", "/api/v3/time", { headers: { "x-mbx-time-unit": "NANOSECOND" } }),
        -1194,
        "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
      );
    });

    it("describes symbols with the filters that clients read without a guard", async () => {
      const { symbols, rateLimits } = (await exchange.get("/api/v3/exchangeInfo")).body;
      deepEqual(
        symbols.map((each: { symbol: string }) => each.symbol),
        ["BTCUSDT", "ETHUSDT", "ETHBTC"],
      );
      const [btcusdt] = symbols;
      equal(btcusdt.status, "TRADING");
      deepEqual(btcusdt.permissionSets, [["SPOT"]]);
      const filters = new Map(btcusdt.filters.map((filter: { filterType: string }) => [filter.filterType, filter]));
      deepEqual(filters.get("PRICE_FILTER"), {
        filterType: "PRICE_FILTER",
        minPrice: "0.01000000",
        maxPrice: "1000000.00000000",
        tickSize: "0.01000000",
      });
      deepEqual(filters.get("LOT_SIZE"), {
        filterType: "LOT_SIZE",
        minQty: "0.00001000",
        maxQty: "9000.00000000",
        stepSize: "0.00001000",
      });
      deepEqual(filters.get("NOTIONAL"), {
        filterType: "NOTIONAL",
        minNotional: "5.00000000",
        applyMinToMarket: true,
        maxNotional: "9000000.00000000",
        applyMaxToMarket: false,
        avgPriceMins: 5,
      });
      for (const type of ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]) {
        ok(btcusdt.orderTypes.includes(type));
      }
      deepEqual(
        rateLimits.map((limit: { rateLimitType: string }) => limit.rateLimitType),
        ["REQUEST_WEIGHT", "ORDERS", "ORDERS", "RAW_REQUESTS"],
      );
    });

    it("selects symbols by name, by list, by state, and refuses contradictions", async () => {
      const names = (answer: Answer) => answer.body.symbols.map((each: { symbol: string }) => each.symbol);
      deepEqual(names(await exchange.get("/api/v3/exchangeInfo?symbol=ETHBTC")), ["ETHBTC"]);
      const list = encodeURIComponent('["ETHBTC","BTCUSDT"]');
      deepEqual(names(await exchange.get(`/api/v3/exchangeInfo?symbols=${list}`)), ["ETHBTC", "BTCUSDT"]);
      deepEqual(names(await exchange.get("/api/v3/exchangeInfo?symbolStatus=HALT")), []);
      deepEqual(names(await exchange.get("/api/v3/exchangeInfo?permissions=MARGIN")), []);
      assertError(await exchange.get("/api/v3/exchangeInfo?symbol=NOPE"), -1121, "Invalid symbol.");
      assertError(
        await exchange.get(`/api/v3/exchangeInfo?symbol=ETHBTC&symbols=${list}`),
        -1128,
        "Combination of optional parameters invalid.",
      );
      const twice = encodeURIComponent('["ETHBTC","ETHBTC"]');
      assertError(await exchange.get(`/api/v3/ticker/price?symbols=${twice}`), -1151, "Symbol is present multiple times in the list.");
      assertError(await exchange.get("/api/v3/exchangeInfo?symbolStatus=ASLEEP"), -1122, "Invalid symbolStatus.");
    });
  });

  describe("refuses bad requests with Binance's codes and texts", () => {
    const cases: [what: string, path: string, code: number, msg: string][] = [
      ["a missing parameter", "/api/v3/depth", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
      ["an empty one", "/api/v3/depth?symbol=", -1105, "Parameter 'symbol' was empty."],
      [
        "illegal characters",
        "/api/v3/depth?symbol=btcusdt",
        -1100,
        "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
      ],
      ["an unknown symbol", "/api/v3/depth?symbol=NOSUCH", -1121, "Invalid symbol."],
      [
        "a number that is none",
        "/api/v3/depth?symbol=BTCUSDT&limit=ten",
        -1100,
        "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
      ],
      ["a limit of nothing", "/api/v3/depth?symbol=BTCUSDT&limit=0", -1130, "Data sent for parameter 'limit' is not valid."],
      [
        "an unknown parameter",
        "/api/v3/depth?symbol=BTCUSDT&colour=red",
        -1104,
        "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
      ],
      ["parameters where there are none", "/api/v3/time?a=1", -1101, "Too many parameters; expected '0' and received '1'."],
      ["a parameter twice", "/api/v3/depth?symbol=BTCUSDT&symbol=BTCUSDT", -1101, "Duplicate values for a parameter detected."],
      ["an unknown interval", "/api/v3/klines?symbol=BTCUSDT&interval=7m", -1120, "Invalid interval."],
      ["an overflow", "/api/v3/aggTrades?symbol=BTCUSDT&fromId=99999999999999999999", -1108, "Parameter 'fromId' overflowed."],
      ["a wrong ticker type", "/api/v3/ticker/24hr?symbol=BTCUSDT&type=HUGE", -1139, "Invalid ticker type."],
      ["a wrong window", "/api/v3/ticker?symbol=BTCUSDT&windowSize=99d", -1130, "Data sent for parameter 'windowSize' is not valid."],
      ["no symbol for a window", "/api/v3/ticker", -1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"],
    ];
    for (const [what, path, code, msg] of cases) {
      it(what, async () => assertError(await exchange.get(path), code, msg));
    }

    it("an unknown path and an unknown method of a known one", async () => {
      assertError(await exchange.get("/api/v3/nothing"), -1020, "This operation is not supported.", 404);
      assertError(await exchange.request("PATCH", "/api/v3/depth"), -1020, "This operation is not supported.", 404);
      assertError(await exchange.get("/api/v3/depth%ff"), -1100, "Illegal characters found in a parameter.");
    });

    it("a body that is too large", async () => {
      const answer = await exchange.request("POST", "/api/v3/order", { body: "a".repeat(40_000) });
      equal(answer.status, 413);
      equal(answer.body.code, -1101);
    });

    it("a foreign Host or Origin", async () => {
      const foreign = await exchange.request("GET", "/api/v3/ping", { headers: { origin: "https://evil.example" } });
      equal(foreign.status, 403);
      equal(foreign.body.code, -1002);
    });
  });

  describe("refuses bad orders", () => {
    const tif = "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.";
    const decimal = "legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.";
    const cases: [what: string, parameters: Parameters, code: number, msg: string][] = [
      ["without a time in force", without(order(), "timeInForce"), -1102, tif],
      ["without a price", without(order(), "price"), -1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."],
      [
        "without a quantity",
        without(order(), "quantity"),
        -1102,
        "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.",
      ],
      ["with a negative quantity", order({ quantity: "-1" }), -1100, `Illegal characters found in parameter 'quantity'; ${decimal}`],
      [
        "with a quantity in exponent form",
        order({ quantity: "1e-3" }),
        -1100,
        `Illegal characters found in parameter 'quantity'; ${decimal}`,
      ],
      ["of nothing", order({ quantity: "0" }), -1013, "Invalid quantity."],
      ["for nothing", order({ price: "0.00" }), -1013, "Invalid price."],
      ["with too fine a price", order({ price: "30000.000000001" }), -1111, "Parameter 'price' has too much precision."],
      ["with too fine a quantity", order({ quantity: "0.100000001" }), -1111, "Parameter 'quantity' has too much precision."],
      ["between two ticks", order({ price: "30000.001" }), -1013, "Filter failure: PRICE_FILTER"],
      ["between two lots", order({ quantity: "0.1000001" }), -1013, "Filter failure: LOT_SIZE"],
      ["of more lots than can be counted", order({ quantity: "99999999999999999999" }), -1013, "Filter failure: LOT_SIZE"],
      ["below the least value", order({ quantity: "0.00001", price: "30000" }), -1013, "Filter failure: NOTIONAL"],
      ["that cannot be paid", order({ quantity: "100" }), -2010, "Account has insufficient balance for requested action."],
      [
        "with a price at the market",
        { ...without(order(), "timeInForce"), type: "MARKET" },
        -1106,
        "Parameter 'price' sent when not required.",
      ],
      [
        "with a time in force at the market",
        { ...without(order(), "price"), type: "MARKET" },
        -1106,
        "Parameter 'timeInForce' sent when not required.",
      ],
      [
        "at the market, without any amount",
        { symbol: "BTCUSDT", side: "BUY", type: "MARKET" },
        -1102,
        "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
      ],
      ["that only makes, with a time in force", order({ type: "LIMIT_MAKER" }), -1106, "Parameter 'timeInForce' sent when not required."],
      [
        "that stops, without a stop price",
        order({ type: "STOP_LOSS_LIMIT" }),
        -1102,
        "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!",
      ],
      ["that does not stop, with a stop price", order({ stopPrice: "1" }), -1106, "Parameter 'stopPrice' sent when not required."],
      ["on an unknown side", order({ side: "HOLD" }), -1117, "Invalid side."],
      ["of an unknown type", order({ type: "GUESS" }), -1116, "Invalid orderType."],
      ["with an unknown time in force", order({ timeInForce: "GTD" }), -1115, "Invalid timeInForce."],
      ["in an unknown symbol", order({ symbol: "NOSUCH" }), -1121, "Invalid symbol."],
      [
        "with an id of forbidden characters",
        order({ newClientOrderId: "a b" }),
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
      ],
      [
        "with an id that is too long",
        order({ newClientOrderId: "a".repeat(37) }),
        -1100,
        "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
      ],
      ["of a reserved kind of strategy", order({ strategyType: 999_999 }), -1134, "`strategyType` was less than 1000000."],
      ["with too long a window", order({ recvWindow: 60_001 }), -1131, "recvWindow must be less than 60000"],
    ];
    for (const [what, parameters, code, msg] of cases) {
      it(what, async () => {
        assertError(await alice.post("/api/v3/order", parameters), code, msg);
        deepEqual((await alice.get("/api/v3/openOrders", { symbol: "BTCUSDT" })).body, []);
      });
    }

    it("the same, without touching the engine, when they are tests", async () => {
      deepEqual((await alice.post("/api/v3/order/test", order())).body, {});
      assertError(await alice.post("/api/v3/order/test", order({ side: "HOLD" })), -1117, "Invalid side.");
      const rates = await alice.post("/api/v3/order/test", order({ computeCommissionRates: true }));
      deepEqual(rates.body.standardCommissionForOrder, { maker: "0.00100000", taker: "0.00100000" });
      deepEqual((await alice.get("/api/v3/openOrders")).body, []);
    });

    it("whose signature, key or time is wrong", async () => {
      const path = "/api/v3/account";
      const { apiKey } = alice.account;
      const headers = { "x-mbx-apikey": apiKey };
      const at = `timestamp=${Date.now()}`;
      assertError(
        await exchange.request("GET", `${path}?${at}&signature=${"0".repeat(64)}`, { headers }),
        -1022,
        "Signature for this request is not valid.",
      );
      assertError(
        await exchange.request("GET", `${path}?${at}`, { headers }),
        -1102,
        "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
      );
      assertError(await exchange.request("GET", `${path}?${at}&signature=${"0".repeat(64)}`), -2014, "API-key format invalid.", 401);
      const unknown = { "x-mbx-apikey": "z".repeat(64) };
      assertError(
        await exchange.request("GET", `${path}?${alice.query({})}`, { headers: unknown }),
        -2015,
        "Invalid API-key, IP, or permissions for action.",
        401,
      );
      assertError(
        await alice.get(path, { timestamp: Date.now() - 6_000 }),
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
      );
      equal((await alice.get(path, { timestamp: Date.now() - 6_000, recvWindow: "10000.5" })).status, 200);
      assertError(
        await alice.get(path, { timestamp: Date.now() + 5_000 }),
        -1021,
        "Timestamp for this request was 1000ms ahead of the server's time.",
      );
      equal((await alice.get(path, { timestamp: Date.now() * 1000 })).status, 200);
    });
  });

  describe("takes orders", () => {
    it("signed in the query, in the body, or in both", async () => {
      const headers = { "x-mbx-apikey": alice.account.apiKey, "content-type": "application/x-www-form-urlencoded" };
      const pairs = (parameters: Parameters) =>
        Object.entries(parameters)
          .map(([name, value]) => `${name}=${value}`)
          .join("&");
      const all = pairs(order({ timestamp: Date.now() }));
      const inBody = await exchange.request("POST", "/api/v3/order", { headers, body: `${all}&signature=${alice.sign(all)}` });
      equal(inBody.status, 200);
      const query = "symbol=BTCUSDT&side=BUY&type=LIMIT";
      const body = pairs({ timeInForce: "GTC", quantity: "0.1", price: "30000", timestamp: Date.now() });
      const mixed = await exchange.request("POST", `/api/v3/order?${query}`, {
        headers,
        body: `${body}&signature=${alice.sign(query + body)}`,
      });
      equal(mixed.status, 200);
      const signatureInQuery = await exchange.request("POST", `/api/v3/order?${query}&signature=${alice.sign(query + body)}`, {
        headers,
        body,
      });
      equal(signatureInQuery.status, 200);
    });

    it("and answers in the detail asked for", async () => {
      const ack = (await alice.limit("BUY", "0.1", "30000", { newOrderRespType: "ACK", newClientOrderId: "ack-1" })).body;
      deepEqual(Object.keys(ack), ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]);
      equal(ack.clientOrderId, "ack-1");
      equal(ack.orderListId, -1);
      const result = (await alice.limit("BUY", "0.1", "30000", { newOrderRespType: "RESULT", strategyId: 5, strategyType: 1_000_000 }))
        .body;
      equal(result.fills, undefined);
      deepEqual(
        [
          result.price,
          result.origQty,
          result.executedQty,
          result.cummulativeQuoteQty,
          result.status,
          result.timeInForce,
          result.type,
          result.side,
        ],
        ["30000.00000000", "0.10000000", "0.00000000", "0.00000000", "NEW", "GTC", "LIMIT", "BUY"],
      );
      deepEqual([result.strategyId, result.strategyType], [5, 1_000_000]);
      deepEqual((await alice.limit("BUY", "0.1", "30000")).body.fills, []);
    });

    it("counts them in headers with the weight", async () => {
      const answer = await alice.limit("BUY", "0.1", "30000");
      ok(Number(answer.headers.get("x-mbx-order-count-10s")) >= 1);
      ok(Number(answer.headers.get("x-mbx-order-count-1d")) >= 1);
      ok(Number(answer.headers.get("x-mbx-used-weight-1m")) >= 1);
      equal(answer.headers.get("x-mbx-used-weight"), answer.headers.get("x-mbx-used-weight-1m"));
      const counts = (await alice.get("/api/v3/rateLimit/order")).body;
      ok(counts[0].count >= 1 && counts[0].interval === "SECOND" && counts[1].interval === "DAY");
    });

    it("and lets the owner read what was acknowledged, at once", async () => {
      const { orderId, clientOrderId } = (await alice.limit("BUY", "0.1", "30000")).body;
      const byId = (await alice.get("/api/v3/order", { symbol: "BTCUSDT", orderId })).body;
      const byClientId = (await alice.get("/api/v3/order", { symbol: "BTCUSDT", origClientOrderId: clientOrderId })).body;
      deepEqual(byId, byClientId);
      deepEqual([byId.status, byId.isWorking, byId.stopPrice, byId.icebergQty], ["NEW", true, "0.00000000", "0.00000000"]);
      deepEqual((await alice.get("/api/v3/openOrders")).body, [byId]);
      assertError(await bob.get("/api/v3/order", { symbol: "BTCUSDT", orderId }), -2013, "Order does not exist.");
      assertError(
        await alice.get("/api/v3/order", { symbol: "BTCUSDT", orderId, origClientOrderId: "another" }),
        -2039,
        "Client order ID is not correct for this order ID.",
      );
      assertError(
        await alice.get("/api/v3/order", { symbol: "BTCUSDT" }),
        -1102,
        "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
      );
    });

    it("and cancels them by either id, one or all, never twice and never another's", async () => {
      const { orderId } = (await alice.limit("BUY", "0.1", "30000", { newClientOrderId: "mine" })).body;
      assertError(await bob.delete("/api/v3/order", { symbol: "BTCUSDT", orderId }), -2011, "Unknown order sent.");
      const cancelled = (await alice.delete("/api/v3/order", { symbol: "BTCUSDT", origClientOrderId: "mine", newClientOrderId: "bye" }))
        .body;
      deepEqual(
        [cancelled.status, cancelled.orderId, cancelled.origClientOrderId, cancelled.clientOrderId],
        ["CANCELED", orderId, "mine", "bye"],
      );
      assertError(await alice.delete("/api/v3/order", { symbol: "BTCUSDT", orderId }), -2011, "Unknown order sent.");
      await alice.limit("BUY", "0.1", "30000");
      await alice.limit("BUY", "0.1", "29000");
      const all = (await alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" })).body;
      deepEqual(
        all.map((each: { status: string }) => each.status),
        ["CANCELED", "CANCELED"],
      );
      assertError(await alice.delete("/api/v3/openOrders", { symbol: "BTCUSDT" }), -2011, "Unknown order sent.");
      assertError(
        await alice.delete("/api/v3/order", { symbol: "BTCUSDT", orderId, cancelRestrictions: "ONLY_SOME" }),
        -1145,
        "Invalid cancelRestrictions",
      );
    });

    it("and shows the book in eight decimals without a time, numbered by its updates", async () => {
      const before = (await exchange.get("/api/v3/depth?symbol=BTCUSDT")).body;
      await alice.limit("BUY", "0.1", "30000.5");
      const after = (await exchange.get("/api/v3/depth?symbol=BTCUSDT&limit=5")).body;
      deepEqual(Object.keys(after), ["lastUpdateId", "bids", "asks"]);
      deepEqual(after.bids, [["30000.50000000", "0.10000000"]]);
      equal(after.lastUpdateId, before.lastUpdateId + 1);
    });

    it("reports fills to both sides and the public", async () => {
      const maker = (await alice.limit("SELL", "0.1", "40000")).body;
      const taker = (await bob.limit("BUY", "0.1", "40000")).body;
      equal(taker.status, "FILLED");
      deepEqual(taker.fills, [
        { price: "40000.00000000", qty: "0.10000000", commission: "0.00010000", commissionAsset: "BTC", tradeId: taker.fills[0].tradeId },
      ]);
      const [mine] = (await alice.get("/api/v3/myTrades", { symbol: "BTCUSDT", orderId: maker.orderId })).body;
      deepEqual(
        [mine.isMaker, mine.isBuyer, mine.commission, mine.commissionAsset, mine.orderListId, mine.quoteQty],
        [true, false, "4.00000000", "USDT", -1, "4000.00000000"],
      );
      const trades = (await exchange.get("/api/v3/trades?symbol=BTCUSDT&limit=1")).body;
      deepEqual([trades[0].id, trades[0].isBuyerMaker, trades[0].quoteQty], [mine.id, false, "4000.00000000"]);
      const [aggregate] = (await exchange.get("/api/v3/aggTrades?symbol=BTCUSDT&limit=1")).body;
      deepEqual([aggregate.f, aggregate.l, aggregate.p], [mine.id, mine.id, "40000.00000000"]);
      const ticker = (await exchange.get("/api/v3/ticker/24hr?symbol=BTCUSDT")).body;
      equal(ticker.lastPrice, "40000.00000000");
      ok("bidQty" in ticker && !("time" in ticker) && !("baseVolume" in ticker));
      const kline = (await exchange.get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1")).body[0];
      deepEqual([kline.length, kline[4], kline[11]], [12, "40000.00000000", "0"]);
      equal((await exchange.get("/api/v3/avgPrice?symbol=BTCUSDT")).body.mins, 5);
      equal((await exchange.get("/api/v3/ticker/tradingDay?symbol=BTCUSDT&type=MINI")).body.lastPrice, "40000.00000000");
      equal((await exchange.get("/api/v3/ticker?symbol=BTCUSDT&windowSize=1h")).body.lastPrice, "40000.00000000");
    });

    it("expires what the market cannot fill, with the fills it had", async () => {
      await alice.limit("SELL", "0.1", "40000");
      const { body } = await bob.post("/api/v3/order", { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.3" });
      deepEqual(
        [body.status, body.executedQty, body.fills.length, body.expiryReason],
        ["EXPIRED", "0.10000000", 1, "INSUFFICIENT_LIQUIDITY"],
      );
    });

    it("prevents trades of an account with itself", async () => {
      await alice.limit("SELL", "0.1", "40000");
      const { body } = await alice.limit("BUY", "0.1", "40000", { selfTradePreventionMode: "EXPIRE_TAKER" });
      equal(body.status, "EXPIRED_IN_MATCH");
      equal(body.preventedQuantity, "0.10000000");
      const [match] = (await alice.get("/api/v3/myPreventedMatches", { symbol: "BTCUSDT", orderId: body.orderId })).body;
      deepEqual([match.takerOrderId, match.selfTradePreventionMode, match.price], [body.orderId, "EXPIRE_TAKER", "40000.00000000"]);
      equal(body.preventedMatchId, match.preventedMatchId);
      const { preventedMatchId } = body;
      deepEqual((await alice.get("/api/v3/myPreventedMatches", { symbol: "BTCUSDT", preventedMatchId })).body, [match]);
    });

    for (const [mode, takerLoses, makerLoses] of [
      ["EXPIRE_MAKER", undefined, "0.30000000"],
      ["EXPIRE_BOTH", "0.20000000", "0.30000000"],
      ["DECREMENT", "0.20000000", "0.20000000"],
    ] as const) {
      it(`shows what ${mode} took of either order, and the match that took it, in every answer`, async () => {
        const maker = (await alice.limit("SELL", "0.3", "40000")).body;
        const taker = (await alice.limit("BUY", "0.2", "40000", { selfTradePreventionMode: mode })).body;
        const query = { symbol: "BTCUSDT", orderId: maker.orderId };
        const [match] = (await alice.get("/api/v3/myPreventedMatches", query)).body;
        const ofTaker = takerLoses === undefined ? [undefined, undefined] : [match.preventedMatchId, takerLoses];
        const shown = ({ preventedMatchId, preventedQuantity }: { preventedMatchId?: number; preventedQuantity?: string }) => [
          preventedMatchId,
          preventedQuantity,
        ];
        deepEqual(shown(taker), ofTaker);
        deepEqual(shown((await alice.get("/api/v3/order", { symbol: "BTCUSDT", orderId: taker.orderId })).body), ofTaker);
        const ofMaker = [match.preventedMatchId, makerLoses];
        deepEqual(shown((await alice.get("/api/v3/order", query)).body), ofMaker);
        const [listed] = (await alice.get("/api/v3/allOrders", query)).body;
        deepEqual(shown(listed), ofMaker);
        if (mode === "DECREMENT") deepEqual(shown((await alice.delete("/api/v3/order", query)).body), ofMaker);
      });
    }
  });

  it("shows the account, what its key may do and what it pays", async () => {
    const account = (await alice.get("/api/v3/account")).body;
    deepEqual([account.accountType, account.canTrade, account.permissions, account.uid], ["SPOT", true, ["SPOT"], alice.account.account]);
    deepEqual(account.commissionRates, { maker: "0.00100000", taker: "0.00100000", buyer: "0.00000000", seller: "0.00000000" });
    equal((await alice.get("/api/v3/account/commission", { symbol: "BTCUSDT" })).body.standardCommission.taker, "0.00100000");
    const { users } = exchange.exchange;
    const reader = new Client(exchange.url, {
      ...alice.account,
      ...(await users.createHmacKey(alice.account.account, "reader", ["read"])),
    });
    const restrictions = (await reader.get("/sapi/v1/account/apiRestrictions")).body;
    deepEqual([restrictions.enableReading, restrictions.enableSpotAndMarginTrading, restrictions.enableWithdrawals], [true, false, false]);
    assertError(await reader.post("/api/v3/order", order()), -2015, "Invalid API-key, IP, or permissions for action.", 401);
    deepEqual((await alice.get("/sapi/v1/margin/allPairs")).body, []);
    deepEqual((await exchange.get("/sapi/v1/system/status")).body, { status: 0, msg: "normal" });
    const coins = (await alice.get("/sapi/v1/capital/config/getall")).body;
    deepEqual(
      coins.map((coin: { coin: string }) => coin.coin),
      ["BTC", "ETH", "USDT"],
    );
  });
});

describe("An order that ended without a fill", function () {
  this.timeout(60_000);

  it("is archived after 90 days; one that is open or was filled is shown for ever", async () => {
    let days = 0;
    const now = () => Date.now() + days * 86_400_000;
    const exchange = await RunningExchange.start({ clock: () => now() * 1000 });
    const { alice, bob } = exchange;
    const [filled, open, cancelled] = await Promise.all(
      [
        ["SELL", "50000"],
        ["BUY", "30000"],
        ["BUY", "29000"],
      ].map(async ([side, price]) => (await alice.limit(side as "BUY", "0.1", price)).body.orderId as number),
    );
    await bob.limit("BUY", "0.1", "50000");
    await alice.delete("/api/v3/order", { symbol: "BTCUSDT", orderId: cancelled });
    const show = (orderId: number) => alice.get("/api/v3/order", { symbol: "BTCUSDT", orderId, timestamp: now() });
    days = 89;
    equal((await show(cancelled)).body.status, "CANCELED");
    days = 91;
    const archived = "Order was canceled or expired with no executed qty over 90 days ago and has been archived.";
    assertError(await show(cancelled), -2026, archived);
    deepEqual([(await show(filled)).body.status, (await show(open)).body.status], ["FILLED", "NEW"]);
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });
});
