import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { seededRandom } from "../../../workloads/local/demo-price";
import { type Json, RunningExchange, serverCommand, temporaryHome } from "./running-exchange";

const seed = 7;
const kills = 10;
/** Requests under way at any time, of both accounts together. */
const concurrency = 8;
const symbol = "BTCUSDT";

/** "1.5" in units of 10^-8. */
function units(text: string): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(8, "0"));
}

interface Acknowledged {
  account: number;
  orderId: number;
  executed: bigint;
  trades: number[];
  canceled: boolean;
}

describe(`An exchange that is killed ${kills} times under load (seed ${seed})`, function () {
  this.timeout(180_000);
  const home = temporaryHome();
  const random = seededRandom(seed);
  const acknowledged = new Map<number, Acknowledged>();
  let running: RunningExchange | undefined;
  after(() => {
    running?.destroy();
    home.remove();
  });

  /** Orders that cross about half of the time, and a cancel now and then; ends when the exchange is gone. */
  async function load(exchange: RunningExchange): Promise<void> {
    for (;;) {
      const account = random() < 0.5 ? 0 : 1;
      const side = random() < 0.5 ? "BUY" : "SELL";
      const price = (60_000 + Math.floor(random() * 20)).toFixed(2);
      const quantity = (0.0002 + Math.floor(random() * 50) / 100_000).toFixed(5);
      try {
        const order = await exchange.signed(account, "POST", "order", {
          symbol,
          side,
          type: "LIMIT",
          timeInForce: random() < 0.8 ? "GTC" : "IOC",
          price,
          quantity,
          newOrderRespType: "FULL",
          selfTradePreventionMode: "NONE",
        });
        const known = { account, orderId: order.orderId, executed: units(order.executedQty), canceled: false, trades: [] as number[] };
        known.trades = order.fills.map(({ tradeId }: { tradeId: number }) => tradeId);
        acknowledged.set(order.orderId, known);
        if (order.status === "NEW" && random() < 0.3) {
          await exchange.signed(account, "DELETE", "order", { symbol, orderId: order.orderId });
          known.canceled = true;
        }
      } catch (error) {
        // Filled before its cancel came: as good as any other answer.
        if ((error as { code?: number }).code === -2011) continue;
        if ((error as { code?: number }).code !== undefined) throw error;
        return;
      }
    }
  }

  /** All rows of one of the account's histories, read in pages. */
  async function history(exchange: RunningExchange, account: number, path: string, id: string): Promise<Json[]> {
    const rows: Json[] = [];
    for (let from = 0; ; ) {
      const page = await exchange.signed(account, "GET", path, { symbol, limit: 1000, [id === "id" ? "fromId" : "orderId"]: from });
      rows.push(...page);
      if (page.length < 1000) return rows;
      from = page.at(-1)[id] + 1;
    }
  }

  async function check(exchange: RunningExchange): Promise<void> {
    const totals = new Map<string, bigint>();
    const orders = new Map<number, Json>();
    const trades: Json[] = [];
    for (const account of [0, 1]) {
      for (const order of await history(exchange, account, "allOrders", "orderId")) orders.set(order.orderId, order);
      trades.push(...(await history(exchange, account, "myTrades", "id")));
      for (const { asset, free, locked } of (await exchange.signed(account, "GET", "account")).balances) {
        totals.set(asset, (totals.get(asset) ?? 0n) + units(free) + units(locked));
      }
    }
    const tradeIds = new Set(trades.map(({ id }) => id));
    for (const { orderId, executed, canceled, trades: fills } of acknowledged.values()) {
      const order = orders.get(orderId);
      assert.ok(order !== undefined, `acknowledged order ${orderId} is lost`);
      assert.ok(units(order.executedQty) >= executed, `order ${orderId} has lost a fill`);
      if (canceled) assert.equal(order.status, "CANCELED", `the cancel of order ${orderId} is lost`);
      for (const fill of fills) assert.ok(tradeIds.has(fill), `acknowledged trade ${fill} of order ${orderId} is lost`);
    }
    for (const { commission, commissionAsset } of trades)
      totals.set(commissionAsset, (totals.get(commissionAsset) ?? 0n) + units(commission));
    assert.deepEqual(
      Object.fromEntries(totals),
      { BTC: units("20"), ETH: units("200"), USDT: units("2000000") },
      "balances and fees add up to the deposits",
    );
  }

  it("finds every acknowledged order, fill and cancel again, and balances that add up to the deposits", async () => {
    for (let kill = 1; kill <= kills; kill++) {
      running = await RunningExchange.start(home.folder, serverCommand("--no-demo", "--no-plan"));
      await check(running);
      const before = acknowledged.size;
      const clients = Array.from({ length: concurrency }, () => load(running as RunningExchange));
      // A number of orders rather than a time, so that a slow machine gives the same load.
      const enough = before + 15 + Math.floor(random() * 60);
      while (acknowledged.size < enough) await wait(1);
      assert.equal(await running.end("SIGKILL"), "SIGKILL");
      await Promise.all(clients);
      assert.ok(acknowledged.size >= enough, `orders were acknowledged before kill ${kill}`);
    }
    running = await RunningExchange.start(home.folder, serverCommand("--no-demo", "--no-plan"));
    await check(running);
    assert.equal(await running.end("SIGTERM"), 0);
    const fills = [...acknowledged.values()].reduce((sum, { trades }) => sum + trades.length, 0);
    assert.ok(acknowledged.size >= 15 * kills && fills > 50, `the load was real: ${acknowledged.size} orders, ${fills} fills`);
  });
});
