/** A stream of random commands from a seed: every kind, mostly sensible, around a price that wanders, so that all paths are taken. */

import {
  type Command,
  type Event,
  NEWEST_VERSION,
  type NewOrder,
  noFilters,
  OrderType,
  SelfTradePrevention,
  Side,
  type SymbolFilters,
  SymbolState,
  TimeInForce,
} from "@bourse/engine";

/** Numbers from a seed: mulberry32. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const header = { time: 0, session: 0, sessionSequence: 0 };

export const plainOrder: Omit<NewOrder, "account"> = {
  kind: "newOrder",
  ...header,
  symbol: 1,
  side: Side.BUY,
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

export interface World {
  accounts: number;
  symbols: number;
  filters: SymbolFilters;
  /** Multiplies every quantity, to reach amounts of 2^52 and more. */
  scale: number;
  /** Decimals: base, quote, price, quantity. */
  decimals: [number, number, number, number];
  /** What each account has of each asset at the start, in units. */
  wealth: bigint;
  /** Rules that are activated at the start. */
  version: number;
}

export const smallWorld: World = {
  accounts: 4,
  symbols: 2,
  filters: { ...noFilters, maxTrailingDelta: 3000 },
  scale: 1,
  decimals: [8, 8, 2, 5],
  wealth: 1_000_000_000_000n,
  version: 1,
};

/** Worlds that together take every path: see the test that they reach every event, refusal and reason. */
export const worlds: Record<string, World> = {
  "small amounts": smallWorld,
  "the newest rules": { ...smallWorld, version: NEWEST_VERSION },
  "amounts beyond 2^52": { ...smallWorld, scale: 10_000_000_000, wealth: 1_000_000_000_000_000_000n },
  "quote amounts that are rounded": { ...smallWorld, decimals: [8, 2, 2, 5] },
  "too little money": { ...smallWorld, wealth: 300_000n },
  "the filters of plain orders, and rounded amounts": {
    ...smallWorld,
    scale: 200,
    decimals: [8, 2, 2, 5],
    filters: {
      ...noFilters,
      minPrice: 990,
      maxPrice: 1010,
      minQuantity: 400,
      maxQuantity: 4_400,
      quantityStep: 400,
      minNotional: 20n,
      maxNotional: 50n,
      bidMultiplierUp: 10_100,
      askMultiplierDown: 9_900,
      maxOrders: 12,
      maxTrailingDelta: 3000,
    },
  },
  "every filter on": {
    ...smallWorld,
    filters: {
      minPrice: 900,
      maxPrice: 1100,
      priceStep: 1,
      minQuantity: 2,
      maxQuantity: 48,
      quantityStep: 2,
      marketMinQuantity: 4,
      marketMaxQuantity: 40,
      marketQuantityStep: 4,
      minNotional: 60_000n,
      maxNotional: 450_000n,
      applyMinToMarket: true,
      applyMaxToMarket: true,
      bidMultiplierUp: 10_100,
      bidMultiplierDown: 9_850,
      askMultiplierUp: 10_150,
      askMultiplierDown: 9_900,
      averagePriceMinutes: 5,
      executionBand: 40,
      maxOrders: 12,
      maxAlgoOrders: 4,
      maxIcebergOrders: 1,
      maxIcebergParts: 4,
      maxPosition: 1_000_000_200_000n,
      minTrailingDelta: 50,
      maxTrailingDelta: 120,
      maxAmends: 1,
    },
  },
};

/** Assets 1 (base of all), 2 (quote of all) and 3 (discount asset), fee tiers, accounts with money, symbols. */
export function opening(world: World): Command[] {
  const [baseDecimals, quoteDecimals, priceDecimals, quantityDecimals] = world.decimals;
  const commands: Command[] = [
    { kind: "listAsset", ...header, asset: 1, name: "BASE", decimals: baseDecimals, discountAsset: false },
    { kind: "listAsset", ...header, asset: 2, name: "QUOTE", decimals: quoteDecimals, discountAsset: false },
    { kind: "listAsset", ...header, asset: 3, name: "COIN", decimals: 8, discountAsset: true },
    { kind: "setFeeTier", ...header, feeTier: 0, makerRate: 100, takerRate: 1000, discount: 250_000 },
    { kind: "setFeeTier", ...header, feeTier: 1, makerRate: -50, takerRate: 333, discount: 0 },
  ];
  if (world.version > 1) commands.push({ kind: "activate", ...header, version: world.version });
  for (let symbol = 1; symbol <= world.symbols; symbol++) {
    commands.push({
      kind: "listSymbol",
      ...header,
      symbol,
      name: `S${symbol}`,
      baseAsset: symbol === world.symbols && symbol > 1 ? 3 : 1,
      quoteAsset: 2,
      priceDecimals,
      quantityDecimals,
      filters: world.filters,
      state: SymbolState.TRADING,
    });
  }
  for (let account = 1; account <= world.accounts; account++) {
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true };
    commands.push({
      kind: "setAccount",
      ...header,
      account,
      ...flags,
      feeTier: account % 2,
      discountFees: account % 3 === 0,
      tradeGroup: account > 2 ? 9 : 0,
    });
    for (let asset = 1; asset <= 3; asset++) {
      commands.push({ kind: "deposit", ...header, account, asset, amount: world.wealth, transferId: BigInt(account * 10 + asset) });
    }
  }
  return commands;
}

/** The newest ids that the exchange has given, so that commands can name orders and lists that exist. */
export interface Newest {
  orders: { orderId: number; account: number; symbol: number }[];
  lists: { listId: number; account: number; symbol: number }[];
}

export function nothingYet(): Newest {
  return { orders: [], lists: [] };
}

/** Keeps the newest 30 ids of the events. */
export function notice(newest: Newest, events: Event[]): void {
  for (const event of events) {
    if (event.kind === "orderAccepted") newest.orders.push(event);
    if (event.kind === "orderListChanged" && event.status === "executing") newest.lists.push(event);
  }
  newest.orders.splice(0, newest.orders.length - 30);
  newest.lists.splice(0, newest.lists.length - 10);
}

/** Endless, with prices around 1,000; what stops trading is undone a few commands later. */
export function* randomCommands(seed: number, world: World, newest: Newest): Generator<Command> {
  const next = random(seed);
  const undo: { after: number; command: Command }[] = [];
  let time = 1_700_000_000_000_000;
  let transfer = 1000;
  let orders = 0;
  const pick = <T>(...values: T[]): T => values[next(values.length)];
  const order = (): Omit<NewOrder, "kind" | "time" | "session" | "sessionSequence" | "account" | "symbol"> => {
    const side = pick(Side.BUY, Side.SELL);
    const type = pick(0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6) as OrderType;
    const priced = type !== OrderType.MARKET && type !== OrderType.STOP_LOSS && type !== OrderType.TAKE_PROFIT;
    const conditional = type >= OrderType.STOP_LOSS;
    const price = 1000 + (side === Side.BUY ? -1 : 1) * (next(30) - 8);
    const byAmount = type === OrderType.MARKET && next(3) === 0;
    const quantity = byAmount ? 0 : (1 + next(50)) * world.scale;
    const trailing = conditional && next(3) === 0;
    orders += 1;
    return {
      side,
      type,
      timeInForce: priced && type !== OrderType.LIMIT_MAKER ? pick(0, 0, 0, 0, 1, 2) : TimeInForce.GTC,
      selfTradePrevention: pick(0, 1, 2, 3, 4),
      price: priced ? price : 0,
      quantity,
      quoteQuantity: byAmount ? BigInt(1 + next(6_000)) * BigInt(world.scale) * 100n : 0n,
      stopPrice: conditional && (!trailing || next(2) === 0) ? 1000 + next(30) - 15 : 0,
      trailingDelta: trailing ? 10 + next(4) * 50 : 0,
      icebergQuantity: priced && next(6) === 0 ? Math.max(1, Math.floor(quantity / (2 + next(4)))) : 0,
      clientKey: next(3) === 0 ? BigInt(1 + next(40)) : 0n,
      clientOrderId: next(4) === 0 ? `id-${orders}` : "",
    };
  };
  for (;;) {
    time += next(5) === 0 ? next(90_000_000) : next(1000);
    const head = { time: time - next(10), session: 0, sessionSequence: 0 };
    const known = newest.orders[next(30) % Math.max(1, newest.orders.length)];
    const named = known !== undefined && next(10) > 0;
    const account = named ? known.account : 1 + next(world.accounts);
    const symbol = named ? known.symbol : 1 + next(world.symbols);
    const target = next(4) > 0 ? { orderId: known?.orderId ?? 1, clientKey: 0n } : { orderId: 0, clientKey: BigInt(1 + next(40)) };
    const onlyIf = pick("any", "any", "new", "partiallyFilled") as "any" | "new" | "partiallyFilled";
    const dice = next(1000);
    if (next(50) === 0) {
      yield odd(head, account, symbol);
      continue;
    }
    if (undo.length > 0 && undo[0].after-- <= 0) {
      yield { ...undo.shift()!.command, ...head };
      continue;
    }
    if (dice < 560) yield { kind: "newOrder", ...head, account, symbol, ...order() };
    else if (dice < 700) yield { kind: "cancelOrder", ...head, account, symbol, ...target, onlyIf, clientOrderId: "" };
    else if (dice < 750) {
      const cancel = { cancelOrderId: target.orderId, cancelClientKey: target.clientKey, onlyIf, cancelClientOrderId: "c" };
      yield { kind: "cancelReplace", ...head, account, symbol, mode: pick("stopOnFailure", "allowFailure"), ...cancel, order: order() };
    } else if (dice < 800) {
      const lots = 2 + next(40);
      const amend: Command = {
        kind: "amendOrder",
        ...head,
        account,
        symbol,
        ...target,
        quantity: 0,
        newClientKey: BigInt(next(3)),
        clientOrderId: "",
      };
      yield { ...amend, quantity: lots * world.scale };
      if (lots > 4) yield { ...amend, quantity: (lots - 2) * world.scale };
    } else if (dice < 850) {
      yield { kind: "modifyOrder", ...head, account, symbol, ...target, price: 985 + next(30), quantity: (1 + next(60)) * world.scale };
    } else if (dice < 930) yield orderList(head, account, symbol);
    else if (dice < 945) {
      const { listId, account, symbol } = newest.lists[next(10) % Math.max(1, newest.lists.length)] ?? { listId: 1, account: 1, symbol: 1 };
      yield { kind: "cancelOrderList", ...head, account, symbol, listId, listClientKey: 0n, clientOrderId: "" };
    } else if (dice < 950) yield { kind: "cancelAllOrders", ...head, account, symbol };
    else if (dice < 975) {
      const kind = pick("deposit", "withdraw") as "deposit" | "withdraw";
      yield { kind, ...head, account, asset: 1 + next(3), amount: BigInt(1 + next(1_000_000)), transferId: BigInt(transfer++ - next(2)) };
    } else if (dice < 985) {
      const toAccount = 1 + next(world.accounts);
      yield {
        kind: "transfer",
        ...head,
        account,
        toAccount,
        asset: 1 + next(3),
        amount: BigInt(1 + next(1_000_000)),
        transferId: BigInt(transfer++),
      };
    } else if (dice < 990) {
      const target = next(3) === 0 ? 0 : account;
      undo.push({ after: next(6), command: { kind: "killSwitch", ...head, account: target, engaged: false, cancelOpenOrders: false } });
      yield { kind: "killSwitch", ...head, account: target, engaged: true, cancelOpenOrders: next(4) === 0 };
    } else if (dice < 995) {
      undo.push({ after: next(6), command: { kind: "setSymbolState", ...head, symbol, state: SymbolState.TRADING } });
      yield { kind: "setSymbolState", ...head, symbol, state: pick(SymbolState.HALT, SymbolState.BREAK, SymbolState.CANCEL_ONLY) };
    } else {
      const set: Command = {
        kind: "setAccount",
        ...head,
        account,
        canTrade: true,
        canWithdraw: true,
        canDeposit: true,
        feeTier: next(2),
        discountFees: next(2) === 0,
        tradeGroup: next(3),
      };
      undo.push({ after: next(6), command: set });
      yield { ...set, canTrade: next(2) === 0 };
    }
  }

  /** Names what does not exist, asks for what cannot be, or changes the rules. */
  function odd(head: { time: number; session: number; sessionSequence: number }, account: number, symbol: number): Command {
    const [, , priceDecimals, quantityDecimals] = world.decimals;
    const listed = { name: `S${symbol}`, baseAsset: symbol === world.symbols && symbol > 1 ? 3 : 1, quoteAsset: 2 };
    const transferId = BigInt(transfer++);
    const deposits: Command[] = [
      { kind: "deposit", ...head, account, asset: 99, amount: 1n, transferId },
      { kind: "deposit", ...head, account: 99, asset: 1, amount: 1n, transferId },
      { kind: "deposit", ...head, account, asset: 1 + next(3), amount: (1n << 62n) - 1n, transferId },
    ];
    const commands: Command[] = [
      ...deposits,
      { kind: "newOrder", ...head, account: 99, symbol, ...order() },
      { kind: "newOrder", ...head, account, symbol: 99, ...order() },
      { kind: "newOrder", ...head, account, symbol, ...order(), type: OrderType.LIMIT, price: 5000, stopPrice: 0, trailingDelta: 0 },
      { kind: "newOrder", ...head, account, symbol, ...order(), price: 1000 },
      { kind: "newOrder", ...head, account, symbol, ...order(), price: 0 },
      { kind: "newOrder", ...head, account, symbol, ...order(), type: OrderType.STOP_LOSS, price: 0, stopPrice: 5000, icebergQuantity: 0 },
      { kind: "cancelAllOrders", ...head, time: head.time + 2 * 86_400_000_000, account, symbol },
      { kind: "activate", ...head, version: 1 + next(NEWEST_VERSION) },
      { kind: "setFeeTier", ...head, feeTier: next(2), makerRate: next(200) - 100, takerRate: next(2000), discount: next(500_000) },
      { kind: "listAsset", ...head, asset: 3, name: "COIN", decimals: 8 + next(2), discountAsset: next(3) > 0 },
      {
        kind: "listSymbol",
        ...head,
        symbol,
        ...listed,
        priceDecimals,
        quantityDecimals,
        filters: world.filters,
        state: SymbolState.TRADING,
      },
    ];
    return commands[next(commands.length)];
  }

  function orderList(head: { time: number; session: number; sessionSequence: number }, account: number, symbol: number): Command {
    const side = pick(Side.BUY, Side.SELL);
    const quantity = (1 + next(30)) * world.scale;
    const base = { ...order(), side, quantity, quoteQuantity: 0n, icebergQuantity: 0, timeInForce: TimeInForce.GTC, trailingDelta: 0 };
    const above = 1001 + next(12);
    const below = 999 - next(12);
    const profit = { ...base, type: OrderType.LIMIT_MAKER, price: side === Side.SELL ? above : below, stopPrice: 0, clientKey: 0n };
    const priced = next(2) === 0;
    const stop = side === Side.SELL ? below : above;
    const loss = {
      ...base,
      type: priced ? OrderType.STOP_LOSS_LIMIT : OrderType.STOP_LOSS,
      price: priced ? stop + (side === Side.SELL ? -next(5) : next(5)) : 0,
      stopPrice: stop,
      clientKey: 0n,
    };
    if (next(4) === 0) {
      // Both legs follow the price, often by the same distance, so that one price fires both.
      const follows = { price: 0, stopPrice: 0, timeInForce: TimeInForce.GTC };
      Object.assign(profit, { ...follows, type: OrderType.TAKE_PROFIT, trailingDelta: 10 + next(2) * 50 });
      Object.assign(loss, { ...follows, type: OrderType.STOP_LOSS, trailingDelta: 10 + next(2) * 50 });
    }
    const pair = side === Side.SELL ? [profit, loss] : [loss, profit];
    const working = {
      ...order(),
      type: OrderType.LIMIT,
      price: 990 + next(20),
      quantity,
      quoteQuantity: 0n,
      stopPrice: 0,
      trailingDelta: 0,
      icebergQuantity: 0,
    };
    const contingency = pick("OCO", "OTO", "OTOCO") as "OCO" | "OTO" | "OTOCO";
    const legs = contingency === "OCO" ? pair : contingency === "OTO" ? [working, next(2) === 0 ? profit : order()] : [working, ...pair];
    return { kind: "newOrderList", ...head, account, symbol, contingency, legs, listClientKey: BigInt(next(5)), listClientOrderId: "" };
  }
}
