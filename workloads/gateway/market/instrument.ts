/**
 * Instruments as text: decoded numbers of one symbol as decimals, and the symbol itself as `exchangeInfo` shows it.
 */

import { OrderType, SelfTradePrevention, Side, SymbolState, TimeInForce } from "@bourse/engine";
import type { Asset, Instrument, Instruments, Level } from "../../services/ports";
import { formatDecimal } from "../decimal";
import { invalidSymbol } from "../errors";

export const priceText = (instrument: Instrument, ticks: number) => formatDecimal(ticks, instrument.priceDecimals);
export const quantityText = (instrument: Instrument, lots: number) => formatDecimal(lots, instrument.quantityDecimals);
export const quoteText = (instrument: Instrument, units: bigint) => formatDecimal(units, instrument.quote.decimals);
export const amountText = (asset: Asset, units: bigint) => formatDecimal(units, asset.decimals);
export const levelsText = (instrument: Instrument, levels: readonly Level[]) =>
  levels.map(([price, quantity]) => [priceText(instrument, price), quantityText(instrument, quantity)]);

/** The instrument that a request names. Throws -1121. */
export function instrumentNamed(instruments: Instruments, name: string): Instrument {
  const instrument = instruments.byName(name);
  if (instrument === undefined) throw invalidSymbol();
  return instrument;
}

export const sideNames: Record<Side, "BUY" | "SELL"> = { [Side.BUY]: "BUY", [Side.SELL]: "SELL" };

export const typeNames = {
  [OrderType.LIMIT]: "LIMIT",
  [OrderType.LIMIT_MAKER]: "LIMIT_MAKER",
  [OrderType.MARKET]: "MARKET",
  [OrderType.STOP_LOSS]: "STOP_LOSS",
  [OrderType.STOP_LOSS_LIMIT]: "STOP_LOSS_LIMIT",
  [OrderType.TAKE_PROFIT]: "TAKE_PROFIT",
  [OrderType.TAKE_PROFIT_LIMIT]: "TAKE_PROFIT_LIMIT",
} as const satisfies Record<OrderType, string>;

export const timeInForceNames = { [TimeInForce.GTC]: "GTC", [TimeInForce.IOC]: "IOC", [TimeInForce.FOK]: "FOK" } as const;

export const selfTradeNames = {
  [SelfTradePrevention.NONE]: "NONE",
  [SelfTradePrevention.EXPIRE_TAKER]: "EXPIRE_TAKER",
  [SelfTradePrevention.EXPIRE_MAKER]: "EXPIRE_MAKER",
  [SelfTradePrevention.EXPIRE_BOTH]: "EXPIRE_BOTH",
  [SelfTradePrevention.DECREMENT]: "DECREMENT",
} as const satisfies Record<SelfTradePrevention, string>;

/** The mode of an order that names none. */
export const defaultSelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER;

/** Price by quantity in units of the quote asset, rounded down. */
export function quoteAmount(price: number, quantity: number, { priceDecimals, quantityDecimals, quote }: Instrument): bigint {
  const units = BigInt(price) * BigInt(quantity) * 10n ** BigInt(quote.decimals);
  return units / 10n ** BigInt(priceDecimals + quantityDecimals);
}

/** A delisted symbol is a break for ever. */
export const stateNames = {
  [SymbolState.TRADING]: "TRADING",
  [SymbolState.HALT]: "HALT",
  [SymbolState.BREAK]: "BREAK",
  [SymbolState.CANCEL_ONLY]: "CANCEL_ONLY",
  [SymbolState.DELISTED]: "BREAK",
} as const satisfies Record<SymbolState, string>;

/** A multiplier in units of 10^-4 as short text: 50000 is "5", 2000 is "0.2". */
function multiplierText(units: number): string {
  return formatDecimal(units, 4).replace(/\.?0+$/, "");
}

function filterViews(instrument: Instrument): object[] {
  const { filters } = instrument;
  const price = (ticks: number) => priceText(instrument, ticks);
  const quantity = (lots: number) => quantityText(instrument, lots);
  const views: object[] = [
    {
      filterType: "PRICE_FILTER",
      minPrice: price(filters.minPrice),
      maxPrice: price(filters.maxPrice),
      tickSize: price(filters.priceStep),
    },
    {
      filterType: "LOT_SIZE",
      minQty: quantity(filters.minQuantity),
      maxQty: quantity(filters.maxQuantity),
      stepSize: quantity(filters.quantityStep),
    },
    {
      filterType: "MARKET_LOT_SIZE",
      minQty: quantity(filters.marketMinQuantity),
      maxQty: quantity(filters.marketMaxQuantity),
      stepSize: quantity(filters.marketQuantityStep),
    },
    {
      filterType: "NOTIONAL",
      minNotional: quoteText(instrument, filters.minNotional),
      applyMinToMarket: filters.applyMinToMarket,
      maxNotional: quoteText(instrument, filters.maxNotional),
      applyMaxToMarket: filters.applyMaxToMarket,
      avgPriceMins: filters.averagePriceMinutes,
    },
  ];
  if (filters.bidMultiplierUp > 0 || filters.askMultiplierUp > 0) {
    views.push({
      filterType: "PERCENT_PRICE_BY_SIDE",
      bidMultiplierUp: multiplierText(filters.bidMultiplierUp),
      bidMultiplierDown: multiplierText(filters.bidMultiplierDown),
      askMultiplierUp: multiplierText(filters.askMultiplierUp),
      askMultiplierDown: multiplierText(filters.askMultiplierDown),
      avgPriceMins: filters.averagePriceMinutes,
    });
  }
  if (filters.maxIcebergParts > 0) views.push({ filterType: "ICEBERG_PARTS", limit: filters.maxIcebergParts });
  if (filters.maxTrailingDelta > 0) {
    const [least, most] = [filters.minTrailingDelta, filters.maxTrailingDelta];
    views.push({
      filterType: "TRAILING_DELTA",
      minTrailingAboveDelta: least,
      maxTrailingAboveDelta: most,
      minTrailingBelowDelta: least,
      maxTrailingBelowDelta: most,
    });
  }
  if (filters.maxOrders > 0) views.push({ filterType: "MAX_NUM_ORDERS", maxNumOrders: filters.maxOrders });
  if (filters.maxAlgoOrders > 0) views.push({ filterType: "MAX_NUM_ALGO_ORDERS", maxNumAlgoOrders: filters.maxAlgoOrders });
  if (filters.maxIcebergOrders > 0) views.push({ filterType: "MAX_NUM_ICEBERG_ORDERS", maxNumIcebergOrders: filters.maxIcebergOrders });
  if (filters.maxPosition > 0n) views.push({ filterType: "MAX_POSITION", maxPosition: amountText(instrument.base, filters.maxPosition) });
  if (filters.maxAmends > 0) views.push({ filterType: "MAX_NUM_ORDER_AMENDS", maxNumOrderAmends: filters.maxAmends });
  return views;
}

/** An account needs one permission of each set: every account here has SPOT, and every symbol asks for no more. */
const permissionSets: readonly (readonly string[])[] = [["SPOT"]];

/** Whether symbols ask for this permission. */
export const isAskedFor = (permission: string) => permissionSets.some((set) => set.includes(permission));

/** A symbol of `exchangeInfo`. */
export function symbolView(instrument: Instrument, showPermissionSets: boolean): Record<string, unknown> {
  const { filters } = instrument;
  return {
    symbol: instrument.name,
    status: stateNames[instrument.state],
    baseAsset: instrument.base.name,
    baseAssetPrecision: 8,
    quoteAsset: instrument.quote.name,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: Object.values(typeNames),
    icebergAllowed: filters.maxIcebergParts > 0,
    ocoAllowed: true,
    otoAllowed: true,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: filters.maxTrailingDelta > 0,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filterViews(instrument),
    permissions: [],
    permissionSets: showPermissionSets ? permissionSets : [],
    defaultSelfTradePreventionMode: selfTradeNames[defaultSelfTradePrevention],
    allowedSelfTradePreventionModes: Object.values(selfTradeNames),
  };
}
