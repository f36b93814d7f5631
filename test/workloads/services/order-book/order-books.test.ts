import { deepStrictEqual, notStrictEqual, strictEqual, throws } from "node:assert";
import { Side } from "@bourse/engine";
import fc from "fast-check";
import { createOrderBooks } from "../../../../workloads/services/order-book";
import type { BookDifference, Level, OrderBooks } from "../../../../workloads/services/ports";
import type { Projection } from "../../../../workloads/services/projection";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { BTCUSDT, level } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";
import { until } from "../until";

/** A book as a client keeps it: a map a side, changed by differences alone. */
class ClientBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply({ bids, asks }: { bids: Level[]; asks: Level[] }): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, quantity] of levels) quantity === 0 ? side.delete(price) : side.set(price, quantity);
    }
  }

  snapshot() {
    return { bids: [...this.bids].sort((a, b) => b[0] - a[0]), asks: [...this.asks].sort((a, b) => a[0] - b[0]) };
  }
}

const changes = fc.array(
  fc.record({
    side: fc.constantFrom(Side.BUY, Side.SELL),
    offset: fc.integer({ min: 1, max: 15 }),
    quantity: fc.integer({ min: 0, max: 3 }),
  }),
  {
    minLength: 1,
    maxLength: 80,
  },
);
const priceOf = (side: Side, offset: number) => (side === Side.BUY ? 100 - offset : 100 + offset);

describe("order books", () => {
  let sql: Sql;
  let feed: ScriptedFeed;
  let books: OrderBooks;
  let projection: Projection;

  const start = async () => {
    ({ service: books, projection } = await createOrderBooks({ feed, sql, flushIntervalMs: 60_000 }));
  };
  const restart = async () => {
    await projection.close();
    feed.droppedTo = feed.batches.length;
    await start();
  };
  beforeEach(async () => {
    sql = openSqlite(":memory:");
    feed = new ScriptedFeed();
    await start();
  });
  afterEach(async () => {
    await projection.close();
    await sql.close();
  });

  it("shows levels best first, as many as asked for", () => {
    feed.command(level(1, Side.BUY, 99, 5), level(2, Side.BUY, 98, 6), level(3, Side.SELL, 101, 7), level(4, Side.SELL, 102, 8));
    deepStrictEqual(books.snapshot(BTCUSDT, 1), { lastUpdateId: 4, bids: [[99, 5]], asks: [[101, 7]] });
    deepStrictEqual(books.snapshot(BTCUSDT, 9).asks, [
      [101, 7],
      [102, 8],
    ]);
    deepStrictEqual(books.best(BTCUSDT), { updateId: 4, bid: [99, 5], ask: [101, 7] });
  });

  it("shows an empty book of a symbol without orders", () => {
    deepStrictEqual(books.snapshot(9, 10), { lastUpdateId: 0, bids: [], asks: [] });
  });

  it("tells the best prices once a command, and only when they changed", () => {
    const told: unknown[] = [];
    books.onBest(BTCUSDT, ({ bid, ask }) => told.push([bid?.[0], ask?.[0]]));
    feed.command(level(1, Side.BUY, 99, 5), level(2, Side.BUY, 100, 5));
    feed.command(level(3, Side.BUY, 98, 1));
    feed.command(level(4, Side.BUY, 100, 0));
    deepStrictEqual(told, [
      [100, undefined],
      [99, undefined],
    ]);
  });

  it("tells the best prices at once to whoever listens first after they were set", () => {
    feed.command(level(1, Side.BUY, 99, 5));
    const told: unknown[] = [];
    books.onBest(BTCUSDT, ({ updateId }) => told.push(updateId));
    feed.command(level(2, Side.BUY, 98, 5));
    deepStrictEqual(told, []);
  });

  it("restores books without the older log", async () => {
    feed.command(level(1, Side.BUY, 99, 5), level(2, Side.SELL, 101, 7));
    await projection.flush();
    feed.command(level(3, Side.BUY, 99, 0), level(4, Side.BUY, 97, 1));
    const before = books.snapshot(BTCUSDT, 10);
    await restart();
    deepStrictEqual(books.snapshot(BTCUSDT, 10), before);
    feed.command(level(5, Side.BUY, 96, 1));
    strictEqual(books.snapshot(BTCUSDT, 10).lastUpdateId, 5);
  });

  it("stops on a gap in the update ids", () => {
    feed.command(level(1, Side.BUY, 99, 5));
    throws(() => feed.command(level(3, Side.BUY, 99, 6)), /update 1 is followed by 3/);
  });

  it("equals a plain map of prices after any changes, in memory and after a restart", async () => {
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const model = new ClientBook();
        feed = new ScriptedFeed();
        await projection.close();
        await sql.close();
        sql = openSqlite(":memory:");
        await start();
        for (const [place, { side, offset, quantity }] of list.entries()) {
          const price = priceOf(side, offset);
          feed.command(level(place + 1, side, price, quantity));
          const change: Level[] = [[price, quantity]];
          model.apply(side === Side.BUY ? { bids: change, asks: [] } : { bids: [], asks: change });
          const { bids, asks } = books.snapshot(BTCUSDT, 1_000);
          deepStrictEqual({ bids, asks }, model.snapshot());
          if (place % 20 === 10) await projection.flush();
        }
        await restart();
        const { bids, asks } = books.snapshot(BTCUSDT, 1_000);
        deepStrictEqual({ bids, asks }, model.snapshot());
      }),
      { numRuns: 40 },
    );
  });

  describe("differences", () => {
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    it("follow each other without a gap and rebuild the book exactly, for listeners of different intervals", async () => {
      await fc.assert(
        fc.asyncProperty(changes, fc.integer({ min: 1, max: 7 }), async (list, burst) => {
          const first = books.snapshot(BTCUSDT, 1_000);
          const clients = [2, 5].map((intervalMs) => {
            const client = new ClientBook();
            client.apply(first);
            const seen: BookDifference[] = [];
            const stop = books.onDifference(BTCUSDT, intervalMs, (difference) => {
              seen.push(difference);
              client.apply(difference);
            });
            return { client, seen, stop };
          });
          for (const [place, { side, offset, quantity }] of list.entries()) {
            feed.command(level(first.lastUpdateId + place + 1, side, priceOf(side, offset), quantity));
            if (place % burst === 0) await wait(1);
          }
          await until(() => clients.every(({ seen }) => seen.at(-1)?.final === first.lastUpdateId + list.length));
          const { bids, asks, lastUpdateId } = books.snapshot(BTCUSDT, 1_000);
          for (const { client, seen, stop } of clients) {
            stop();
            deepStrictEqual(client.snapshot(), { bids, asks });
            strictEqual(seen[0].first, first.lastUpdateId + 1);
            for (let place = 1; place < seen.length; place++) strictEqual(seen[place].first, seen[place - 1].final + 1);
            strictEqual(seen.at(-1)?.final, lastUpdateId);
          }
        }),
        { numRuns: 10 },
      );
    });

    it("are one object for all listeners of an interval, and stop when nobody listens", async () => {
      const seen: BookDifference[] = [];
      const stops = [1, 2].map(() => books.onDifference(BTCUSDT, 2, (difference) => seen.push(difference)));
      feed.command(level(1, Side.BUY, 99, 5));
      await until(() => seen.length === 2);
      strictEqual(seen[0], seen[1]);
      for (const stop of stops) stop();
      feed.command(level(2, Side.BUY, 98, 5));
      await wait(10);
      strictEqual(seen.length, 2);
    });

    it("are sent early, still without a gap, before they hold more levels of a side than can be counted", async () => {
      const seen: BookDifference[] = [];
      const stop = books.onDifference(BTCUSDT, 1_000_000, (difference) => seen.push(difference));
      const most = 65_535;
      for (let place = 1; place <= most; place++) feed.command(level(place, Side.BUY, place, 5));
      feed.command(level(most + 1, Side.BUY, most, 6));
      strictEqual(seen.length, 0);
      feed.command(level(most + 2, Side.BUY, most + 1, 5));
      stop();
      deepStrictEqual(
        seen.map(({ first, final, bids }) => [first, final, bids.length, bids[0]]),
        [[1, most + 1, most, [most, 6]]],
      );
    });

    it("carry the last quantity of a price that changed several times, and 0 for one that is gone", async () => {
      let seen: BookDifference | undefined;
      const stop = books.onDifference(BTCUSDT, 2, (difference) => {
        seen = difference;
      });
      feed.command(level(1, Side.BUY, 99, 5), level(2, Side.BUY, 98, 1));
      feed.command(level(3, Side.BUY, 99, 0));
      await until(() => seen !== undefined);
      stop();
      notStrictEqual(seen, undefined);
      deepStrictEqual(
        [seen?.first, seen?.final, seen?.bids],
        [
          1,
          3,
          [
            [99, 0],
            [98, 1],
          ],
        ],
      );
    });
  });
});
