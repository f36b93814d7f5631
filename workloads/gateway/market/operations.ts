/**
 * Public operations: the exchange itself, its books, trades, candles and tickers.
 */

import { Side, SymbolState } from "@bourse/engine";
import type { AggregateTrade, Instrument, Kline, KlineInterval, PublicTrade } from "../../services/ports";
import { ApiError, badCombination, invalidData, invalidSymbol, missingEither } from "../errors";
import { type Call, type Operation, operation } from "../operation";
import { assertLimit, timeRange } from "../orders/queries";
import * as parameter from "../parameters";
import { type RateLimits, rateLimitViews } from "../rate-limits";
import type { Services } from "../services";
import { instrumentNamed, isAskedFor, levelsText, priceText, quantityText, quoteText, stateNames, symbolView } from "./instrument";
import * as tickers from "./tickers";

const { optional } = parameter;

const symbolStatus = () => optional(parameter.oneOf(["TRADING", "HALT", "BREAK"], "Only symbols in this state.", "symbolStatus"));
const symbolOrSymbols = { symbol: optional(parameter.symbol()), symbols: optional(parameter.symbols()), symbolStatus: symbolStatus() };
const tickerType = () => optional(parameter.oneOf(["FULL", "MINI"], "How much is shown; FULL by default.", "tickerType"));

interface SymbolSelection {
  symbol?: string;
  symbols?: string[];
  symbolStatus?: "TRADING" | "HALT" | "BREAK";
}

/** Weight by the number of symbols asked for: of one, of up to 20, of up to 100, of more or all (rest-api.md, "24hr ticker"). */
const steppedWeight =
  (few: number, some: number, all: number) =>
  ({ symbol, symbols }: SymbolSelection): number => {
    if (symbol !== undefined) return few;
    if (symbols === undefined || symbols.length > 100) return all;
    return symbols.length > 20 ? some : few;
  };

/** 4 a symbol, at most 200. */
const windowWeight = ({ symbols }: SymbolSelection) => Math.min(200, 4 * (symbols?.length ?? 1));

/** Largest number of symbols in one request of a window ticker (rest-api.md, "Rolling window"). */
const mostSymbols = 100;

export const tradeView = (trade: PublicTrade, instrument: Instrument, call: Call) => ({
  id: trade.tradeId,
  price: priceText(instrument, trade.price),
  qty: quantityText(instrument, trade.quantity),
  quoteQty: quoteText(instrument, trade.quoteAmount),
  time: call.time(trade.time),
  isBuyerMaker: trade.takerSide === Side.SELL,
  isBestMatch: true,
});

const aggregateView = (trade: AggregateTrade, instrument: Instrument, call: Call) => ({
  a: trade.aggregateId,
  p: priceText(instrument, trade.price),
  q: quantityText(instrument, trade.quantity),
  f: trade.firstTradeId,
  l: trade.lastTradeId,
  T: call.time(trade.time),
  m: trade.takerSide === Side.SELL,
  M: true,
});

const klineView = (kline: Kline, instrument: Instrument, call: Call) => [
  call.time(kline.openTime * 1000),
  priceText(instrument, kline.open),
  priceText(instrument, kline.high),
  priceText(instrument, kline.low),
  priceText(instrument, kline.close),
  quantityText(instrument, kline.volume),
  call.time(1) === 1 ? kline.closeTime * 1000 + 999 : kline.closeTime,
  quoteText(instrument, kline.quoteVolume),
  kline.trades,
  quantityText(instrument, kline.takerBuyVolume),
  quoteText(instrument, kline.takerBuyQuoteVolume),
  "0",
];

export function marketOperations(services: Services, limits: RateLimits): Operation[] {
  const { instruments, orderBooks, marketData, orderEntry } = services;

  /** What a request selects, one or many; a symbol that does not exist is -1121, one in another state -1220. */
  function selected({ symbol, symbols, symbolStatus: status }: SymbolSelection): {
    one: Instrument | undefined;
    many: readonly Instrument[];
  } {
    if (symbol !== undefined && symbols !== undefined) throw badCombination();
    const inState = (instrument: Instrument) => status === undefined || stateNames[instrument.state] === status;
    if (symbol !== undefined) {
      const one = instrumentNamed(instruments, symbol);
      if (!inState(one)) throw new ApiError(-1220, "The symbol's status does not match the requested symbolStatus.");
      return { one, many: [one] };
    }
    if (symbols !== undefined) {
      if (new Set(symbols).size !== symbols.length) throw new ApiError(-1151, "Symbol is present multiple times in the list.");
      return { one: undefined, many: symbols.map((name) => instrumentNamed(instruments, name)).filter(inState) };
    }
    return { one: undefined, many: instruments.all().filter((each) => each.state !== SymbolState.DELISTED && inState(each)) };
  }

  /** One object for `symbol`, an array otherwise. */
  function each(selection: SymbolSelection, view: (instrument: Instrument) => unknown): unknown {
    const { one, many } = selected(selection);
    return one === undefined ? many.map(view) : view(one);
  }

  const ping = operation({
    summary: "Tests the connection.",
    rest: ["GET /api/v3/ping", "GET /api/v1/ping"],
    socket: "ping",
    parameters: {},
    run: () => ({}),
  });

  const time = operation({
    summary: "Tells the time of the server.",
    rest: ["GET /api/v3/time", "GET /api/v1/time"],
    socket: "time",
    parameters: {},
    run: (_, call) => ({ serverTime: call.time(call.received) }),
  });

  const exchangeInfo = operation({
    summary: "Shows limits, symbols and their filters.",
    rest: ["GET /api/v3/exchangeInfo", "GET /api/v1/exchangeInfo"],
    socket: "exchangeInfo",
    weight: 20,
    parameters: {
      ...symbolOrSymbols,
      permissions: optional(parameter.permissions()),
      showPermissionSets: optional(parameter.flag("Whether `permissionSets` is filled; true by default.")),
    },
    run({ permissions, showPermissionSets = true, ...selection }, call) {
      const named = selection.symbol !== undefined || selection.symbols !== undefined;
      if (named && (permissions !== undefined || selection.symbolStatus !== undefined)) throw badCombination();
      const { many } = selected(selection);
      const shown = permissions === undefined || permissions.some(isAskedFor) ? many : [];
      const { weight, tenSeconds, day, requests } = rateLimitViews;
      const { settings } = limits;
      const { orderLimits } = orderEntry;
      return {
        timezone: "UTC",
        serverTime: call.time(call.received),
        rateLimits: [weight(settings), tenSeconds(orderLimits), day(orderLimits), requests(settings)],
        exchangeFilters: [],
        symbols: shown.map((instrument) => symbolView(instrument, showPermissionSets)),
      };
    },
  });

  const depth = operation({
    summary: "Shows the order book.",
    rest: ["GET /api/v3/depth", "GET /api/v1/depth"],
    socket: "depth",
    weight: ({ limit = 100 }) => (limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250),
    parameters: { symbol: parameter.symbol(), limit: optional(parameter.limit(100, 5000)), symbolStatus: symbolStatus() },
    run({ symbol, limit = 100, symbolStatus: status }) {
      assertLimit(limit);
      const instrument = selected({ symbol, symbolStatus: status }).one!;
      const { lastUpdateId, bids, asks } = orderBooks.snapshot(instrument.symbol, limit);
      return { lastUpdateId, bids: levelsText(instrument, bids), asks: levelsText(instrument, asks) };
    },
  });

  const trades = operation({
    summary: "Lists recent trades, oldest first.",
    rest: ["GET /api/v3/trades", "GET /api/v1/trades"],
    socket: "trades.recent",
    weight: 25,
    parameters: { symbol: parameter.symbol(), limit: optional(parameter.limit(500, 1000)) },
    async run({ symbol, limit = 500 }, call) {
      assertLimit(limit);
      const instrument = instrumentNamed(instruments, symbol);
      return (await marketData.tradeHistory(instrument.symbol, { limit })).map((trade) => tradeView(trade, instrument, call));
    },
  });

  const historicalTrades = operation({
    summary: "Lists trades from an id on, oldest first.",
    rest: ["GET /api/v3/historicalTrades", "GET /api/v1/historicalTrades"],
    socket: "trades.historical",
    weight: 25,
    parameters: {
      symbol: parameter.symbol(),
      limit: optional(parameter.limit(500, 1000)),
      fromId: optional(parameter.integer("From this trade id on; without it the newest.")),
    },
    async run({ symbol, limit = 500, fromId }, call) {
      assertLimit(limit);
      const instrument = instrumentNamed(instruments, symbol);
      return (await marketData.tradeHistory(instrument.symbol, { fromId, limit })).map((trade) => tradeView(trade, instrument, call));
    },
  });

  const aggregateTrades = operation({
    summary: "Lists trades with the fills of one order at one price joined, oldest first.",
    rest: ["GET /api/v3/aggTrades", "GET /api/v1/aggTrades"],
    socket: "trades.aggregate",
    weight: 4,
    parameters: {
      symbol: parameter.symbol(),
      fromId: optional(parameter.integer("From this aggregate id on.")),
      ...timeRange,
      limit: optional(parameter.limit(500, 1000)),
    },
    async run({ symbol, fromId, startTime, endTime, limit = 500 }, call) {
      assertLimit(limit);
      const instrument = instrumentNamed(instruments, symbol);
      if (fromId !== undefined && (startTime !== undefined || endTime !== undefined)) throw badCombination();
      const found = await marketData.aggregateTradeHistory(instrument.symbol, { fromId, startTime, endTime, limit });
      return found.map((trade) => aggregateView(trade, instrument, call));
    },
  });

  const klineParameters = {
    symbol: parameter.symbol(),
    interval: parameter.interval(),
    ...timeRange,
    timeZone: optional(parameter.timeZone()),
    limit: optional(parameter.limit(500, 1000)),
  };

  async function runKlines(
    {
      symbol,
      interval,
      startTime,
      endTime,
      timeZone = 0,
      limit = 500,
    }: { symbol: string; interval: KlineInterval; startTime?: number; endTime?: number; timeZone?: number; limit?: number },
    call: Call,
  ) {
    assertLimit(limit);
    const instrument = instrumentNamed(instruments, symbol);
    const klines = await marketData.klineHistory(instrument.symbol, interval, { startTime, endTime, limit }, timeZone);
    return klines.map((kline) => klineView(kline, instrument, call));
  }

  const klines = operation({
    summary: "Lists candles, oldest first.",
    rest: ["GET /api/v3/klines", "GET /api/v1/klines"],
    socket: "klines",
    weight: 2,
    parameters: klineParameters,
    run: runKlines,
  });

  const uiKlines = operation({
    summary: "Lists candles for charts: the same as klines.",
    rest: "GET /api/v3/uiKlines",
    socket: "uiKlines",
    weight: 2,
    parameters: klineParameters,
    run: runKlines,
  });

  const averagePrice = operation({
    summary: "Shows the average price of the last five minutes.",
    rest: "GET /api/v3/avgPrice",
    socket: "avgPrice",
    weight: 2,
    parameters: { symbol: parameter.symbol() },
    run({ symbol }, call) {
      return averagePriceView(services, instrumentNamed(instruments, symbol), call);
    },
  });

  const dayTicker = operation({
    summary: "Shows statistics of the last 24 hours.",
    rest: ["GET /api/v3/ticker/24hr", "GET /api/v1/ticker/24hr"],
    socket: "ticker.24hr",
    weight: steppedWeight(2, 40, 80),
    parameters: { ...symbolOrSymbols, type: tickerType() },
    run({ type, ...selection }, call) {
      const now = Math.floor(call.received / 1000);
      return each(selection, (instrument) => {
        const ticker = marketData.ticker(instrument.symbol, tickers.day, now);
        if (type === "MINI") return tickers.miniTickerView(instrument, ticker, call);
        return tickers.dayTickerView(instrument, ticker, orderBooks.best(instrument.symbol), call);
      });
    },
  });

  const tradingDayTicker = operation({
    summary: "Shows statistics of the day, which begins at midnight of the time zone.",
    rest: "GET /api/v3/ticker/tradingDay",
    socket: "ticker.tradingDay",
    weight: windowWeight,
    parameters: { ...symbolOrSymbols, timeZone: optional(parameter.timeZone()), type: tickerType() },
    run({ type, timeZone = 0, ...selection }, call) {
      assertSelection(selection);
      const now = Math.floor(call.received / 1000);
      const start = now - ((now + timeZone) % tickers.day);
      return each(selection, (instrument) => {
        const ticker = { ...marketData.ticker(instrument.symbol, now - start, now), openTime: start, closeTime: start + tickers.day - 1 };
        return (type === "MINI" ? tickers.miniTickerView : tickers.windowTickerView)(instrument, ticker, call);
      });
    },
  });

  const windowTicker = operation({
    summary: "Shows statistics of a rolling window, of a day by default.",
    rest: "GET /api/v3/ticker",
    socket: "ticker",
    weight: windowWeight,
    parameters: {
      ...symbolOrSymbols,
      windowSize: optional(parameter.opaque("1m to 59m, 1h to 23h or 1d to 7d; 1d by default.")),
      type: tickerType(),
    },
    run({ type, windowSize = "1d", ...selection }, call) {
      assertSelection(selection);
      const length = tickers.windowLength(windowSize);
      if (length === undefined) throw invalidData("windowSize");
      const now = Math.floor(call.received / 1000);
      return each(selection, (instrument) => {
        const ticker = marketData.ticker(instrument.symbol, length, now);
        return (type === "MINI" ? tickers.miniTickerView : tickers.windowTickerView)(instrument, ticker, call);
      });
    },
  });

  const priceTicker = operation({
    summary: "Shows last prices.",
    rest: ["GET /api/v3/ticker/price", "GET /api/v1/ticker/price", "GET /api/v3/ticker/allPrices", "GET /api/v1/ticker/allPrices"],
    socket: "ticker.price",
    weight: ({ symbol }) => (symbol === undefined ? 4 : 2),
    parameters: symbolOrSymbols,
    run: (selection) =>
      each(selection, (instrument) => ({ symbol: instrument.name, price: priceText(instrument, marketData.lastPrice(instrument.symbol)) })),
  });

  const bookTicker = operation({
    summary: "Shows best bids and asks.",
    rest: [
      "GET /api/v3/ticker/bookTicker",
      "GET /api/v1/ticker/bookTicker",
      "GET /api/v3/ticker/allBookTickers",
      "GET /api/v1/ticker/allBookTickers",
    ],
    socket: "ticker.book",
    weight: ({ symbol }) => (symbol === undefined ? 4 : 2),
    parameters: symbolOrSymbols,
    run: (selection) =>
      each(selection, (instrument) => ({ symbol: instrument.name, ...tickers.bestView(instrument, orderBooks.best(instrument.symbol)) })),
  });

  return [
    ping,
    time,
    exchangeInfo,
    depth,
    trades,
    historicalTrades,
    aggregateTrades,
    klines,
    uiKlines,
    averagePrice,
    dayTicker,
    tradingDayTicker,
    windowTicker,
    priceTicker,
    bookTicker,
  ];
}

function assertSelection({ symbol, symbols }: SymbolSelection): void {
  if (symbol === undefined && symbols === undefined) throw missingEither("symbol", "symbols");
  if (symbols !== undefined && symbols.length > mostSymbols) throw invalidData("symbols");
  if (symbols !== undefined && symbols.length === 0) throw invalidSymbol();
}

/** The average over five minutes, the last price when nothing was traded in them. */
export function averagePriceView({ marketData }: Services, instrument: Instrument, call: Pick<Call, "time" | "received">) {
  const minutes = 5;
  const ticker = marketData.ticker(instrument.symbol, minutes * 60_000, Math.floor(call.received / 1000));
  const [last] = marketData.trades(instrument.symbol, { limit: 1 });
  return {
    mins: minutes,
    price:
      ticker.volume > 0
        ? tickers.averagePrice(instrument, ticker.quoteVolume, ticker.volume)
        : priceText(instrument, marketData.lastPrice(instrument.symbol)),
    closeTime: last === undefined ? 0 : call.time(last.time),
  };
}
