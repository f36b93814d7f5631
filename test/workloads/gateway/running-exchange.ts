/** A whole exchange in this process, with its gateway on the loopback: command log, engine, services and two funded accounts in a temporary folder. */

import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { createGateway, type Gateway, type GatewayOptions, loopbackHosts } from "../../../workloads/gateway";
import { type DemoAccount, openDemoAccounts } from "../../../workloads/local/demo-accounts";
import { type EmbeddedExchange, openExchange } from "../../../workloads/local/exchange";
import { Home } from "../../../workloads/local/home";
import { listInstruments } from "../../../workloads/local/listing";
import type { OrderLimits } from "../../../workloads/services/trading";

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of answers of every shape
  body: any;
}

const lifted: OrderLimits = { tenSeconds: 1e9, day: 1e9 };

export type Parameters = Record<string, string | number | boolean>;

export class RunningExchange {
  private constructor(
    readonly exchange: EmbeddedExchange,
    readonly gateway: Gateway,
    readonly faults: unknown[],
    readonly accounts: DemoAccount[],
    readonly port: number,
    private readonly home: Home,
  ) {}

  /** `options` overrides those of the gateway, `orderLimits` those of the shard. Faults of the gateway are collected, so that a test can find none. */
  static async start({
    orderLimits = lifted,
    ...options
  }: Partial<GatewayOptions> & { orderLimits?: OrderLimits } = {}): Promise<RunningExchange> {
    const home = Home.open(mkdtempSync(join(tmpdir(), "bourse-gateway-")));
    // What is set up must not move the shard's time beyond that of a test with a clock of its own.
    const clock = options.clock ?? (() => Date.now() * 1000);
    const exchange = await openExchange(home, () => {}, { orderLimits });
    await listInstruments(exchange.orderEntry, exchange.instruments, clock);
    const accounts = await openDemoAccounts({ ...exchange, home, entry: exchange.orderEntry, clock });
    const faults: unknown[] = [];
    const limits = { requestWeight: 1e9, rawRequests: 1e9, connectionsPerFiveMinutes: 1e9 };
    const gateway = createGateway({ ...exchange, allowedHosts: loopbackHosts, limits, onFault: (fault) => faults.push(fault), ...options });
    const { port } = await gateway.listen(0, "127.0.0.1");
    return new RunningExchange(exchange, gateway, faults, accounts, port, home);
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.exchange.close();
    this.home.close();
    rmSync(this.home.folder, { recursive: true, force: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get alice(): Client {
    return new Client(this.url, this.accounts[0]);
  }

  get bob(): Client {
    return new Client(this.url, this.accounts[1]);
  }

  /** An unsigned request. */
  async request(method: string, path: string, init: { headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
    return request(`${this.url}${path}`, { method, ...init });
  }

  get(path: string): Promise<Answer> {
    return this.request("GET", path);
  }

  /** A connection that is open, with what it receives in order. */
  connect(path: string, headers: Record<string, string> = {}): Promise<Socket> {
    return Socket.open(`ws://127.0.0.1:${this.port}${path}`, headers);
  }
}

async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

/** Signs requests of one account with HMAC-SHA256, all parameters in the query. */
export class Client {
  constructor(
    private readonly url: string,
    readonly account: DemoAccount,
  ) {}

  get(path: string, parameters: Parameters = {}): Promise<Answer> {
    return this.send("GET", path, parameters);
  }

  post(path: string, parameters: Parameters = {}): Promise<Answer> {
    return this.send("POST", path, parameters);
  }

  put(path: string, parameters: Parameters = {}): Promise<Answer> {
    return this.send("PUT", path, parameters);
  }

  delete(path: string, parameters: Parameters = {}): Promise<Answer> {
    return this.send("DELETE", path, parameters);
  }

  /** `POST /api/v3/order` of a LIMIT order with GTC. */
  limit(side: "BUY" | "SELL", quantity: string, price: string, more: Parameters = {}): Promise<Answer> {
    return this.post("/api/v3/order", { symbol: "BTCUSDT", side, type: "LIMIT", timeInForce: "GTC", quantity, price, ...more });
  }

  sign(payload: string): string {
    return createHmac("sha256", this.account.secretKey).update(payload).digest("hex");
  }

  query(parameters: Parameters): string {
    const pairs = Object.entries({ timestamp: Date.now(), ...parameters }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const query = pairs.join("&");
    return `${query}&signature=${this.sign(query)}`;
  }

  private send(method: string, path: string, parameters: Parameters): Promise<Answer> {
    return request(`${this.url}${path}?${this.query(parameters)}`, { method, headers: { "x-mbx-apikey": this.account.apiKey } });
  }

  /** Parameters of a signed request over the WebSocket API. */
  signed(parameters: Parameters = {}): Parameters {
    const all: Parameters = { apiKey: this.account.apiKey, timestamp: Date.now(), ...parameters };
    const payload = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&");
    return { ...all, signature: this.sign(payload) };
  }
}

/** A WebSocket whose messages can be awaited. */
export class Socket {
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of messages of every shape
  readonly messages: any[] = [];
  closed: { code: number; reason: string } | undefined;
  private readonly waiting: (() => void)[] = [];
  private nextId = 1;

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => {
      this.messages.push(JSON.parse(String(data)));
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.on("error", () => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Socket> {
    const socket = new WebSocket(url, { headers });
    const wrapped = new Socket(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_, response) => reject(new Error(`refused with ${response.statusCode}`)));
    });
    return wrapped;
  }

  /** The first message, from now or from before, that satisfies `matches`; rejects after two seconds. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of messages of every shape
  async next(matches: (message: any) => boolean, timeoutMs = 2_000): Promise<any> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) return found;
      await this.wake(deadline, () => `no such message among ${JSON.stringify(this.messages).slice(0, 2_000)}`);
    }
  }

  async end(timeoutMs = 2_000): Promise<{ code: number; reason: string }> {
    const deadline = Date.now() + timeoutMs;
    while (this.closed === undefined) await this.wake(deadline, () => "the connection is still open");
    return this.closed;
  }

  private async wake(deadline: number, complaint: () => string): Promise<void> {
    if (Date.now() >= deadline) throw new Error(complaint());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends a request of the WebSocket API, or a message of a stream connection, and waits for the answer with its id. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of answers of every shape
  call(method: string, params?: unknown): Promise<any> {
    const id = this.nextId++;
    this.send({ id, method, ...(params === undefined ? {} : { params }) });
    return this.next((message) => message.id === id);
  }

  close(): void {
    this.socket.terminate();
  }
}
