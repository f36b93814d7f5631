/**
 * Runs scenarios in the plain language of `docs/order-types.md`: steps like `A x: sell 5 @ 101 ioc`, outcomes like `trade 3 @ 101`. One
 * symbol without fees and filters, in which a price of 1 times a lot of 1 is one unit of money; accounts A to D own a million of everything, E nothing.
 */

import {
  CloseReason,
  type Command,
  decodeEvents,
  type Event,
  EventBuffer,
  Exchange,
  encodeCommand,
  MAX_COMMAND_LENGTH,
  NEWEST_VERSION,
  noFilters,
  type OrderParameters,
  OrderType,
  RejectReason,
  SelfTradePrevention,
  Side,
  type SymbolFilters,
  SymbolState,
  TimeInForce,
} from "@bourse/engine";

const header = { time: 1_700_000_000_000_000, session: 0, sessionSequence: 0 };
const accounts = ["A", "B", "C", "D", "E"];

export class Scenario {
  readonly exchange = new Exchange();
  private readonly out = new EventBuffer();
  private readonly bytes = new Uint8Array(MAX_COMMAND_LENGTH);
  /** Order names by id, and ids by name. */
  private readonly names = new Map<number, string>();
  private readonly ids = new Map<string, number>();
  private transfers = 0n;

  /** @param version of the rules in force */
  constructor(filters: Partial<SymbolFilters> = {}, version = NEWEST_VERSION) {
    this.apply({ kind: "activate", ...header, version });
    for (const asset of [1, 2])
      this.apply({ kind: "listAsset", ...header, asset, name: `ASSET${asset}`, decimals: 0, discountAsset: false });
    this.list(filters);
    for (const [n, name] of accounts.entries()) {
      const account = n + 1;
      const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false };
      this.apply({ kind: "setAccount", ...header, account, ...flags, tradeGroup: 0 });
      if (name === "E") continue;
      for (const asset of [1, 2]) {
        this.transfers += 1n;
        this.apply({ kind: "deposit", ...header, account, asset, amount: 1_000_000n, transferId: this.transfers });
      }
    }
  }

  list(filters: Partial<SymbolFilters>): void {
    const scales = { baseAsset: 1, quoteAsset: 2, priceDecimals: 0, quantityDecimals: 0 };
    this.apply({
      kind: "listSymbol",
      ...header,
      symbol: 1,
      name: "SYMBOL",
      ...scales,
      filters: { ...noFilters, ...filters },
      state: SymbolState.TRADING,
    });
  }

  apply(command: Command): Event[] {
    encodeCommand(command, this.bytes, 0);
    this.out.clear();
    this.exchange.apply(this.bytes, 0, 1, this.exchange.lastSequence + 1, this.out);
    this.exchange.audit();
    return decodeEvents(this.out.bytes, 0, this.out.length);
  }

  /** Runs steps separated by semicolons; returns the outcomes of all, in the language of the tables. */
  run(steps: string): string[] {
    const outcomes: string[] = [];
    for (const step of steps.split(";").map((text) => text.trim())) {
      if (step === "" || step === "nothing") continue;
      const { command, names } = this.parse(step);
      let accepted = 0;
      for (const event of this.apply(command)) {
        if (event.kind === "orderAccepted") {
          const name = names[accepted++] ?? `#${event.orderId}`;
          this.names.set(event.orderId, name);
          this.ids.set(name, event.orderId);
        }
        const outcome = this.describe(event);
        if (outcome !== undefined) outcomes.push(outcome);
      }
    }
    return outcomes;
  }

  /** Visible levels, best first: `bids | asks`, each `lots@price`. */
  book(): string {
    const { bids, asks } = this.exchange.depth(1)!;
    const side = (levels: [number, number][]): string => levels.map(([price, lots]) => `${lots}@${price}`).join(" ") || "-";
    return `${side(bids)} / ${side(asks)}`;
  }

  private name(id: number): string {
    return this.names.get(id) ?? `#${id}`;
  }

  private describe(event: Event): string | undefined {
    switch (event.kind) {
      case "trade":
        return `trade ${event.quantity} @ ${event.price}`;
      case "orderClosed":
        return `${this.name(event.orderId)} closed ${CloseReason[event.reason]}`;
      case "orderTriggered":
        return `${this.name(event.orderId)} triggered`;
      case "orderAmended":
        return `${this.name(event.orderId)} amended`;
      case "rejected":
        return `rejected ${RejectReason[event.reason]}`;
      case "tradePrevented":
        return `prevented ${event.takerPrevented} / ${event.makerPrevented}`;
      case "orderListChanged":
        return event.status === "allDone" ? "list done" : undefined;
      default:
        return undefined;
    }
  }

  private parse(step: string): { command: Command; names: string[] } {
    const [who, rest] = [step.slice(0, 1), step.slice(1).trim()];
    const account = accounts.indexOf(who) + 1;
    if (account === 0) throw new Error(`"${step}" does not begin with an account`);
    const base = { ...header, account, symbol: 1 };
    const words = rest.split(/\s+/);
    const [verb, target] = words;
    const orderId = this.ids.get(target) ?? 0;
    const named = { orderId, clientKey: 0n };
    if (verb === "cancel" && target === "all") return { command: { kind: "cancelAllOrders", ...base }, names: [] };
    if (verb === "cancel") return { command: { kind: "cancelOrder", ...base, ...named, onlyIf: "any", clientOrderId: "" }, names: [] };
    if (verb === "amend") {
      return {
        command: { kind: "amendOrder", ...base, ...named, quantity: Number(words[2]), newClientKey: 0n, clientOrderId: "" },
        names: [],
      };
    }
    if (verb === "modify")
      return { command: { kind: "modifyOrder", ...base, ...named, quantity: Number(words[2]), price: Number(words[4]) }, names: [] };
    if (verb === "replace") {
      const mode = words.includes("anyway") ? "allowFailure" : "stopOnFailure";
      const [name, text] = rest.slice(rest.indexOf(target) + target.length).split(":");
      const cancel = { mode, cancelOrderId: orderId || 999, cancelClientKey: 0n, onlyIf: "any", cancelClientOrderId: "" } as const;
      const order = parameters(text.replace("anyway", ""));
      return { command: { kind: "cancelReplace", ...base, ...cancel, order }, names: [name.replace("with", "").trim()] };
    }
    if (verb === "oco" || verb === "oto" || verb === "otoco") {
      const legs = rest
        .slice(verb.length)
        .split(",")
        .map((leg) => leg.split(":"));
      const list = { contingency: verb.toUpperCase() as "OCO", legs: legs.map(([, text]) => parameters(text)) };
      const command: Command = { kind: "newOrderList", ...base, ...list, listClientKey: 0n, listClientOrderId: "" };
      return { command, names: legs.map(([name]) => name.trim()) };
    }
    const [name, text] = rest.includes(":") ? rest.split(":") : ["", rest];
    return { command: { kind: "newOrder", ...base, ...parameters(text) }, names: name === "" ? [] : [name.trim()] };
  }
}

const types: Record<string, OrderType> = {
  market: OrderType.MARKET,
  maker: OrderType.LIMIT_MAKER,
  "stop-loss": OrderType.STOP_LOSS,
  "take-profit": OrderType.TAKE_PROFIT,
};
const modes: Record<string, SelfTradePrevention> = {
  none: SelfTradePrevention.NONE,
  taker: SelfTradePrevention.EXPIRE_TAKER,
  maker: SelfTradePrevention.EXPIRE_MAKER,
  both: SelfTradePrevention.EXPIRE_BOTH,
  decrement: SelfTradePrevention.DECREMENT,
};

/** `sell 5 @ 101 ioc`, `buy for 500 market`, `sell 5 stop-loss 95`, `sell 5 @ 94 stop-loss 95`, `trail 100`, `show 2`, `stp decrement`. */
function parameters(text: string): OrderParameters {
  const words = text.trim().split(/\s+/);
  const order: OrderParameters = {
    side: words[0] === "buy" ? Side.BUY : Side.SELL,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.NONE,
    price: 0,
    quantity: 0,
    quoteQuantity: 0n,
    stopPrice: 0,
    trailingDelta: 0,
    icebergQuantity: 0,
    clientKey: 0n,
    clientOrderId: "",
  };
  for (let n = 1; n < words.length; n++) {
    const word = words[n];
    if (/^\d+$/.test(word)) order.quantity = Number(word);
    else if (word === "@") order.price = Number(words[++n]);
    else if (word === "for") order.quoteQuantity = BigInt(words[++n]);
    else if (word === "trail") order.trailingDelta = Number(words[++n]);
    else if (word === "show") order.icebergQuantity = Number(words[++n]);
    else if (word === "stp") order.selfTradePrevention = modes[words[++n]];
    else if (word === "ioc" || word === "fok") order.timeInForce = word === "ioc" ? TimeInForce.IOC : TimeInForce.FOK;
    else if (types[word] !== undefined) {
      order.type = types[word];
      if (order.type >= OrderType.STOP_LOSS && /^\d+$/.test(words[n + 1] ?? "")) order.stopPrice = Number(words[++n]);
    } else throw new Error(`"${word}" in "${text}" is not known`);
  }
  if (order.type >= OrderType.STOP_LOSS && order.price > 0) order.type += 1;
  return order;
}
