/** The order form: fields for the chosen kind of order, what it costs, and what the exchange answered. */

import { amount, divide, floorTo, grouped, multiply, parseAmount, plain, shortest } from "./decimal.js";
import { element } from "./elements.js";
import { signedRequest } from "./exchange-api.js";
import { byTotal, faults, hasPrice, hasStop, kinds, orderParameters, shareOf } from "./order-rules.js";

/**
 * @typedef {import("./instruments.js").Instrument} Instrument
 * @typedef {import("./order-rules.js").Draft} Draft
 * @typedef {import("./order-rules.js").Kind} Kind
 * @typedef {import("./account-state.js").AccountState} AccountState
 * @typedef {"price" | "stopPrice" | "quantity" | "total"} FieldName
 */

/** Shares of the free funds offered as buttons, in hundredths. */
const shares = [25, 50, 75, 100];

export class Ticket {
  /** @type {Draft} */
  #draft = { side: "BUY", kind: "LIMIT", timeInForce: "GTC", price: "", stopPrice: "", quantity: "", total: "", unit: "base" };
  /** @type {Instrument | undefined} */
  #instrument;
  #state;
  #best;
  #placed;
  #root;
  /** Faults are shown once the reader has tried to place the order. */
  #tried = false;
  #busy = false;
  /** @type {Record<FieldName, { row: HTMLElement, label: HTMLElement, input: HTMLInputElement, unit: HTMLElement, fault: HTMLElement }>} */
  #fields;
  #sides = element("div", { class: "sides", role: "group", "aria-label": "Side" });
  #kinds = element("div", { class: "tabs", role: "group", "aria-label": "Kind of order" });
  #available = element("b");
  #estimate = element("b");
  #estimateLabel = element("span");
  #fee = element("b");
  #slider = element("input", { type: "range", min: 0, max: 100, step: 1, value: 0, "aria-label": "Share of the free funds in percent" });
  #timeInForce = element(
    "select",
    { "aria-label": "Time in force" },
    element("option", { value: "GTC" }, "Good till cancelled"),
    element("option", { value: "IOC" }, "Immediate or cancel"),
    element("option", { value: "FOK" }, "Fill or kill"),
  );
  #options = element("label", { class: "options" }, "Time in force", this.#timeInForce);
  #place = element("button", { type: "submit", class: "place" });
  #result = element("p", { class: "result", role: "status" });

  /**
   * @param {HTMLElement} root
   * @param {{ state: AccountState, best: () => { bid?: number, ask?: number, last: bigint }, placed: (order: any) => void }} options
   *   `best`: the book's best prices and the last trade's, scaled by 10^8; `placed` is called with the exchange's answer
   */
  constructor(root, options) {
    this.#root = root;
    this.#state = options.state;
    this.#best = options.best;
    this.#placed = options.placed;
    for (const side of /** @type {const} */ (["BUY", "SELL"])) {
      this.#sides.append(
        element("button", { type: "button", "data-side": side, onclick: () => this.chooseSide(side) }, side === "BUY" ? "Buy" : "Sell"),
      );
    }
    this.#fields = {
      stopPrice: this.#field("stopPrice", "Trigger"),
      price: this.#field("price", "Price"),
      quantity: this.#field("quantity", "Amount"),
      total: this.#field("total", "Total"),
    };
    this.#slider.addEventListener("input", () => this.#takeShare(Number(this.#slider.value)));
    this.#timeInForce.addEventListener("change", () => {
      this.#draft.timeInForce = this.#timeInForce.value;
    });
    const shareButtons = shares.map((share) =>
      element("button", { type: "button", onclick: () => this.#takeShare(share) }, share === 100 ? "Max" : `${share}%`),
    );
    const form = element(
      "form",
      { novalidate: true, autocomplete: "off" },
      this.#sides,
      this.#kinds,
      element("div", { class: "line" }, "Available", this.#available),
      this.#fields.stopPrice.row,
      this.#fields.stopPrice.fault,
      this.#fields.price.row,
      this.#fields.price.fault,
      this.#fields.quantity.row,
      this.#fields.quantity.fault,
      element("div", { class: "share" }, this.#slider, element("div", {}, ...shareButtons)),
      this.#fields.total.row,
      this.#fields.total.fault,
      this.#options,
      element("div", { class: "line" }, this.#estimateLabel, this.#estimate),
      element("div", { class: "line" }, "Fee at most", this.#fee),
      this.#place,
      this.#result,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    root.append(element("div", { class: "panel-head" }, element("h2", {}, "Order")), form);
  }

  /** @param {Instrument} instrument */
  show(instrument) {
    this.#instrument = instrument;
    Object.assign(this.#draft, { kind: "LIMIT", price: "", stopPrice: "", quantity: "", total: "", unit: "base" });
    const offered = kinds.filter(([, , types]) => types.every((type) => instrument.orderTypes.includes(type)));
    this.#kinds.replaceChildren(
      ...offered.map(([kind, text]) =>
        element("button", { type: "button", "data-kind": kind, onclick: () => this.#chooseKind(kind) }, text),
      ),
    );
    this.#result.textContent = "";
    this.#tried = false;
    this.#write();
  }

  /** @param {"BUY" | "SELL"} side */
  chooseSide(side) {
    this.#draft.side = side;
    this.#slider.value = "0";
    this.#write();
  }

  /** Takes a price of the book into the form. @param {string} price */
  takePrice(price) {
    if (hasPrice(this.#draft.kind)) this.#set("price", price);
    else if (hasStop(this.#draft.kind)) this.#set("stopPrice", price);
    this.#write();
  }

  /** Puts the cursor into the first field. */
  focus() {
    const name = hasStop(this.#draft.kind)
      ? "stopPrice"
      : hasPrice(this.#draft.kind)
        ? "price"
        : byTotal(this.#draft)
          ? "total"
          : "quantity";
    this.#fields[name].input.focus();
    this.#fields[name].input.select();
    this.#root.scrollIntoView({ block: "nearest" });
  }

  /** Fills the price when the reader has not: with the best price of the own side, where the order would rest. */
  suggestPrice() {
    const { bid, ask } = this.#best();
    const instrument = this.#instrument;
    const best = this.#draft.side === "BUY" ? bid : ask;
    if (instrument === undefined || best === undefined || this.#draft.price !== "") return;
    this.#set("price", plain(BigInt(best), instrument.priceDecimals));
    this.#write();
  }

  /** Writes balances and estimates anew. */
  refresh() {
    this.#write();
  }

  /** @param {FieldName} name @param {string} text */
  #field(name, text) {
    const id = `order-${name}`;
    const fault = element("p", { class: "fault", id: `${id}-fault` });
    const input = element("input", {
      id,
      type: "text",
      inputmode: "decimal",
      enterkeyhint: "done",
      spellcheck: "false",
      "aria-describedby": fault.id,
    });
    const label = element("label", { for: id }, text);
    const unit =
      name === "total" || name === "quantity"
        ? element("button", { type: "button", class: "unit", onclick: () => this.#switchUnit() })
        : element("span", { class: "unit" });
    input.addEventListener("input", () => {
      this.#set(name, input.value);
      this.#slider.value = "0";
      this.#write();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      this.#nudge(name, (event.key === "ArrowUp" ? 1n : -1n) * (event.shiftKey ? 10n : 1n));
    });
    return { row: element("div", { class: "field" }, label, input, unit), label, input, unit, fault };
  }

  /** Moves a field by whole steps. @param {FieldName} name @param {bigint} steps */
  #nudge(name, steps) {
    const instrument = this.#instrument;
    if (instrument === undefined) return;
    const step = name === "quantity" ? instrument.step : instrument.tick;
    const moved = floorTo(parseAmount(this.#draft[name]) ?? 0n, step) + steps * step;
    this.#set(name, shortest(moved < 0n ? 0n : moved));
    this.#write();
  }

  /** Changes one field and what follows from it. @param {FieldName} name @param {string} text */
  #set(name, text) {
    const draft = this.#draft;
    const instrument = this.#instrument;
    draft[name] = text;
    if (instrument === undefined || !hasPrice(draft.kind) || name === "stopPrice") return;
    const price = parseAmount(draft.price);
    if (price === undefined || price <= 0n) return;
    if (name === "total") {
      const total = parseAmount(draft.total);
      draft.quantity = total === undefined ? "" : shortest(floorTo(divide(total, price), instrument.step));
    } else {
      const quantity = parseAmount(draft.quantity);
      draft.total = quantity === undefined ? "" : shortest(multiply(price, quantity));
    }
  }

  /** @param {Kind} kind */
  #chooseKind(kind) {
    this.#draft.kind = kind;
    this.#tried = false;
    this.#slider.value = "0";
    if (hasPrice(kind)) this.suggestPrice();
    this.#write();
  }

  #switchUnit() {
    this.#draft.unit = this.#draft.unit === "base" ? "quote" : "base";
    this.#draft.quantity = "";
    this.#draft.total = "";
    this.#slider.value = "0";
    this.#write();
  }

  /** The free amount of what the order would spend; undefined until the balances were read. @param {Instrument} instrument */
  #free(instrument) {
    const asset = this.#draft.side === "BUY" ? instrument.quote : instrument.base;
    const { state, balances } = this.#state;
    return { asset, free: state === "ready" ? amount(balances.get(asset)?.free ?? "0") : undefined };
  }

  /** The price that the order will be done at, or the best known one. */
  #price() {
    const typed = hasPrice(this.#draft.kind)
      ? parseAmount(this.#draft.price)
      : hasStop(this.#draft.kind)
        ? parseAmount(this.#draft.stopPrice)
        : undefined;
    if (typed !== undefined && typed > 0n) return typed;
    const { bid, ask, last } = this.#best();
    const best = this.#draft.side === "BUY" ? ask : bid;
    return best === undefined ? last : BigInt(best);
  }

  /** @param {number} hundredths */
  #takeShare(hundredths) {
    const instrument = this.#instrument;
    if (instrument === undefined) return;
    const free = this.#free(instrument).free ?? 0n;
    const quantity = shareOf(this.#draft, instrument, free, this.#price(), BigInt(hundredths));
    if (byTotal(this.#draft)) {
      const total = this.#draft.side === "BUY" ? (free * BigInt(hundredths)) / 100n : multiply(quantity, this.#price());
      this.#set("total", plain(total, instrument.priceDecimals));
    } else this.#set("quantity", shortest(quantity));
    this.#write();
    this.#slider.value = String(hundredths);
  }

  /** Writes the draft into the page. */
  #write() {
    const instrument = this.#instrument;
    if (instrument === undefined) return;
    const draft = this.#draft;
    const { asset, free } = this.#free(instrument);

    for (const button of this.#sides.children) button.setAttribute("aria-pressed", String(button.getAttribute("data-side") === draft.side));
    for (const button of this.#kinds.children) button.setAttribute("aria-pressed", String(button.getAttribute("data-kind") === draft.kind));
    this.#available.textContent =
      free === undefined ? "–" : `${grouped(free, asset === instrument.quote ? instrument.priceDecimals : 8)} ${asset}`;

    const shown = {
      stopPrice: hasStop(draft.kind),
      price: hasPrice(draft.kind),
      quantity: !byTotal(draft),
      total: hasPrice(draft.kind) || byTotal(draft),
    };
    const found = this.#tried ? faults(draft, instrument, free) : {};
    for (const name of /** @type {FieldName[]} */ (Object.keys(this.#fields))) {
      const field = this.#fields[name];
      field.row.hidden = !shown[name];
      field.row.style.display = shown[name] ? "" : "none";
      if (field.input.value !== draft[name] && parseAmount(field.input.value) !== parseAmount(draft[name])) field.input.value = draft[name];
      else if (draft[name] === "" && document.activeElement !== field.input) field.input.value = "";
      field.fault.textContent = (shown[name] && found[name]) || "";
      field.row.classList.toggle("wrong", field.fault.textContent !== "");
      field.input.setAttribute("aria-invalid", String(field.fault.textContent !== ""));
      field.unit.textContent = name === "quantity" ? instrument.base : instrument.quote;
      if (field.unit instanceof HTMLButtonElement) {
        const switchable = draft.kind === "MARKET";
        field.unit.disabled = !switchable;
        field.unit.title = switchable ? `Enter the amount in ${draft.unit === "base" ? instrument.quote : instrument.base} instead` : "";
      }
    }
    this.#fields.total.label.textContent = byTotal(draft) ? (draft.side === "BUY" ? "Spend" : "Receive") : "Total";
    this.#options.style.display = draft.kind === "LIMIT" || draft.kind === "STOP_LIMIT" ? "" : "none";

    this.#writeEstimate(instrument);
    this.#place.dataset.side = draft.side;
    this.#place.disabled = this.#busy || this.#state.account === undefined;
    this.#place.textContent =
      this.#state.account === undefined
        ? "No account"
        : this.#busy
          ? "Placing …"
          : `${draft.side === "BUY" ? "Buy" : "Sell"} ${instrument.base}`;
  }

  /** @param {Instrument} instrument */
  #writeEstimate(instrument) {
    const draft = this.#draft;
    const price = this.#price();
    const total = byTotal(draft) ? parseAmount(draft.total) : undefined;
    const quantity = byTotal(draft)
      ? total === undefined || price === 0n
        ? undefined
        : floorTo(divide(total, price), instrument.step)
      : parseAmount(draft.quantity);
    const value = total ?? (quantity === undefined ? undefined : multiply(price, quantity));
    this.#estimateLabel.textContent = byTotal(draft) ? "About" : "Worth about";
    this.#estimate.textContent =
      quantity === undefined || value === undefined
        ? "–"
        : byTotal(draft)
          ? `${shortest(quantity)} ${instrument.base}`
          : `${grouped(value, instrument.priceDecimals)} ${instrument.quote}`;
    const rates = this.#state.rates;
    const rate = draft.kind === "LIMIT_MAKER" ? rates?.maker : rates?.taker;
    if (rate === undefined || quantity === undefined || value === undefined) this.#fee.textContent = "–";
    else if (draft.side === "BUY") this.#fee.textContent = `${plain(multiply(quantity, amount(rate)))} ${instrument.base}`;
    else this.#fee.textContent = `${grouped(multiply(value, amount(rate)), 8)} ${instrument.quote}`;
  }

  async #submit() {
    const instrument = this.#instrument;
    const account = this.#state.account;
    if (instrument === undefined || account === undefined || this.#busy) return;
    this.#tried = true;
    const found = faults(this.#draft, instrument, this.#free(instrument).free);
    const wrong = /** @type {FieldName[]} */ (Object.keys(found))[0];
    this.#write();
    if (wrong !== undefined) {
      this.#fields[wrong].input.focus();
      return;
    }
    this.#busy = true;
    this.#result.textContent = "";
    this.#write();
    try {
      const order = await signedRequest(account, "POST", "order", orderParameters(this.#draft, instrument, this.#best().last));
      this.#tried = false;
      this.#draft.quantity = "";
      this.#draft.total = "";
      this.#slider.value = "0";
      this.#result.className = "result";
      this.#result.textContent = outcome(order, instrument);
      this.#placed(order);
    } catch (error) {
      this.#result.className = "result failed";
      this.#result.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.#busy = false;
      this.#write();
    }
  }
}

/** The exchange's answer in one sentence. @param {any} order @param {Instrument} instrument */
function outcome(order, instrument) {
  const executed = amount(order.executedQty);
  const name = `Order ${order.orderId}`;
  if (executed === 0n) return order.status === "NEW" ? `${name} is open.` : `${name} ended without a fill: ${order.status}.`;
  const average = divide(amount(order.cummulativeQuoteQty), executed);
  const fill = `${shortest(executed)} ${instrument.base} at ${grouped(average, instrument.priceDecimals)} on average`;
  if (order.status === "FILLED") return `${name} is filled: ${fill}.`;
  return order.status === "PARTIALLY_FILLED"
    ? `${name} is open, filled in part: ${fill}.`
    : `${name}: ${fill}, the rest ended as ${order.status}.`;
}
