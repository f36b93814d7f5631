import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert";
import { createHistory } from "../../../../workloads/services/history";
import { createMarketData } from "../../../../workloads/services/market-data";
import { createOrderBooks } from "../../../../workloads/services/order-book";
import { createUsers } from "../../../../workloads/services/users";
import { checkMoney, createWallet } from "../../../../workloads/services/wallet";
import { openSqlQueue } from "../../../../workloads/stores/queue";
import { openPostgres, openSqlite, type Sql } from "../../../../workloads/stores/sql";
import { type PostgresServer, withPostgres } from "../../../servers/postgres";
import { ExchangeFeed } from "../../services/exchange-feed";
import { ACCOUNTS, BASE, listing, OrderFlow, QUOTE, SYMBOL } from "../../services/order-flow";
import { queueContract } from "../queue/queue-contract";
import { sqlContract } from "./sql-contract";

withPostgres("a real PostgreSQL", (start) => {
  let server: PostgresServer;
  before(async function () {
    this.timeout(60_000);
    server = await start();
  });
  after(() => server.stop());

  const open = async (): Promise<Sql> => {
    const { port, user, password } = server;
    return openPostgres({
      host: "127.0.0.1",
      port,
      database: await server.createDatabase(),
      user,
      password: async () => password,
      tls: "off",
    });
  };
  sqlContract("PostgreSQL", open);
  queueContract("rows in PostgreSQL", async () => {
    const sql = await open();
    return { queue: await openSqlQueue(sql, "test", { attempts: 3, retryMs: 100, pollMs: 20 }), close: () => sql.close() };
  });

  it("is asked at the host that writes once that one answers", async () => {
    const { port, user, password } = server;
    // The first is no host: a copy's readers, which would refuse to migrate.
    const hosts = { host: "reader.invalid", writer: "127.0.0.1" };
    const sql = openPostgres({ ...hosts, port, database: await server.createDatabase(), user, password, tls: "off" });
    const migrated = () =>
      sql.migrate("first", {}).then(
        () => true,
        () => false,
      );
    while (!(await migrated())) await new Promise((resolve) => setTimeout(resolve, 20));
    await sql.close();
  });

  it("does not talk to a server without TLS when TLS is asked for", async () => {
    const { port, user, password } = server;
    const sql = openPostgres({ host: "127.0.0.1", port, database: "postgres", user, password, tls: { ca: "" } });
    await rejects(sql.migrate("first", {}), /does not support SSL/);
    await sql.close();
  });

  it("gives every projection the same answers as SQLite, also after a restart", async function () {
    this.timeout(60_000);
    const stores = { postgres: await open(), sqlite: openSqlite(":memory:") };
    const feed = new ExchangeFeed();
    const now = () => Date.UTC(2027, 0, 1);
    const run = async (sql: Sql) => {
      const deps = { feed, sql, now, retention: { trades: 10, klines: 10 } };
      return {
        history: await createHistory(deps),
        market: await createMarketData(deps),
        books: await createOrderBooks(deps),
        wallet: await createWallet(deps),
      };
    };
    let running = { postgres: await run(stores.postgres), sqlite: await run(stores.sqlite) };
    feed.submit(...listing());
    const flow = new OrderFlow(11);
    let lastOrderId = 0;
    for (let count = 0; count < 600; count++) {
      for (const event of feed.submit(flow.next(lastOrderId))) if (event.kind === "orderAccepted") lastOrderId = event.orderId;
      if (count % 200 === 150)
        for (const services of Object.values(running)) for (const { projection } of Object.values(services)) await projection.flush();
    }
    const answers = async ({ history, market, books, wallet }: typeof running.postgres) => ({
      orders: await Promise.all(ACCOUNTS.map((account) => history.service.allOrders(account, SYMBOL, { fromId: 1, limit: 10_000 }))),
      trades: await Promise.all(ACCOUNTS.map((account) => history.service.trades(account, SYMBOL, { limit: 50 }))),
      klines: await market.service.klineHistory(SYMBOL, "1m", { limit: 500 }),
      aggregates: await market.service.aggregateTradeHistory(SYMBOL, { fromId: 3, limit: 100 }),
      ticker: market.service.ticker(SYMBOL, 86_400_000, now()),
      book: books.service.snapshot(SYMBOL, 100),
      accounts: ACCOUNTS.map((account) => wallet.service.account(account)),
    });
    const expected = await answers(running.sqlite);
    ok(expected.orders.flat().length > 300 && expected.aggregates.length > 50);
    deepStrictEqual(await answers(running.postgres), expected);
    for (const services of Object.values(running)) for (const { projection } of Object.values(services)) await projection.close();
    running = { postgres: await run(stores.postgres), sqlite: await run(stores.sqlite) };
    deepStrictEqual(await answers(running.postgres), expected);
    deepStrictEqual(await answers(running.sqlite), expected);
    const money = await checkMoney(stores.postgres);
    deepStrictEqual(money, await checkMoney(stores.sqlite));
    deepStrictEqual([money.faults, money.assets.map(({ asset }) => asset)], [[], [BASE, QUOTE]]);
    for (const services of Object.values(running)) for (const { projection } of Object.values(services)) await projection.close();
    for (const sql of Object.values(stores)) await sql.close();
  });

  it("keeps accounts and API keys", async () => {
    const sql = await open();
    const stored = new Map<string, Buffer>();
    const secrets = {
      read: async (name: string) => stored.get(name),
      create: async (name: string, value: Buffer) => !stored.has(name) && stored.set(name, value) !== undefined,
    };
    const users = await createUsers({ sql, secrets });
    const { account } = await users.createAccount("alice");
    const { apiKey, secretKey } = await users.createHmacKey(account, "bot", ["read"]);
    await users.close();
    const again = await createUsers({ sql, secrets });
    const key = again.findKey(apiKey);
    strictEqual(key?.verification.kind === "hmac" && key.verification.secret.export().toString(), secretKey);
    deepStrictEqual(await again.createAccount("bob"), { account: account + 1 });
    await again.close();
    await sql.close();
  });
});
