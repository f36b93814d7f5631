/** Reference data: the listed assets and symbols, kept current from the shard's events. */

import type { AssetListed, Event, SymbolChanged } from "@bourse/engine";
import type { Sql } from "../../stores/sql";
import type { Asset, Instrument, Instruments } from "../ports";
import { type Fold, type ProjectionDeps, type Running, startProjection, WriteBehind } from "../projection";
import { assetFromRow, assetRow, type InstrumentsTables, instrumentFromRow, instrumentRow, migrations } from "./rows";

class InstrumentsFold implements Fold, Instruments {
  readonly name = "instruments";
  readonly migrations = migrations;
  private readonly assetRows = new WriteBehind<Asset>("asset", ["asset"], assetRow);
  private readonly instrumentRows = new WriteBehind<Instrument>("instrument", ["symbol"], (instrument) =>
    instrumentRow(instrument, this.listing.indexOf(instrument.symbol)),
  );
  readonly tables = [this.assetRows, this.instrumentRows];

  private readonly assetsByNumber = new Map<number, Asset>();
  private readonly assetsByName = new Map<string, Asset>();
  private readonly instruments = new Map<number, Instrument>();
  private readonly instrumentsByName = new Map<string, Instrument>();
  /** Symbols in the order of their listing. */
  private readonly listing: number[] = [];

  async load(sql: Sql): Promise<void> {
    const db = sql.database<InstrumentsTables>();
    for (const row of await db.selectFrom("asset").selectAll().orderBy("asset").execute()) this.addAsset(assetFromRow(row));
    for (const row of await db.selectFrom("instrument").selectAll().orderBy("place").execute()) {
      this.addInstrument(instrumentFromRow(row, (asset) => this.listedAsset(asset)));
    }
  }

  apply(event: Event): void {
    if (event.kind === "assetListed") this.onAssetListed(event);
    else if (event.kind === "symbolChanged") this.onSymbolChanged(event);
  }

  byName(name: string): Instrument | undefined {
    return this.instrumentsByName.get(name);
  }

  bySymbol(symbol: number): Instrument | undefined {
    return this.instruments.get(symbol);
  }

  asset(asset: number): Asset | undefined {
    return this.assetsByNumber.get(asset);
  }

  assetByName(name: string): Asset | undefined {
    return this.assetsByName.get(name);
  }

  all(): readonly Instrument[] {
    return this.listing.map((symbol) => this.instruments.get(symbol) as Instrument);
  }

  assets(): readonly Asset[] {
    return [...this.assetsByNumber.values()];
  }

  private onAssetListed({ asset, name, decimals }: AssetListed): void {
    const listed = { asset, name, decimals };
    this.addAsset(listed);
    this.assetRows.put(asset, listed);
  }

  private onSymbolChanged({ symbol, name, baseAsset, quoteAsset, priceDecimals, quantityDecimals, filters, state }: SymbolChanged): void {
    const base = this.listedAsset(baseAsset);
    const quote = this.listedAsset(quoteAsset);
    const instrument = { symbol, name, base, quote, priceDecimals, quantityDecimals, filters, state };
    this.addInstrument(instrument);
    this.instrumentRows.put(symbol, instrument);
  }

  private listedAsset(asset: number): Asset {
    const listed = this.assetsByNumber.get(asset);
    if (listed === undefined) throw new Error(`instruments: a symbol names asset ${asset}, which was never listed`);
    return listed;
  }

  private addAsset(asset: Asset): void {
    this.assetsByNumber.set(asset.asset, asset);
    this.assetsByName.set(asset.name, asset);
  }

  private addInstrument(instrument: Instrument): void {
    if (!this.instruments.has(instrument.symbol)) this.listing.push(instrument.symbol);
    this.instruments.set(instrument.symbol, instrument);
    this.instrumentsByName.set(instrument.name, instrument);
  }
}

/** Starts the reference data of one shard. */
export async function createInstruments(deps: ProjectionDeps): Promise<Running<Instruments>> {
  const instruments = new InstrumentsFold();
  return { service: instruments, projection: await startProjection(deps, instruments) };
}
