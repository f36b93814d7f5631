/** The unmodified freqtrade in live mode: it buys, sets its stop on the exchange and reports both. Only its configuration names our addresses. */

import { equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ccxt, { type binance } from "ccxt";
import { installer, python } from "./python";
import { type StartedExchange, startExchange } from "./started-exchange";

const symbol = "BTC/USDT";

describe("freqtrade", function () {
  this.timeout(180_000);
  let exchange: StartedExchange;
  let folder: string;
  let bot: ChildProcess;
  let output = "";

  before(async function () {
    if (python() === undefined) {
      this.test!.parent!.title += ` (not installed: run ${installer})`;
      this.skip();
    }
    exchange = await startExchange();
  });

  after(async () => {
    if (exchange === undefined) return;
    bot?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    equal(await exchange.stop(), 0);
  });

  function urls() {
    const { baseUrl, streamUrl, wsApiUrl } = exchange;
    return {
      api: {
        public: `${baseUrl}/api/v3`,
        private: `${baseUrl}/api/v3`,
        v1: `${baseUrl}/api/v1`,
        sapi: `${baseUrl}/sapi/v1`,
        ws: { spot: streamUrl, "ws-api": { spot: wsApiUrl } },
      },
    };
  }

  function client(place: number): binance {
    const { apiKey, secretKey } = exchange.accounts[place];
    const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] } };
    return new ccxt.binance({ apiKey, secret: secretKey, urls: urls(), options } as ConstructorParameters<typeof ccxt.binance>[0]);
  }

  function startBot(): void {
    folder = mkdtempSync(join(tmpdir(), "bourse-freqtrade-"));
    const { apiKey, secretKey } = exchange.accounts[0];
    const config = {
      max_open_trades: 1,
      stake_currency: "USDT",
      stake_amount: 500,
      dry_run: false,
      trading_mode: "spot",
      unfilledtimeout: { entry: 10, exit: 10, unit: "minutes" },
      entry_pricing: { price_side: "other", use_order_book: true, order_book_top: 1 },
      exit_pricing: { price_side: "other", use_order_book: true, order_book_top: 1 },
      exchange: {
        name: "binance",
        key: apiKey,
        secret: secretKey,
        ccxt_config: { urls: urls(), options: { defaultType: "spot", fetchMarkets: { types: ["spot"] } } },
        pair_whitelist: [symbol],
        pair_blacklist: [],
      },
      pairlists: [{ method: "StaticPairList" }],
      initial_state: "running",
      internals: { process_throttle_secs: 2 },
      db_url: `sqlite:///${join(folder, "trades.sqlite")}`,
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    bot = spawn(
      join(dirname(python()!), "freqtrade"),
      ["trade", "--config", "config.json", "--userdir", folder, "--strategy", "BuyAtOnce", "--strategy-path", __dirname],
      { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
    );
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    bot.stdout!.on("data", collect);
    bot.stderr!.on("data", collect);
  }

  it("buys what is offered, puts its stop on the exchange, and finds both again", async () => {
    const bob = client(1);
    await bob.createOrder(symbol, "limit", "sell", 1, 50_000);
    await bob.createOrder(symbol, "limit", "buy", 1, 49_900);
    await bob.createOrder(symbol, "market", "buy", 0.001, undefined, { selfTradePreventionMode: "NONE" });
    startBot();

    const alice = client(0);
    const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
      const deadline = Date.now() + 120_000;
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        if (Date.now() > deadline || bot.exitCode !== null) throw new Error(`no ${what}; freqtrade said:\n${output.slice(-8_000)}`);
        await new Promise((wake) => setTimeout(wake, 500));
      }
    };
    const fill = await until("fill", async () => (await alice.fetchMyTrades(symbol))[0]);
    equal(fill.side, "buy");
    const stop = await until("stop", async () => (await alice.fetchOpenOrders(symbol)).find((order) => order.triggerPrice !== undefined));
    equal(stop.side, "sell");
    ok(Math.abs(Number(stop.triggerPrice) - 45_000) < 500, `stop at ${stop.triggerPrice}`);
    await until("report of the fill", async () =>
      /LIMIT_BUY has been fulfilled|order_filled|entry_fill/i.test(output) ? true : undefined,
    );
    ok(!/Traceback/.test(output), output.slice(-8_000));
  });
});
