/**
 * The public streams: from a name such as `btcusdt@depth@100ms` to a source of events and their JSON. Names and fields:
 * web-socket-streams.md.
 */

import { Side } from "@bourse/engine";
import {
  type AggregateTrade,
  type BookDifference,
  type BookSnapshot,
  type Instrument,
  type Kline,
  type KlineInterval,
  klineIntervals,
  type OrderBooks,
  type PublicTrade,
} from "../../services/ports";
import { levelsText, priceText, quantityText, quoteText } from "../market/instrument";
import { averagePriceView } from "../market/operations";
import * as tickers from "../market/tickers";
import type { Clock, Services } from "../services";
import type { Source } from "./topics";

/** Statistics are told once a second (web-socket-streams.md). */
const tickerIntervalMs = 1_000;
/** An open candle is told at most this often (web-socket-streams.md, "Kline/Candlestick Streams"). A closed one is told at once. */
const openKlineIntervalMs = (interval: KlineInterval) => (interval === "1s" ? 1_000 : 2_000);

const depthPattern = /^depth(5|10|20)?(?:@(100|1000)ms)?$/;
const klinePattern = /^kline_([0-9]+[smhdwM])(@\+08:00)?$/;
/** The one time zone that candles are told in beside UTC (web-socket-streams.md, "Klines with timezone offset"). */
const eastOfUtcMs = 8 * 3_600_000;
const windowTickerPattern = /^ticker_(1h|4h|1d)$/;
const allPattern = /^!(ticker|miniTicker|ticker_1h|ticker_4h|ticker_1d)@arr$/;

/** The streams by the form of their names, for the document of the API; `fields` are those of their events. */
const dayFields = "e E s p P w x c Q b B a A o h l v q O C F L n";
const windowFields = "e E s p P w c o h l v q O C F L n";
const shortFields = "e E s c o h l v q";
export const streamKinds: readonly { name: string; summary: string; fields: string; isArray?: boolean }[] = [
  { name: "{symbol}@trade", summary: "Each trade.", fields: "e E s t p q T m M" },
  { name: "{symbol}@aggTrade", summary: "Trades with the fills of one order at one price joined.", fields: "e E s a p q f l T m M" },
  { name: "{symbol}@depth", summary: "Differences of the book each second, or with @100ms each 100 ms.", fields: "e E s U u b a" },
  {
    name: "{symbol}@depth{levels}",
    summary: "The best 5, 10 or 20 levels each second, or with @100ms each 100 ms.",
    fields: "lastUpdateId bids asks",
  },
  { name: "{symbol}@bookTicker", summary: "Each change of the best bid or ask.", fields: "u s b B a A" },
  { name: "{symbol}@kline_{interval}", summary: "The current candle, and each candle as it closes.", fields: "e E s k" },
  { name: "{symbol}@kline_{interval}@+08:00", summary: "The same by the clock of UTC+8.", fields: "e E s k" },
  {
    name: "{symbol}@ticker",
    summary: "Statistics of the last 24 hours, each second.",
    fields: dayFields,
  },
  { name: "{symbol}@miniTicker", summary: "The short form of them, each second.", fields: shortFields },
  {
    name: "{symbol}@ticker_{window}",
    summary: "Statistics of the last 1h, 4h or 1d, each second.",
    fields: windowFields,
  },
  { name: "{symbol}@avgPrice", summary: "The average price of five minutes, each second.", fields: "e E s i w T" },
  { name: "!ticker@arr", summary: "The tickers that changed, each second.", fields: dayFields, isArray: true },
  { name: "!miniTicker@arr", summary: "The short form of them, each second.", fields: shortFields, isArray: true },
  { name: "!ticker_{window}@arr", summary: "The window tickers that changed, each second.", fields: windowFields, isArray: true },
];

const windows: Record<string, number> = { "1h": 3_600_000, "4h": 14_400_000, "1d": tickers.day };

/**
 * The source of a stream, undefined for a name that is none. Times are in units of `unit` microseconds: 1000 for milliseconds.
 */
export function marketStream(services: Services, clock: Clock, name: string, unit: 1 | 1000): (() => Source) | undefined {
  const time = (microseconds: number) => (unit === 1 ? microseconds : Math.floor(microseconds / 1000));
  const all = allPattern.exec(name);
  if (all !== null) return () => allTickers(services, clock, time, all[1]) as Source;

  const at = name.indexOf("@");
  if (at < 0) return undefined;
  const instrument = services.instruments.byName(name.slice(0, at).toUpperCase());
  if (instrument === undefined || name.slice(0, at) !== instrument.name.toLowerCase()) return undefined;
  const kind = name.slice(at + 1);

  if (kind === "trade") return () => trades(services, clock, time, instrument) as Source;
  if (kind === "aggTrade") return () => aggregateTrades(services, clock, time, instrument) as Source;
  if (kind === "bookTicker") return () => bestPrices(services, instrument) as Source;
  if (kind === "ticker" || kind === "miniTicker" || windowTickerPattern.test(kind)) {
    return () => everySecond(() => tickerEvent(services, clock, time, kind, instrument));
  }
  if (kind === "avgPrice") return () => everySecond(() => averagePriceEvent(services, clock, time, instrument));
  const kline = klinePattern.exec(kind);
  if (kline !== null && (klineIntervals as readonly string[]).includes(kline[1])) {
    const offsetMs = kline[2] === undefined ? 0 : eastOfUtcMs;
    return () => klines(services, clock, time, instrument, kline[1] as KlineInterval, offsetMs) as Source;
  }
  const depth = depthPattern.exec(kind);
  if (depth === null) return undefined;
  const interval = Number(depth[2] ?? 1000);
  if (depth[1] === undefined) return () => differences(services, clock, time, instrument, interval) as Source;
  return () => partialBooks(services, instrument, Number(depth[1]), interval) as Source;
}

type Time = (microseconds: number) => number;

const trades = ({ marketData }: Services, clock: Clock, time: Time, instrument: Instrument): Source<PublicTrade> => ({
  start: (listener) => marketData.onTrade(instrument.symbol, listener),
  encode: (trade) =>
    JSON.stringify({
      e: "trade",
      E: time(clock()),
      s: instrument.name,
      t: trade.tradeId,
      p: priceText(instrument, trade.price),
      q: quantityText(instrument, trade.quantity),
      T: time(trade.time),
      m: trade.takerSide === Side.SELL,
      M: true,
    }),
});

const aggregateTrades = ({ marketData }: Services, clock: Clock, time: Time, instrument: Instrument): Source<AggregateTrade> => ({
  start: (listener) => marketData.onAggregateTrade(instrument.symbol, listener),
  encode: (trade) =>
    JSON.stringify({
      e: "aggTrade",
      E: time(clock()),
      s: instrument.name,
      a: trade.aggregateId,
      p: priceText(instrument, trade.price),
      q: quantityText(instrument, trade.quantity),
      f: trade.firstTradeId,
      l: trade.lastTradeId,
      T: time(trade.time),
      m: trade.takerSide === Side.SELL,
      M: true,
    }),
});

const differences = (
  { orderBooks }: Services,
  clock: Clock,
  time: Time,
  instrument: Instrument,
  interval: number,
): Source<BookDifference> => ({
  start: (listener) => orderBooks.onDifference(instrument.symbol, interval, listener),
  encode: (difference) =>
    JSON.stringify({
      e: "depthUpdate",
      E: time(clock()),
      s: instrument.name,
      U: difference.first,
      u: difference.final,
      b: levelsText(instrument, difference.bids),
      a: levelsText(instrument, difference.asks),
    }),
});

const partialBooks = ({ orderBooks }: Services, instrument: Instrument, levels: number, interval: number): Source<BookSnapshot> => ({
  start: (listener) => orderBooks.onDifference(instrument.symbol, interval, () => listener(orderBooks.snapshot(instrument.symbol, levels))),
  encode: ({ lastUpdateId, bids, asks }) =>
    JSON.stringify({ lastUpdateId, bids: levelsText(instrument, bids), asks: levelsText(instrument, asks) }),
});

const bestPrices = ({ orderBooks }: Services, instrument: Instrument): Source<ReturnType<OrderBooks["best"]>> => ({
  start: (listener) => orderBooks.onBest(instrument.symbol, listener),
  encode(best) {
    const { bidPrice, bidQty, askPrice, askQty } = tickers.bestView(instrument, best);
    return JSON.stringify({ u: best.updateId, s: instrument.name, b: bidPrice, B: bidQty, a: askPrice, A: askQty });
  },
});

/** Tells the newest state of the open candle at intervals, and each closed candle at once. */
function klines(
  { marketData }: Services,
  clock: Clock,
  time: Time,
  instrument: Instrument,
  interval: KlineInterval,
  offsetMs: number,
): Source<Kline> {
  return {
    start(listener) {
      let open: Kline | undefined;
      const timer = setInterval(() => {
        if (open !== undefined) listener(open);
        open = undefined;
      }, openKlineIntervalMs(interval));
      timer.unref();
      const onKline = (kline: Kline) => {
        if (kline.closed) {
          listener({ ...kline });
          open = undefined;
        } else open = kline;
      };
      const stop = marketData.onKline(instrument.symbol, interval, onKline, offsetMs);
      return () => {
        clearInterval(timer);
        stop();
      };
    },
    encode: (kline) =>
      JSON.stringify({
        e: "kline",
        E: time(clock()),
        s: instrument.name,
        k: {
          t: time(kline.openTime * 1000),
          T: time(kline.closeTime * 1000 + 999),
          s: instrument.name,
          i: interval,
          f: kline.trades === 0 ? -1 : kline.firstTradeId,
          L: kline.trades === 0 ? -1 : kline.lastTradeId,
          o: priceText(instrument, kline.open),
          c: priceText(instrument, kline.close),
          h: priceText(instrument, kline.high),
          l: priceText(instrument, kline.low),
          v: quantityText(instrument, kline.volume),
          n: kline.trades,
          x: kline.closed,
          q: quoteText(instrument, kline.quoteVolume),
          V: quantityText(instrument, kline.takerBuyVolume),
          Q: quoteText(instrument, kline.takerBuyQuoteVolume),
          B: "0",
        },
      }),
  };
}

/** A source whose event is made each second. */
function everySecond(event: () => object): Source {
  return {
    start(listener) {
      const timer = setInterval(() => listener(undefined), tickerIntervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
    encode: () => JSON.stringify(event()),
  };
}

function averagePriceEvent(services: Services, clock: Clock, time: Time, instrument: Instrument) {
  const received = clock();
  const average = averagePriceView(services, instrument, { received, time });
  return { e: "avgPrice", E: time(received), s: instrument.name, i: `${average.mins}m`, w: average.price, T: average.closeTime };
}

/** The event of `ticker`, `miniTicker` or `ticker_<window>` of one symbol. */
function tickerEvent({ marketData, orderBooks }: Services, clock: Clock, time: Time, kind: string, instrument: Instrument) {
  const now = clock();
  const window = windowTickerPattern.exec(kind)?.[1];
  const statistics = marketData.ticker(instrument.symbol, window === undefined ? tickers.day : windows[window], Math.floor(now / 1000));
  const view = tickers.windowTickerView(instrument, statistics, { time });
  const head = { E: time(now), s: instrument.name };
  const [c, o, h, l, v, q] = [view.lastPrice, view.openPrice, view.highPrice, view.lowPrice, view.volume, view.quoteVolume];
  if (kind === "miniTicker") return { e: "24hrMiniTicker", ...head, c, o, h, l, v, q };
  const change = { p: view.priceChange, P: view.priceChangePercent, w: view.weightedAvgPrice };
  const tail = { o, h, l, v, q, O: view.openTime, C: view.closeTime, F: view.firstId, L: view.lastId, n: view.count };
  if (window !== undefined) return { e: `${window}Ticker`, ...head, ...change, c, ...tail };
  const best = tickers.bestView(instrument, orderBooks.best(instrument.symbol));
  const { previousClose, lastQuantity } = statistics;
  return {
    e: "24hrTicker",
    ...head,
    ...change,
    x: priceText(instrument, previousClose),
    c,
    Q: quantityText(instrument, lastQuantity),
    b: best.bidPrice,
    B: best.bidQty,
    a: best.askPrice,
    A: best.askQty,
    ...tail,
  };
}

/** Tickers of all symbols that traded, or whose book changed, since the last second. */
function allTickers(services: Services, clock: Clock, time: Time, kind: string): Source {
  const told = new Map<number, string>();
  return {
    start(listener) {
      const timer = setInterval(() => {
        const changed = services.instruments.all().filter(({ symbol }) => {
          const [last] = services.marketData.trades(symbol, { limit: 1 });
          const state = `${last?.tradeId ?? 0}/${services.orderBooks.best(symbol).updateId}`;
          if (told.get(symbol) === state) return false;
          told.set(symbol, state);
          return true;
        });
        if (changed.length > 0) listener(changed);
      }, tickerIntervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
    encode: (changed) =>
      JSON.stringify((changed as Instrument[]).map((instrument) => tickerEvent(services, clock, time, kind, instrument))),
  };
}
