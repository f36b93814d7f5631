/** The SQL tables of the reference data and how records become rows. */

import type { SymbolFilters, SymbolState } from "@bourse/engine";
import type { Migration } from "kysely/migration";
import type { SqlRow } from "../../stores/sql";
import type { Asset, Instrument } from "../ports";

export interface InstrumentsTables {
  asset: { asset: number; name: string; decimals: number };
  instrument: {
    symbol: number;
    /** Place in the order of listing, from 0. */
    place: number;
    name: string;
    base_asset: number;
    quote_asset: number;
    price_decimals: number;
    quantity_decimals: number;
    state: number;
    /** JSON; amounts as decimal text. */
    filters: string;
  };
}

export const migrations: Record<string, Migration> = {
  "001_reference_data": {
    async up(db) {
      await db.schema
        .createTable("asset")
        .addColumn("asset", "bigint", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("decimals", "bigint", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("instrument")
        .addColumn("symbol", "bigint", (column) => column.primaryKey())
        .addColumn("place", "bigint", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("base_asset", "bigint", (column) => column.notNull())
        .addColumn("quote_asset", "bigint", (column) => column.notNull())
        .addColumn("price_decimals", "bigint", (column) => column.notNull())
        .addColumn("quantity_decimals", "bigint", (column) => column.notNull())
        .addColumn("state", "bigint", (column) => column.notNull())
        .addColumn("filters", "text", (column) => column.notNull())
        .execute();
    },
  },
};

export function assetRow({ asset, name, decimals }: Asset): SqlRow {
  return { asset, name, decimals };
}

export function assetFromRow({ asset, name, decimals }: InstrumentsTables["asset"]): Asset {
  return { asset, name, decimals };
}

export function instrumentRow(instrument: Instrument, place: number): SqlRow {
  return {
    symbol: instrument.symbol,
    place,
    name: instrument.name,
    base_asset: instrument.base.asset,
    quote_asset: instrument.quote.asset,
    price_decimals: instrument.priceDecimals,
    quantity_decimals: instrument.quantityDecimals,
    state: instrument.state,
    filters: JSON.stringify(instrument.filters, (_key, value) => (typeof value === "bigint" ? value.toString() : value)),
  };
}

export function instrumentFromRow(row: InstrumentsTables["instrument"], assetOf: (asset: number) => Asset): Instrument {
  return {
    symbol: row.symbol,
    name: row.name,
    base: assetOf(row.base_asset),
    quote: assetOf(row.quote_asset),
    priceDecimals: row.price_decimals,
    quantityDecimals: row.quantity_decimals,
    filters: filtersFromText(row.filters),
    state: row.state as SymbolState,
  };
}

/** The filters that are amounts, in {@link SymbolFilters}. */
function filtersFromText(text: string): SymbolFilters {
  const filters = JSON.parse(text);
  for (const amount of ["minNotional", "maxNotional", "maxPosition"]) filters[amount] = BigInt(filters[amount]);
  return filters as SymbolFilters;
}
