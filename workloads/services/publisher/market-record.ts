/** What the publisher puts on the bus for each symbol: the market events in order, as JSON with amounts as decimal text. */

import type { Event } from "@bourse/engine";
import type { BusRecord } from "../../stores/bus/port";

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

/** On a bus within this process a record bears what it was made of, which nobody may change: reading it again costs more than all that is done with it. */
interface WrittenRecord extends BusRecord {
  readonly from?: MarketRecord;
}

export function toBus(from: MarketRecord): BusRecord {
  const written: WrittenRecord = { key: String(from.symbol), data: writeMarketRecord(from), from };
  return written;
}

export function fromBus(record: WrittenRecord): MarketRecord {
  return record.from ?? readMarketRecord(record.data);
}

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
