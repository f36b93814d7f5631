/** What the publisher puts on the bus for each symbol: the market events in order, as JSON with amounts as decimal text. */

import type { Event } from "@bourse/engine";
import { type BusRecord, MAX_RECORD_BYTES } from "../../stores/bus/port";

const publishedKinds = ["orderAccepted", "trade", "orderClosed", "levelChanged"] as const;
export type MarketEvent = Extract<Event, { kind: (typeof publishedKinds)[number] }>;

/** Place of an event in the shard's history: sequence of its command, and its index there. */
export type EventPlace = readonly [sequence: number, index: number];

export const BEFORE_ALL: EventPlace = [0, -1];

export function placeOf({ sequence, index }: MarketEvent): EventPlace {
  return [sequence, index];
}

/** Whether `a` comes after `b`. */
export function isAfter(a: EventPlace, b: EventPlace): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}

export interface MarketRecord {
  symbol: number;
  /** Place of the symbol's last event before this record: a consumer that has not seen it has missed something. */
  previous: EventPlace;
  /** In order. After a repeat some may be known to the consumer. */
  events: MarketEvent[];
}

export function isMarketEvent(event: Event): event is MarketEvent {
  return (publishedKinds as readonly string[]).includes(event.kind);
}

export function writeMarketRecord(record: MarketRecord): string {
  return JSON.stringify({ ...record, events: record.events.map(written) });
}

export function readMarketRecord(data: string): MarketRecord {
  const record = JSON.parse(data) as MarketRecord;
  record.events.forEach(restore);
  return record;
}

/** Bytes of an event as text: it is below this, most of it names of fields. */
const LONGEST_EVENT = 1_000;

/** Events in one record. */
export const EVENTS_PER_RECORD = Math.floor(MAX_RECORD_BYTES / LONGEST_EVENT);

/**
 * A record on its way. On a bus within this process it bears what it was made of, which nobody may change, and its text is never made: to write it, and to
 * read it again, costs more than all that is done with it.
 */
class WrittenRecord implements BusRecord {
  readonly key: string;
  readonly mostBytes: number;

  constructor(readonly from: MarketRecord) {
    this.key = String(from.symbol);
    this.mostBytes = from.events.length * LONGEST_EVENT;
  }

  get data(): string {
    return writeMarketRecord(this.from);
  }
}

export const toBus = (from: MarketRecord): BusRecord => new WrittenRecord(from);

export const fromBus = (record: BusRecord): MarketRecord => (record instanceof WrittenRecord ? record.from : readMarketRecord(record.data));

/** With its amounts as text. Events are written and read by the hundred thousand: the amounts of each kind are named, not looked for. */
function written(event: MarketEvent): object {
  if (event.kind === "trade") {
    const { quoteAmount, takerFee, makerFee } = event;
    return { ...event, quoteAmount: String(quoteAmount), takerFee: String(takerFee), makerFee: String(makerFee) };
  }
  if (event.kind === "orderAccepted") {
    return { ...event, quoteQuantity: String(event.quoteQuantity), clientKey: String(event.clientKey) };
  }
  return event;
}

/** Turns the amounts of what {@link written} made back into numbers, in place. */
function restore(event: MarketEvent): void {
  if (event.kind === "trade") {
    event.quoteAmount = BigInt(event.quoteAmount);
    event.takerFee = BigInt(event.takerFee);
    event.makerFee = BigInt(event.makerFee);
  } else if (event.kind === "orderAccepted") {
    event.quoteQuantity = BigInt(event.quoteQuantity);
    event.clientKey = BigInt(event.clientKey);
  }
}
