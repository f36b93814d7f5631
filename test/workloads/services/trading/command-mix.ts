/** Commands for tests and benchmarks: a small market, funded accounts, and a mix of orders and cancels from a seed. */

import { type Command, noFilters, OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "@bourse/engine";
import type { Random } from "../../journal/simulated-disk";

export const BASE = 1;
export const QUOTE = 2;
export const SYMBOL = 1;
export const START_TIME = 1_700_000_000_000_000;

const header = (time: number) => ({ time, session: 0, sessionSequence: 0 });

/** Lists two assets and a symbol, and opens and funds `accounts` accounts. */
export function* openMarket(accounts: number, amount = 1_000_000_000_000n): Generator<Command> {
  let time = START_TIME;
  yield { kind: "listAsset", ...header(time++), asset: BASE, name: "BTC", decimals: 8, discountAsset: false };
  yield { kind: "listAsset", ...header(time++), asset: QUOTE, name: "USDT", decimals: 8, discountAsset: false };
  yield { kind: "setFeeTier", ...header(time++), feeTier: 0, makerRate: 1000, takerRate: 1000, discount: 0 };
  yield {
    kind: "listSymbol",
    ...header(time++),
    symbol: SYMBOL,
    name: "BTCUSDT",
    baseAsset: BASE,
    quoteAsset: QUOTE,
    priceDecimals: 2,
    quantityDecimals: 5,
    filters: { ...noFilters },
    state: SymbolState.TRADING,
  };
  for (let account = 1; account <= accounts; account++) {
    const flags = { canTrade: true, canWithdraw: true, canDeposit: true, feeTier: 0, discountFees: false, tradeGroup: 0 };
    yield { kind: "setAccount", ...header(time++), account, ...flags };
    for (const asset of [BASE, QUOTE])
      yield { kind: "deposit", ...header(time++), account, asset, amount, transferId: BigInt(account * 10 + asset) };
  }
}

export function limitOrder(account: number, side: Side, price: number, quantity: number, time: number, clientKey = 0n): Command {
  return {
    kind: "newOrder",
    ...header(time),
    account,
    symbol: SYMBOL,
    side,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.NONE,
    price,
    quantity,
    quoteQuantity: 0n,
    stopPrice: 0,
    trailingDelta: 0,
    icebergQuantity: 0,
    clientKey,
    clientOrderId: "",
  };
}

export function cancelOrder(account: number, clientKey: bigint, time: number): Command {
  return { kind: "cancelOrder", ...header(time), account, symbol: SYMBOL, orderId: 0, clientKey, onlyIf: "any", clientOrderId: "" };
}

/** One command of a seeded mix: orders around one price that often cross, cancels by client key, deposits, withdrawals, transfers. */
export function randomCommand(random: Random, accounts: number, number: number): Command {
  const time = START_TIME + 1_000_000 + number * 10;
  const account = 1 + random.integer(accounts);
  const dice = random.next();
  if (dice < 0.6) {
    const side = random.chance(0.5) ? Side.BUY : Side.SELL;
    const away = random.integer(40) - 8;
    return limitOrder(account, side, 10_000 + (side === Side.BUY ? -away : away), 1 + random.integer(50), time, BigInt(number));
  }
  if (dice < 0.8) return cancelOrder(account, BigInt(Math.max(1, number - random.integer(60))), time);
  const asset = random.pick([BASE, QUOTE]);
  const amount = BigInt(1 + random.integer(1_000_000));
  const transferId = BigInt(1_000_000 + number);
  if (dice < 0.88) return { kind: "deposit", ...header(time), account, asset, amount, transferId };
  if (dice < 0.94) return { kind: "withdraw", ...header(time), account, asset, amount, transferId };
  return { kind: "transfer", ...header(time), account, toAccount: 1 + random.integer(accounts), asset, amount, transferId };
}

/** Commands after which {@link turnoverCommand} takes an order back that still rests. */
const LIFETIME = 10_001;

/**
 * One command of a mix that keeps the book as it is: by turns a new order around one price, of which some trade at once, and the cancel of the order
 * that came `LIFETIME` commands before. At most `LIFETIME` orders rest.
 */
export function turnoverCommand(random: Random, accounts: number, number: number): Command {
  const time = START_TIME + 1_000_000 + number * 10;
  const account = (of: number) => 1 + ((of >> 1) % accounts);
  if (number % 2 === 1 && number > LIFETIME) return cancelOrder(account(number - LIFETIME), BigInt(number - LIFETIME), time);
  const side = random.integer(2);
  const away = random.integer(400) - 30;
  const price = 100_000 + (side === Side.BUY ? -away : away);
  return limitOrder(account(number), side, price, 1 + random.integer(20), time, BigInt(number));
}
