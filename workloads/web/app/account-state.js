/**
 * What the chosen account owns and has open, kept current: read once over REST, then by the user data stream of the WebSocket API. Where
 * that stream cannot be had, the account is read again every two seconds.
 */

import { exchangeTime, sign, signedRequest } from "./exchange-api.js";

/**
 * @typedef {import("./exchange-api.js").Account} Account
 * @typedef {{ asset: string, free: string, locked: string }} Balance
 * @typedef {object} Order
 * @property {string} symbol
 * @property {number} orderId
 * @property {string} side
 * @property {string} type
 * @property {string} timeInForce
 * @property {string} price
 * @property {string} stopPrice
 * @property {string} origQty
 * @property {string} executedQty
 * @property {string} cummulativeQuoteQty
 * @property {string} status
 * @property {number} time
 */

const pollMs = 2000;

/** Pause before the stream is tried again, in ms. */
const retryMs = 3000;

export class AccountState {
  /** @type {Account | undefined} */
  account;
  /** @type {Map<string, Balance>} */
  balances = new Map();
  /** @type {Map<number, Order>} */
  orders = new Map();
  /** The account's fee rates as decimal fractions. @type {{ maker: string, taker: string } | undefined} */
  rates;
  /** "empty" before the first answer. @type {"empty" | "ready" | "failed"} */
  state = "empty";
  failure = "";
  /** Whether the user data stream tells of every change. */
  live = false;
  #changed;
  #reported;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** For each reading under way the events that came meanwhile: its answers may be from before them. @type {Set<any[]>} */
  #readings = new Set();

  /**
   * @param {() => void} changed called after every change
   * @param {(report: any) => void} reported called with every execution report of the stream
   */
  constructor(changed, reported) {
    this.#changed = changed;
    this.#reported = reported;
  }

  /** Turns to another account. @param {Account | undefined} account */
  async choose(account) {
    this.#stop();
    this.account = account;
    this.balances.clear();
    this.orders.clear();
    this.rates = undefined;
    this.state = "empty";
    this.#changed();
    if (account !== undefined) this.#follow(account);
  }

  /** Reads balances and open orders again. */
  async refresh() {
    const account = this.account;
    if (account === undefined) return;
    /** @type {any[]} */
    const meanwhile = [];
    this.#readings.add(meanwhile);
    try {
      const [wallet, orders] = await Promise.all([signedRequest(account, "GET", "account"), signedRequest(account, "GET", "openOrders")]);
      if (account !== this.account) return;
      this.balances = new Map(wallet.balances.map((/** @type {Balance} */ balance) => [balance.asset, balance]));
      this.orders = new Map(orders.map((/** @type {Order} */ order) => [order.orderId, order]));
      this.rates = wallet.commissionRates;
      this.state = "ready";
      for (const event of meanwhile) this.#apply(event);
    } catch (error) {
      if (account !== this.account) return;
      this.state = "failed";
      this.failure = error instanceof Error ? error.message : String(error);
    } finally {
      this.#readings.delete(meanwhile);
    }
    this.#changed();
  }

  #stop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    this.live = false;
    socket?.close();
  }

  /** Subscribes first and reads then, so that no change falls between the two. @param {Account} account */
  #follow(account) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws-api/v3`);
    this.#socket = socket;
    let subscribed = false;
    socket.addEventListener("open", async () => {
      const parameters = { apiKey: account.apiKey, timestamp: exchangeTime() };
      const signature = await sign(account, `apiKey=${parameters.apiKey}&timestamp=${parameters.timestamp}`);
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ id: "user-data", method: "userDataStream.subscribe.signature", params: { ...parameters, signature } }));
    });
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      const received = JSON.parse(event.data);
      if (received.event !== undefined) this.#take(received.event);
      else if (received.id === "user-data" && received.status === 200) {
        subscribed = true;
        this.live = true;
        void this.refresh();
      } else if (received.id === "user-data") socket.close();
    });
    socket.addEventListener("close", () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.live = false;
      if (subscribed) this.#timer = setTimeout(() => this.#follow(account), retryMs);
      else this.#poll();
    });
  }

  /** Reads the account in intervals, and now and then tries the stream again. */
  async #poll(rounds = 15) {
    const account = this.account;
    await this.refresh();
    if (account === undefined || account !== this.account) return;
    this.#timer = setTimeout(() => (rounds > 0 ? this.#poll(rounds - 1) : this.#follow(account)), pollMs);
  }

  /** Takes one event of the stream. @param {any} event */
  #take(event) {
    for (const meanwhile of this.#readings) meanwhile.push(event);
    this.#apply(event);
    if (event.e === "executionReport") this.#reported(event);
    else if (event.e === "eventStreamTerminated" || event.e === "serverShutdown") this.#socket?.close();
    else if (event.e === "balanceUpdate") void this.refresh();
    this.#changed();
  }

  /** Writes down what an event says of balances and orders. @param {any} event */
  #apply(event) {
    if (event.e === "outboundAccountPosition") {
      for (const { a, f, l } of event.B) this.balances.set(a, { asset: a, free: f, locked: l });
    } else if (event.e === "executionReport") {
      if (event.X === "NEW" || event.X === "PARTIALLY_FILLED" || event.X === "PENDING_NEW") this.orders.set(event.i, orderOf(event));
      else this.orders.delete(event.i);
    }
  }
}

/** An execution report as the REST API writes an order. @param {any} report @returns {Order} */
function orderOf(report) {
  return {
    symbol: report.s,
    orderId: report.i,
    side: report.S,
    type: report.o,
    timeInForce: report.f,
    price: report.p,
    stopPrice: report.P,
    origQty: report.q,
    executedQty: report.z,
    cummulativeQuoteQty: report.Z,
    status: report.X,
    time: report.O,
  };
}
