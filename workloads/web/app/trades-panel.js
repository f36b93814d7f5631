/** The tape: the newest trades first, coloured by the taker's side. */

import { amount, grouped } from "./decimal.js";
import { element, message } from "./elements.js";
import { clockTime } from "./time.js";

/** @typedef {import("./instruments.js").Instrument} Instrument */

const rowsKept = 60;

export class TradesPanel {
  /** @type {Instrument | undefined} */
  #instrument;
  #columns = element("div", { class: "ladder-head" });
  #body = element("div", { class: "panel-body" });
  #lastId = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    root.append(element("div", { class: "panel-head" }, element("h2", {}, "Last trades")), this.#columns, this.#body);
  }

  /** @param {Instrument} instrument */
  show(instrument) {
    this.#instrument = instrument;
    this.#lastId = 0;
    this.#columns.replaceChildren(
      element("span", {}, `Price (${instrument.quote})`),
      element("span", {}, `Amount (${instrument.base})`),
      element("span", {}, "Time"),
    );
    this.#body.replaceChildren(message("Loading trades …", "loading"));
  }

  /** Trades of the REST API, oldest first. @param {{ id: number, price: string, qty: string, time: number, isBuyerMaker: boolean }[]} trades */
  load(trades) {
    this.#lastId = 0;
    this.#body.replaceChildren();
    for (const trade of trades) this.#add(trade.id, trade.price, trade.qty, trade.time, trade.isBuyerMaker, false);
    if (this.#lastId === 0) this.#body.replaceChildren(message("No trade yet. The first one appears here."));
  }

  /** @param {string} text */
  fail(text) {
    this.#body.replaceChildren(message(text, "failed"));
  }

  /** One trade of the stream. @param {any} trade */
  add(trade) {
    if (this.#lastId === 0) this.#body.replaceChildren();
    this.#add(trade.t, trade.p, trade.q, trade.T, trade.m, true);
  }

  /** @param {number} id @param {string} price @param {string} quantity @param {number} time @param {boolean} buyerIsMaker @param {boolean} fresh */
  #add(id, price, quantity, time, buyerIsMaker, fresh) {
    const instrument = this.#instrument;
    if (instrument === undefined || id <= this.#lastId) return;
    this.#lastId = id;
    this.#body.prepend(
      element(
        "div",
        { class: fresh ? "print fresh" : "print" },
        element("span", { class: buyerIsMaker ? "sell" : "buy" }, grouped(amount(price), instrument.priceDecimals)),
        element("span", {}, grouped(amount(quantity), instrument.quantityDecimals)),
        element("span", { class: "dim" }, clockTime(time)),
      ),
    );
    while (this.#body.childElementCount > rowsKept) this.#body.lastElementChild?.remove();
  }
}
