/** The order book as a ladder: asks above, bids below, the last price between them; a bar behind each row shows the depth up to it. */

import { amount, decimalsOf, grouped, plain } from "./decimal.js";
import { element, message, throttled } from "./elements.js";
import { OrderBook } from "./order-book.js";

/** @typedef {import("./instruments.js").Instrument} Instrument */

/** Milliseconds between two drawings: faster is not legible. */
const drawMs = 100;

/** Price steps offered, as multiples of the tick. */
const groupings = [1n, 10n, 100n, 1000n, 10000n];

export class BookPanel {
  book = new OrderBook();
  #failure = "";
  /** @type {Instrument | undefined} */
  #instrument;
  #step = 1n;
  #last = { text: "", side: "" };
  /** @type {() => Iterable<{ symbol: string, side: string, price: string }>} */
  #ownOrders;
  #pick;
  #head = element("div", { class: "panel-head" });
  #columns = element("div", { class: "ladder-head" });
  #asks = element("div", { class: "ladder asks" });
  #bids = element("div", { class: "ladder bids" });
  #spread = element("div", { class: "spread" });
  #draw = throttled(() => this.#render(), drawMs);
  #rows = { asks: /** @type {HTMLElement[]} */ ([]), bids: /** @type {HTMLElement[]} */ ([]) };

  /**
   * @param {HTMLElement} root
   * @param {{ ownOrders: () => Iterable<{ symbol: string, side: string, price: string }>, pick: (price: string) => void }} options `pick` is called with the price of a row that is clicked
   */
  constructor(root, options) {
    this.#ownOrders = options.ownOrders;
    this.#pick = options.pick;
    root.append(this.#head, this.#columns, this.#asks, this.#spread, this.#bids);
    new ResizeObserver(this.#draw).observe(root);
    for (const side of [this.#asks, this.#bids]) {
      side.addEventListener("click", (event) => {
        const price = event.target instanceof Element ? event.target.closest(".level")?.getAttribute("data-price") : undefined;
        if (price) this.#pick(price);
      });
    }
  }

  /** Turns to another symbol; the book is empty until {@link load}. @param {Instrument} instrument */
  show(instrument) {
    this.#instrument = instrument;
    this.book.clear();
    this.#failure = "";
    this.#last = { text: "", side: "" };
    this.#step = groupings[0];
    const offered = groupings.filter(
      (multiple) => decimalsOf(instrument.tick * multiple) >= 0 && instrument.tick * multiple <= amount("100"),
    );
    const select = element(
      "select",
      { "aria-label": "Price step", title: "Price step" },
      ...offered.map((multiple) => {
        const step = instrument.tick * multiple;
        return element("option", { value: String(multiple) }, plain(step, decimalsOf(step)));
      }),
    );
    select.addEventListener("change", () => {
      this.#step = BigInt(select.value);
      this.#draw();
    });
    this.#head.replaceChildren(element("h2", {}, "Order book"), element("span", { class: "gap" }), select);
    this.#columns.replaceChildren(
      element("span", {}, `Price (${instrument.quote})`),
      element("span", {}, `Amount (${instrument.base})`),
      element("span", {}, "Sum"),
    );
    this.#draw();
  }

  /** @param {any} snapshot */
  load(snapshot) {
    this.#failure = "";
    const joined = this.book.load(snapshot);
    this.#draw();
    return joined;
  }

  /** @param {any} difference */
  apply(difference) {
    const joined = this.book.apply(difference);
    this.#draw();
    return joined;
  }

  /** @param {string} text */
  fail(text) {
    this.#failure = text;
    this.#draw();
  }

  /** The last trade's price, with the taker's side. @param {string} price @param {boolean} buyerIsMaker */
  trade(price, buyerIsMaker) {
    this.#last = { text: price, side: buyerIsMaker ? "sell" : "buy" };
    this.#draw();
  }

  redraw() {
    this.#draw();
  }

  #render() {
    const instrument = this.#instrument;
    if (instrument === undefined) return;
    if (!this.book.loaded) {
      this.#rows = { asks: [], bids: [] };
      this.#asks.replaceChildren(this.#failure === "" ? message("Loading the order book …", "loading") : message(this.#failure, "failed"));
      this.#bids.replaceChildren();
      this.#spread.replaceChildren(element("b", { class: "dim" }, "–"));
      return;
    }
    const rowHeight = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));
    const count = Math.max(1, Math.floor(this.#asks.clientHeight / rowHeight));
    const step = Number(instrument.tick * this.#step);
    const asks = this.book.rows("asks", step, count);
    const bids = this.book.rows("bids", step, count);
    const deepest = Math.max(asks.at(-1)?.total ?? 0, bids.at(-1)?.total ?? 0, 1);
    this.#side("asks", asks, deepest, instrument, step);
    this.#side("bids", bids, deepest, instrument, step);

    const { bid, ask } = this.book.best();
    const last = this.#last.text === "" ? "–" : grouped(amount(this.#last.text), instrument.priceDecimals);
    const spread =
      bid === undefined || ask === undefined ? "one side is empty" : `Spread ${plain(BigInt(ask - bid), instrument.priceDecimals)}`;
    this.#spread.replaceChildren(element("b", { class: this.#last.side || "dim" }, last), element("small", {}, spread));
  }

  /** @param {"asks" | "bids"} name @param {import("./order-book.js").Row[]} levels @param {number} deepest @param {Instrument} instrument @param {number} step */
  #side(name, levels, deepest, instrument, step) {
    const node = name === "asks" ? this.#asks : this.#bids;
    if (levels.length === 0) {
      this.#rows[name] = [];
      node.replaceChildren(message(name === "asks" ? "Nobody sells" : "Nobody buys"));
      return;
    }
    if (this.#rows[name].length === 0) node.replaceChildren();
    const own = new Set();
    for (const order of this.#ownOrders()) {
      if (order.symbol !== instrument.symbol || (order.side === "BUY") !== (name === "bids")) continue;
      const price = Number(amount(order.price));
      own.add((name === "bids" ? Math.floor(price / step) : Math.ceil(price / step)) * step);
    }
    const rows = this.#rows[name];
    while (rows.length < levels.length) rows.push(node.appendChild(levelRow(name === "asks" ? "sell" : "buy")));
    while (rows.length > levels.length) rows.pop()?.remove();
    const decimals = Math.max(decimalsOf(BigInt(step)), 0);
    levels.forEach((level, index) => {
      const row = rows[index];
      const price = plain(BigInt(level.price), instrument.priceDecimals);
      row.dataset.price = price;
      row.classList.toggle("mine", own.has(level.price));
      const [bar, priceCell, quantityCell, totalCell] = /** @type {HTMLElement[]} */ ([...row.children]);
      bar.style.transform = `scaleX(${(level.total / deepest).toFixed(4)})`;
      priceCell.textContent = grouped(BigInt(level.price), decimals);
      quantityCell.textContent = grouped(BigInt(level.quantity), instrument.quantityDecimals);
      totalCell.textContent = grouped(BigInt(level.total), instrument.quantityDecimals);
    });
  }
}

/** @param {string} side */
function levelRow(side) {
  return element(
    "div",
    { class: "level" },
    element("i", { class: "depth" }),
    element("span", { class: side }),
    element("span"),
    element("span", { class: "dim" }),
  );
}
