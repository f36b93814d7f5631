import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { CloseReason, type Event, Side } from "@bourse/engine";
import { createHistory } from "../../../workloads/services/history";
import { createInstruments } from "../../../workloads/services/instruments";
import { createMarketData } from "../../../workloads/services/market-data";
import { createOrderBooks } from "../../../workloads/services/order-book";
import { checkMoney, createWallet } from "../../../workloads/services/wallet";
import { openSqlite, type Sql } from "../../../workloads/stores/sql";
import { ExchangeFeed } from "./exchange-feed";
import { ACCOUNTS, BASE, listing, OrderFlow, QUOTE, QUOTE_PER_TICK_LOT, SYMBOL } from "./order-flow";

const COMMANDS = 1_200;
const everything = { fromId: 1, limit: 1_000_000 };

/** What the events say about one order, read one question at a time, without any state. */
function orderFromEvents(events: Event[], orderId: number) {
  const fills = events.filter((event) => event.kind === "trade" && (event.takerOrderId === orderId || event.makerOrderId === orderId));
  const trades = fills as Extract<Event, { kind: "trade" }>[];
  const closed = events.find((event) => event.kind === "orderClosed" && event.orderId === orderId) as { reason: CloseReason } | undefined;
  const done = trades.some((trade) => (trade.takerOrderId === orderId ? trade.takerDone : trade.makerDone));
  const prevented = events.filter((event) => event.kind === "tradePrevented") as Extract<Event, { kind: "tradePrevented" }>[];
  const open = trades.length > 0 ? "PARTIALLY_FILLED" : "NEW";
  const canceled =
    closed?.reason === CloseReason.CANCELED ? "CANCELED" : closed?.reason === CloseReason.SELF_TRADE ? "EXPIRED_IN_MATCH" : "EXPIRED";
  return {
    executed: trades.reduce((sum, trade) => sum + trade.quantity, 0),
    executedQuote: trades.reduce((sum, trade) => sum + trade.quoteAmount, 0n),
    preventedQuantity: prevented.reduce(
      (sum, each) => sum + (each.takerOrderId === orderId ? each.takerPrevented : each.makerOrderId === orderId ? each.makerPrevented : 0),
      0,
    ),
    status: closed !== undefined ? canceled : done ? "FILLED" : open,
  };
}

describe("the projections of a real exchange", function () {
  this.timeout(60_000);
  let sql: Sql;
  let feed: ExchangeFeed;
  let services: Awaited<ReturnType<typeof start>>;
  let events: Event[];
  let comparedLevels: number;

  async function start() {
    const deps = { feed, sql, now: () => Date.UTC(2027, 0, 1) };
    const instruments = await createInstruments(deps);
    const orderBooks = await createOrderBooks(deps);
    const marketData = await createMarketData({ ...deps, retention: { trades: 20, klines: 20 } });
    const history = await createHistory(deps);
    const wallet = await createWallet(deps);
    return { instruments, orderBooks, marketData, history, wallet };
  }
  /** Number of levels, after finding them equal to what the history says is open. */
  const compareLevels = () => {
    const levels = { [Side.BUY]: new Map<number, number>(), [Side.SELL]: new Map<number, number>() };
    for (const order of ACCOUNTS.flatMap((account) => services.history.service.openOrders(account))) {
      const rest = order.quantity - order.executed - order.preventedQuantity;
      levels[order.side].set(order.price, (levels[order.side].get(order.price) ?? 0) + rest);
    }
    const { bids, asks } = services.orderBooks.service.snapshot(SYMBOL, 10_000);
    deepStrictEqual(
      bids,
      [...levels[Side.BUY]].sort((a, b) => b[0] - a[0]),
    );
    deepStrictEqual(
      asks,
      [...levels[Side.SELL]].sort((a, b) => a[0] - b[0]),
    );
    return bids.length + asks.length;
  };
  const flushSome = async (round: number) => {
    const all = Object.values(services);
    await all[round % all.length].projection.flush();
  };

  for (const seed of [1, 2]) {
    describe(`after ${COMMANDS} commands of seed ${seed}`, () => {
      before(async () => {
        sql = openSqlite(":memory:");
        feed = new ExchangeFeed();
        services = await start();
        events = feed.submit(...listing());
        const flow = new OrderFlow(seed);
        let lastOrderId = 0;
        comparedLevels = 0;
        for (let count = 0; count < COMMANDS; count++) {
          // Every seventh batch has several commands.
          const batch = Array.from({ length: count % 7 === 0 ? 5 : 1 }, () => flow.next(lastOrderId));
          for (const event of feed.submit(...batch)) {
            events.push(event);
            if (event.kind === "orderAccepted") lastOrderId = Math.max(lastOrderId, event.orderId);
          }
          comparedLevels += compareLevels();
          if (count % 100 === 99) await flushSome(Math.floor(count / 100));
        }
      });
      after(async () => {
        for (const { projection } of Object.values(services)) await projection.close();
        await sql.close();
      });

      it("the flow traded, cancelled, prevented and refused", () => {
        for (const kind of ["trade", "orderClosed", "tradePrevented", "rejected", "balanceChanged"] as const) {
          const count = events.filter((event) => event.kind === kind).length;
          ok(count >= 20, `${count} events of kind ${kind}`);
        }
      });

      /** The projections once as they are, and once started again from what they wrote. */
      const twice = (name: string, check: () => Promise<void>) => {
        it(name, check);
        it(`${name}, after a restart`, async () => {
          for (const { projection } of Object.values(services)) await projection.close();
          services = await start();
          await check();
        });
      };

      twice("order records equal a fold over the events", async () => {
        const accepted = events.filter((event) => event.kind === "orderAccepted");
        const { service } = services.history;
        const orderEvents = events.filter((event) => /^(trade|tradePrevented|orderClosed)$/.test(event.kind));
        let compared = 0;
        for (const account of ACCOUNTS) {
          const orders = await service.allOrders(account, SYMBOL, everything);
          deepStrictEqual(
            orders.map((order) => order.orderId),
            accepted.filter((order) => order.account === account).map((order) => order.orderId),
          );
          for (const { orderId, executed, executedQuote, preventedQuantity, status } of orders) {
            deepStrictEqual(
              { executed, executedQuote, preventedQuantity, status },
              orderFromEvents(orderEvents, orderId),
              `order ${orderId}`,
            );
            compared++;
          }
          const open = orders.filter((order) => ["NEW", "PARTIALLY_FILLED"].includes(order.status));
          deepStrictEqual(service.openOrders(account), open);
        }
        ok(compared > 500, `${compared} orders compared`);
      });

      twice("account trades are the two sides of the public trades", async () => {
        const trades = await services.marketData.service.tradeHistory(SYMBOL, everything);
        const sides = (await Promise.all(ACCOUNTS.map((account) => services.history.service.trades(account, SYMBOL, everything)))).flat();
        strictEqual(trades.length, events.filter((event) => event.kind === "trade").length);
        strictEqual(sides.length, trades.length * 2);
        for (const trade of trades) {
          const [maker, taker] = sides
            .filter((side) => side.tradeId === trade.tradeId)
            .sort((a, b) => Number(b.isMaker) - Number(a.isMaker));
          deepStrictEqual([maker.orderId, taker.orderId], [trade.makerOrderId, trade.takerOrderId]);
          deepStrictEqual([taker.isBuyer, maker.isBuyer], [trade.takerSide === Side.BUY, trade.takerSide === Side.SELL]);
          deepStrictEqual(
            [maker.quoteAmount, taker.quoteAmount, maker.price, taker.price],
            [trade.quoteAmount, trade.quoteAmount, trade.price, trade.price],
          );
        }
      });

      it("the book's levels were the sums of the open orders after every batch", () => {
        ok(comparedLevels > 2_000, `${comparedLevels} levels compared`);
      });
      twice("the book's levels are the sums of the open orders", async () => void compareLevels());

      twice("balances sum to deposits minus withdrawals minus fees, and what is locked to the open orders", async () => {
        const moved = new Map([BASE, QUOTE].map((asset) => [asset, 0n]));
        const add = (asset: number, amount: bigint) => moved.set(asset, (moved.get(asset) ?? 0n) + amount);
        const before = new Map<string, bigint>();
        for (const event of events) {
          if (event.kind === "trade") {
            add(event.takerFeeAsset, -event.takerFee);
            add(event.makerFeeAsset, -event.makerFee);
          } else if (event.kind === "balanceChanged") {
            const key = `${event.account}/${event.asset}`;
            const sum = event.free + event.locked;
            if (event.cause !== "trading") add(event.asset, sum - (before.get(key) ?? 0n));
            before.set(key, sum);
          }
        }
        const held = new Map([BASE, QUOTE].map((asset) => [asset, 0n]));
        for (const account of ACCOUNTS) {
          const locked = new Map([BASE, QUOTE].map((asset) => [asset, 0n]));
          for (const order of services.history.service.openOrders(account)) {
            const rest = BigInt(order.quantity - order.executed - order.preventedQuantity);
            if (order.side === Side.BUY) locked.set(QUOTE, locked.get(QUOTE)! + rest * BigInt(order.price) * QUOTE_PER_TICK_LOT);
            else locked.set(BASE, locked.get(BASE)! + rest * 10_000n);
          }
          for (const balance of services.wallet.service.account(account)?.balances ?? []) {
            strictEqual(balance.locked, locked.get(balance.asset), `locked of account ${account}, asset ${balance.asset}`);
            held.set(balance.asset, held.get(balance.asset)! + balance.free + balance.locked);
          }
        }
        deepStrictEqual(held, moved);

        await services.wallet.projection.flush();
        const { assets, faults } = await checkMoney(sql);
        deepStrictEqual(faults, []);
        for (const money of assets) strictEqual(money.held, held.get(money.asset));
        ok(assets.every((money) => money.deposited > 0n && money.withdrawn > 0n && money.fees > 0n));
      });

      twice("one-minute klines sum up to all trades", async () => {
        const trades = await services.marketData.service.tradeHistory(SYMBOL, everything);
        const startTime = Math.floor(trades[0].time / 60_000_000) * 60_000;
        const endTime = Math.floor(trades.at(-1)!.time / 1_000);
        const klines = await services.marketData.service.klineHistory(SYMBOL, "1m", { startTime, endTime, limit: 100_000 });
        const total = (list: { quantity: number }[]) => list.reduce((sum, each) => sum + each.quantity, 0);
        strictEqual(
          klines.reduce((sum, kline) => sum + kline.volume, 0),
          total(trades),
        );
        strictEqual(
          klines.reduce((sum, kline) => sum + kline.trades, 0),
          trades.length,
        );
        const aggregates = await services.marketData.service.aggregateTradeHistory(SYMBOL, everything);
        strictEqual(total(aggregates), total(trades));
        strictEqual(services.instruments.service.byName("BTCUSDT")?.symbol, SYMBOL);
      });
    });
  }
});
