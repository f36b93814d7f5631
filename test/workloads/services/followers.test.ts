/** The services that follow the shard, each a process with a database of its own, behind a shard and a gateway that trade. */

import { deepStrictEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type ccxt from "ccxt";
import { ExchangeProcesses } from "./exchange-processes";

type Started = Awaited<ReturnType<ExchangeProcesses["startShard"]>>;

const services = { "order-book": 31, "market-data": 41, wallet: 51, history: 61 } as const;
type Name = keyof typeof services;

describe("The services that follow the shard, as processes", function () {
  this.timeout(90_000);
  const exchange = new ExchangeProcesses();
  const running = {} as Record<Name, Started>;
  let shard: Started;
  /** Number of the maker. */
  let account: number;
  let maker: InstanceType<typeof ccxt.binance>;
  let taker: InstanceType<typeof ccxt.binance>;

  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own
  const ask = async (service: Name, path: string): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`http://127.0.0.1:${running[service].port}${path}`);
    return { status: answer.status, body: await answer.json() };
  };
  /** The answer once it is as wanted: a follower is behind by the time that an event takes. */
  // biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own
  const eventually = async (service: Name, path: string, wanted: (body: any) => boolean) => {
    for (const deadline = Date.now() + 40_000; ; await new Promise((wake) => setTimeout(wake, 20))) {
      const { status, body } = await ask(service, path);
      if (status === 200 && wanted(body)) return body;
      ok(Date.now() < deadline, `${service} ${path} answers ${status} ${JSON.stringify(body)}`);
    }
  };

  before(async () => {
    shard = await exchange.startShard();
    const accounts = await exchange.openAccounts(shard.port);
    account = accounts[0].account;
    const gateway = await exchange.startGateway("gateway", shard.port, 11);
    const names = Object.keys(services) as Name[];
    const started = await Promise.all(names.map((name) => exchange.startFollower(name, shard.port, services[name])));
    names.forEach((name, index) => {
      running[name] = started[index];
    });
    [maker, taker] = accounts.map((each) => exchange.client(gateway.port, each));
    await maker.createOrder("BTC/USDT", "limit", "sell", 0.02, 50_000);
    await taker.createOrder("BTC/USDT", "limit", "buy", 0.01, 50_000);
  });
  after(() => exchange.remove());

  it("are live and ready", async () => {
    for (const [name, { healthPort }] of Object.entries(running)) {
      for (const path of ["live", "ready"]) equal((await fetch(`http://127.0.0.1:${healthPort}/${path}`)).status, 200, `${name} ${path}`);
    }
  });

  it("each know what the two orders did: the book, the trade, the balances and the order", async () => {
    const book = await eventually("order-book", "/snapshot?symbol=1", ({ asks }) => asks.length === 1);
    equal(book.bids.length, 0);
    const [trade] = await eventually("market-data", "/trades?symbol=1", (trades) => trades.length === 1);
    ok(BigInt(trade.quoteAmount) > 0n);
    const wallet = await eventually("wallet", `/account?account=${account}`, ({ balances }) =>
      balances.some(({ locked }: { locked: string }) => locked !== "0"),
    );
    ok(wallet.balances.length >= 2);
    const [order] = await eventually(
      "history",
      `/orders?account=${account}&symbol=1`,
      (orders) => orders.length === 1 && orders[0].status === "PARTIALLY_FILLED",
    );
    ok(order.orderId > 0);
  });

  it("say what they can be asked, and which number is wrong", async () => {
    const unknown = await ask("wallet", "/orders?account=1");
    equal(unknown.status, 404);
    match(unknown.body.error, /GET \/account/);
    const faulty = await ask("order-book", "/snapshot?symbol=BTC");
    deepStrictEqual([faulty.status, faulty.body.error], [400, 'symbol is "BTC"; it must be a whole number']);
    equal((await ask("wallet", "/account?account=4711")).status, 404);
  });

  it("stop cleanly, and go on where they were", async () => {
    equal(await running.history.process.end("SIGTERM"), 0);
    await taker.createOrder("BTC/USDT", "limit", "buy", 0.01, 50_000);
    running.history = await exchange.startFollower("history", shard.port, services.history);
    const orders = await eventually("history", `/orders?account=${account}&symbol=1`, ([first]) => first?.status === "FILLED");
    equal(orders.length, 1);
  });

  it("go on from their rows after a kill", async () => {
    await running.wallet.process.end("SIGKILL");
    running.wallet = await exchange.startFollower("wallet", shard.port, services.wallet);
    await eventually("wallet", `/account?account=${account}`, ({ balances }) =>
      balances.every(({ locked }: { locked: string }) => locked === "0"),
    );
  });

  it("are not ready while the shard is away, and ready when it is back", async () => {
    await shard.process.end("SIGTERM");
    const status = async () => (await fetch(`http://127.0.0.1:${running["order-book"].healthPort}/ready`)).status;
    for (const deadline = Date.now() + 40_000; (await status()) !== 503; ) ok(Date.now() < deadline, "still ready");
    shard = await exchange.startShard(shard.port);
    for (const deadline = Date.now() + 15_000; (await status()) !== 200; ) ok(Date.now() < deadline, "not ready again");
  });

  it("answer over TLS only those who have a certificate of the exchange", async () => {
    const secure = new ExchangeProcesses();
    try {
      const tls = secure.certificate();
      const more = { BOURSE_TLS: tls, BOURSE_HOST: "127.0.0.1" };
      const own = await secure.startShard(0, more);
      const follower = await secure.startFollower("order-book", own.port, 31, more);
      const [ca, cert, key] = ["ca.crt", "tls.crt", "tls.key"].map((file) => readFileSync(`${tls}/${file}`));
      const get = (certificates: object) =>
        new Promise<number | string>((resolve) => {
          request({ host: "localhost", port: follower.port, path: "/snapshot?symbol=1", ca, ...certificates }, (response) =>
            resolve(response.resume().statusCode ?? 0),
          )
            .once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
            .end();
        });
      equal(await get({ cert, key }), 200);
      equal(typeof (await get({})), "string", "a caller without a certificate is told nothing");
    } finally {
      await secure.remove();
    }
  });
});
