/** ccxt with its WebSocket part in the shared run, on BTC/USDT. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import ccxt from "ccxt";
import { type AtWork, eventually, type Untyped } from "./at-work";
import { ccxtUrls, type StartedExchange } from "./started-exchange";

export async function ccxtAtWork(exchange: StartedExchange): Promise<AtWork> {
  const { apiKey, secretKey: secret } = exchange.accounts[0];
  const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] } };
  const configuration = { apiKey, secret, urls: ccxtUrls(exchange), options };
  const client = new ccxt.pro.binance(configuration as ConstructorParameters<typeof ccxt.pro.binance>[0]);
  await client.loadHttpProxyAgent();
  await client.loadMarkets();
  const symbol = "BTC/USDT";
  let book: Untyped;
  let closing = false;
  const heard: string[] = [];
  const follow = async (watch: () => Promise<void>) => {
    while (!closing) await watch();
  };
  // Closing ends what is being watched with an error of its own.
  const watching = [
    follow(async () => {
      book = await client.watchOrderBook(symbol);
    }),
    follow(async () => {
      for (const order of await client.watchOrders(symbol)) heard.push(`${order.id} ${order.status}`);
    }),
  ].map((each) =>
    each.catch((error: unknown) => {
      if (!closing) throw error;
    }),
  );

  // Whoever closes is told.
  for (const each of watching) each.catch(() => {});

  async function work(): Promise<void> {
    await eventually("book", () => book);
    equal((await client.fetchTicker(symbol)).bid, 49_950);
    ok((await client.fetchTrades(symbol)).length > 0 && (await client.fetchOHLCV(symbol, "1m")).length > 0);
    equal((await client.watchTrades(symbol))[0].symbol, symbol);
    ok(Number((await client.fetchBalance())["BTC"].total) > 0);

    const market = await client.createOrder(symbol, "market", "buy", 0.002);
    deepEqual([market.status, market.average], ["closed", 50_050]);
    equal((await client.createMarketBuyOrderWithCost(symbol, 100.1)).filled, 0.002);
    equal((await client.createOrder(symbol, "market", "sell", 0.002)).average, 49_950);
    equal((await client.createOrder(symbol, "limit", "buy", 0.001, 50_050)).status, "closed");
    for (const timeInForce of ["IOC", "FOK"]) {
      equal((await client.createOrder(symbol, "limit", "buy", 0.001, 20_000, { timeInForce })).status, "expired");
    }
    for (const [type, side, price, parameters] of [
      ["limit", "buy", 20_000, { clientOrderId: "ccxt-rests" }],
      ["limit", "buy", 20_000, { postOnly: true }],
      ["limit", "sell", 80_000, { icebergQty: "0.0002" }],
      ["market", "sell", undefined, { stopLossPrice: 30_000 }],
      ["limit", "sell", 29_000, { stopLossPrice: 30_000 }],
      ["market", "sell", undefined, { takeProfitPrice: 70_000 }],
      ["limit", "sell", 71_000, { takeProfitPrice: 70_000 }],
      ["limit", "sell", 29_000, { trailingPercent: 10, stopLossOrTakeProfit: "stopLoss" }],
      ["limit", "buy", 45_000, { trailingPercent: 5, stopLossOrTakeProfit: "takeProfit", trailingTriggerPrice: 45_000 }],
    ] as const) {
      const placed = await client.createOrder(symbol, type, side, 0.001, price, parameters);
      equal((await client.fetchOrder(placed.id!, symbol)).status, "open", JSON.stringify(parameters));
      equal((await client.cancelOrder(placed.id!, symbol)).status, "canceled");
      await eventually("event of the cancel", () => heard.find((event) => event === `${placed.id} canceled`));
    }
    const first = await client.createOrderWs(symbol, "limit", "buy", 0.001, 20_000);
    const edited = await client.editOrder(first.id!, symbol, "limit", "buy", 0.002, 20_001);
    deepEqual([edited.price, edited.amount], [20_001, 0.002]);
    equal((await client.fetchOrder(first.id!, symbol)).status, "canceled");
    equal((await client.cancelOrderWs(edited.id!, symbol)).status, "canceled");

    // Lists and sweeps by the calls that ccxt makes of Binance's paths.
    const raw = client as unknown as Record<string, (parameters: object) => Promise<Untyped>>;
    const id = "BTCUSDT";
    const above = { aboveType: "LIMIT_MAKER", abovePrice: "80000", belowType: "STOP_LOSS", belowStopPrice: "30000" };
    const working = {
      workingType: "LIMIT",
      workingSide: "BUY",
      workingPrice: "20000",
      workingQuantity: "0.001",
      workingTimeInForce: "GTC",
    };
    const pending = { pendingSide: "SELL", pendingQuantity: "0.001" };
    const pendingOco = {
      pendingAboveType: "LIMIT_MAKER",
      pendingAbovePrice: "80000",
      pendingBelowType: "STOP_LOSS",
      pendingBelowStopPrice: "15000",
    };
    for (const [name, list] of [
      ["privatePostOrderListOco", { symbol: id, side: "SELL", quantity: "0.001", ...above }],
      ["privatePostOrderListOto", { symbol: id, ...working, ...pending, pendingType: "MARKET" }],
      ["privatePostOrderListOtoco", { symbol: id, ...working, ...pending, ...pendingOco }],
    ] as const) {
      const { orderListId } = await raw[name](list);
      equal((await raw["privateDeleteOrderList"]({ symbol: id, orderListId })).listOrderStatus, "ALL_DONE");
    }

    await rejects(client.createOrder(symbol, "limit", "buy", 100, 40_000), ccxt.InsufficientFunds);
    await rejects(client.createOrder(symbol, "limit", "buy", 0.001, 50_050, { postOnly: true }), ccxt.OrderImmediatelyFillable);
    await rejects(client.createOrder(symbol, "market", "sell", 0.001, undefined, { stopLossPrice: 60_000 }), ccxt.OrderImmediatelyFillable);
    await rejects(client.createOrder(symbol, "limit", "buy", 0.001, 1), ccxt.InvalidOrder);
    await rejects(client.fetchOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(client.cancelOrder("999999999", symbol), ccxt.OrderNotFound);
    await rejects(client.publicGetDepth({ symbol: "NOSUCH" }), ccxt.BadSymbol);
    await rejects(client.createOrder(symbol, "limit", "buy", 0.001, 400_000), ccxt.InvalidOrder);
    await rejects(client.editOrder("999999999", symbol, "limit", "buy", 0.002, 20_001), ccxt.ExchangeError);
    await rejects(raw["privateGetAccount"]({ timestamp: Date.now() - 100_000 }), ccxt.InvalidNonce);
    await rejects(raw["privateGetMyTrades"]({ symbol: id, startTime: 1, endTime: 86_400_002 }), ccxt.BadRequest);
    const urls = ccxtUrls(exchange);
    const stranger = new ccxt.binance({ apiKey: "X".repeat(64), secret: "nothing", urls } as ConstructorParameters<typeof ccxt.binance>[0]);
    await rejects(stranger.privateGetAccount(), ccxt.AuthenticationError);
    await stranger.close();
  }

  return {
    work: work(),
    async book(lastUpdateId) {
      await eventually(`update ${lastUpdateId} of the book`, () => (book.nonce >= lastUpdateId ? true : undefined));
      const text = (levels: number[][]) => Array.from(levels, ([price, quantity]) => [price.toFixed(8), quantity.toFixed(8)]);
      return { lastUpdateId: book.nonce, bids: text(book.bids), asks: text(book.asks) };
    },
    async close() {
      closing = true;
      await client.close();
      await Promise.all(watching);
    },
  };
}
