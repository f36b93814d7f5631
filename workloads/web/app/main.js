/** Puts the terminal together: symbols and accounts are read, then streams feed the panels. */

import { AccountState } from "./account-state.js";
import { BalancesPanel } from "./balances-panel.js";
import { BookPanel } from "./book-panel.js";
import { ChartPanel } from "./chart-panel.js";
import { amount, grouped, shortest } from "./decimal.js";
import { byId, element } from "./elements.js";
import { demoAccounts, exchangeTime, publicGet, synchroniseClock } from "./exchange-api.js";
import { loadInstruments } from "./instruments.js";
import { installShortcuts } from "./keyboard.js";
import { MarketHeader } from "./market-header.js";
import { MarketStream } from "./market-stream.js";
import { notify } from "./notices.js";
import { OrdersPanel } from "./orders-panel.js";
import { Ticket } from "./ticket.js";
import { clockTime } from "./time.js";
import { TradesPanel } from "./trades-panel.js";

/** @typedef {import("./instruments.js").Instrument} Instrument */

/** Levels of the book's snapshot. */
const bookLevels = 1000;

/** Milliseconds between two reads of the 24 hour statistics. */
const statisticsMs = 5000;

/** Milliseconds before something that failed to load is asked for again. */
const retryMs = 2000;

/** Milliseconds between two looks at the exchange's clock. */
const clockMs = 60_000;

/** The currency in which an account's worth is shown. */
const currency = "USDT";

/** @type {Instrument[]} */
let instruments = [];
/** @type {Instrument | undefined} */
let shown;

const notices = byId("notices");
const header = new MarketHeader(byId("symbols"), byId("ticker"));
const state = new AccountState(
  () => {
    ticket.refresh();
    orders.refresh();
    balances.refresh();
    book.redraw();
  },
  (report) => {
    orders.reload();
    announce(report);
  },
);
const book = new BookPanel(byId("book"), { ownOrders: () => state.orders.values(), pick: (price) => ticket.takePrice(price) });
const trades = new TradesPanel(byId("trades"));
const chart = new ChartPanel(byId("chart"), { intervalChanged: listen });
const ticket = new Ticket(byId("ticket"), {
  state,
  best: () => ({ ...book.book.best(), last: (shown && header.lastPrice(shown.symbol)) ?? 0n }),
  placed: () => void (state.live || state.refresh()),
});
const orders = new OrdersPanel(byId("orders"), {
  state,
  instrument: (symbol) => (symbol === undefined ? shown : instruments.find((one) => one.symbol === symbol)),
  failed: (text) => notify(notices, "Not cancelled", text, "failed"),
});
const balances = new BalancesPanel(byId("balances"), { state, currency, price: priceOf });
const stream = new MarketStream(receive, connectionChanged);

/** Price of one asset in {@link currency}, scaled by 10^8. @param {string} asset */
function priceOf(asset) {
  if (asset === currency) return 10n ** 8n;
  return header.lastPrice(`${asset}${currency}`);
}

/** @param {"connecting" | "live" | "lost"} connection */
function connectionChanged(connection) {
  const output = byId("connection");
  output.dataset.state = connection;
  const text = { connecting: "Connecting", live: "Live", lost: "Reconnecting" }[connection];
  output.lastElementChild?.replaceChildren(text);
  if (connection === "live") void readMarket();
}

/** Listens to what the page shows. */
function listen() {
  if (shown === undefined) return;
  const name = shown.symbol.toLowerCase();
  stream.listen([`${name}@depth@100ms`, `${name}@trade`, chart.stream()]);
}

/** @param {string} name @param {any} data */
function receive(name, data) {
  if (shown === undefined || data.s !== shown.symbol) return;
  if (name.includes("@depth")) {
    if (!book.apply(data)) void readBook(shown);
  } else if (name.endsWith("@trade")) {
    trades.add(data);
    book.trade(data.p, data.m);
    header.trade(data.s, data.p, data.m);
    balances.refresh();
  } else chart.update(data);
}

/** Reads what the streams do not bring: the book's beginning, the last trades and candles. Called anew after every reconnection. */
async function readMarket() {
  const instrument = shown;
  if (instrument === undefined) return;
  book.book.clear();
  await Promise.all([readBook(instrument), readTrades(instrument), chart.load()]);
}

/** @param {Instrument} instrument */
async function readBook(instrument) {
  try {
    const snapshot = await publicGet("depth", { symbol: instrument.symbol, limit: bookLevels });
    if (instrument !== shown) return;
    if (!book.load(snapshot)) return setTimeout(() => void readBook(instrument), retryMs / 4);
    ticket.suggestPrice();
  } catch (error) {
    if (instrument !== shown) return;
    book.fail(error instanceof Error ? error.message : String(error));
    setTimeout(() => void (instrument === shown && readBook(instrument)), retryMs);
  }
}

/** @param {Instrument} instrument */
async function readTrades(instrument) {
  try {
    const read = await publicGet("trades", { symbol: instrument.symbol, limit: 60 });
    if (instrument !== shown) return;
    trades.load(read);
    const last = read.at(-1);
    if (last === undefined) return;
    book.trade(last.price, last.isBuyerMaker);
    header.trade(instrument.symbol, last.price, last.isBuyerMaker);
  } catch (error) {
    if (instrument === shown) trades.fail(error instanceof Error ? error.message : String(error));
  }
}

async function readStatistics() {
  try {
    header.statistics(await publicGet("ticker/24hr"));
    balances.refresh();
  } catch {
    // The connection state tells that the exchange is away; the next round asks again.
  }
  setTimeout(() => void readStatistics(), document.hidden ? statisticsMs * 4 : statisticsMs);
}

/** The instrument that the address names, which {@link shown} follows one event later; without a name the first. */
const named = () => instruments.find((one) => one.symbol === location.hash.slice(1)) ?? instruments[0];

function showSymbol() {
  const wanted = named();
  if (wanted === undefined || wanted === shown) return;
  shown = wanted;
  header.show(wanted);
  book.show(wanted);
  trades.show(wanted);
  ticket.show(wanted);
  orders.reload();
  orders.refresh();
  chart.show(wanted);
  listen();
  // Otherwise the connection reads the market once it stands, so that nothing falls between the two.
  if (stream.live) void readMarket();
}

/** Tells of fills and ends of the account's orders. @param {any} report an execution report */
function announce(report) {
  const instrument = instruments.find((one) => one.symbol === report.s);
  if (instrument === undefined) return;
  const verb = report.S === "BUY" ? "Bought" : "Sold";
  if (report.x === "TRADE") {
    const text = `${verb} ${shortest(amount(report.l))} ${instrument.base} at ${grouped(amount(report.L), instrument.priceDecimals)} ${instrument.quote}`;
    notify(notices, report.X === "FILLED" ? `Order ${report.i} is filled` : `Order ${report.i} is filled in part`, text);
  } else if (report.x === "CANCELED")
    notify(notices, `Order ${report.i} is cancelled`, `${report.S === "BUY" ? "Buy" : "Sell"} ${report.s}`, "info");
  else if (report.x === "EXPIRED" || report.x === "REJECTED" || report.x === "TRADE_PREVENTION") {
    notify(notices, `Order ${report.i} ended`, `${report.s}: ${report.X.toLowerCase().replaceAll("_", " ")}`, "info");
  }
}

/** Fills the choice of accounts. */
async function loadAccounts() {
  const accounts = await demoAccounts();
  const select = /** @type {HTMLSelectElement} */ (byId("account"));
  if (accounts.length === 0) {
    select.replaceChildren(element("option", {}, "No account"));
    void state.choose(undefined);
    return;
  }
  select.replaceChildren(...accounts.map((account) => element("option", { value: account.name }, account.name)));
  select.disabled = false;
  const remembered = sessionStorage.getItem("account");
  if (accounts.some((account) => account.name === remembered)) select.value = /** @type {string} */ (remembered);
  const choose = () => {
    sessionStorage.setItem("account", select.value);
    void state.choose(accounts.find((account) => account.name === select.value));
    orders.reload();
  };
  select.addEventListener("change", choose);
  choose();
}

/** The phone's switch between chart, book and trades. */
function installViews() {
  const workspace = byId("workspace");
  const buttons = [...workspace.querySelectorAll(".views button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      workspace.dataset.view = button.getAttribute("data-view") ?? "chart";
      for (const other of buttons) other.setAttribute("aria-selected", String(other === button));
      book.redraw();
    });
  }
}

function installKeys() {
  /** @param {"BUY" | "SELL"} side */
  const trade = (side) => {
    ticket.chooseSide(side);
    ticket.focus();
  };
  /** @param {number} by */
  const step = (by) => {
    if (instruments.length === 0) return;
    const index = (instruments.indexOf(named()) + by + instruments.length) % instruments.length;
    location.hash = instruments[index].symbol;
  };
  installShortcuts(/** @type {HTMLDialogElement} */ (byId("shortcuts")), byId("shortcuts-button"), [
    ["b", "Buy: go to the order form", () => trade("BUY")],
    ["s", "Sell: go to the order form", () => trade("SELL")],
    ["[", "Previous symbol", () => step(-1)],
    ["]", "Next symbol", () => step(1)],
  ]);
}

async function start() {
  installViews();
  installKeys();
  setInterval(() => byId("clock").replaceChildren(`Exchange time ${clockTime(exchangeTime())}`), 1000);
  for (;;) {
    try {
      await synchroniseClock();
      instruments = await loadInstruments();
      break;
    } catch (error) {
      connectionChanged("lost");
      book.fail(error instanceof Error ? error.message : String(error));
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
  setInterval(() => void synchroniseClock().catch(() => {}), clockMs);
  header.list(instruments);
  addEventListener("hashchange", showSymbol);
  showSymbol();
  void readStatistics();
  await loadAccounts();
}

void start();
