/** The account's open orders with cancel, its order history and its fills. */

import { amount, grouped, shortest } from "./decimal.js";
import { element, message, throttled } from "./elements.js";
import { signedRequest } from "./exchange-api.js";
import { dateTime } from "./time.js";

/**
 * @typedef {import("./account-state.js").AccountState} AccountState
 * @typedef {import("./account-state.js").Order} Order
 * @typedef {import("./instruments.js").Instrument} Instrument
 * @typedef {"open" | "history" | "fills"} Tab
 */

/** Rows of history that are read. */
const historyRows = 100;

/** Milliseconds that history waits after a change, so that a burst of fills is read once. */
const settleMs = 400;

/** @type {readonly (readonly [Tab, string])[]} */
const tabs = [
  ["open", "Open orders"],
  ["history", "Order history"],
  ["fills", "Fills"],
];

export class OrdersPanel {
  /** @type {Tab} */
  #tab = "open";
  #state;
  #instrument;
  #failed;
  /** @type {any[] | undefined} */
  #rows;
  #failure = "";
  #generation = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<number>} orders whose cancel is under way */
  #cancelling = new Set();
  #tabs = element("div", { class: "tabs", role: "tablist", "aria-label": "Orders" });
  #all = element("label", { class: "dim only-symbol" });
  #onlySymbol = element("input", { type: "checkbox" });
  #cancelAll = element("button", { type: "button", class: "quiet" }, "Cancel all");
  #body = element("div", { class: "panel-body", role: "tabpanel" });
  #draw = throttled(() => this.#render(), 100);

  /**
   * @param {HTMLElement} root
   * @param {{ state: AccountState, instrument: (symbol?: string) => Instrument | undefined, failed: (text: string) => void }} options
   *   `instrument` without a name is the one that is shown
   */
  constructor(root, options) {
    this.#state = options.state;
    this.#instrument = options.instrument;
    this.#failed = options.failed;
    for (const [tab] of tabs)
      this.#tabs.append(element("button", { type: "button", role: "tab", "data-tab": tab, onclick: () => this.#choose(tab) }));
    this.#onlySymbol.addEventListener("change", this.#draw);
    this.#cancelAll.addEventListener("click", () => void this.#cancelEverything());
    this.#all.append(this.#onlySymbol, " This symbol only");
    root.append(
      element("div", { class: "panel-head" }, this.#tabs, element("span", { class: "gap" }), this.#all, this.#cancelAll),
      this.#body,
    );
    this.#draw();
  }

  /** Draws open orders anew. */
  refresh() {
    this.#draw();
  }

  /** Reads history and fills anew: an order of the account has changed, or the symbol or the account is another. */
  reload() {
    clearTimeout(this.#timer);
    if (this.#tab !== "open") this.#timer = setTimeout(() => void this.#load(), settleMs);
  }

  /** @param {Tab} tab */
  #choose(tab) {
    this.#tab = tab;
    this.#rows = undefined;
    this.#failure = "";
    if (tab !== "open") void this.#load();
    this.#draw();
  }

  async #load() {
    const account = this.#state.account;
    const instrument = this.#instrument();
    if (account === undefined || instrument === undefined) return;
    const generation = ++this.#generation;
    try {
      const path = this.#tab === "history" ? "allOrders" : "myTrades";
      const rows = await signedRequest(account, "GET", path, { symbol: instrument.symbol, limit: historyRows });
      if (generation !== this.#generation) return;
      this.#rows = rows.reverse();
      this.#failure = "";
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    this.#draw();
  }

  #openOrders() {
    const symbol = this.#onlySymbol.checked ? this.#instrument()?.symbol : undefined;
    return [...this.#state.orders.values()]
      .filter((order) => symbol === undefined || order.symbol === symbol)
      .sort((a, b) => b.orderId - a.orderId);
  }

  #render() {
    const count = this.#state.orders.size;
    for (const button of this.#tabs.children) {
      const tab = button.getAttribute("data-tab");
      const text = tabs.find(([name]) => name === tab)?.[1] ?? "";
      button.textContent = tab === "open" ? `${text} (${count})` : text;
      button.setAttribute("aria-selected", String(tab === this.#tab));
    }
    const open = this.#tab === "open";
    this.#all.hidden = !open;
    this.#cancelAll.hidden = !open || this.#openOrders().length === 0;
    this.#body.replaceChildren(this.#content());
  }

  #content() {
    const state = this.#state;
    if (state.account === undefined) return message("Choose an account to see its orders.");
    if (state.state === "empty") return message("Loading orders …", "loading");
    if (state.state === "failed") return message(state.failure, "failed");
    if (this.#tab === "open") {
      const orders = this.#openOrders();
      return orders.length === 0 ? message("No open orders.") : this.#openTable(orders);
    }
    if (this.#failure !== "") return message(this.#failure, "failed");
    if (this.#rows === undefined) return message("Loading …", "loading");
    if (this.#rows.length === 0) return message(`Nothing in ${this.#instrument()?.symbol} yet.`);
    return this.#tab === "history" ? this.#historyTable(this.#rows) : this.#fillsTable(this.#rows);
  }

  /** @param {Order[]} orders */
  #openTable(orders) {
    return table(
      ["Time", "Symbol", "Type", "Side", "#Price", "#Trigger", "#Amount", "#Filled", "#Value", ""],
      orders.map((order) => [
        dateTime(order.time),
        order.symbol,
        kindOf(order),
        sideCell(order.side),
        this.#price(order.symbol, order.price),
        this.#price(order.symbol, order.stopPrice),
        this.#quantity(order.symbol, order.origQty),
        this.#filled(order),
        this.#value(order),
        this.#cancelButton(order),
      ]),
    );
  }

  /** @param {any[]} orders */
  #historyTable(orders) {
    return table(
      ["Time", "Order", "Type", "Side", "#Price", "#Average", "#Amount", "#Filled", "Status"],
      orders.map((order) => [
        dateTime(order.time),
        String(order.orderId),
        kindOf(order),
        sideCell(order.side),
        this.#price(order.symbol, order.price),
        this.#average(order),
        this.#quantity(order.symbol, order.origQty),
        this.#filled(order),
        element(
          "span",
          { class: order.status === "FILLED" ? "buy" : order.status === "REJECTED" ? "sell" : "dim" },
          order.status.replaceAll("_", " ").toLowerCase(),
        ),
      ]),
    );
  }

  /** @param {any[]} fills */
  #fillsTable(fills) {
    return table(
      ["Time", "Order", "Side", "#Price", "#Amount", "#Value", "#Fee", "Role"],
      fills.map((fill) => [
        dateTime(fill.time),
        String(fill.orderId),
        sideCell(fill.isBuyer ? "BUY" : "SELL"),
        this.#price(fill.symbol, fill.price),
        this.#quantity(fill.symbol, fill.qty),
        `${this.#price(fill.symbol, fill.quoteQty)} ${this.#instrument(fill.symbol)?.quote ?? ""}`,
        `${shortest(amount(fill.commission))} ${fill.commissionAsset}`,
        element("span", { class: "dim" }, fill.isMaker ? "maker" : "taker"),
      ]),
    );
  }

  /** @param {string} symbol @param {string} text */
  #price(symbol, text) {
    const units = amount(text ?? "0");
    return units === 0n ? "–" : grouped(units, this.#instrument(symbol)?.priceDecimals);
  }

  /** @param {string} symbol @param {string} text */
  #quantity(symbol, text) {
    const units = amount(text ?? "0");
    return units === 0n ? "–" : grouped(units, this.#instrument(symbol)?.quantityDecimals);
  }

  /** @param {Order} order */
  #filled(order) {
    const total = amount(order.origQty);
    const percent = total === 0n ? 0 : Number((amount(order.executedQty) * 1000n) / total) / 10;
    const bar = element("i");
    bar.style.width = `${percent}%`;
    return element("span", {}, element("span", { class: "bar", "aria-hidden": "true" }, bar), `${percent.toFixed(1)}%`);
  }

  /** @param {Order} order */
  #value(order) {
    const instrument = this.#instrument(order.symbol);
    const value = (amount(order.price) * amount(order.origQty)) / 10n ** 8n;
    return value === 0n || instrument === undefined
      ? "–"
      : `${grouped(value, Math.max(2, Math.min(8, instrument.priceDecimals)))} ${instrument.quote}`;
  }

  /** @param {any} order */
  #average(order) {
    const executed = amount(order.executedQty);
    if (executed === 0n) return "–";
    return grouped((amount(order.cummulativeQuoteQty) * 10n ** 8n) / executed, this.#instrument(order.symbol)?.priceDecimals);
  }

  /** @param {Order} order */
  #cancelButton(order) {
    return element(
      "button",
      {
        type: "button",
        class: "cancel",
        "aria-label": `Cancel order ${order.orderId}`,
        disabled: this.#cancelling.has(order.orderId),
        onclick: () => void this.#cancel(order),
      },
      "Cancel",
    );
  }

  /** @param {Order} order */
  async #cancel(order) {
    const account = this.#state.account;
    if (account === undefined) return;
    this.#cancelling.add(order.orderId);
    this.#draw();
    try {
      await signedRequest(account, "DELETE", "order", { symbol: order.symbol, orderId: order.orderId });
      this.#state.orders.delete(order.orderId);
    } catch (error) {
      this.#failed(`Order ${order.orderId} was not cancelled: ${error instanceof Error ? error.message : error}`);
      void this.#state.refresh();
    } finally {
      this.#cancelling.delete(order.orderId);
      this.#draw();
    }
  }

  async #cancelEverything() {
    const account = this.#state.account;
    if (account === undefined) return;
    const symbols = new Set(this.#openOrders().map((order) => order.symbol));
    this.#cancelAll.disabled = true;
    for (const symbol of symbols) {
      try {
        await signedRequest(account, "DELETE", "openOrders", { symbol });
      } catch (error) {
        this.#failed(`The orders in ${symbol} were not cancelled: ${error instanceof Error ? error.message : error}`);
      }
    }
    this.#cancelAll.disabled = false;
    void this.#state.refresh();
  }
}

/** @param {string} side */
function sideCell(side) {
  return element("span", { class: side === "BUY" ? "buy" : "sell" }, side === "BUY" ? "Buy" : "Sell");
}

/** "Limit · IOC". @param {{ type: string, timeInForce: string }} order */
function kindOf(order) {
  const words = order.type.replaceAll("_", " ").toLowerCase();
  const kind = order.type === "LIMIT_MAKER" ? "Post only" : words[0].toUpperCase() + words.slice(1);
  return order.timeInForce === "IOC" || order.timeInForce === "FOK" ? `${kind} · ${order.timeInForce}` : kind;
}

/** A table; heads that begin with # stand over numbers. @param {string[]} heads @param {(string | Node)[][]} rows */
function table(heads, rows) {
  const style = (/** @type {number} */ column) => (heads[column].startsWith("#") ? "number" : heads[column] === "" ? "actions" : undefined);
  return element(
    "table",
    {},
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((head, column) => element("th", { scope: "col", class: style(column) }, head.replace("#", "")))),
    ),
    element(
      "tbody",
      {},
      ...rows.map((cells) =>
        element(
          "tr",
          {},
          ...cells.map((cell, column) =>
            element("td", { class: style(column), "data-head": heads[column].replace("#", "") || undefined }, cell),
          ),
        ),
      ),
    ),
  );
}
