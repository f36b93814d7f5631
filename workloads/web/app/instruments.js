/** The listed symbols, from exchangeInfo, with their steps as exact amounts. */

import { amount, decimalsOf } from "./decimal.js";
import { publicGet } from "./exchange-api.js";

/**
 * @typedef {object} Instrument
 * @property {string} symbol
 * @property {string} base
 * @property {string} quote
 * @property {string[]} orderTypes
 * @property {bigint} tick price step
 * @property {bigint} step quantity step
 * @property {bigint} minQuantity
 * @property {bigint} maxQuantity
 * @property {bigint} minNotional
 * @property {number} priceDecimals
 * @property {number} quantityDecimals
 */

/** @returns {Promise<Instrument[]>} */
export async function loadInstruments() {
  const { symbols } = await publicGet("exchangeInfo");
  return symbols.map(read);
}

/** @param {any} listed @returns {Instrument} */
function read(listed) {
  /** @param {string} type */
  const filter = (type) => listed.filters.find((/** @type {{ filterType: string }} */ one) => one.filterType === type) ?? {};
  const price = filter("PRICE_FILTER");
  const lot = filter("LOT_SIZE");
  const tick = amount(price.tickSize ?? "0.00000001");
  const step = amount(lot.stepSize ?? "0.00000001");
  return {
    symbol: listed.symbol,
    base: listed.baseAsset,
    quote: listed.quoteAsset,
    orderTypes: listed.orderTypes,
    tick,
    step,
    minQuantity: amount(lot.minQty ?? "0"),
    maxQuantity: amount(lot.maxQty ?? "0"),
    minNotional: amount(filter("NOTIONAL").minNotional ?? "0"),
    priceDecimals: decimalsOf(tick),
    quantityDecimals: decimalsOf(step),
  };
}
