/** What is listed: symbols and assets, with what turns their integers into decimal text. */

import type { SymbolChanged, SymbolState } from "@bourse/engine";

/** A listed symbol with everything needed to turn its integers into decimal text. */
export interface Instrument {
  symbol: number;
  name: string;
  base: Asset;
  quote: Asset;
  /** price = ticks x 10^-priceDecimals */
  priceDecimals: number;
  /** quantity = lots x 10^-quantityDecimals */
  quantityDecimals: number;
  filters: SymbolChanged["filters"];
  state: SymbolState;
}

export interface Asset {
  asset: number;
  name: string;
  decimals: number;
}

/** The reference data of the shard, kept current from its events. Lookups are by exact name or number; undefined where unknown. */
export interface Instruments {
  byName(name: string): Instrument | undefined;
  bySymbol(symbol: number): Instrument | undefined;
  asset(asset: number): Asset | undefined;
  assetByName(name: string): Asset | undefined;
  /** In listing order. */
  all(): readonly Instrument[];
  assets(): readonly Asset[];
}
