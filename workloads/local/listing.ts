/** What a new embedded exchange lists: three assets, three symbols and the fee tiers, under the newest rules. */

import {
  type Command,
  type ListAsset,
  type ListSymbol,
  NEWEST_VERSION,
  type SetFeeTier,
  type SymbolFilters,
  SymbolState,
} from "@bourse/engine";
import type { Instruments } from "../services/ports";
import type { OrderEntry } from "../services/trading/port";

type Body<C extends Command> = Omit<C, "kind" | "time" | "session" | "sessionSequence">;

/** Fee tiers: what customers pay (Binance's regular rate, 0.1 % each), and nothing for the demo traders, so that trading does not drain them. */
export const feeTiers = { regular: 0, demoTrader: 1 } as const;

const tiers: Body<SetFeeTier>[] = [
  { feeTier: feeTiers.regular, makerRate: 1_000, takerRate: 1_000, discount: 0 },
  { feeTier: feeTiers.demoTrader, makerRate: 0, takerRate: 0, discount: 0 },
];

export const BTC = 1;
export const ETH = 2;
export const USDT = 3;

/** Decimals of every asset, as on Binance. */
export const assetDecimals = 8;

const assets: Body<ListAsset>[] = [
  { asset: BTC, name: "BTC", decimals: assetDecimals, discountAsset: false },
  { asset: ETH, name: "ETH", decimals: assetDecimals, discountAsset: false },
  { asset: USDT, name: "USDT", decimals: assetDecimals, discountAsset: false },
];

/** Filters that do not depend on the symbol: the values that Binance's exchangeInfo has for its large pairs. */
const commonFilters = {
  minPrice: 1,
  priceStep: 1,
  minQuantity: 1,
  quantityStep: 1,
  marketMinQuantity: 0,
  marketQuantityStep: 0,
  applyMinToMarket: true,
  applyMaxToMarket: false,
  bidMultiplierUp: 50_000,
  bidMultiplierDown: 2_000,
  askMultiplierUp: 50_000,
  askMultiplierDown: 2_000,
  averagePriceMinutes: 5,
  executionBand: 0,
  maxOrders: 200,
  maxAlgoOrders: 5,
  maxIcebergOrders: 10,
  maxIcebergParts: 10,
  maxPosition: 0n,
  minTrailingDelta: 10,
  maxTrailingDelta: 2_000,
  maxAmends: 10,
} satisfies Partial<SymbolFilters>;

/**
 * Ticks and lots are Binance's, but for ETHBTC's lot of 0.001 instead of 0.0001: one tick times one lot must be a whole unit of the quote
 * asset (5 + 3 decimals of BTC's 8), so that no trade is ever rounded.
 */
const symbols: Body<ListSymbol>[] = [
  {
    symbol: 1,
    name: "BTCUSDT",
    baseAsset: BTC,
    quoteAsset: USDT,
    priceDecimals: 2,
    quantityDecimals: 5,
    state: SymbolState.TRADING,
    filters: {
      ...commonFilters,
      maxPrice: 100_000_000,
      maxQuantity: 900_000_000,
      marketMaxQuantity: 10_000_000,
      minNotional: 500_000_000n,
      maxNotional: 900_000_000_000_000n,
    },
  },
  {
    symbol: 2,
    name: "ETHUSDT",
    baseAsset: ETH,
    quoteAsset: USDT,
    priceDecimals: 2,
    quantityDecimals: 4,
    state: SymbolState.TRADING,
    filters: {
      ...commonFilters,
      maxPrice: 100_000_000,
      maxQuantity: 90_000_000,
      marketMaxQuantity: 20_000_000,
      minNotional: 500_000_000n,
      maxNotional: 900_000_000_000_000n,
    },
  },
  {
    symbol: 3,
    name: "ETHBTC",
    baseAsset: ETH,
    quoteAsset: BTC,
    priceDecimals: 5,
    quantityDecimals: 3,
    state: SymbolState.TRADING,
    filters: {
      ...commonFilters,
      maxPrice: 92_233_700,
      maxQuantity: 100_000_000,
      marketMaxQuantity: 2_000_000,
      minNotional: 10_000n,
      maxNotional: 900_000_000_000_000n,
    },
  },
];

/** The header of a command that is sent outside any session. */
export function commandHeader(now: number): { time: number; session: number; sessionSequence: number } {
  return { time: now, session: 0, sessionSequence: 0 };
}

/**
 * Lists what is not listed yet, an exchange that lists nothing yet under the newest rules; one that was traded on keeps its rules until its operator activates
 * others. Safe to repeat: an interrupted first start is completed by the next one.
 */
export async function listInstruments(entry: OrderEntry, instruments: Instruments, clock: () => number): Promise<void> {
  const newAssets = assets.filter(({ asset }) => instruments.asset(asset) === undefined);
  const newSymbols = symbols.filter(({ symbol }) => instruments.bySymbol(symbol) === undefined);
  if (newAssets.length === assets.length) {
    await submit(entry, { kind: "activate", ...commandHeader(clock()), version: NEWEST_VERSION });
  }
  // The last symbol is listed after everything else, so where it is missing the tiers may be, too.
  if (newSymbols.length > 0) for (const tier of tiers) await submit(entry, { kind: "setFeeTier", ...commandHeader(clock()), ...tier });
  for (const asset of newAssets) await submit(entry, { kind: "listAsset", ...commandHeader(clock()), ...asset });
  for (const symbol of newSymbols) await submit(entry, { kind: "listSymbol", ...commandHeader(clock()), ...symbol });
}

/** Submits a command that must not be refused. */
export async function submit(entry: OrderEntry, command: Command): Promise<void> {
  const { events } = await entry.submit(command);
  const refused = events.find((event) => event.kind === "rejected");
  if (refused !== undefined) throw new Error(`the exchange refused ${command.kind}: reason ${refused.reason}`);
}

/** Id of the one deposit that the embedded exchange makes by itself into an account and asset: a repeat is refused as a duplicate. */
export function transferId(account: number, asset: number): bigint {
  return (1n << 62n) | (BigInt(account) << 16n) | BigInt(asset);
}
