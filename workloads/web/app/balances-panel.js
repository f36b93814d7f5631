/** What the account owns: free, in orders, and its worth in one currency. */

import { amount, grouped, multiply } from "./decimal.js";
import { element, message, throttled } from "./elements.js";

/** @typedef {import("./account-state.js").AccountState} AccountState */

export class BalancesPanel {
  #state;
  #price;
  #currency;
  #worth = element("b", { class: "number" });
  #body = element("div", { class: "panel-body" });
  #draw = throttled(() => this.#render(), 250);

  /**
   * @param {HTMLElement} root
   * @param {{ state: AccountState, currency: string, price: (asset: string) => bigint | undefined }} options `price` of one asset in `currency`, scaled by 10^8
   */
  constructor(root, options) {
    this.#state = options.state;
    this.#price = options.price;
    this.#currency = options.currency;
    root.append(
      element("div", { class: "panel-head" }, element("h2", {}, "Balances"), element("span", { class: "gap" }), this.#worth),
      this.#body,
    );
    this.#draw();
  }

  refresh() {
    this.#draw();
  }

  #render() {
    const state = this.#state;
    this.#worth.textContent = "";
    if (state.account === undefined) return this.#body.replaceChildren(message("Choose an account to see its balances."));
    if (state.state === "empty") return this.#body.replaceChildren(message("Loading balances …", "loading"));
    if (state.state === "failed") return this.#body.replaceChildren(message(state.failure, "failed"));
    if (state.balances.size === 0) return this.#body.replaceChildren(message("This account owns nothing yet."));

    let worth = 0n;
    let priced = true;
    const rows = [...state.balances.values()].map(({ asset, free, locked }) => {
      const total = amount(free) + amount(locked);
      const price = this.#price(asset);
      if (price === undefined) priced = priced && total === 0n;
      else worth += multiply(total, price);
      const decimals = asset === this.#currency ? 2 : 5;
      return element(
        "tr",
        {},
        element("td", {}, element("b", {}, asset)),
        element("td", { class: "number", title: free }, grouped(amount(free), decimals)),
        element("td", { class: "number dim", title: locked }, amount(locked) === 0n ? "–" : grouped(amount(locked), decimals)),
        element("td", { class: "number" }, price === undefined ? "–" : grouped(multiply(total, price), 2)),
      );
    });
    this.#worth.textContent = priced ? `≈ ${grouped(worth, 2)} ${this.#currency}` : "";
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Asset"),
      element("th", { scope: "col", class: "number" }, "Free"),
      element("th", { scope: "col", class: "number" }, "In orders"),
      element("th", { scope: "col", class: "number" }, this.#currency),
    );
    this.#body.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
  }
}
