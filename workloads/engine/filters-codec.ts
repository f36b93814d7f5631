/** The filters of a symbol in 26 words of 8 bytes, the same in the command that sets them and in the event that tells them. */

import type { SymbolFilters } from "./commands";
import { getU64, setU64 } from "./layout";

export function writeFilters(target: DataView, offset: number, filters: SymbolFilters): void {
  setU64(target, offset, filters.minPrice);
  setU64(target, offset + 8, filters.maxPrice);
  setU64(target, offset + 16, filters.priceStep);
  setU64(target, offset + 24, filters.minQuantity);
  setU64(target, offset + 32, filters.maxQuantity);
  setU64(target, offset + 40, filters.quantityStep);
  setU64(target, offset + 48, filters.marketMinQuantity);
  setU64(target, offset + 56, filters.marketMaxQuantity);
  setU64(target, offset + 64, filters.marketQuantityStep);
  target.setBigInt64(offset + 72, filters.minNotional, true);
  target.setBigInt64(offset + 80, filters.maxNotional, true);
  setU64(target, offset + 88, (filters.applyMinToMarket ? 1 : 0) | (filters.applyMaxToMarket ? 2 : 0));
  setU64(target, offset + 96, filters.bidMultiplierUp);
  setU64(target, offset + 104, filters.bidMultiplierDown);
  setU64(target, offset + 112, filters.askMultiplierUp);
  setU64(target, offset + 120, filters.askMultiplierDown);
  setU64(target, offset + 128, filters.averagePriceMinutes);
  setU64(target, offset + 136, filters.executionBand);
  setU64(target, offset + 144, filters.maxOrders);
  setU64(target, offset + 152, filters.maxAlgoOrders);
  setU64(target, offset + 160, filters.maxIcebergOrders);
  setU64(target, offset + 168, filters.maxIcebergParts);
  target.setBigInt64(offset + 176, filters.maxPosition, true);
  setU64(target, offset + 184, filters.minTrailingDelta);
  setU64(target, offset + 192, filters.maxTrailingDelta);
  setU64(target, offset + 200, filters.maxAmends);
}

export function readFilters(source: DataView, offset: number): SymbolFilters {
  return {
    minPrice: getU64(source, offset),
    maxPrice: getU64(source, offset + 8),
    priceStep: getU64(source, offset + 16),
    minQuantity: getU64(source, offset + 24),
    maxQuantity: getU64(source, offset + 32),
    quantityStep: getU64(source, offset + 40),
    marketMinQuantity: getU64(source, offset + 48),
    marketMaxQuantity: getU64(source, offset + 56),
    marketQuantityStep: getU64(source, offset + 64),
    minNotional: source.getBigInt64(offset + 72, true),
    maxNotional: source.getBigInt64(offset + 80, true),
    applyMinToMarket: (source.getUint8(offset + 88) & 1) !== 0,
    applyMaxToMarket: (source.getUint8(offset + 88) & 2) !== 0,
    bidMultiplierUp: getU64(source, offset + 96),
    bidMultiplierDown: getU64(source, offset + 104),
    askMultiplierUp: getU64(source, offset + 112),
    askMultiplierDown: getU64(source, offset + 120),
    averagePriceMinutes: getU64(source, offset + 128),
    executionBand: getU64(source, offset + 136),
    maxOrders: getU64(source, offset + 144),
    maxAlgoOrders: getU64(source, offset + 152),
    maxIcebergOrders: getU64(source, offset + 160),
    maxIcebergParts: getU64(source, offset + 168),
    maxPosition: source.getBigInt64(offset + 176, true),
    minTrailingDelta: getU64(source, offset + 184),
    maxTrailingDelta: getU64(source, offset + 192),
    maxAmends: getU64(source, offset + 200),
  };
}

/** All limits off: the filters of a symbol that admits whatever is representable. */
export const noFilters: Readonly<SymbolFilters> = Object.freeze({
  minPrice: 0,
  maxPrice: 0,
  priceStep: 1,
  minQuantity: 0,
  maxQuantity: 0,
  quantityStep: 1,
  marketMinQuantity: 0,
  marketMaxQuantity: 0,
  marketQuantityStep: 0,
  minNotional: 0n,
  maxNotional: 0n,
  applyMinToMarket: false,
  applyMaxToMarket: false,
  bidMultiplierUp: 0,
  bidMultiplierDown: 0,
  askMultiplierUp: 0,
  askMultiplierDown: 0,
  averagePriceMinutes: 0,
  executionBand: 0,
  maxOrders: 0,
  maxAlgoOrders: 0,
  maxIcebergOrders: 0,
  maxIcebergParts: 0,
  maxPosition: 0n,
  minTrailingDelta: 0,
  maxTrailingDelta: 0,
  maxAmends: 0,
});
