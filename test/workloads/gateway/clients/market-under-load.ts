/**
 * A market that never stands still: the second account quotes both sides of every symbol and takes its quotes away again, the first one trades with
 * it, over one connection of the WebSocket API each. Best prices stay where they are, so that what clients pay is known.
 */

import { equal, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import type { ClientAccount, StartedExchange } from "./started-exchange";

interface Quoting {
  symbol: string;
  /** Best prices, and what is offered there: more than all clients take. */
  bid: number;
  ask: number;
  offered: string;
  /** Quotes stand behind the best prices, so many steps of this size at most. */
  step: number;
  decimals: number;
  quantity: string;
  taken: string;
}

/** What ETH and BTC cost here is far from any price at which clients let orders rest. */
export const quoted: readonly Quoting[] = [
  { symbol: "BTCUSDT", bid: 49_950, ask: 50_050, offered: "2", step: 1.25, decimals: 2, quantity: "0.01", taken: "0.001" },
  { symbol: "ETHUSDT", bid: 2_997, ask: 3_003, offered: "15", step: 0.25, decimals: 2, quantity: "0.1", taken: "0.01" },
  { symbol: "ETHBTC", bid: 0.0599, ask: 0.0601, offered: "8", step: 0.00001, decimals: 5, quantity: "0.05", taken: "0.005" },
];

const steps = 200;
/** Open quotes of a symbol, below the 200 that MAX_NUM_ORDERS lets an account have. */
const mostQuotes = 60;

// biome-ignore lint/suspicious/noExplicitAny: answers have many shapes
type Message = any;

/** Signed requests of one account over the WebSocket API. */
class ApiConnection {
  private readonly waiting = new Map<number, (answer: Message) => void>();
  private nextId = 1;

  private constructor(
    private readonly socket: WebSocket,
    private readonly account: ClientAccount,
  ) {
    socket.on("message", (data) => {
      const answer = JSON.parse(String(data));
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
  }

  static async open(url: string, account: ClientAccount): Promise<ApiConnection> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return new ApiConnection(socket, account);
  }

  call(method: string, parameters: Record<string, string | number>): Promise<Message> {
    const all: Record<string, string | number> = { ...parameters, apiKey: this.account.apiKey, timestamp: Date.now(), recvWindow: 60_000 };
    const payload = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&");
    const signature = createHmac("sha256", this.account.secretKey).update(payload).digest("hex");
    const id = this.nextId++;
    this.socket.send(JSON.stringify({ id, method, params: { ...all, signature } }));
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  close(): void {
    this.socket.terminate();
  }
}

export class MarketUnderLoad {
  /** Orders placed and cancelled so far. */
  commands = 0;
  private stopping = false;
  private running: Promise<void>[] = [];

  private constructor(
    private readonly maker: ApiConnection,
    private readonly taker: ApiConnection,
  ) {}

  /** Resolves once every symbol has best prices and a trade. */
  static async start({ wsApiUrl, accounts }: StartedExchange): Promise<MarketUnderLoad> {
    const [taker, maker] = await Promise.all(accounts.map((account) => ApiConnection.open(wsApiUrl, account)));
    const market = new MarketUnderLoad(maker, taker);
    for (const each of quoted) {
      await market.place(maker, each, "BUY", each.offered, each.bid);
      await market.place(maker, each, "SELL", each.offered, each.ask);
      await market.take(each, "BUY");
      market.running.push(market.quote(each));
    }
    // Whoever stops it is told.
    for (const each of market.running) each.catch(() => {});
    return market;
  }

  /** Resolves when nothing is under way any more; quotes stay. Rejects with what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
    this.maker.close();
    this.taker.close();
  }

  private async place(by: ApiConnection, { symbol, decimals }: Quoting, side: string, quantity: string, price: number): Promise<number> {
    const order = { symbol, side, type: "LIMIT", timeInForce: "GTC", quantity, price: price.toFixed(decimals), newOrderRespType: "ACK" };
    const { status, result, error } = await by.call("order.place", order);
    equal(status, 200, JSON.stringify(error));
    this.commands++;
    return result.orderId;
  }

  private async take({ symbol, taken }: Quoting, side: string): Promise<void> {
    const { status, result, error } = await this.taker.call("order.place", { symbol, side, type: "MARKET", quantity: taken });
    equal(status, 200, JSON.stringify(error));
    equal(result.status, "FILLED");
    this.commands++;
  }

  private async quote(each: Quoting): Promise<void> {
    const open: number[] = [];
    for (let turn = 0; !this.stopping; turn++) {
      const away = each.step * (1 + ((turn * 7_919) % steps));
      const [side, price] = turn % 2 === 0 ? ["BUY", each.bid - away] : ["SELL", each.ask + away];
      open.push(await this.place(this.maker, each, side as string, each.quantity, price as number));
      if (open.length > mostQuotes) {
        const { status } = await this.maker.call("order.cancel", { symbol: each.symbol, orderId: open.shift()! });
        // Best prices were traded through: that would make the clients' own prices unknown.
        ok(status === 200, `a quote of ${each.symbol} is gone`);
        this.commands++;
      }
      if (turn % 20 === 0) await this.take(each, turn % 40 === 0 ? "BUY" : "SELL");
      await wait(10);
    }
  }
}
