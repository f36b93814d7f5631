/**
 * The surface that clients rely on, row by row: each endpoint with its weight and the very fields of its answer, the same over the WebSocket
 * API, each stream with the fields of its events, each error with its code, text and status.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { type Answer, type Client, type Parameters, RunningExchange, type Socket } from "./running-exchange";

const symbol = "BTCUSDT";
const orderFields = "symbol orderId orderListId clientOrderId price origQty executedQty origQuoteOrderQty cummulativeQuoteQty status";
const restingOrder = `${orderFields} timeInForce type side stopPrice icebergQty time updateTime isWorking workingTime selfTradePreventionMode`;
const placedOrder = `${orderFields} timeInForce type side transactTime workingTime selfTradePreventionMode fills`;
const cancelledOrder = `${orderFields} origClientOrderId timeInForce type side transactTime selfTradePreventionMode`;
const list = "orderListId contingencyType listStatusType listOrderStatus listClientOrderId transactionTime symbol orders";
const trade = "id price qty quoteQty time isBuyerMaker isBestMatch";
const best = "bidPrice bidQty askPrice askQty";
const miniTicker = "symbol openPrice highPrice lowPrice lastPrice volume quoteVolume openTime closeTime firstId lastId count";
const windowTicker = `${miniTicker} priceChange priceChangePercent weightedAvgPrice`;
const dayTicker = `${windowTicker} prevClosePrice lastQty ${best}`;
const rates = "standardCommission specialCommission taxCommission discount";

const isDecimal = (value: unknown) => typeof value === "string" && /^-?[0-9]+\.[0-9]{8}$/.test(value);
const isWhole = (value: unknown) => Number.isSafeInteger(value);
const isText = (value: unknown) => typeof value === "string";
const isFlag = (value: unknown) => typeof value === "boolean";
/** How each field is written, by the names that are written so; an answer may have no other. */
const forms: Record<string, (value: unknown) => boolean> = {
  "price qty quoteQty origQty executedQty origQuoteOrderQty cummulativeQuoteQty stopPrice icebergQty newQty p q commission": isDecimal,
  "bidPrice bidQty askPrice askQty openPrice highPrice lowPrice lastPrice lastQty volume quoteVolume weightedAvgPrice": isDecimal,
  "prevClosePrice priceChange takerPreventedQuantity makerPreventedQuantity preventedQuantity": isDecimal,
  "minPrice maxPrice tickSize minQty maxQty stepSize minNotional maxNotional": isDecimal,
  "free locked maker taker buyer seller discount": isDecimal,
  priceChangePercent: (value) => typeof value === "string" && /^-?[0-9]+\.[0-9]{3}$/.test(value),
  "bidMultiplierUp bidMultiplierDown askMultiplierUp askMultiplierDown": (value) => typeof value === "string" && Number(value) > 0,
  "orderId orderListId id time updateTime workingTime transactTime transactionTime serverTime openTime closeTime firstId lastId count":
    isWhole,
  "lastUpdateId a f l T executionId preventedMatchId takerOrderId makerOrderId tradeGroupId uid intervalNum limit mins": isWhole,
  "baseAssetPrecision quotePrecision quoteAssetPrecision baseCommissionPrecision quoteCommissionPrecision avgPriceMins": isWhole,
  "maxNumOrders maxNumAlgoOrders maxNumIcebergOrders maxNumOrderAmends minTrailingAboveDelta maxTrailingAboveDelta": isWhole,
  "minTrailingBelowDelta maxTrailingBelowDelta makerCommission takerCommission buyerCommission sellerCommission": isWhole,
  "isWorking isBuyer isMaker isBestMatch isBuyerMaker m M canTrade canWithdraw canDeposit brokered requireSelfTradePrevention": isFlag,
  "preventSor icebergAllowed ocoAllowed otoAllowed opoAllowed quoteOrderQtyMarketAllowed allowTrailingStop cancelReplaceAllowed": isFlag,
  "amendAllowed pegInstructionsAllowed isSpotTradingAllowed isMarginTradingAllowed applyMinToMarket applyMaxToMarket": isFlag,
  "enabledForAccount enabledForSymbol": isFlag,
  "symbol clientOrderId listClientOrderId origClientOrderId newClientOrderId makerSymbol asset commissionAsset discountAsset": isText,
  "status timeInForce type side selfTradePreventionMode expiryReason contingencyType listStatusType listOrderStatus": isText,
  "timezone rateLimitType interval filterType baseAsset quoteAsset defaultSelfTradePreventionMode accountType": isText,
};

type Security = "none" | "key" | "signed";
/** Answers that are arrays are judged by their first element; `""` is an empty object, `[12]` a row of twelve, `[]` an empty array. */
type Row = [call: string, parameters: Parameters, security: Security, weight: number, fields: string, socketMethod?: string];

/** What only reads, in the order of the REST reference. The account is alice's; ids are those of {@link World}. */
const reads = (world: World): Row[] => [
  ["GET /api/v3/ping", {}, "none", 1, "", "ping"],
  ["GET /api/v3/time", {}, "none", 1, "serverTime", "time"],
  ["GET /api/v3/exchangeInfo", {}, "none", 20, "timezone serverTime rateLimits exchangeFilters symbols", "exchangeInfo"],
  ["GET /api/v3/depth", { symbol, limit: 100 }, "none", 5, "lastUpdateId bids asks", "depth"],
  ["GET /api/v3/depth", { symbol, limit: 500 }, "none", 25, "lastUpdateId bids asks"],
  ["GET /api/v3/depth", { symbol, limit: 1000 }, "none", 50, "lastUpdateId bids asks"],
  ["GET /api/v3/depth", { symbol, limit: 5000 }, "none", 250, "lastUpdateId bids asks"],
  ["GET /api/v3/trades", { symbol }, "none", 25, trade, "trades.recent"],
  ["GET /api/v3/historicalTrades", { symbol, fromId: 1, limit: 5 }, "none", 25, trade, "trades.historical"],
  ["GET /api/v3/aggTrades", { symbol, fromId: 1 }, "none", 4, "a p q f l T m M", "trades.aggregate"],
  ["GET /api/v3/aggTrades", { symbol, startTime: world.started, endTime: world.started + 3_600_000 }, "none", 4, "a p q f l T m M"],
  ...["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"].map(
    (interval): Row => ["GET /api/v3/klines", { symbol, interval, limit: 500 }, "none", 2, "[12]", "klines"],
  ),
  ["GET /api/v3/klines", { symbol, interval: "1d", startTime: 0, endTime: world.started, timeZone: "-1:00" }, "none", 2, "[]"],
  ["GET /api/v3/klines", { symbol, interval: "1d", timeZone: "8" }, "none", 2, "[12]", "klines"],
  ["GET /api/v3/uiKlines", { symbol, interval: "1M", timeZone: "05:45" }, "none", 2, "[12]", "uiKlines"],
  ["GET /api/v3/avgPrice", { symbol }, "none", 2, "mins price closeTime", "avgPrice"],
  ["GET /api/v3/ticker/24hr", { symbol }, "none", 2, dayTicker, "ticker.24hr"],
  ["GET /api/v3/ticker/24hr", { symbols: '["BTCUSDT","ETHUSDT"]' }, "none", 2, dayTicker],
  ["GET /api/v3/ticker/24hr", {}, "none", 80, dayTicker],
  ["GET /api/v3/ticker/24hr", { symbol, type: "MINI" }, "none", 2, miniTicker],
  ["GET /api/v3/ticker/tradingDay", { symbol, timeZone: "-12:00" }, "none", 4, windowTicker, "ticker.tradingDay"],
  ["GET /api/v3/ticker/tradingDay", { symbols: '["BTCUSDT","ETHUSDT"]', type: "MINI" }, "none", 8, miniTicker],
  ...["1m", "59m", "1h", "23h", "1d", "7d"].map(
    (windowSize): Row => ["GET /api/v3/ticker", { symbol, windowSize }, "none", 4, windowTicker, "ticker"],
  ),
  ["GET /api/v3/ticker", { symbols: '["BTCUSDT","ETHUSDT"]', type: "MINI" }, "none", 8, miniTicker],
  ["GET /api/v3/ticker/price", { symbol }, "none", 2, "symbol price", "ticker.price"],
  ["GET /api/v3/ticker/price", {}, "none", 4, "symbol price"],
  ["GET /api/v3/ticker/bookTicker", { symbol }, "none", 2, `symbol ${best}`, "ticker.book"],
  ["GET /api/v3/ticker/bookTicker", {}, "none", 4, `symbol ${best}`],
  ["GET /api/v3/order", { symbol, orderId: world.resting }, "signed", 4, restingOrder, "order.status"],
  ["GET /api/v3/order", { symbol, origClientOrderId: "resting" }, "signed", 4, restingOrder],
  ["GET /api/v3/openOrders", { symbol }, "signed", 6, restingOrder, "openOrders.status"],
  ["GET /api/v3/openOrders", {}, "signed", 80, restingOrder],
  ["GET /api/v3/allOrders", { symbol, startTime: world.started, limit: 5 }, "signed", 20, restingOrder, "allOrders"],
  ["GET /api/v3/allOrders", { symbol, orderId: world.resting }, "signed", 20, restingOrder],
  ["GET /api/v3/orderList", { orderListId: world.list }, "signed", 4, list, "orderList.status"],
  ["GET /api/v3/allOrderList", { startTime: world.started }, "signed", 20, list, "allOrderLists"],
  ["GET /api/v3/openOrderList", {}, "signed", 6, list, "openOrderLists.status"],
  [
    "GET /api/v3/account",
    { omitZeroBalances: true },
    "signed",
    20,
    "makerCommission takerCommission buyerCommission sellerCommission commissionRates canTrade canWithdraw canDeposit brokered requireSelfTradePrevention preventSor updateTime accountType balances permissions uid",
    "account.status",
  ],
  [
    "GET /api/v3/myTrades",
    { symbol },
    "signed",
    20,
    "symbol id orderId orderListId price qty quoteQty commission commissionAsset time isBuyer isMaker isBestMatch",
    "myTrades",
  ],
  [
    "GET /api/v3/myTrades",
    { symbol, orderId: world.filled },
    "signed",
    5,
    "symbol id orderId orderListId price qty quoteQty commission commissionAsset time isBuyer isMaker isBestMatch",
  ],
  ["GET /api/v3/rateLimit/order", {}, "signed", 40, "rateLimitType interval intervalNum limit count", "account.rateLimits.orders"],
  [
    "GET /api/v3/myPreventedMatches",
    { symbol, orderId: world.prevented },
    "signed",
    20,
    "symbol preventedMatchId takerOrderId makerSymbol makerOrderId tradeGroupId selfTradePreventionMode price takerPreventedQuantity transactTime",
    "myPreventedMatches",
  ],
  [
    "GET /api/v3/myPreventedMatches",
    { symbol, preventedMatchId: world.preventedMatch },
    "signed",
    2,
    "symbol preventedMatchId takerOrderId makerSymbol makerOrderId tradeGroupId selfTradePreventionMode price takerPreventedQuantity transactTime",
  ],
  ["GET /api/v3/account/commission", { symbol }, "signed", 20, `symbol ${rates}`, "account.commission"],
  [
    "GET /api/v3/order/amendments",
    { symbol, orderId: world.resting },
    "signed",
    4,
    "symbol orderId executionId origClientOrderId newClientOrderId origQty newQty time",
    "order.amendments",
  ],
  ["GET /api/v3/myFilters", { symbol }, "signed", 40, "exchangeFilters symbolFilters assetFilters", "myFilters"],
  ["GET /sapi/v1/margin/allPairs", {}, "key", 1, "[]"],
  ["GET /sapi/v1/margin/isolated/allPairs", {}, "key", 1, "[]"],
  ["GET /sapi/v1/system/status", {}, "none", 1, "status msg"],
  ["GET /sapi/v1/asset/tradeFee", {}, "signed", 1, "symbol makerCommission takerCommission"],
  [
    "GET /sapi/v1/capital/config/getall",
    {},
    "signed",
    10,
    "coin name depositAllEnable withdrawAllEnable free locked freeze withdrawing ipoing ipoable storage isLegalMoney trading networkList",
  ],
];

/** What changes something: the rows are called in this order. */
const writes: Row[] = [
  ["POST /api/v3/order", limit("1", { newClientOrderId: "one" }), "signed", 1, placedOrder, "order.place"],
  ["POST /api/v3/order", limit("2", { newOrderRespType: "ACK" }), "signed", 1, "symbol orderId orderListId clientOrderId transactTime"],
  ["POST /api/v3/order/test", limit("3"), "signed", 1, "", "order.test"],
  [
    "POST /api/v3/order/test",
    limit("3", { computeCommissionRates: true }),
    "signed",
    20,
    "standardCommissionForOrder specialCommissionForOrder taxCommissionForOrder discount",
    "order.test",
  ],
  ["DELETE /api/v3/order", { symbol, origClientOrderId: "one" }, "signed", 1, cancelledOrder, "order.cancel"],
  [
    "POST /api/v3/order/cancelReplace",
    limit("4", { cancelReplaceMode: "ALLOW_FAILURE", cancelOrigClientOrderId: "resting", newClientOrderId: "resting" }),
    "signed",
    1,
    "cancelResult newOrderResult cancelResponse newOrderResponse",
    "order.cancelReplace",
  ],
  [
    "PUT /api/v3/order/amend/keepPriority",
    { symbol, origClientOrderId: "resting", newQty: "0.05", newClientOrderId: "smaller" },
    "signed",
    4,
    "transactTime executionId amendedOrder",
  ],
  ["POST /api/v3/orderList/oco", oco(), "signed", 1, `${list} orderReports`, "orderList.place.oco"],
  [
    "POST /api/v3/orderList/oto",
    { ...working(), pendingType: "MARKET", pendingSide: "SELL", pendingQuantity: "0.01" },
    "signed",
    1,
    `${list} orderReports`,
    "orderList.place.oto",
  ],
  [
    "POST /api/v3/orderList/otoco",
    {
      ...working(),
      pendingSide: "SELL",
      pendingQuantity: "0.01",
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "60000",
      pendingBelowType: "STOP_LOSS",
      pendingBelowStopPrice: "15000",
    },
    "signed",
    1,
    `${list} orderReports`,
    "orderList.place.otoco",
  ],
  [
    "POST /api/v3/order/oco",
    { symbol, side: "SELL", quantity: "0.01", price: "60000", stopPrice: "15000", stopLimitPrice: "14900", stopLimitTimeInForce: "GTC" },
    "signed",
    1,
    `${list} orderReports`,
    "orderList.place",
  ],
  ["POST /api/v3/orderList/oco", oco({ listClientOrderId: "the-list" }), "signed", 1, `${list} orderReports`],
  ["DELETE /api/v3/orderList", { symbol, listClientOrderId: "the-list" }, "signed", 1, `${list} orderReports`],
  ["DELETE /api/v3/openOrders", { symbol }, "signed", 1, cancelledOrder],
];

function limit(place: string, more: Parameters = {}): Parameters {
  return { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.1", price: `2000${place}`, ...more };
}

function stopped(more: Parameters): Parameters {
  return { symbol, side: "SELL", type: "STOP_LOSS", quantity: "0.1", ...more };
}

function oco(more: Parameters = {}): Parameters {
  const above = { aboveType: "LIMIT_MAKER", abovePrice: "60000" };
  const below = { belowType: "STOP_LOSS_LIMIT", belowStopPrice: "15000", belowPrice: "14900", belowTimeInForce: "GTC" };
  return { symbol, side: "SELL", quantity: "0.01", ...above, ...below, ...more };
}

function working(): Parameters {
  const order = { workingType: "LIMIT", workingSide: "BUY", workingPrice: "20000", workingQuantity: "0.01", workingTimeInForce: "GTC" };
  return { symbol, ...order };
}

const kline = "t T s i f L o c h l v n x q V Q B";
const ticker = "e E s p P w c o h l v q O C F L n";
/** Each stream, and the fields of its events. */
const streams: [stream: string, fields: string][] = [
  ["btcusdt@trade", "e E s t p q T m M"],
  ["btcusdt@aggTrade", "e E s a p q f l T m M"],
  ["btcusdt@depth", "e E s U u b a"],
  ["btcusdt@depth@100ms", "e E s U u b a"],
  ...["5", "10", "20", "5@100ms", "10@100ms", "20@100ms"].map((levels): [string, string] => [
    `btcusdt@depth${levels}`,
    "lastUpdateId bids asks",
  ]),
  ["btcusdt@bookTicker", "u s b B a A"],
  ["btcusdt@kline_1m", "e E s k"],
  ["btcusdt@kline_1M", "e E s k"],
  ["btcusdt@kline_1m@+08:00", "e E s k"],
  ["btcusdt@kline_1M@+08:00", "e E s k"],
  ["btcusdt@ticker", `${ticker} x Q b B a A`],
  ["btcusdt@miniTicker", "e E s c o h l v q"],
  ...["1h", "4h", "1d"].map((window): [string, string] => [`btcusdt@ticker_${window}`, ticker]),
  ["btcusdt@avgPrice", "e E s i w T"],
  ["!ticker@arr", `${ticker} x Q b B a A`],
  ["!miniTicker@arr", "e E s c o h l v q"],
  ["!ticker_1h@arr", ticker],
];

/** Whether a stream is one of those that a name of the documents stands for: `{symbol}@kline_{interval}`. */
const fits = (pattern: string, stream: string) =>
  new RegExp(
    `^${pattern
      .split(/\{\w+\}/)
      .map((text) => text.replace(/[.+*?^$()|[\]\\]/g, "\\$&"))
      .join("[A-Za-z0-9]+")}(@100ms)?$`,
  ).test(stream);

interface World {
  started: number;
  resting: number;
  filled: number;
  list: number;
  prevented: number;
  preventedMatch: number;
}

describe("The surface of the API", function () {
  this.timeout(120_000);
  let exchange: RunningExchange;
  let alice: Client;
  let bob: Client;
  let world: World;

  before(async () => {
    exchange = await RunningExchange.start();
    [alice, bob] = [exchange.alice, exchange.bob];
    const started = Date.now();
    const filled = (await alice.limit("SELL", "0.1", "40000")).body.orderId;
    await bob.limit("BUY", "0.1", "40000");
    const resting = (await alice.limit("BUY", "0.2", "20000", { newClientOrderId: "resting" })).body.orderId;
    await alice.put("/api/v3/order/amend/keepPriority", { symbol, orderId: resting, newQty: "0.15" });
    await alice.limit("SELL", "0.1", "45000");
    const prevented = (await alice.limit("BUY", "0.1", "45000", { selfTradePreventionMode: "EXPIRE_TAKER" })).body.orderId;
    const oneList = (await alice.post("/api/v3/orderList/oco", oco())).body.orderListId;
    const [match] = (await alice.get("/api/v3/myPreventedMatches", { symbol, orderId: prevented })).body;
    world = { started, resting, filled, list: oneList, prevented, preventedMatch: match.preventedMatchId };
  });

  after(async () => {
    deepEqual(exchange.faults, []);
    await exchange.stop();
  });

  const keysOf = (body: unknown) => {
    const one = Array.isArray(body) && typeof body[0] === "object" && !Array.isArray(body[0]) ? body[0] : body;
    if (Array.isArray(one)) return one.length === 0 ? "[]" : `[${one[0].length}]`;
    return Object.keys(one as object)
      .sort()
      .join(" ");
  };
  const sorted = (fields: string) => fields.split(" ").sort().join(" ");

  async function call([route, parameters, security]: Row, headers: Record<string, string> = {}): Promise<Answer> {
    const [method, path] = route.split(" ");
    const query =
      security === "signed"
        ? alice.query(parameters)
        : Object.entries(parameters)
            .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
            .join("&");
    const key: Record<string, string> = security === "none" ? {} : { "x-mbx-apikey": alice.account.apiKey };
    return exchange.request(method, `${path}?${query}`, { headers: { ...key, ...headers } });
  }

  const used = (answer: Answer) => Number(answer.headers.get("x-mbx-used-weight-1m"));
  /** The answer and what it cost, 0 when a minute began meanwhile. */
  async function measured(row: Row): Promise<{ answer: Answer; weight: number }> {
    const ping = await exchange.get("/api/v3/ping");
    const answer = await call(row);
    return { answer, weight: Math.max(0, used(answer) - used(ping)) };
  }

  it("answers every read with the fields and the weight that are published", async () => {
    for (const row of reads(world)) {
      const [route, parameters, , published, fields] = row;
      let { answer, weight } = await measured(row);
      if (weight !== published) ({ answer, weight } = await measured(row));
      const what = `${route} ${JSON.stringify(parameters)}`;
      equal(answer.status, 200, `${what}: ${JSON.stringify(answer.body)}`);
      equal(keysOf(answer.body), sorted(fields), what);
      equal(weight, published, `weight of ${what}`);
      equal(answer.headers.get("x-mbx-used-weight"), answer.headers.get("x-mbx-used-weight-1m"));
    }
  });

  it("writes every field in the form that clients read: decimals as text of eight places, ids and times as whole numbers", async () => {
    const seen = new Set<string>();
    const check = (value: unknown, what: string): void => {
      if (Array.isArray(value)) {
        for (const each of value) check(each, what);
        return;
      }
      if (typeof value !== "object" || value === null) return;
      for (const [name, each] of Object.entries(value)) {
        if (typeof each === "object" && each !== null) {
          check(each, `${what} ${name}`);
          continue;
        }
        const [form, test] = Object.entries(forms).find(([names]) => names.split(" ").includes(name)) ?? [];
        ok(form !== undefined, `${what}: ${name} is of no known form`);
        ok(test!(each), `${what}: ${name} is ${JSON.stringify(each)}`);
        seen.add(name);
      }
    };
    for (const row of reads(world)) if (row[0].includes("/api/v3/")) check((await call(row)).body, row[0]);
    const levels = (await exchange.get(`/api/v3/depth?symbol=${symbol}`)).body;
    for (const level of [...levels.bids, ...levels.asks]) ok(level.length === 2 && level.every(isDecimal), JSON.stringify(level));
    const [candle] = (await exchange.get(`/api/v3/klines?symbol=${symbol}&interval=1d`)).body;
    const form = candle.map((each: unknown) => (isWhole(each) ? "i" : isDecimal(each) ? "d" : each)).join(" ");
    equal(form, "i d d d d d i d i d d 0");
    ok(seen.size > 120, `${seen.size} fields`);
  });

  it("answers the same over the WebSocket API", async () => {
    const socket = await exchange.connect("/ws-api/v3");
    for (const [route, parameters, security, , fields, method] of reads(world)) {
      if (method === undefined) continue;
      const { status, result, rateLimits } = await socket.call(method, security === "signed" ? alice.signed(parameters) : parameters);
      equal(status, 200, `${method}: ${JSON.stringify(result)}`);
      equal(keysOf(result), sorted(fields), `${method} beside ${route}`);
      equal(rateLimits[0].rateLimitType, "REQUEST_WEIGHT");
    }
    socket.close();
  });

  it("is in the documents at /docs: every route and method with its parameters, every stream with its fields", async () => {
    const openApi = (await exchange.get("/docs/openapi.json")).body;
    const { channels } = (await exchange.get("/docs/asyncapi.json")).body;
    for (const [route, parameters, , , , method] of [...reads(world), ...writes]) {
      const [verb, path] = route.split(" ");
      const documented = openApi.paths[path]?.[verb.toLowerCase()];
      ok(documented !== undefined, route);
      const names = documented.parameters.map(({ name }: { name: string }) => name);
      deepEqual(
        Object.keys(parameters).filter((name) => !names.includes(name)),
        [],
        route,
      );
      if (method === undefined) continue;
      const { params } = channels.api.messages[method].payload.properties;
      deepEqual(
        Object.keys(parameters).filter((name) => params.properties[name] === undefined),
        [],
        method,
      );
    }
    type Message = { payload: { properties: object; items?: { properties: object } } };
    for (const [stream, fields] of streams) {
      const found = Object.entries<Message>(channels.streams.messages).find(([pattern]) => fits(pattern, stream));
      const { properties, items } = found![1].payload;
      equal(items !== undefined, stream.startsWith("!"), stream);
      const documented = Object.keys(items?.properties ?? properties);
      equal(documented.sort().join(" "), sorted(fields), stream);
    }
  });

  it("asks for a signature, or at least a key, where Binance does", async () => {
    for (const [route, parameters, security] of reads(world)) {
      if (security === "none") continue;
      const [method, path] = route.split(" ");
      const signed = security === "signed" ? alice.query(parameters) : "";
      const { status, body } = await exchange.request(method, `${path}?${signed}`);
      deepEqual([status, body], [401, { code: -2014, msg: "API-key format invalid." }], route);
    }
    const keyed = { headers: { "x-mbx-apikey": alice.account.apiKey } };
    const missing = (name: string) => `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;
    for (const [method, path, name] of [
      ["GET", "/api/v3/account", "timestamp"],
      ["POST", "/api/v3/order", "symbol"],
      ["POST", `/api/v3/order?symbol=${symbol}`, "side"],
      ["DELETE", `/api/v3/order?symbol=${symbol}&orderId=1`, "timestamp"],
      ["DELETE", `/api/v3/order?symbol=${symbol}&orderId=1&timestamp=${Date.now()}`, "signature"],
    ]) {
      const anonymous = await exchange.request(method, path);
      deepEqual([anonymous.status, anonymous.body.code], [401, -2014], `${method} ${path}: the key comes first`);
      const { status, body } = await exchange.request(method, path, keyed);
      deepEqual([status, body], [400, { code: -1102, msg: missing(name) }], `${method} ${path}: then the parameters`);
    }
    // Then who it is, when it was asked, the signature, and at last what is asked for.
    const unsigned = (parameters: Parameters) => `${alice.query(parameters).replace(/signature=.*/, "signature=")}${"0".repeat(64)}`;
    const old = { symbol: "NOSUCH", timestamp: Date.now() - 70_000 };
    for (const [query, key, status, code] of [
      [unsigned(old), "z".repeat(64), 401, -2015],
      [unsigned(old), alice.account.apiKey, 400, -1021],
      [unsigned({ symbol: "NOSUCH" }), alice.account.apiKey, 400, -1022],
      [alice.query({ symbol: "NOSUCH" }), alice.account.apiKey, 400, -1121],
    ] as const) {
      const answer = await exchange.request("GET", `/api/v3/openOrders?${query}`, { headers: { "x-mbx-apikey": key } });
      deepEqual([answer.status, answer.body.code], [status, code], query);
    }
  });

  it("tells times in microseconds to those who ask, everywhere", async () => {
    const times = new Set([
      "serverTime",
      "time",
      "updateTime",
      "workingTime",
      "transactionTime",
      "transactTime",
      "closeTime",
      "openTime",
      "T",
    ]);
    let found = 0;
    const check = (value: unknown, what: string): void => {
      if (Array.isArray(value)) for (const each of value) check(each, what);
      else if (typeof value === "object" && value !== null) {
        for (const [name, each] of Object.entries(value)) {
          if (times.has(name) && each !== -1 && each !== 0) {
            found++;
            ok(Number(each) > 1e15, `${name} of ${what} is ${each}`);
          } else check(each, what);
        }
      }
    };
    for (const row of reads(world)) {
      if (!row[0].includes("/api/v3/")) continue;
      const { body } = await call(row, { "x-mbx-time-unit": "MICROSECOND" });
      if (row[0].endsWith("lines") && body.length > 0) ok(body[0][0] > 1e15 && body[0][6] > 1e15, row[0]);
      else check(body, row[0]);
    }
    ok(found > 60, `${found} times`);
  });

  it("begins candles and trading days by the clock of a time zone", async () => {
    const day = 86_400_000;
    for (const [timeZone, minutes] of [
      ["0", 0],
      ["8", 480],
      ["-12:00", -720],
      ["14:00", 840],
      ["+05:45", 345],
      ["-3:30", -210],
    ] as const) {
      const ticker = (await call(["GET /api/v3/ticker/tradingDay", { symbol, timeZone }, "none", 4, ""])).body;
      equal((ticker.openTime + minutes * 60_000) % day, 0, timeZone);
      equal(ticker.closeTime, ticker.openTime + day - 1);
      const [open, , , , , volume, close] = (
        await call(["GET /api/v3/klines", { symbol, interval: "1d", timeZone, limit: 1 }, "none", 2, ""])
      ).body[0];
      equal((open + minutes * 60_000) % day, 0, timeZone);
      equal(close, open + day - 1);
      ok(Number(volume) <= 0.1);
    }
    for (const timeZone of ["14:01", "-12:01", "99"]) {
      const { body } = await call(["GET /api/v3/klines", { symbol, interval: "1d", timeZone }, "none", 2, ""]);
      deepEqual(body, { code: -1130, msg: "Data sent for parameter 'timeZone' is not valid." });
    }
    const { body } = await call(["GET /api/v3/klines", { symbol, interval: "1d", timeZone: "UTC" }, "none", 2, ""]);
    equal(body.code, -1100);
  });

  it("answers every change with the fields and the weight that are published, over REST and the WebSocket API", async () => {
    const socket = await exchange.connect("/ws-api/v3");
    await alice.delete("/api/v3/openOrders", { symbol });
    await alice.limit("BUY", "0.2", "20000", { newClientOrderId: "resting" });
    for (const row of writes) {
      const [route, parameters, , published, fields] = row;
      const ping = await exchange.get("/api/v3/ping");
      const answer = await call(row);
      const what = `${route} ${JSON.stringify(parameters)}`;
      equal(answer.status, 200, `${what}: ${JSON.stringify(answer.body)}`);
      equal(keysOf(answer.body), sorted(fields), what);
      // A minute that began between the two makes the difference negative: then it is not judged.
      if (used(answer) > used(ping)) equal(used(answer) - used(ping), published, `weight of ${what}`);
      // Only what the engine was asked for tells how many orders it has counted.
      const counted = ["x-mbx-order-count-10s", "x-mbx-order-count-1d"].map((name) => answer.headers.get(name) !== null);
      deepEqual(counted, route.endsWith("/test") ? [false, false] : [true, true], what);
    }
    await alice.limit("BUY", "0.2", "20000", { newClientOrderId: "resting" });
    for (const [route, parameters, , , fields, method] of writes) {
      if (method === undefined) continue;
      const { status, result, error } = await socket.call(method, alice.signed(parameters));
      equal(status, 200, `${method}: ${JSON.stringify(error)}`);
      equal(keysOf(result), sorted(fields), `${method} beside ${route}`);
    }
    const { result } = await socket.call("openOrders.cancelAll", alice.signed({ symbol }));
    ok(result.length > 3);
    socket.close();
  });

  it("cancels the orders of a symbol with lists as lists, each once", async () => {
    await alice.delete("/api/v3/openOrders", { symbol });
    await alice.limit("BUY", "0.2", "20000", { newClientOrderId: "alone" });
    const { orderListId } = (await alice.post("/api/v3/orderList/oco", oco({ listClientOrderId: "nested" }))).body;
    const { body } = await alice.delete("/api/v3/openOrders", { symbol });
    deepEqual([body.length, body[0].origClientOrderId, body[1].orderListId], [2, "alone", orderListId]);
    equal(keysOf(body[1]), sorted(`${list} orderReports`));
    deepEqual([body[1].listClientOrderId, body[1].listOrderStatus, body[1].orders.length], ["nested", "ALL_DONE", 2]);
    deepEqual(body[1].orderReports.map((leg: { status: string; type: string }) => [leg.status, leg.type]).sort(), [
      ["CANCELED", "LIMIT_MAKER"],
      ["CANCELED", "STOP_LOSS_LIMIT"],
    ]);
  });

  it("refuses an order that is only tested as it would refuse it in earnest", async () => {
    const cases: [parameters: Parameters, code: number, msg: string][] = [
      [limit("0", { price: "30000.001" }), -1013, "Filter failure: PRICE_FILTER"],
      [limit("0", { price: "1000000.01" }), -1013, "Filter failure: PRICE_FILTER"],
      [limit("0", { quantity: "9000.00001" }), -1013, "Filter failure: LOT_SIZE"],
      [limit("0", { quantity: "0.00001" }), -1013, "Filter failure: NOTIONAL"],
      [limit("0", { quantity: "9000" }), -1013, "Filter failure: NOTIONAL"],
      [{ symbol, side: "BUY", type: "MARKET", quantity: "100.00001" }, -1013, "Filter failure: MARKET_LOT_SIZE"],
      [{ symbol, side: "BUY", type: "MARKET", quoteOrderQty: "4.99" }, -1013, "Filter failure: NOTIONAL"],
      [{ symbol, side: "SELL", type: "MARKET", quantity: "0.00001" }, -1013, "Filter failure: NOTIONAL"],
      [limit("0", { price: "900000" }), -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"],
      [limit("0", { side: "SELL", price: "1000" }), -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"],
      [stopped({ stopPrice: "40000.001" }), -1013, "Filter failure: PRICE_FILTER"],
      [stopped({ trailingDelta: 3_000 }), -1013, "Filter failure: TRAILING_DELTA"],
      [limit("0", { icebergQty: "0.005" }), -1013, "Filter failure: ICEBERG_PARTS"],
      [limit("0", { timeInForce: "GTD" }), -1115, "Invalid timeInForce."],
    ];
    for (const [parameters, code, msg] of cases) {
      for (const path of ["/api/v3/order/test", "/api/v3/order"]) {
        deepEqual((await alice.post(path, parameters)).body, { code, msg }, `${path} ${JSON.stringify(parameters)}`);
      }
    }
  });

  it("tests an order without what only the matching engine knows: balance, book, triggers, open orders", async () => {
    await alice.delete("/api/v3/openOrders", { symbol });
    await bob.limit("SELL", "0.1", "41000");
    await alice.limit("BUY", "0.1", "20000", { newClientOrderId: "taken" });
    const cases: [parameters: Parameters, msg: string][] = [
      [limit("0", { quantity: "100", price: "40000" }), "Account has insufficient balance for requested action."],
      [{ symbol, side: "BUY", type: "LIMIT_MAKER", quantity: "0.1", price: "41000" }, "Order would immediately match and take."],
      [stopped({ stopPrice: "45000" }), "Order would trigger immediately."],
      [limit("0", { newClientOrderId: "taken" }), "Duplicate order sent."],
    ];
    for (const [parameters, msg] of cases) {
      const tested = await alice.post("/api/v3/order/test", parameters);
      deepEqual([tested.status, tested.body], [200, {}], msg);
      deepEqual((await alice.post("/api/v3/order", parameters)).body, { code: -2010, msg });
    }
    const rates = (await alice.post("/api/v3/order/test", limit("0", { computeCommissionRates: true }))).body;
    deepEqual(rates.standardCommissionForOrder, { maker: "0.00100000", taker: "0.00100000" });
    for (const each of [alice, bob]) await each.delete("/api/v3/openOrders", { symbol });
  });

  it("places an OCO with the parameters of before as the one of now", async () => {
    const former: Parameters = { symbol, side: "BUY", quantity: "0.01", price: "20000", stopPrice: "60000" };
    const ids = { listClientOrderId: "former", limitClientOrderId: "limit-leg", stopClientOrderId: "stop-leg" };
    const { body } = await alice.post("/api/v3/order/oco", { ...former, ...ids, limitIcebergQty: "0.005" });
    deepEqual(
      body.orderReports.map(({ clientOrderId, type, side, price, stopPrice, icebergQty, status }: Parameters) => [
        ...[clientOrderId, type, side, price],
        ...[stopPrice, icebergQty, status],
      ]),
      [
        ["stop-leg", "STOP_LOSS", "BUY", "0.00000000", "60000.00000000", undefined, "NEW"],
        ["limit-leg", "LIMIT_MAKER", "BUY", "20000.00000000", undefined, "0.00500000", "NEW"],
      ],
    );
    deepEqual([body.listClientOrderId, body.contingencyType, body.listOrderStatus], ["former", "OCO", "EXECUTING"]);
    await alice.delete("/api/v3/openOrders", { symbol });
    const refused = async (change: Parameters) => (await alice.post("/api/v3/order/oco", { ...former, ...change })).body;
    deepEqual(await refused({ stopLimitPrice: "61000" }), {
      code: -1128,
      msg: "Combination of optional parameters invalid. Recommendation: 'stopLimitTimeInForce' should also be sent.",
    });
    deepEqual(await refused({ stopPrice: "30000" }), { code: -2010, msg: "The relationship of the prices for the orders is not correct." });
    const { stopPrice, ...unstopped } = former;
    deepEqual((await alice.post("/api/v3/order/oco", unstopped)).body, {
      code: -1102,
      msg: "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!",
    });
  });

  it("refuses what exchangeInfo says that no symbol allows: pegged orders, and lists that pay with what they receive", async () => {
    const [info] = (await exchange.get(`/api/v3/exchangeInfo?symbol=${symbol}`)).body.symbols;
    deepEqual([info.pegInstructionsAllowed, info.opoAllowed], [false, false]);
    const pegged = { code: -2010, msg: "Pegged orders are not supported for this symbol." };
    const { price, ...unpriced } = limit("0");
    const cases: [path: string, parameters: Parameters, refusal: object][] = [
      ["/api/v3/order", { ...unpriced, pegPriceType: "PRIMARY_PEG" }, pegged],
      ["/api/v3/order", limit("0", { pegPriceType: "MARKET_PEG", pegOffsetType: "PRICE_LEVEL", pegOffsetValue: 2 }), pegged],
      ["/api/v3/order/test", limit("0", { pegPriceType: "PRIMARY_PEG" }), pegged],
      ["/api/v3/orderList/oco", oco({ abovePegPriceType: "PRIMARY_PEG" }), pegged],
      [
        "/api/v3/orderList/oto",
        { ...working(), pendingType: "MARKET", pendingSide: "SELL", pendingQuantity: "0.01", workingPegPriceType: "PRIMARY_PEG" },
        pegged,
      ],
      ["/api/v3/order", limit("0", { pegPriceType: "BEST" }), { code: -1210, msg: "Invalid pegPriceType." }],
      ["/api/v3/order", limit("0", { pegPriceType: "PRIMARY_PEG", pegOffsetType: "TICK" }), { code: -1211, msg: "Invalid pegOffsetType." }],
      [
        "/api/v3/orderList/opo",
        { ...working(), pendingType: "MARKET", pendingSide: "SELL" },
        { code: -2010, msg: "OPO orders are not supported for this symbol." },
      ],
      [
        "/api/v3/orderList/opoco",
        {
          ...{ ...working(), pendingSide: "SELL", pendingAboveType: "LIMIT_MAKER", pendingAbovePrice: "60000" },
          ...{ pendingBelowType: "STOP_LOSS", pendingBelowStopPrice: "15000" },
        },
        { code: -2010, msg: "OPO orders are not supported for this symbol." },
      ],
      [
        "/api/v3/orderList/opo",
        { ...working(), symbol: "NOSUCH", pendingType: "MARKET", pendingSide: "SELL" },
        { code: -1121, msg: "Invalid symbol." },
      ],
    ];
    const socket = await exchange.connect("/ws-api/v3");
    for (const [path, parameters, refusal] of cases) {
      const { status, body } = await alice.post(path, parameters);
      deepEqual([status, body], [400, refusal], `${path} ${JSON.stringify(parameters)}`);
    }
    const { status, error } = await socket.call(
      "orderList.place.opo",
      alice.signed({ ...working(), pendingType: "MARKET", pendingSide: "SELL" }),
    );
    deepEqual([status, error.msg], [400, "OPO orders are not supported for this symbol."]);
    socket.close();
  });

  it("shows the symbols that ask for a permission, and refuses what is none or goes together with nothing", async () => {
    const ask = async (query: string) => (await exchange.get(`/api/v3/exchangeInfo?${query}`)).body;
    const names = async (query: string) => (await ask(query)).symbols.map((each: { symbol: string }) => each.symbol);
    const all = ["BTCUSDT", "ETHUSDT", "ETHBTC"];
    deepEqual(await names("permissions=SPOT"), all);
    deepEqual(await names(`permissions=${encodeURIComponent('["MARGIN","SPOT"]')}`), all);
    deepEqual(await names(`permissions=${encodeURIComponent('["MARGIN","LEVERAGED","TRD_GRP_004"]')}`), []);
    deepEqual(await names("permissions=SPOT&symbolStatus=TRADING"), all);
    deepEqual(await names("symbolStatus=HALT"), []);
    for (const [query, sets] of [
      ["", [["SPOT"]]],
      ["showPermissionSets=true", [["SPOT"]]],
      ["showPermissionSets=false", []],
    ] as const) {
      for (const { permissionSets, permissions } of (await ask(query)).symbols) deepEqual([permissionSets, permissions], [sets, []], query);
    }
    const together = { code: -1128, msg: "Combination of optional parameters invalid." };
    for (const query of [
      "symbol=BTCUSDT&permissions=SPOT",
      "symbol=BTCUSDT&symbolStatus=TRADING",
      "symbol=BTCUSDT&symbols=%5B%22BTCUSDT%22%5D",
    ])
      deepEqual(await ask(query), together, query);
    const wrong = { code: -1130, msg: "Data sent for parameter 'permissions' is not valid." };
    for (const query of ["permissions=SPOTS", "permissions=TRD_GRP_001", `permissions=${encodeURIComponent('["SPOT","FUTURES"]')}`])
      deepEqual(await ask(query), wrong, query);
    const socket = await exchange.connect("/ws-api/v3");
    deepEqual((await socket.call("exchangeInfo", { permissions: ["SPOT", "MARGIN"] })).result.symbols.length, 3);
    deepEqual((await socket.call("exchangeInfo", { permissions: "LEVERAGED" })).result.symbols.length, 0);
    socket.close();
  });

  it("refuses with the texts by which clients know their errors", async () => {
    const order = "/api/v3/order";
    const resting = (await bob.limit("SELL", "0.1", "41000")).body.orderId;
    const market: Parameters = { symbol, side: "BUY", type: "MARKET", quantity: "0.1" };
    const cases: [what: string, answer: Promise<Answer>, status: number, code: number, msg: string][] = [
      ["balance", alice.limit("BUY", "100", "40000"), 400, -2010, "Account has insufficient balance for requested action."],
      [
        "a maker that takes",
        alice.post(order, { symbol, side: "BUY", type: "LIMIT_MAKER", quantity: "0.1", price: "41000" }),
        400,
        -2010,
        "Order would immediately match and take.",
      ],
      [
        "a stop that triggers",
        alice.post(order, { symbol, side: "SELL", type: "STOP_LOSS", quantity: "0.1", stopPrice: "45000" }),
        400,
        -2010,
        "Order would trigger immediately.",
      ],
      ["percent price", alice.limit("BUY", "0.1", "900000"), 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"],
      ["an unknown cancel", alice.delete(order, { symbol, orderId: 987_654_321 }), 400, -2011, "Unknown order sent."],
      ["another's order", alice.delete(order, { symbol, orderId: resting }), 400, -2011, "Unknown order sent."],
      ["an unknown query", alice.get(order, { symbol, orderId: 987_654_321 }), 400, -2013, "Order does not exist."],
      ["no open orders", alice.delete("/api/v3/openOrders", { symbol: "ETHBTC" }), 400, -2011, "Unknown order sent."],
      [
        "an amendment that changes nothing",
        bob.put("/api/v3/order/amend/keepPriority", { symbol, orderId: resting, newQty: "0.1" }),
        400,
        -2038,
        "The requested action would change no state; rejecting",
      ],
      [
        "an amendment upwards",
        bob.put("/api/v3/order/amend/keepPriority", { symbol, orderId: resting, newQty: "0.2" }),
        400,
        -2038,
        "Order amend (quantity increase) is not supported.",
      ],
      [
        "more than a day",
        alice.get("/api/v3/myTrades", { symbol, startTime: 1, endTime: 86_400_002 }),
        400,
        -1127,
        "More than 24 hours between startTime and endTime.",
      ],
      ["no such list", alice.get("/api/v3/orderList", { orderListId: 987_654_321 }), 400, -2018, "Order list does not exist."],
      [
        "the old clock",
        alice.get("/api/v3/account", { timestamp: Date.now() - 70_000 }),
        400,
        -1021,
        "Timestamp for this request is outside of the recvWindow.",
      ],
      [
        "a symbol in another state",
        exchange.get(`/api/v3/depth?symbol=${symbol}&symbolStatus=HALT`),
        400,
        -1220,
        "The symbol's status does not match the requested symbolStatus.",
      ],
      [
        "an unread parameter",
        alice.post(order, { ...market, colour: "red" }),
        400,
        -1104,
        "Not all sent parameters were read; read '6' parameter(s) but was sent '7'.",
      ],
    ];
    for (const [what, answer, status, code, msg] of cases) {
      const { status: got, body } = await answer;
      deepEqual([got, body], [status, { code, msg }], what);
    }
    await bob.limit("BUY", "0.1", "39000", { newClientOrderId: "twice" });
    deepEqual((await bob.limit("BUY", "0.1", "39000", { newClientOrderId: "twice" })).body, { code: -2010, msg: "Duplicate order sent." });
    await bob.delete("/api/v3/openOrders", { symbol });
  });

  it("tells an account's events with their fields and no others", async () => {
    const report = "e E s c S o f q p P F g C x X r i l z L n N T t I w m M O Z Y Q V";
    const socket = await exchange.connect("/ws-api/v3");
    const { subscriptionId } = (await socket.call("userDataStream.subscribe.signature", bob.signed())).result;
    const heard = async (e: string, matches: (event: Record<string, unknown>) => boolean = () => true) => {
      const message = await socket.next(({ event }) => event?.e === e && matches(event));
      deepEqual([keysOf(message), message.subscriptionId], ["event subscriptionId", subscriptionId]);
      return message.event;
    };
    const { orderId } = (await bob.limit("SELL", "0.2", "41000")).body;
    await alice.limit("BUY", "0.1", "41000");
    await bob.delete("/api/v3/order", { symbol, orderId, newClientOrderId: "the-cancel" });
    const stop = (await bob.post("/api/v3/order", stopped({ stopPrice: "15000" }))).body.orderId;
    const trailing = (await bob.post("/api/v3/order", stopped({ trailingDelta: 100 }))).body.orderId;
    const immediate = (await bob.limit("BUY", "0.1", "20000", { timeInForce: "IOC" })).body.orderId;
    const oneList = (await bob.post("/api/v3/orderList/oco", oco())).body.orderListId;
    const { account } = bob.account;
    const header = { time: Date.now() * 1_000, session: 0, sessionSequence: 0 };
    await exchange.exchange.orderEntry.submit({ kind: "deposit", ...header, account, asset: 3, amount: 5n, transferId: 77_001n });

    const of = (id: number, x: string) => heard("executionReport", (event) => event["i"] === id && event["x"] === x);
    for (const [id, x, more] of [
      [orderId, "NEW", "W"],
      [orderId, "TRADE", "W"],
      [orderId, "CANCELED", "W"],
      [stop, "NEW", ""],
      [trailing, "NEW", "d D"],
      [immediate, "EXPIRED", "W eR"],
    ] as const) {
      equal(keysOf(await of(id, x)), sorted(`${report} ${more}`.trim()), `${x} of ${id}`);
    }
    const cancel = await of(orderId, "CANCELED");
    deepEqual([cancel.c, cancel.w, cancel.X, cancel.z], ["the-cancel", false, "CANCELED", "0.10000000"]);
    const fill = await of(orderId, "TRADE");
    deepEqual([fill.l, fill.L, fill.Y, fill.N, fill.m, fill.M], ["0.10000000", "41000.00000000", "4100.00000000", "USDT", true, true]);
    deepEqual([(await of(orderId, "NEW")).N, (await of(orderId, "NEW")).t, (await of(orderId, "NEW")).n], [null, -1, "0"]);
    const position = await heard("outboundAccountPosition");
    deepEqual([keysOf(position), keysOf(position.B)], ["B E e u", "a f l"]);
    const change = await heard("balanceUpdate");
    deepEqual([keysOf(change), change.a, change.d], ["E T a d e", "USDT", "0.00000005"]);
    const listed = await heard("listStatus", ({ g }) => g === oneList);
    deepEqual([keysOf(listed), keysOf(listed.O)], [sorted("e E s g c l L r C T O"), sorted("s i c")]);
    await socket.call("userDataStream.unsubscribe", { subscriptionId });
    equal(keysOf(await heard("eventStreamTerminated")), "E e");
    socket.close();
    for (const client of [alice, bob]) await client.delete("/api/v3/openOrders", { symbol });
  });

  it("tells every stream with its fields and no others", async () => {
    const socket: Socket = await exchange.connect(`/stream?streams=${streams.map(([name]) => name).join("/")}`);
    await alice.limit("SELL", "0.1", "40000");
    await bob.limit("BUY", "0.1", "40000");
    for (const [stream, fields] of streams) {
      const { data } = await socket.next((message) => message.stream === stream, 40_000);
      equal(keysOf(data), sorted(fields), stream);
      if (fields === "e E s k") equal(keysOf(data.k), sorted(kline));
    }
    socket.close();
  });
});
