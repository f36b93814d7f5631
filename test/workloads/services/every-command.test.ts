import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { type Command, type Event, type OrderAccepted, Side, type Trade, type TradePrevented } from "@bourse/engine";
import { createHistory } from "../../../workloads/services/history";
import { createInstruments } from "../../../workloads/services/instruments";
import { createMarketData } from "../../../workloads/services/market-data";
import { createOrderBooks } from "../../../workloads/services/order-book";
import { checkMoney, createWallet } from "../../../workloads/services/wallet";
import { openSqlite } from "../../../workloads/stores/sql";
import { nothingYet, notice, opening, randomCommands, worlds } from "../engine/random-commands";
import { ExchangeFeed } from "./exchange-feed";

const COMMANDS = 1_200;
const everything = { fromId: 1, limit: 1_000_000 };

describe("the projections under random commands of every kind", function () {
  this.timeout(60_000);

  for (const [name, world] of Object.entries(worlds)) {
    it(`follow the exchange, agree with each other, and answer the same after a restart, with ${name}`, async () => {
      const sql = openSqlite(":memory:");
      const feed = new ExchangeFeed();
      const start = async () => {
        const deps = { feed, sql, now: () => Date.UTC(2024, 0, 1) };
        return {
          instruments: await createInstruments(deps),
          books: await createOrderBooks(deps),
          market: await createMarketData({ ...deps, retention: { trades: 50, klines: 50 } }),
          history: await createHistory(deps),
          wallet: await createWallet(deps),
        };
      };
      let services = await start();
      const newest = nothingYet();
      const events: Event[] = [];
      const submit = (...commands: Command[]) => {
        const made = feed.submit(...commands);
        notice(newest, made);
        for (const event of made) events.push(event);
      };
      submit(...opening(world));
      const commands = randomCommands(21, world, newest);
      for (let count = 0; count < COMMANDS; count++) {
        submit(commands.next().value as Command);
        if (count % 150 === 100) for (const { projection } of Object.values(services)) await projection.flush();
      }

      const accounts = Array.from({ length: world.accounts }, (_, place) => place + 1);
      const symbols = Array.from({ length: world.symbols }, (_, place) => place + 1);
      const pairs = accounts.flatMap((account) => symbols.map((symbol) => ({ account, symbol })));
      const orders = async () =>
        (await Promise.all(pairs.map(({ account, symbol }) => services.history.service.allOrders(account, symbol, everything)))).flat();
      const answers = async () => ({
        orders: await orders(),
        open: accounts.map((account) => services.history.service.openOrders(account)),
        lists: await Promise.all(accounts.map((account) => services.history.service.allOrderLists(account, everything))),
        openLists: accounts.map((account) => services.history.service.openOrderLists(account)),
        trades: await Promise.all(pairs.map(({ account, symbol }) => services.history.service.trades(account, symbol, everything))),
        books: symbols.map((symbol) => services.books.service.snapshot(symbol, 10_000)),
        klines: await Promise.all(symbols.map((symbol) => services.market.service.klineHistory(symbol, "1h", { limit: 1_000 }))),
        accounts: accounts.map((account) => services.wallet.service.account(account)),
        instruments: services.instruments.service.all(),
      });
      const before = await answers();

      // Orders against the events, one question at a time.
      const about = new Map<string, Event[]>();
      const remember = (symbol: number, orderId: number, event: Event) => {
        const key = `${symbol}/${orderId}`;
        about.set(key, [...(about.get(key) ?? []), event]);
      };
      for (const event of events) {
        if (event.kind === "trade" || event.kind === "tradePrevented") {
          remember(event.symbol, event.takerOrderId, event);
          remember(event.symbol, event.makerOrderId, event);
        } else if (event.kind === "orderAccepted" || event.kind === "orderClosed") remember(event.symbol, event.orderId, event);
      }
      const accepted = events.filter((event): event is OrderAccepted => event.kind === "orderAccepted");
      strictEqual(before.orders.length, accepted.length);
      for (const order of before.orders) {
        const own = about.get(`${order.symbol}/${order.orderId}`) ?? [];
        const trades = own.filter((event): event is Trade => event.kind === "trade");
        const prevented = own.filter((event): event is TradePrevented => event.kind === "tradePrevented");
        const done = trades.some((trade) => (trade.takerOrderId === order.orderId ? trade.takerDone : trade.makerDone));
        const closed = own.some((event) => event.kind === "orderClosed");
        strictEqual(
          order.executed,
          trades.reduce((sum, trade) => sum + trade.quantity, 0),
        );
        strictEqual(
          order.executedQuote,
          trades.reduce((sum, trade) => sum + trade.quoteAmount, 0n),
        );
        const lost = (each: TradePrevented) => (each.takerOrderId === order.orderId ? each.takerPrevented : each.makerPrevented);
        strictEqual(
          order.preventedQuantity,
          prevented.reduce((sum, each) => sum + lost(each), 0),
        );
        strictEqual(order.status === "FILLED", done && !closed, `order ${order.orderId} is ${order.status}`);
        strictEqual(
          ["NEW", "PENDING_NEW", "PARTIALLY_FILLED"].includes(order.status),
          !done && !closed,
          `order ${order.orderId} is ${order.status}`,
        );
      }

      // Levels against the open orders that work, where none of them hides a part.
      let levels = 0;
      for (const symbol of symbols) {
        const resting = before.open.flat().filter((order) => order.symbol === symbol && order.working);
        const { bids, asks } = before.books[symbol - 1];
        strictEqual(new Set(resting.map((order) => order.price)).size, bids.length + asks.length);
        for (const [side, list] of [
          [Side.BUY, bids],
          [Side.SELL, asks],
        ] as const) {
          for (const [price, quantity] of list) {
            const here = resting.filter((order) => order.side === side && order.price === price);
            const rest = here.reduce((sum, order) => sum + order.quantity - order.executed - order.preventedQuantity, 0);
            ok(here.length > 0 && quantity <= rest && quantity > 0, `level ${price} of symbol ${symbol}`);
            if (here.some((order) => order.icebergQuantity > 0)) continue;
            strictEqual(quantity, rest, `level ${price} of symbol ${symbol}`);
            levels++;
          }
        }
      }
      ok(accepted.length > 50 && before.lists.flat().length > 3, `${accepted.length} orders, ${levels} levels`);

      for (const { projection } of Object.values(services)) await projection.close();
      services = await start();
      deepStrictEqual(await answers(), before);
      deepStrictEqual((await checkMoney(sql)).faults, []);
      for (const { projection } of Object.values(services)) await projection.close();
      await sql.close();
    });
  }
});
