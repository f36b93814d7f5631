import { deepStrictEqual, rejects, strictEqual } from "node:assert";
import { CloseReason, OrderType, SelfTradePrevention, Side } from "@bourse/engine";
import { createHistory } from "../../../../workloads/services/history";
import type { History } from "../../../../workloads/services/ports";
import type { Projection } from "../../../../workloads/services/projection";
import { openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { accepted, BTCUSDT, trade } from "../event-bodies";
import { ScriptedFeed } from "../scripted-feed";

describe("history", () => {
  let sql: Sql;
  let feed: ScriptedFeed;
  let history: History;
  let projection: Projection;

  const start = async () => {
    ({ service: history, projection } = await createHistory({ feed, sql, flushIntervalMs: 60_000 }));
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

  /** Order 1 of account 1 buys 10 and rests; order 2 of account 2 sells it 4. */
  const partialFill = () => {
    feed.command(accepted(1));
    feed.time += 1_000_000;
    const fill = { takerSide: Side.SELL, takerDone: true, takerFee: 4n, makerFee: 2n };
    feed.command(accepted(2, { account: 2, side: Side.SELL, quantity: 4 }), trade(1, { quantity: 4, ...fill }));
  };

  /** Each test body runs on memory alone, after a flush, and after a restart without the older log: the answers are the same. */
  const everywhere = (name: string, fill: () => void, check: () => Promise<void>) => {
    it(`${name}, before anything is written`, async () => {
      fill();
      await check();
    });
    it(`${name}, after it was written`, async () => {
      fill();
      await projection.flush();
      await check();
    });
    it(`${name}, after a restart when the log from before is gone`, async () => {
      fill();
      await projection.close();
      feed.droppedTo = feed.batches.length;
      await start();
      await check();
    });
  };

  everywhere("shows a partly filled order as open and its fills to both owners", partialFill, async () => {
    const [order] = history.openOrders(1);
    strictEqual(order.status, "PARTIALLY_FILLED");
    strictEqual(order.executed, 4);
    strictEqual(order.executedQuote, 400n);
    strictEqual(order.updateTime - order.time, 1_000_000);
    deepStrictEqual(history.openOrders(2), []);
    deepStrictEqual(await history.order(1, BTCUSDT, { orderId: 1 }), order);
    strictEqual((await history.order(2, BTCUSDT, { clientOrderId: "c2" }))?.status, "FILLED");

    const [maker] = await history.trades(1, BTCUSDT, { limit: 10 });
    const [taker] = await history.trades(2, BTCUSDT, { limit: 10 });
    deepStrictEqual([maker.isBuyer, maker.isMaker, maker.fee, maker.orderId], [true, true, 2n, 1]);
    deepStrictEqual([taker.isBuyer, taker.isMaker, taker.fee, taker.orderId], [false, false, 4n, 2]);
  });

  everywhere("shows nothing of an order to another account", partialFill, async () => {
    strictEqual(await history.order(2, BTCUSDT, { orderId: 1 }), undefined);
    deepStrictEqual(await history.trades(3, BTCUSDT, { limit: 10 }), []);
  });

  const manyOrders = () => {
    for (let orderId = 1; orderId <= 9; orderId++) {
      feed.command(accepted(orderId));
      if (orderId % 2 === 0) {
        feed.command({
          kind: "orderClosed",
          orderId,
          account: 1,
          symbol: BTCUSDT,
          reason: CloseReason.CANCELED,
          executed: 0,
          clientOrderId: "",
        });
      }
      feed.time += 1_000_000;
    }
  };
  everywhere("lists the newest orders, oldest first, and pages on by id and by time", manyOrders, async () => {
    const ids = async (range: Parameters<History["allOrders"]>[2]) =>
      (await history.allOrders(1, BTCUSDT, range)).map((order) => order.orderId);
    const startMs = 1_700_000_000_000;
    deepStrictEqual(await ids({ limit: 3 }), [7, 8, 9]);
    deepStrictEqual(await ids({ fromId: 2, limit: 3 }), [2, 3, 4]);
    deepStrictEqual(await ids({ startTime: startMs + 3_000, limit: 2 }), [4, 5]);
    deepStrictEqual(await ids({ endTime: startMs + 3_000, limit: 2 }), [3, 4]);
    deepStrictEqual(await ids({ startTime: startMs + 1_000, endTime: startMs + 2_999, limit: 10 }), [2, 3]);
    deepStrictEqual(
      history.openOrders(1).map((order) => order.orderId),
      [1, 3, 5, 7, 9],
    );
    strictEqual((await history.order(1, BTCUSDT, { orderId: 4 }))?.status, "CANCELED");
  });

  const reusedClientOrderId = () => {
    feed.command(accepted(1, { clientOrderId: "same" }));
    feed.command({
      kind: "orderClosed",
      orderId: 1,
      account: 1,
      symbol: BTCUSDT,
      reason: CloseReason.IOC_EXPIRED,
      executed: 0,
      clientOrderId: "",
    });
    feed.command(accepted(2, { clientOrderId: "same" }));
    feed.command({
      kind: "orderClosed",
      orderId: 2,
      account: 1,
      symbol: BTCUSDT,
      reason: CloseReason.CANCELED,
      executed: 0,
      clientOrderId: "",
    });
  };
  everywhere("means the latest order by a client order id that was used twice", reusedClientOrderId, async () => {
    strictEqual((await history.order(1, BTCUSDT, { clientOrderId: "same" }))?.orderId, 2);
    strictEqual((await history.order(1, BTCUSDT, { orderId: 1 }))?.status, "EXPIRED");
  });

  const oto = { kind: "orderListChanged", listId: 7, account: 1, symbol: BTCUSDT, contingency: "OTO", listClientOrderId: "list" } as const;
  const pendingLeg = () => {
    const stop = { type: OrderType.STOP_LOSS_LIMIT, stopPrice: 90, side: Side.SELL, listId: 7, working: false };
    feed.command(accepted(1, { listId: 7 }), accepted(2, stop), { ...oto, status: "executing", orderIds: [1, 2] });
  };
  everywhere("calls the pending leg of an OTO list PENDING_NEW", pendingLeg, async () => {
    strictEqual((await history.order(1, BTCUSDT, { orderId: 1 }))?.status, "NEW");
    strictEqual((await history.order(1, BTCUSDT, { orderId: 2 }))?.status, "PENDING_NEW");
    deepStrictEqual(
      history.openOrderLists(1).map((list) => [list.listId, list.orderIds]),
      [[7, [1, 2]]],
    );
    strictEqual((await history.orderList(1, { listClientOrderId: "list" }))?.status, "executing");
  });

  const firedLeg = () => {
    pendingLeg();
    const triggered = { kind: "orderTriggered", orderId: 2, account: 1, symbol: BTCUSDT } as const;
    feed.time += 5;
    feed.command(triggered);
    feed.time += 5;
    feed.command(triggered);
    feed.command({ ...oto, status: "allDone", orderIds: [1, 2] });
  };
  everywhere("lets a pending stop leg become live first and work when it fires", firedLeg, async () => {
    const leg = await history.order(1, BTCUSDT, { orderId: 2 });
    deepStrictEqual([leg?.status, leg?.working, (leg?.workingTime ?? 0) - (leg?.time ?? 0)], ["NEW", true, 10]);
    deepStrictEqual(history.openOrderLists(1), []);
    deepStrictEqual(
      (await history.allOrderLists(1, { limit: 5 })).map((list) => [list.listId, list.status]),
      [[7, "allDone"]],
    );
  });

  it("tells of a list that ends while it is being written that it has ended", async () => {
    pendingLeg();
    const writing = projection.flush();
    feed.command({ ...oto, status: "allDone", orderIds: [1, 2] });
    strictEqual((await history.orderList(1, { listId: 7 }))?.status, "allDone");
    await writing;
  });

  const amended = () => {
    feed.command(accepted(1, { quantity: 10 }));
    const change = { kind: "orderAmended", orderId: 1, account: 1, symbol: BTCUSDT, price: 100, keptPriority: true } as const;
    feed.command({ ...change, quantity: 8, clientKey: 77n, clientOrderId: "new" });
    feed.command({ ...change, quantity: 5, clientKey: 0n, clientOrderId: "" });
  };
  everywhere("keeps each amendment of an order with the quantity and the id before it", amended, async () => {
    const amendments = await history.amendments(1, BTCUSDT, 1, { limit: 10 });
    deepStrictEqual(
      amendments.map((each) => [each.executionId, each.originalQuantity, each.quantity, each.originalClientOrderId, each.clientOrderId]),
      [
        [1, 10, 8, "c1", "new"],
        [2, 8, 5, "new", "new"],
      ],
    );
    strictEqual((await history.order(1, BTCUSDT, { clientOrderId: "new" }))?.quantity, 5);
    deepStrictEqual(await history.amendments(2, BTCUSDT, 1, { limit: 10 }), []);
  });

  const prevented = () => {
    feed.command(accepted(1));
    const match = {
      kind: "tradePrevented",
      symbol: BTCUSDT,
      preventedMatchId: 1,
      price: 100,
      mode: SelfTradePrevention.EXPIRE_MAKER,
    } as const;
    const sides = { takerOrderId: 2, takerAccount: 1, takerPrevented: 0, makerOrderId: 1, makerAccount: 1, makerPrevented: 10 };
    const closed = {
      kind: "orderClosed",
      orderId: 1,
      account: 1,
      symbol: BTCUSDT,
      reason: CloseReason.SELF_TRADE,
      executed: 0,
      clientOrderId: "",
    } as const;
    feed.command(accepted(2, { side: Side.SELL }), { ...match, ...sides }, closed);
  };
  everywhere("records a prevented self-trade by its id and by either order", prevented, async () => {
    strictEqual((await history.preventedMatches(1, BTCUSDT, { preventedMatchId: 1 })).length, 1);
    strictEqual((await history.preventedMatches(1, BTCUSDT, { orderId: 1, limit: 5 })).length, 1);
    strictEqual((await history.preventedMatches(1, BTCUSDT, { orderId: 2, limit: 5 })).length, 1);
    deepStrictEqual(await history.preventedMatches(2, BTCUSDT, { preventedMatchId: 1 }), []);
    const order = await history.order(1, BTCUSDT, { orderId: 1 });
    deepStrictEqual([order?.status, order?.preventedQuantity, order?.preventedMatchId], ["EXPIRED_IN_MATCH", 10, 1]);
    strictEqual((await history.order(1, BTCUSDT, { orderId: 2 }))?.preventedMatchId, 0);
  });

  const trailing = (orderId: number, more: Parameters<typeof accepted>[1]) =>
    accepted(orderId, { type: OrderType.STOP_LOSS, price: 0, side: Side.SELL, trailingDelta: 100, working: false, ...more });
  /** A trade of other accounts, by two orders of its own. */
  let traded = 0;
  const tradeAt = (price: number) => {
    const maker = 1_000 + 2 * traded++;
    const quantity = { quantity: 1, price };
    const sides = { makerOrderId: maker, makerAccount: 3, makerDone: true, takerOrderId: maker + 1, takerAccount: 4, takerDone: true };
    feed.time += 10;
    feed.command(
      accepted(maker, { account: 3, ...quantity }),
      accepted(maker + 1, { account: 4, side: Side.SELL, ...quantity }),
      trade(traded, { ...sides, ...quantity, quoteAmount: BigInt(price), takerSide: Side.SELL, makerExecuted: 1, takerExecuted: 1 }),
    );
    feed.time += 10;
  };
  const startOf = async (orderId: number) => {
    const order = (await history.order(1, BTCUSDT, { orderId }))!;
    strictEqual(history.trailingTime(BTCUSDT, orderId), order.trailingTime);
    return order.trailingTime === 0 ? "waits" : order.trailingTime - order.time;
  };
  const trailingOrders = () => {
    traded = 0;
    tradeAt(100);
    feed.command(trailing(1, {}));
    // A stop-loss sell begins on a fall to its stop price, a take-profit sell on a rise; a buy the other way round.
    feed.command(trailing(2, { stopPrice: 90 }), trailing(3, { type: OrderType.TAKE_PROFIT, stopPrice: 110 }));
    feed.command(trailing(4, { side: Side.BUY, stopPrice: 110 }), trailing(5, { stopPrice: 100 }));
    tradeAt(91);
    tradeAt(90);
  };
  everywhere("knows since when a trailing order tracks the price", trailingOrders, async () => {
    deepStrictEqual(await Promise.all([1, 2, 3, 4, 5].map(startOf)), [0, 30, "waits", "waits", 0]);
    tradeAt(110);
    deepStrictEqual(await Promise.all([1, 2, 3, 4, 5].map(startOf)), [0, 30, 50, 50, 0]);
    feed.command(trailing(6, { stopPrice: 111 }), trailing(7, { stopPrice: 109 }));
    deepStrictEqual(await Promise.all([6, 7].map(startOf)), [0, "waits"]);
  });

  const pendingTrailing = () => {
    traded = 0;
    tradeAt(100);
    const legs = [accepted(1, { listId: 7 }), trailing(2, { listId: 7, stopPrice: 100 })];
    feed.command(...legs, { ...oto, status: "executing", orderIds: [1, 2] });
    tradeAt(99);
  };
  everywhere("lets a pending trailing leg track only once it is live", pendingTrailing, async () => {
    strictEqual(await startOf(2), "waits");
    feed.command({ kind: "orderTriggered", orderId: 2, account: 1, symbol: BTCUSDT });
    strictEqual(await startOf(2), 20);
  });

  it("gives callers copies that do not change with the order", async () => {
    feed.command(accepted(1));
    const [before] = history.openOrders(1);
    feed.command(accepted(2, { account: 2, side: Side.SELL }), trade(1, { takerSide: Side.SELL }));
    strictEqual(before.executed, 0);
  });

  it("stops on a fill of an order that it does not know", async () => {
    feed.command(accepted(1));
    await rejects(async () => feed.command(trade(1)), /names order 2 of symbol 1, which is not open/);
  });
});
