/** One shard and two gateways, each a process of its own, and the unmodified npm package ccxt in front of them. */

import { deepStrictEqual, equal, match, ok, rejects } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import ccxt, { type binance } from "ccxt";
import type { DemoAccount } from "../../../workloads/local/demo-accounts";
import { ExchangeProcesses, ServiceProcess } from "./exchange-processes";

const symbol = "BTC/USDT";

type Started = Awaited<ReturnType<ExchangeProcesses["startShard"]>>;

function client(gateway: Started, { apiKey, secretKey }: DemoAccount): binance {
  const base = `http://127.0.0.1:${gateway.port}`;
  const api = `${base}/api/v3`;
  return new ccxt.binance({
    apiKey,
    secret: secretKey,
    urls: { api: { public: api, private: api, v1: api, sapi: `${base}/sapi/v1` } },
    options: { defaultType: "spot", fetchMarkets: { types: ["spot"] }, fetchOpenOrders: { warnWithoutSymbol: false } },
  } as ConstructorParameters<typeof ccxt.binance>[0]);
}

/** What `look` finds, within ten seconds. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 40_000; ; await new Promise((wake) => setTimeout(wake, 20))) {
    const found = await look();
    if (found !== undefined) return found;
    ok(Date.now() < deadline, "nothing was found within ten seconds");
  }
}

const ready = async ({ healthPort }: Started) => (await fetch(`http://127.0.0.1:${healthPort}/ready`)).status;

describe("The exchange as processes: a shard and two gateways", function () {
  this.timeout(60_000);
  const exchange = new ExchangeProcesses();
  let shard: Started;
  let a: Started;
  let b: Started;
  let accounts: DemoAccount[];
  let throughA: binance;
  let throughB: binance;
  let orderId: string;

  before(async () => {
    shard = await exchange.startShard();
    accounts = await exchange.openAccounts(shard.port);
    [a, b] = await Promise.all([exchange.startGateway("a", shard.port, 11), exchange.startGateway("b", shard.port, 21)]);
    [throughA, throughB] = [client(a, accounts[0]), client(b, accounts[0])];
  });
  after(() => exchange.remove());

  it("are live and ready, and answer nothing else on the health port", async () => {
    for (const { healthPort } of [shard, a, b]) {
      const statuses = await Promise.all(
        ["live", "ready", "other"].map(async (path) => (await fetch(`http://127.0.0.1:${healthPort}/${path}`)).status),
      );
      deepStrictEqual(statuses, [200, 200, 404]);
    }
  });

  it("shows an order of gateway A at once in A, and in B", async () => {
    const order = await throughA.createOrder(symbol, "limit", "buy", 0.5, 20_000);
    orderId = String(order.id);
    deepStrictEqual(
      (await throughA.fetchOpenOrders(symbol)).map(({ id }) => id),
      [orderId],
    );
    const seen = await eventually(async () => (await throughB.fetchOpenOrders(symbol)).find(({ id }) => id === orderId));
    deepStrictEqual([seen.price, seen.amount, seen.side, seen.status], [20_000, 0.5, "buy", "open"]);
  });

  it("fills an order of A by one of B, once", async () => {
    const bob = client(b, accounts[1]);
    const sold = await bob.createOrder(symbol, "limit", "sell", 0.2, 20_000);
    equal(sold.status, "closed");
    const filled = await eventually(async () => {
      const order = await throughA.fetchOrder(orderId, symbol);
      return Number(order.filled) > 0 ? order : undefined;
    });
    equal(filled.filled, 0.2);
    deepStrictEqual(
      (await bob.fetchMyTrades(symbol)).map(({ amount, price }) => [amount, price]),
      [[0.2, 20_000]],
    );
  });

  it("loses nothing with a gateway that is killed, nor with its folder", async () => {
    const before = await throughB.fetchBalance();
    equal(await a.process.end("SIGKILL"), "SIGKILL");
    equal((await throughB.fetchOrder(orderId, symbol)).filled, 0.2, "the other gateway goes on");

    a = await exchange.startGateway("a-anew", shard.port, 11);
    throughA = client(a, accounts[0]);
    const order = await throughA.fetchOrder(orderId, symbol);
    deepStrictEqual([order.filled, order.remaining, order.status], [0.2, 0.3, "open"]);
    deepStrictEqual((await throughA.fetchBalance()).USDT, before.USDT);
  });

  it("find the shard again after it was stopped: not ready meanwhile, every order still there", async () => {
    equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
    await eventually(async () => ((await ready(a)) === 503 && (await ready(b)) === 503 ? true : undefined));
    equal((await fetch(`http://127.0.0.1:${a.healthPort}/live`)).status, 200, "a gateway without its shard is not dead");

    shard = await exchange.startShard(shard.port);
    await eventually(async () => ((await ready(a)) === 200 && (await ready(b)) === 200 ? true : undefined));
    equal((await throughB.cancelOrder(orderId, symbol)).status, "canceled");
    deepStrictEqual(await eventually(async () => ((await throughA.fetchOpenOrders(symbol)).length === 0 ? [] : undefined)), []);
  });

  it("end with status 0 on SIGTERM; a gateway first tells that it leaves", async () => {
    const ending = a.process.end("SIGTERM");
    await eventually(async () => ((await ready(a)) === 503 ? true : undefined));
    equal((await throughA.fetchOrder(orderId, symbol)).status, "canceled", "it still serves who has not noticed");
    equal(await ending, 0, a.process.text);
    equal(await b.process.end("SIGTERM"), 0, b.process.text);
    equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
    match(shard.process.text, /the trading shard has stopped/);
  });
});

describe("A gateway that does not find its shard", function () {
  this.timeout(60_000);
  const exchange = new ExchangeProcesses();
  after(() => exchange.remove());

  it("is live but not ready, tells why, and still ends with status 0 on SIGTERM", async () => {
    // Port 1 is reserved (tcpmux); nothing listens there.
    const gateway = exchange.spawnGateway("gateway", 1, 11);
    const { healthPort } = await gateway.line(/the gateway is starting/);
    const { message } = await gateway.line(/cannot be reached/);
    match(message, /the shard cannot be reached yet: no logon: connect ECONNREFUSED/);
    const answers = ["live", "ready"].map((path) => fetch(`http://127.0.0.1:${healthPort}/${path}`));
    deepStrictEqual(await Promise.all(answers.map(async (answer) => [(await answer).status, await (await answer).text()])), [
      [200, "ok\n"],
      [503, "it is starting\n"],
    ]);
    equal(await gateway.end("SIGTERM"), 0, gateway.text);
  });
});

describe("The processes with certificates", function () {
  this.timeout(60_000);
  const exchange = new ExchangeProcesses();
  after(() => exchange.remove());

  it("speak TLS to clients, to each other and to probes; the shard refuses who has no certificate", async () => {
    const folder = exchange.certificate();
    const [cert, key] = ["tls.crt", "tls.key"].map((file) => readFileSync(join(folder, file)));
    const tls = { BOURSE_TLS: folder, BOURSE_HOST: "127.0.0.1" };
    const shard = await exchange.startShard(0, tls);
    const gateway = await exchange.startGateway("gateway", shard.port, 11, tls);
    // As a probe and a load balancer do: without a certificate of their own.
    equal(await status(`https://localhost:${gateway.healthPort}/ready`, cert), 200);
    equal(await status(`https://localhost:${shard.healthPort}/live`, cert), 200);
    equal(await status(`https://localhost:${gateway.port}/api/v3/ping`, cert), 200);
    await rejects(status(`http://localhost:${gateway.port}/api/v3/ping`, cert), "plain HTTP is not answered");

    equal(await greeted(shard.port, { ca: cert, cert, key }), true);
    equal(await greeted(shard.port, { ca: cert }), false, "a caller without a certificate is told nothing");
    equal(await gateway.process.end("SIGTERM"), 0, gateway.process.text);
    equal(await shard.process.end("SIGTERM"), 0, shard.process.text);
  });

  /** The status of a GET. */
  function status(url: string, ca: Buffer): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const answered = (response: IncomingMessage) => resolve(response.resume().statusCode);
      const request = url.startsWith("https:") ? httpsGet(url, { ca, agent: false }, answered) : httpGet(url, { agent: false }, answered);
      request.on("error", reject);
    });
  }

  /** Whether the shard's server begins to talk. */
  function greeted(port: number, options: ConnectionOptions): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ...options });
      socket.once("data", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => resolve(false)).once("data", () => socket.destroy());
    });
  }
});

describe("The configuration of a process", function () {
  this.timeout(60_000);

  it("is refused with every fault of it in one error and status 2", async () => {
    const shard = ServiceProcess.spawn("services/trading/main", {
      BOURSE_PORT: "70000",
      BOURSE_JOURNAL: "kafka",
      BOURSE_HOST: "0.0.0.0",
    });
    equal(await shard.ended(), 2);
    for (const fault of [
      /BOURSE_HOME is not set/,
      /BOURSE_PORT is \\"70000\\"; it must be a whole number from 0 to 65535/,
      /BOURSE_JOURNAL is \\"kafka\\"/,
      /BOURSE_TLS is not set; set it to a folder with tls.crt, tls.key, ca.crt, since BOURSE_HOST 0.0.0.0 is not the loopback/,
      /BOURSE_TRADING_CLIENTS is not set/,
    ]) {
      match(shard.text, fault);
    }
  });

  it("never repeats a password that was put where none belongs", async () => {
    const gateway = ServiceProcess.spawn("gateway/main", { BOURSE_SQL_URL: "postgresql://bourse:hunter2@db:5432/bourse" });
    equal(await gateway.ended(), 2);
    match(gateway.text, /BOURSE_SQL_URL cannot be used; it must be .* without a password/);
    equal(gateway.text.includes("hunter2"), false);
  });
});
