import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { CloseReason, type Event, Side } from "@bourse/engine";
import { createAnalytics } from "../../../../workloads/services/analytics";
import { createPublisher, readMarketRecord, writeMarketRecord } from "../../../../workloads/services/publisher";
import { type Bus, createInProcessBus } from "../../../../workloads/stores/bus";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { accepted, BTCUSDT, level } from "../event-bodies";
import { ExchangeFeed } from "../exchange-feed";
import { listing, OrderFlow, SYMBOL } from "../order-flow";
import { ScriptedFeed } from "../scripted-feed";

const HOUR = 3_600_000;
const always = { startTime: 0, endTime: Number.MAX_SAFE_INTEGER, limit: 1_000_000 };

describe("publisher and analytics", () => {
  let sql: Sql;
  let bus: Bus;
  beforeEach(() => {
    sql = openSqlite(":memory:");
    bus = createInProcessBus();
  });
  afterEach(() => sql.close());

  it("count every order, fill and lot of each hour once, with publisher and consumer restarted and failing on the way", async () => {
    const feed = new ExchangeFeed();
    let failing = 0;
    /** Some calls fail after the consumers had the records: the publisher must send them again. */
    const flaky: Bus = {
      subscribe: bus.subscribe,
      async publish(records) {
        await bus.publish(records);
        if (++failing % 3 === 0) throw new Error("the answer is lost");
      },
    };
    const errors: Error[] = [];
    const start = async () => ({
      analytics: await createAnalytics({ sql, bus }),
      publisher: await createPublisher({ feed, sql, bus: flaky, flushIntervalMs: 1, onError: (error) => errors.push(error) }),
    });
    const flushed = async (publisher: Awaited<ReturnType<typeof createPublisher>>) => {
      for (let tries = 0; tries < 5; tries++) {
        const done = await publisher.flush().then(
          () => true,
          () => false,
        );
        if (done) return;
      }
      throw new Error("the publisher cannot publish");
    };
    let running = await start();
    const events: Event[] = feed.submit(...listing());
    const flow = new OrderFlow(5);
    let lastOrderId = 0;
    for (let count = 0; count < 1_500; count++) {
      for (const event of feed.submit(flow.next(lastOrderId))) {
        events.push(event);
        if (event.kind === "orderAccepted") lastOrderId = event.orderId;
      }
      if (count % 50 === 0) await flushed(running.publisher);
      if (count % 400 === 399) {
        await flushed(running.publisher);
        await running.publisher.close();
        await running.analytics.close();
        running = await start();
      }
    }
    await flushed(running.publisher);
    const hours = await running.analytics.hours(SYMBOL, always);

    const expected = new Map<
      number,
      { orders: number; trades: number; canceled: number; filled: number; tradedLots: bigint; quoteVolume: bigint }
    >();
    for (const event of events) {
      const hour = Math.floor(event.time / 1_000 / HOUR) * HOUR;
      const sums = expected.get(hour) ?? { orders: 0, trades: 0, canceled: 0, filled: 0, tradedLots: 0n, quoteVolume: 0n };
      expected.set(hour, sums);
      if (event.kind === "orderAccepted") sums.orders += 1;
      else if (event.kind === "orderClosed") sums.canceled += 1;
      else if (event.kind === "trade") {
        sums.trades += 1;
        sums.filled += Number(event.takerDone) + Number(event.makerDone);
        sums.tradedLots += BigInt(event.quantity);
        sums.quoteVolume += event.quoteAmount;
      }
    }
    deepStrictEqual(
      new Map(
        hours.map(({ hour, orders, trades, canceled, filled, tradedLots, quoteVolume }) => [
          hour,
          { orders, trades, canceled, filled, tradedLots, quoteVolume },
        ]),
      ),
      expected,
    );
    ok(hours.length >= 3 && failing > 20, `${hours.length} hours, ${failing} calls`);
    for (const { fillRatio, filled, canceled } of hours) strictEqual(fillRatio, filled / (filled + canceled));
    for (let tries = 0; tries < 3; tries++) await running.publisher.close().catch(() => {});
    await running.analytics.close();
  });

  it("weight the spread by the time it stood, across the hours that it stood in", async () => {
    const feed = new ScriptedFeed();
    const analytics = await createAnalytics({ sql, bus });
    const publisher = await createPublisher({ feed, sql, bus });
    const start = Math.ceil(feed.time / (HOUR * 1_000)) * HOUR;
    const at = (minutes: number) => {
      feed.time = (start + minutes * 60_000) * 1_000;
    };
    at(15);
    feed.command(level(1, Side.BUY, 100, 1), level(2, Side.SELL, 110, 1));
    at(30);
    feed.command(level(3, Side.SELL, 104, 1));
    at(60 + 30);
    feed.command(level(4, Side.BUY, 100, 0));
    at(120 + 5);
    feed.command(accepted(1));
    await publisher.flush();
    const hours = await analytics.hours(BTCUSDT, always);
    deepStrictEqual(
      hours.map(({ hour, meanSpread, quotedShare, orders, fillRatio }) => [
        (hour - start) / HOUR,
        meanSpread,
        quotedShare,
        orders,
        fillRatio,
      ]),
      [
        [0, (10 * 15 + 4 * 30) / 45, 0.75, 0, undefined],
        [1, 4, 0.5, 0, undefined],
        [2, undefined, 0, 1, undefined],
      ],
    );
    await publisher.close();
    await analytics.close();
  });

  it("stop at a gap instead of counting on", async () => {
    let handler: (records: { key: string; data: string }[]) => Promise<void> = async () => {};
    const analytics = await createAnalytics({
      sql,
      bus: {
        publish: async () => {},
        subscribe: async (_, handle) => {
          handler = handle;
          return { close: async () => {} };
        },
      },
    });
    const feed = new ScriptedFeed();
    const [first] = feed.command(accepted(1));
    const [second] = feed.command({
      kind: "orderClosed",
      orderId: 1,
      account: 1,
      symbol: BTCUSDT,
      reason: CloseReason.CANCELED,
      executed: 0,
      clientOrderId: "",
    });
    const record = (previous: [number, number], event: Event) => {
      return [{ key: "1", data: writeMarketRecord({ symbol: BTCUSDT, previous, events: [event as never] }) }];
    };
    await rejects(handler(record([1, 0], second)), /symbol 1 was counted to 0\.-1, the next record follows 1\.0/);
    await handler(record([0, -1], first));
    await handler(record([1, 0], second));
    await handler(record([0, -1], first));
    const [{ orders, canceled }] = await analytics.hours(BTCUSDT, always);
    deepStrictEqual([orders, canceled], [1, 1]);
    await analytics.close();
  });

  it("carry events unchanged over the bus, amounts beyond 2^53 included", () => {
    const feed = new ScriptedFeed();
    const events = feed.command(accepted(1, { quoteQuantity: 10n ** 30n, clientKey: 2n ** 64n - 1n })) as Parameters<
      typeof writeMarketRecord
    >[0]["events"];
    const record = { symbol: 1, previous: [0, -1] as const, events };
    deepStrictEqual(readMarketRecord(writeMarketRecord(record)), record);
  });
});
