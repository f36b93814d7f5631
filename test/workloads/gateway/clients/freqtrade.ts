/** The unmodified freqtrade in live mode, as a process of its own. Only its configuration names our addresses. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { documentedPrograms } from "./documented";
import { python } from "./python";
import type { StartedExchange } from "./started-exchange";

/** The `exchange` of docs/connect-a-bot.md with this exchange's address and the first account's keys. */
function documentedExchange({ baseUrl, accounts: [{ apiKey, secretKey }] }: StartedExchange): object {
  const { text } = documentedPrograms().find(({ file }) => file === "freqtrade-exchange.json")!;
  const host = baseUrl.replace("http://", "");
  return JSON.parse(text.replaceAll("127.0.0.1:8080", host).replace("<apiKey>", apiKey).replace("<secretKey>", secretKey));
}

export class Freqtrade {
  private readonly folder = mkdtempSync(join(tmpdir(), "bourse-freqtrade-"));
  private readonly bot: ChildProcess;
  output = "";

  /** Starts a bot of the first account that buys BTC for 500 USDT and keeps its stop on the exchange. */
  constructor(exchange: StartedExchange) {
    const config = {
      max_open_trades: 1,
      stake_currency: "USDT",
      stake_amount: 500,
      dry_run: false,
      trading_mode: "spot",
      unfilledtimeout: { entry: 10, exit: 10, unit: "minutes" },
      entry_pricing: { price_side: "other", use_order_book: true, order_book_top: 1 },
      exit_pricing: { price_side: "other", use_order_book: true, order_book_top: 1 },
      exchange: documentedExchange(exchange),
      pairlists: [{ method: "StaticPairList" }],
      initial_state: "running",
      internals: { process_throttle_secs: 2 },
      db_url: `sqlite:///${join(this.folder, "trades.sqlite")}`,
    };
    writeFileSync(join(this.folder, "config.json"), JSON.stringify(config));
    this.bot = spawn(
      join(dirname(python()!), "freqtrade"),
      ["trade", "--config", "config.json", "--userdir", this.folder, "--strategy", "BuyAtOnce", "--strategy-path", __dirname],
      { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] },
    );
    const collect = (chunk: Buffer) => {
      this.output += chunk;
    };
    this.bot.stdout!.on("data", collect);
    this.bot.stderr!.on("data", collect);
  }

  /** What `look` finds while the bot runs, within two minutes. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline || this.bot.exitCode !== null) throw new Error(`no ${what}; freqtrade said:\n${this.output.slice(-8_000)}`);
      await new Promise((wake) => setTimeout(wake, 500));
    }
  }

  async stop(): Promise<void> {
    if (this.bot.exitCode === null && this.bot.signalCode === null) {
      const ended = new Promise((resolve) => this.bot.once("exit", resolve));
      this.bot.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
