import { deepStrictEqual, ok, strictEqual, throws } from "node:assert";
import { Side } from "@bourse/engine";
import fc from "fast-check";
import { createMarketData } from "../../../../workloads/services/market-data";
import { type AggregateTrade, type Kline, klineIntervals, type MarketData, type PublicTrade } from "../../../../workloads/services/ports";
import type { Projection } from "../../../../workloads/services/projection";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { BTCUSDT, trade } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";
import { until } from "../until";

/** 2026-03-02, a Monday, 12:00 UTC. */
const NOON = Date.UTC(2026, 2, 2, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("market data", () => {
  let sql: Sql;
  let feed: ScriptedFeed;
  let market: MarketData;
  let projection: Projection;
  let now: number;
  let nextTrade: number;

  const start = async () => {
    const retention = { trades: 5, klines: 5 };
    ({ service: market, projection } = await createMarketData({ feed, sql, flushIntervalMs: 60_000, now: () => now, retention }));
  };
  const stop = async () => {
    await projection.close();
    await sql.close();
  };
  const fresh = async () => {
    sql = openSqlite(":memory:");
    feed = new ScriptedFeed();
    now = NOON;
    nextTrade = 1;
    await start();
  };
  beforeEach(fresh);
  afterEach(stop);
  const restart = async () => {
    await projection.close();
    feed.droppedTo = feed.batches.length;
    await start();
  };

  /** One command at `time` (ms) with these fills of one taker. */
  const tradeAt = (time: number, ...fills: { price: number; quantity: number; takerSide?: Side; takerOrderId?: number }[]) => {
    feed.time = time * 1_000;
    feed.command(...fills.map((fill) => trade(nextTrade++, { takerOrderId: 1_000 + nextTrade, ...fill })));
  };

  it("puts what is told of together into the klines of the second in which each trade was made", () => {
    const at = (ms: number, price: number) => ({ ...trade(nextTrade++, { price, quantity: 2 }), time: (NOON + ms) * 1_000 });
    feed.command(at(100, 100), at(900, 90), at(1_100, 95), at(2_000, 97), at(2_999, 99));
    now = NOON + 2_999;
    const short = (kline: Kline) => [kline.openTime - NOON, kline.open, kline.high, kline.low, kline.close, kline.volume, kline.trades];
    deepStrictEqual(market.klines(BTCUSDT, "1s", { limit: 5 }).map(short), [
      [0, 100, 100, 90, 90, 4, 2],
      [1_000, 95, 95, 95, 95, 2, 1],
      [2_000, 97, 99, 97, 99, 4, 2],
    ]);
    deepStrictEqual(
      market.klines(BTCUSDT, "1M", { limit: 1 }).map((kline) => [kline.open, kline.close, kline.volume, kline.trades]),
      [[100, 99, 10, 5]],
    );
  });

  it("joins fills of one taker order at one price, and starts anew at the next price, taker and command", () => {
    const seen: AggregateTrade[] = [];
    market.onAggregateTrade(BTCUSDT, (aggregate) => seen.push(aggregate));
    tradeAt(
      NOON,
      { price: 100, quantity: 1, takerOrderId: 7 },
      { price: 100, quantity: 2, takerOrderId: 7 },
      { price: 101, quantity: 3, takerOrderId: 7 },
    );
    tradeAt(NOON, { price: 101, quantity: 4, takerOrderId: 8 }, { price: 101, quantity: 5, takerOrderId: 9 });
    const expected = [
      [1, 100, 3, 1, 2],
      [2, 101, 3, 3, 3],
      [3, 101, 4, 4, 4],
      [4, 101, 5, 5, 5],
    ];
    const short = (list: AggregateTrade[]) =>
      list.map((each) => [each.aggregateId, each.price, each.quantity, each.firstTradeId, each.lastTradeId]);
    deepStrictEqual(short(seen), expected);
    deepStrictEqual(short(market.aggregateTrades(BTCUSDT, { limit: 10 })), expected);
  });

  it("stops on a gap in the trade ids", () => {
    tradeAt(NOON, { price: 100, quantity: 1 });
    throws(() => feed.command(trade(3)), /trade 1 is followed by 3/);
  });

  it("answers the newest from memory and everything from memory and SQL together", async () => {
    for (let count = 0; count < 30; count++) {
      tradeAt(NOON + count * 1_000, { price: 100 + count, quantity: 1 });
      if (count === 14) await projection.flush();
    }
    const ids = (trades: PublicTrade[]) => trades.map((each) => each.tradeId);
    deepStrictEqual(ids(market.trades(BTCUSDT, { limit: 3 })), [28, 29, 30]);
    deepStrictEqual(ids(await market.tradeHistory(BTCUSDT, { fromId: 4, limit: 3 })), [4, 5, 6]);
    deepStrictEqual(ids(await market.tradeHistory(BTCUSDT, { fromId: 14, limit: 4 })), [14, 15, 16, 17]);
    deepStrictEqual(ids(await market.tradeHistory(BTCUSDT, { limit: 2 })), [29, 30]);
    const range = { startTime: NOON + 13_000, endTime: NOON + 16_000, limit: 10 };
    deepStrictEqual(
      (await market.aggregateTradeHistory(BTCUSDT, range)).map((each) => each.firstTradeId),
      [14, 15, 16, 17],
    );
  });

  it("goes on with the same ids, klines and tickers after a restart without the older log", async () => {
    for (let count = 0; count < 12; count++) tradeAt(NOON + count * 20_000, { price: 100 + count, quantity: count + 1 });
    now = NOON + 5 * MINUTE;
    const answers = async () => ({
      trades: await market.tradeHistory(BTCUSDT, { limit: 50 }),
      aggregates: await market.aggregateTradeHistory(BTCUSDT, { limit: 50 }),
      klines: await Promise.all(klineIntervals.map((interval) => market.klineHistory(BTCUSDT, interval, { limit: 500 }))),
      ticker: market.ticker(BTCUSDT, 24 * HOUR, now),
      lastPrice: market.lastPrice(BTCUSDT),
    });
    const before = await answers();
    await restart();
    deepStrictEqual(await answers(), before);
    tradeAt(NOON + 5 * MINUTE, { price: 50, quantity: 1 });
    strictEqual(market.trades(BTCUSDT, { limit: 1 })[0].tradeId, 13);
    strictEqual(market.aggregateTrades(BTCUSDT, { limit: 1 })[0].aggregateId, 13);
  });

  it("repeats the close for intervals without a trade, and knows no interval before the first trade", () => {
    tradeAt(NOON + 1_000, { price: 100, quantity: 2 });
    tradeAt(NOON + 3 * MINUTE, { price: 103, quantity: 1 });
    now = NOON + 4 * MINUTE + 5_000;
    const klines = market.klines(BTCUSDT, "1m", { limit: 10 });
    deepStrictEqual(
      klines.map((kline) => [(kline.openTime - NOON) / MINUTE, kline.close, kline.volume, kline.trades, kline.closed]),
      [
        [0, 100, 2, 1, true],
        [1, 100, 0, 0, true],
        [2, 100, 0, 0, true],
        [3, 103, 1, 1, true],
        [4, 103, 0, 0, false],
      ],
    );
    strictEqual(klines[0].closeTime, NOON + MINUTE - 1);
  });

  it("begins at the next interval when the start time is inside one, and stops at the limit", () => {
    for (let minute = 0; minute < 4; minute++) tradeAt(NOON + minute * MINUTE, { price: 100 + minute, quantity: 1 });
    now = NOON + 10 * MINUTE;
    const opens = (range: { startTime?: number; endTime?: number; limit: number }) =>
      market.klines(BTCUSDT, "1m", range).map((kline) => (kline.openTime - NOON) / MINUTE);
    deepStrictEqual(opens({ startTime: NOON + 1, limit: 2 }), [1, 2]);
    deepStrictEqual(opens({ endTime: NOON + 3 * MINUTE + 10, limit: 2 }), [2, 3]);
    deepStrictEqual(opens({ startTime: NOON + 5 * MINUTE, endTime: NOON + 6 * MINUTE, limit: 9 }), [5, 6]);
    deepStrictEqual(opens({ startTime: NOON + 20 * MINUTE, limit: 9 }), []);
  });

  it("opens weeks on Monday and months on their first day", () => {
    tradeAt(Date.UTC(2026, 1, 25, 9), { price: 100, quantity: 1 });
    tradeAt(NOON, { price: 101, quantity: 1 });
    const opens = (interval: "1w" | "1M") =>
      market.klines(BTCUSDT, interval, { limit: 5 }).map((kline) => new Date(kline.openTime).toISOString());
    deepStrictEqual(opens("1w"), ["2026-02-23T00:00:00.000Z", "2026-03-02T00:00:00.000Z"]);
    deepStrictEqual(opens("1M"), ["2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]);
  });

  it("shows the last price and no trades in a window without any", () => {
    tradeAt(NOON, { price: 100, quantity: 3 });
    const ticker = market.ticker(BTCUSDT, HOUR, NOON + 3 * HOUR);
    deepStrictEqual(
      [ticker.open, ticker.last, ticker.lastQuantity, ticker.previousClose, ticker.volume, ticker.trades],
      [100, 100, 3, 100, 0, 0],
    );
    deepStrictEqual([ticker.firstTradeId, ticker.lastTradeId], [-1, -1]);
  });

  describe("rebuilt from the trades alone", () => {
    const trades = fc.array(
      fc.record({
        wait: fc.oneof(
          fc.integer({ min: 0, max: 2_000 }),
          fc.integer({ min: 0, max: 90 * MINUTE }),
          fc.integer({ min: 0, max: 30 * HOUR }),
        ),
        price: fc.integer({ min: 1, max: 200 }),
        quantity: fc.integer({ min: 1, max: 50 }),
        takerSide: fc.constantFrom(Side.BUY, Side.SELL),
      }),
      { minLength: 1, maxLength: 60 },
    );

    /** The interval's beginning by the calendar, written differently from the service. */
    const begins = (interval: string, time: number): number => {
      const count = Number.parseInt(interval, 10);
      const date = new Date(time);
      const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
      if (interval.endsWith("M")) return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
      if (interval.endsWith("w")) return midnight - ((date.getUTCDay() + 6) % 7) * 24 * HOUR;
      const unit = interval.endsWith("s") ? 1_000 : interval.endsWith("m") ? MINUTE : interval.endsWith("h") ? HOUR : 24 * HOUR;
      return time - (time % (unit * count));
    };

    const summary = (list: PublicTrade[]) => {
      const bought = list.filter((each) => each.takerSide === Side.BUY);
      const lots = (some: PublicTrade[]) => some.reduce((sum, each) => sum + each.quantity, 0);
      const quote = (some: PublicTrade[]) => some.reduce((sum, each) => sum + BigInt(each.price * each.quantity), 0n);
      return {
        open: list[0].price,
        high: Math.max(...list.map((each) => each.price)),
        low: Math.min(...list.map((each) => each.price)),
        close: list.at(-1)?.price,
        volume: lots(list),
        quoteVolume: quote(list),
        takerBuyVolume: lots(bought),
        takerBuyQuoteVolume: quote(bought),
        trades: list.length,
        firstTradeId: list[0].tradeId,
        lastTradeId: list.at(-1)?.tradeId,
      };
    };

    /** Of time zones from UTC, of which there are some at quarters of an hour. */
    const offsets = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15 * MINUTE),
      fc.integer({ min: -720, max: 840 }).map((minutes) => minutes * MINUTE),
    );

    it("klines of every interval and time zone equal the service's, whatever is in memory, in SQL, or read after a restart", async () => {
      await fc.assert(
        fc.asyncProperty(trades, fc.nat(60), offsets, async (list, flushAt, offsetMs) => {
          await stop();
          await fresh();
          for (const [place, { wait, ...fill }] of list.entries()) {
            now += wait;
            tradeAt(now, fill);
            if (place === flushAt) await projection.flush();
          }
          if (flushAt % 2 === 0) await restart();
          const all = await market.tradeHistory(BTCUSDT, { fromId: 1, limit: 1_000 });
          strictEqual(all.length, list.length);
          for (const interval of klineIntervals) {
            const groups = new Map<number, PublicTrade[]>();
            for (const each of all) {
              const openTime = begins(interval, each.time / 1_000 + offsetMs) - offsetMs;
              groups.set(openTime, [...(groups.get(openTime) ?? []), each]);
            }
            for (const [openTime, group] of groups) {
              const range = { startTime: openTime, limit: 1 };
              const [{ closed, closeTime, ...kline }] = await market.klineHistory(BTCUSDT, interval, range, offsetMs);
              deepStrictEqual(kline, { openTime, ...summary(group) });
              strictEqual(begins(interval, closeTime + offsetMs), openTime + offsetMs);
              strictEqual(begins(interval, closeTime + 1 + offsetMs), closeTime + 1 + offsetMs);
              strictEqual(closed, closeTime < now);
            }
          }
        }),
        { numRuns: 25 },
      );
    });

    it("tickers of any window equal the service's", async () => {
      await fc.assert(
        fc.asyncProperty(
          trades,
          fc.constantFrom(MINUTE, 59 * MINUTE, HOUR, 23 * HOUR, 24 * HOUR, 7 * 24 * HOUR),
          async (list, windowMs) => {
            await stop();
            await fresh();
            for (const { wait, ...fill } of list) {
              now += wait;
              tradeAt(now, fill);
            }
            const openTime = Math.floor((now - windowMs) / MINUTE) * MINUTE;
            const all = await market.tradeHistory(BTCUSDT, { fromId: 1, limit: 1_000 });
            const inside = all.filter((each) => each.time >= openTime * 1_000);
            const before = all.filter((each) => each.time < openTime * 1_000).at(-1);
            const { takerBuyVolume: _, takerBuyQuoteVolume: _q, close, ...sums } = summary(inside);
            deepStrictEqual(market.ticker(BTCUSDT, windowMs, now), {
              symbol: BTCUSDT,
              openTime,
              closeTime: now,
              ...sums,
              last: close,
              lastQuantity: all.at(-1)?.quantity,
              previousClose: before?.price ?? 0,
            });
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  describe("kline streams", () => {
    it("send the last update of an interval before the first of the next, and close quiet ones by the clock", async () => {
      tradeAt(NOON - 10_000, { price: 99, quantity: 1 });
      now = NOON + 1_000;
      const seen: Kline[] = [];
      const unlisten = market.onKline(BTCUSDT, "1m", (kline) => seen.push(kline));
      tradeAt(NOON + 2_000, { price: 100, quantity: 1 }, { price: 101, quantity: 1 });
      now = NOON + MINUTE + 3_000;
      tradeAt(NOON + MINUTE + 2_000, { price: 102, quantity: 1 });
      now = NOON + 2 * MINUTE + 1_000;
      await until(() => seen.length === 4);
      unlisten();
      deepStrictEqual(
        seen.map((kline) => [(kline.openTime - NOON) / MINUTE, kline.close, kline.trades, kline.closed]),
        [
          [0, 101, 2, false],
          [0, 101, 2, true],
          [1, 102, 1, false],
          [1, 102, 1, true],
        ],
      );
    });

    it("begin and end by the clock of a time zone, joined of shorter klines, and pass over quiet ones", async () => {
      const hour = 60 * MINUTE;
      const offsetMs = 8 * hour;
      const midnight = NOON + 4 * hour;
      // The kline that is open has traded before anybody listens.
      tradeAt(midnight - 20 * hour, { price: 90, quantity: 1 });
      tradeAt(midnight - hour, { price: 99, quantity: 1 });
      now = midnight - hour + 1_000;
      const [days, months, hours]: Kline[][] = [[], [], []];
      const stops = [
        market.onKline(BTCUSDT, "1d", (kline) => days.push(kline), offsetMs),
        market.onKline(BTCUSDT, "1M", (kline) => months.push(kline), offsetMs),
        market.onKline(BTCUSDT, "1h", (kline) => hours.push(kline), offsetMs),
      ];
      now = midnight - MINUTE;
      tradeAt(midnight - MINUTE, { price: 80, quantity: 3 });
      now = midnight + hour;
      tradeAt(midnight + hour, { price: 120, quantity: 5 });
      now = midnight + 48 * hour + 1_000;
      await until(() => days.length === 5);
      for (const stop of stops) stop();
      deepStrictEqual(
        days.map(({ openTime, open, high, low, close, volume, trades, closed }) => [
          (openTime - midnight) / hour,
          [open, high, low, close],
          volume,
          trades,
          closed,
        ]),
        [
          [-24, [90, 99, 80, 80], 5, 3, false],
          [-24, [90, 99, 80, 80], 5, 3, true],
          [0, [120, 120, 120, 120], 5, 1, false],
          [0, [120, 120, 120, 120], 5, 1, true],
          [24, [120, 120, 120, 120], 0, 0, true],
        ],
      );
      ok(days.every(({ openTime, closeTime }) => closeTime === openTime + 24 * hour - 1));
      const newest = months[months.length - 1];
      const begins = new Date(newest.openTime + offsetMs);
      deepStrictEqual([begins.getUTCDate(), begins.getUTCHours(), newest.volume], [1, 0, 10]);
      strictEqual(hours[0].openTime, midnight - hour);
      throws(() => market.onKline(BTCUSDT, "1d", () => {}, 1_800_000), /whole hours/);
    });
  });
});
