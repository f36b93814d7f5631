/** The header: symbols to switch between, and the shown symbol's last price and 24 hour statistics. */

import { amount, grouped } from "./decimal.js";
import { element } from "./elements.js";

/** @typedef {import("./instruments.js").Instrument} Instrument */

export class MarketHeader {
  #symbols;
  #ticker;
  /** @type {Map<string, any>} 24 hour statistics by symbol */
  #statistics = new Map();
  /** @type {Map<string, string>} */
  #last = new Map();
  /** @type {Instrument | undefined} */
  #shown;
  #side = "";

  /** @param {HTMLElement} symbols @param {HTMLElement} ticker */
  constructor(symbols, ticker) {
    this.#symbols = symbols;
    this.#ticker = ticker;
  }

  /** @param {Instrument[]} instruments */
  list(instruments) {
    this.#symbols.replaceChildren(
      ...instruments.map((one) =>
        element(
          "a",
          { href: `#${one.symbol}`, "data-symbol": one.symbol },
          element("b", {}, one.base, element("span", { class: "dim" }, `/${one.quote}`)),
          element("small", { class: "dim" }, "–"),
        ),
      ),
    );
  }

  /** @param {Instrument} instrument */
  show(instrument) {
    this.#shown = instrument;
    this.#side = "";
    for (const link of this.#symbols.children) {
      if (link.getAttribute("data-symbol") === instrument.symbol) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.#write();
  }

  /** Statistics of all symbols. @param {any[]} tickers */
  statistics(tickers) {
    for (const ticker of tickers) {
      this.#statistics.set(ticker.symbol, ticker);
      if (ticker.symbol !== this.#shown?.symbol || !this.#last.has(ticker.symbol)) this.#last.set(ticker.symbol, ticker.lastPrice);
    }
    for (const link of this.#symbols.children) {
      const ticker = this.#statistics.get(link.getAttribute("data-symbol") ?? "");
      const small = link.querySelector("small");
      if (ticker === undefined || small === null) continue;
      small.textContent = percent(ticker.priceChangePercent);
      small.className = side(ticker.priceChangePercent);
    }
    this.#write();
  }

  /** @param {string} symbol @param {string} price @param {boolean} buyerIsMaker */
  trade(symbol, price, buyerIsMaker) {
    this.#last.set(symbol, price);
    if (symbol !== this.#shown?.symbol) return;
    this.#side = buyerIsMaker ? "sell" : "buy";
    this.#write();
  }

  /** Last price, scaled by 10^8; undefined before the first trade. @param {string} symbol */
  lastPrice(symbol) {
    const units = amount(this.#last.get(symbol) ?? "0");
    return units === 0n ? undefined : units;
  }

  #write() {
    const instrument = this.#shown;
    if (instrument === undefined) return;
    const ticker = this.#statistics.get(instrument.symbol);
    const last = this.lastPrice(instrument.symbol);
    const lastText = last === undefined ? "–" : grouped(last, instrument.priceDecimals);
    const price = (/** @type {string | undefined} */ text) =>
      text === undefined || amount(text) === 0n ? "–" : grouped(amount(text), instrument.priceDecimals);
    const volume = (/** @type {string | undefined} */ text, /** @type {string} */ asset) =>
      text === undefined ? "–" : `${grouped(amount(text), 2)} ${asset}`;
    /** @type {[string, string, string][]} */
    const items = [
      ["Last price", lastText, `last ${this.#side}`],
      [
        "24h change",
        ticker === undefined ? "–" : `${signed(ticker.priceChange, instrument)} ${percent(ticker.priceChangePercent)}`,
        side(ticker?.priceChangePercent ?? "0"),
      ],
      ["24h high", price(ticker?.highPrice), ""],
      ["24h low", price(ticker?.lowPrice), ""],
      ["24h volume", volume(ticker?.volume, instrument.base), ""],
      ["24h turnover", volume(ticker?.quoteVolume, instrument.quote), ""],
    ];
    this.#ticker.replaceChildren(
      ...items.map(([name, value, style]) =>
        element("div", { class: style.startsWith("last") ? "last" : "" }, element("dt", {}, name), element("dd", { class: style }, value)),
      ),
    );
    document.title = last === undefined ? `${instrument.symbol} · Bourse` : `${lastText} ${instrument.base}/${instrument.quote} · Bourse`;
  }
}

/** @param {string} text */
function side(text) {
  return Number(text) > 0 ? "buy" : Number(text) < 0 ? "sell" : "dim";
}

/** @param {string} text */
function percent(text) {
  const value = Number(text);
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}%`;
}

/** @param {string} text @param {Instrument} instrument */
function signed(text, instrument) {
  const units = amount(text);
  return `${units > 0n ? "+" : units < 0n ? "−" : ""}${grouped(units < 0n ? -units : units, instrument.priceDecimals)}`;
}
