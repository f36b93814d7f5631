/**
 * The public streams in Simple Binary Encoding, as Binance's stream schema (id 1, version 0) lays them out: little-endian, a header and a block
 * of fixed length, groups, the symbol at the end. Stream names and rules: sbe-market-data-streams.md.
 */

import { Side } from "@bourse/engine";
import type { BookDifference, BookSnapshot, Instrument, Level, OrderBooks, PublicTrade } from "../../services/ports";
import type { Clock, Services } from "../services";
import type { Source } from "./topics";

const schemaId = 1;
const schemaVersion = 0;

/** Message templates of the schema with the length of their block in bytes. */
const templates = {
  trades: { id: 10_000, block: 18 },
  bestBidAsk: { id: 10_001, block: 50 },
  depthSnapshot: { id: 10_002, block: 18 },
  depthDiff: { id: 10_003, block: 26 },
} as const;

const headerLength = 8;
/** A group of trades has a u32 count, groups of levels a u16; each behind the u16 length of an entry. */
const tradesHeader = 6;
const levelsHeader = 4;
const tradeLength = 25;
const levelLength = 16;

/** Differences and partial books are told this often (sbe-market-data-streams.md, "Update Speed"). */
const depthIntervalMs = 50;
const partialLevels = 20;

/** The streams by the form of their names, for the document of the API. */
export const sbeStreamKinds: readonly { name: string; summary: string; template: number }[] = [
  { name: "{symbol}@trade", summary: "Trades; those of one order are one message.", template: templates.trades.id },
  { name: "{symbol}@bestBidAsk", summary: "Each change of the best bid or ask.", template: templates.bestBidAsk.id },
  { name: "{symbol}@depth", summary: "Differences of the book each 50 ms.", template: templates.depthDiff.id },
  { name: "{symbol}@depth20", summary: "The best 20 levels each 50 ms.", template: templates.depthSnapshot.id },
];

/** The source of a stream in SBE, undefined for a name that is none. All its times are in microseconds. */
export function sbeStream(services: Services, clock: Clock, name: string): (() => Source) | undefined {
  const [symbol, kind, ...rest] = name.split("@");
  const instrument = services.instruments.byName(symbol.toUpperCase());
  if (instrument === undefined || symbol !== instrument.name.toLowerCase() || rest.length > 0) return undefined;
  switch (kind) {
    case "trade":
      return () => trades(services, clock, instrument) as Source;
    case "bestBidAsk":
      return () => bestPrices(services, clock, instrument) as Source;
    case "depth":
      return () => differences(services, clock, instrument) as Source;
    case "depth20":
      return () => partialBooks(services, clock, instrument) as Source;
    default:
      return undefined;
  }
}

/** A message that is written from its beginning to its end. */
class Message {
  private readonly bytes: Buffer;
  private at = 0;

  /** @param groups bytes of all groups with their headers */
  constructor(
    template: { id: number; block: number },
    groups: number,
    private readonly instrument: Instrument,
  ) {
    this.bytes = Buffer.allocUnsafe(headerLength + template.block + groups + 1 + Buffer.byteLength(instrument.name));
    this.u16(template.block).u16(template.id).u16(schemaId).u16(schemaVersion);
  }

  u8(value: number): this {
    this.at = this.bytes.writeUInt8(value, this.at);
    return this;
  }

  u16(value: number): this {
    this.at = this.bytes.writeUInt16LE(value, this.at);
    return this;
  }

  u32(value: number): this {
    this.at = this.bytes.writeUInt32LE(value, this.at);
    return this;
  }

  i64(value: number): this {
    this.at = this.bytes.writeBigInt64LE(BigInt(value), this.at);
    return this;
  }

  /** Ticks and lots are the mantissas; these are their exponents. */
  exponents(): this {
    this.at = this.bytes.writeInt8(-this.instrument.priceDecimals, this.at);
    this.at = this.bytes.writeInt8(-this.instrument.quantityDecimals, this.at);
    return this;
  }

  level([price, quantity]: Level): this {
    return this.i64(price).i64(quantity);
  }

  levels(levels: readonly Level[]): this {
    this.u16(levelLength).u16(levels.length);
    for (const level of levels) this.level(level);
    return this;
  }

  /** Ends the message with the symbol. */
  end(): Buffer {
    const { name } = this.instrument;
    this.u8(Buffer.byteLength(name));
    this.bytes.write(name, this.at);
    return this.bytes;
  }
}

const levelsSize = (bids: readonly Level[], asks: readonly Level[]) => 2 * levelsHeader + (bids.length + asks.length) * levelLength;

/** The fills of one taker come together: they have one time and one message. */
const trades = ({ marketData }: Services, clock: Clock, instrument: Instrument): Source<PublicTrade[]> => ({
  start(listener) {
    let together: PublicTrade[] = [];
    const tell = () => {
      if (together.length > 0) listener(together);
      together = [];
    };
    return marketData.onTrade(instrument.symbol, (trade) => {
      if (together.length > 0 && together[0].takerOrderId !== trade.takerOrderId) tell();
      if (together.length === 0) queueMicrotask(tell);
      together.push(trade);
    });
  },
  encode(fills) {
    const message = new Message(templates.trades, tradesHeader + fills.length * tradeLength, instrument);
    message.i64(clock()).i64(fills[0].time).exponents().u16(tradeLength).u32(fills.length);
    for (const { tradeId, price, quantity, takerSide } of fills) {
      message
        .i64(tradeId)
        .level([price, quantity])
        .u8(takerSide === Side.SELL ? 1 : 0);
    }
    return message.end();
  },
});

const nothing: Level = [0, 0];

const bestPrices = ({ orderBooks }: Services, clock: Clock, instrument: Instrument): Source<ReturnType<OrderBooks["best"]>> => ({
  start: (listener) => orderBooks.onBest(instrument.symbol, listener),
  encode: ({ updateId, bid = nothing, ask = nothing }) =>
    new Message(templates.bestBidAsk, 0, instrument).i64(clock()).i64(updateId).exponents().level(bid).level(ask).end(),
});

const differences = ({ orderBooks }: Services, clock: Clock, instrument: Instrument): Source<BookDifference> => ({
  start: (listener) => orderBooks.onDifference(instrument.symbol, depthIntervalMs, listener),
  encode: ({ first, final, bids, asks }) =>
    new Message(templates.depthDiff, levelsSize(bids, asks), instrument)
      .i64(clock())
      .i64(first)
      .i64(final)
      .exponents()
      .levels(bids)
      .levels(asks)
      .end(),
});

const partialBooks = ({ orderBooks }: Services, clock: Clock, instrument: Instrument): Source<BookSnapshot> => ({
  start: (listener) =>
    orderBooks.onDifference(instrument.symbol, depthIntervalMs, () => listener(orderBooks.snapshot(instrument.symbol, partialLevels))),
  encode: ({ lastUpdateId, bids, asks }) =>
    new Message(templates.depthSnapshot, levelsSize(bids, asks), instrument)
      .i64(clock())
      .i64(lastUpdateId)
      .exponents()
      .levels(bids)
      .levels(asks)
      .end(),
});
