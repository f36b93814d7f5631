/** The candle chart with volume, drawn by Lightweight Charts; older candles load as the reader scrolls back. */

import { CandlestickSeries, createChart, HistogramSeries } from "../vendor/lightweight-charts.js";
import { choices, element, message } from "./elements.js";
import { publicGet } from "./exchange-api.js";
import { clockTime, dateTime } from "./time.js";

/**
 * @typedef {import("./instruments.js").Instrument} Instrument
 * @typedef {"1s" | "1m" | "5m" | "15m" | "1h" | "4h" | "1d"} Interval
 * @typedef {{ time: number, open: number, high: number, low: number, close: number, volume: number }} Candle
 */

/** @type {readonly (readonly [Interval, string])[]} */
const intervals = [
  ["1s", "1s"],
  ["1m", "1m"],
  ["5m", "5m"],
  ["15m", "15m"],
  ["1h", "1h"],
  ["4h", "4h"],
  ["1d", "1D"],
];

/** Candles asked for at once. */
const pageSize = 500;

/** With fewer candles of a minute than this the chart begins with candles of a second. */
const minutesWorthShowing = 12;

const colours = { buy: "#2ebd85", sell: "#f6586b", buyVolume: "rgba(46,189,133,0.28)", sellVolume: "rgba(246,88,107,0.28)" };

export class ChartPanel {
  /** @type {Interval} */
  interval = "1m";
  #chosenByReader = false;
  /** @type {Instrument | undefined} */
  #instrument;
  /** @type {Candle[]} */
  #candles = [];
  #loading = false;
  #complete = false;
  #generation = 0;
  #intervalChanged;
  #legend = element("div", { class: "legend" });
  #canvas = element("div", { class: "chart-canvas" });
  #message = element("div");
  #choices;
  #chart;
  #series;
  #volume;

  /** @param {HTMLElement} root @param {{ intervalChanged: () => void }} options */
  constructor(root, options) {
    this.#intervalChanged = options.intervalChanged;
    this.#choices = choices({
      class: "choices",
      label: "Candle interval",
      values: intervals,
      chosen: this.interval,
      choose: (interval) => this.#choose(interval),
    });
    root.append(
      element("div", { class: "panel-head" }, element("h2", {}, "Chart"), this.#choices.node, element("span", { class: "gap" })),
      this.#legend,
      this.#message,
      this.#canvas,
    );
    this.#chart = createChart(this.#canvas, {
      autoSize: true,
      // The page's foot has the attribution; the built-in logo needs inline styles, which the page's policy forbids.
      layout: {
        background: { color: "#0d1117" },
        textColor: "#7f8b9c",
        fontFamily: getComputedStyle(root).fontFamily,
        fontSize: 11,
        attributionLogo: false,
      },
      grid: { vertLines: { color: "#141a23" }, horzLines: { color: "#141a23" } },
      crosshair: {
        mode: 0,
        vertLine: { color: "#4a5668", labelBackgroundColor: "#2d3846" },
        horzLine: { color: "#4a5668", labelBackgroundColor: "#2d3846" },
      },
      rightPriceScale: { borderColor: "#1e2631", scaleMargins: { top: 0.1, bottom: 0.24 } },
      timeScale: {
        borderColor: "#1e2631",
        timeVisible: true,
        secondsVisible: true,
        rightOffset: 6,
        barSpacing: 7,
        tickMarkFormatter: (/** @type {number} */ time, /** @type {number} */ type) => tick(time, type),
      },
      localization: { timeFormatter: (/** @type {number} */ time) => dateTime(time * 1000) },
    });
    this.#series = this.#chart.addSeries(CandlestickSeries, {
      upColor: colours.buy,
      downColor: colours.sell,
      wickUpColor: colours.buy,
      wickDownColor: colours.sell,
      borderVisible: false,
      priceLineStyle: 2,
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#chart.subscribeCrosshairMove((event) => {
      const at = event.time === undefined ? undefined : this.#candles.find((candle) => candle.time === event.time);
      this.#writeLegend(at ?? this.#candles.at(-1));
    });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < 20) void this.#loadOlder();
    });
  }

  /** Name of the stream that brings this chart's candles. */
  stream() {
    return `${this.#instrument?.symbol.toLowerCase()}@kline_${this.interval}`;
  }

  /** Turns to another symbol; its candles come with {@link load}. @param {Instrument} instrument */
  show(instrument) {
    this.#instrument = instrument;
    this.#generation += 1;
    this.#clear();
    this.#message.replaceChildren(message("Loading candles …", "loading"));
    const priceFormat = {
      type: /** @type {"price"} */ ("price"),
      precision: instrument.priceDecimals,
      minMove: 10 ** -instrument.priceDecimals,
    };
    this.#series.applyOptions({ priceFormat });
  }

  /** Reads the newest candles. */
  async load() {
    const instrument = this.#instrument;
    if (instrument === undefined) return;
    const generation = ++this.#generation;
    this.#complete = false;
    if (this.#candles.length === 0) this.#message.replaceChildren(message("Loading candles …", "loading"));
    try {
      let candles = await this.#read(instrument, {});
      if (generation !== this.#generation) return;
      if (!this.#chosenByReader && this.interval === "1m" && traded(candles) < minutesWorthShowing) {
        this.interval = "1s";
        this.#choices.show("1s");
        this.#intervalChanged();
        candles = await this.#read(instrument, {});
        if (generation !== this.#generation) return;
      }
      this.#candles = candles;
      this.#complete = candles.length < pageSize;
      this.#draw();
      this.#chart.timeScale().applyOptions({ secondsVisible: this.interval === "1s" });
      this.#chart.timeScale().resetTimeScale();
      this.#message.replaceChildren(...(candles.length === 0 ? [message("No candle yet: the first trade draws it.")] : []));
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#clear();
      this.#message.replaceChildren(message(error instanceof Error ? error.message : String(error), "failed"));
    }
  }

  /** One candle of the stream. @param {any} event */
  update(event) {
    const { k } = event;
    if (k.s !== this.#instrument?.symbol || k.i !== this.interval) return;
    const candle = read([k.t, k.o, k.h, k.l, k.c, k.v]);
    const last = this.#candles.at(-1);
    if (last !== undefined && candle.time < last.time) return;
    if (last?.time === candle.time) this.#candles[this.#candles.length - 1] = candle;
    else this.#candles.push(candle);
    this.#series.update(shape(candle));
    this.#volume.update(bar(candle));
    this.#writeLegend(candle);
    this.#message.replaceChildren();
  }

  #clear() {
    this.#candles = [];
    this.#series.setData([]);
    this.#volume.setData([]);
    this.#legend.replaceChildren();
  }

  /** @param {Interval} interval */
  #choose(interval) {
    this.#chosenByReader = true;
    this.interval = interval;
    this.#intervalChanged();
    void this.load();
  }

  /** @param {Instrument} instrument @param {{ endTime?: number }} range @returns {Promise<Candle[]>} */
  async #read(instrument, range) {
    const rows = await publicGet("klines", { symbol: instrument.symbol, interval: this.interval, limit: pageSize, ...range });
    return rows.map(read);
  }

  async #loadOlder() {
    const instrument = this.#instrument;
    const first = this.#candles[0];
    if (instrument === undefined || first === undefined || this.#loading || this.#complete) return;
    this.#loading = true;
    const generation = this.#generation;
    try {
      const older = (await this.#read(instrument, { endTime: first.time * 1000 - 1 })).filter((candle) => candle.time < first.time);
      if (generation !== this.#generation) return;
      this.#complete = older.length === 0;
      if (older.length === 0) return;
      this.#candles = [...older, ...this.#candles];
      this.#draw();
    } catch {
      // The candles that are shown stay; the next scroll asks again.
    } finally {
      this.#loading = false;
    }
  }

  #draw() {
    this.#series.setData(this.#candles.map(shape));
    this.#volume.setData(this.#candles.map(bar));
    this.#writeLegend(this.#candles.at(-1));
  }

  /** @param {Candle | undefined} candle */
  #writeLegend(candle) {
    const instrument = this.#instrument;
    if (candle === undefined || instrument === undefined) return this.#legend.replaceChildren();
    const side = candle.close >= candle.open ? "buy" : "sell";
    const price = (/** @type {number} */ value) =>
      value.toLocaleString("en-US", { minimumFractionDigits: instrument.priceDecimals, maximumFractionDigits: instrument.priceDecimals });
    const change = candle.open === 0 ? 0 : (candle.close / candle.open - 1) * 100;
    const parts = /** @type {const} */ ([
      ["O", price(candle.open)],
      ["H", price(candle.high)],
      ["L", price(candle.low)],
      ["C", price(candle.close)],
      ["", `${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(2)}%`],
      ["Vol", candle.volume.toLocaleString("en-US", { maximumFractionDigits: 4 })],
    ]);
    this.#legend.replaceChildren(...parts.map(([name, value]) => element("div", { class: side }, element("span", {}, name), ` ${value}`)));
  }
}

/** A row of the klines request. @param {any[]} row @returns {Candle} */
function read(row) {
  const [openTime, open, high, low, close, volume] = row;
  return { time: openTime / 1000, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) };
}

/** How many candles have trades in them. @param {Candle[]} candles */
function traded(candles) {
  return candles.filter((candle) => candle.volume > 0).length;
}

/** @param {Candle} candle */
function shape({ time, open, high, low, close }) {
  return { time: /** @type {import("lightweight-charts").UTCTimestamp} */ (time), open, high, low, close };
}

/** @param {Candle} candle */
function bar({ time, open, close, volume }) {
  return {
    time: /** @type {import("lightweight-charts").UTCTimestamp} */ (time),
    value: volume,
    color: close >= open ? colours.buyVolume : colours.sellVolume,
  };
}

/** Label of the time axis in the reader's zone; `type` is the library's TickMarkType: year, month, day, time, time with seconds. @param {number} seconds @param {number} type */
function tick(seconds, type) {
  const date = new Date(seconds * 1000);
  if (type === 0) return String(date.getFullYear());
  if (type === 1) return date.toLocaleDateString("en-GB", { month: "short" });
  if (type === 2) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return type === 3 ? clockTime(date.getTime()).slice(0, 5) : clockTime(date.getTime());
}
