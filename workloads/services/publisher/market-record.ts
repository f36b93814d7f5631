/** What the publisher puts on the bus for each symbol: the market events in order, as JSON with amounts as decimal text. */

import type { Event } from "@bourse/engine";

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

/** The fields that are amounts. Events are read and written by the hundred thousand: each kind's are named, not looked for. */
const amountsOf = {
  orderAccepted: ["quoteQuantity", "clientKey"],
  trade: ["quoteAmount", "takerFee", "makerFee"],
  orderClosed: [],
  levelChanged: [],
} as const satisfies { [Kind in MarketEvent["kind"]]: readonly (keyof Extract<Event, { kind: Kind }>)[] };

export function isMarketEvent(event: Event): event is MarketEvent {
  return (publishedKinds as readonly string[]).includes(event.kind);
}

export function writeMarketRecord(record: MarketRecord): string {
  return JSON.stringify({ ...record, events: record.events.map((event) => withAmounts(event, String)) });
}

export function readMarketRecord(data: string): MarketRecord {
  const record = JSON.parse(data) as MarketRecord;
  return { ...record, events: record.events.map((event) => withAmounts(event, BigInt)) };
}

/** The event with its amounts converted. */
function withAmounts(event: MarketEvent, convert: (amount: never) => unknown): MarketEvent {
  const amounts: readonly string[] = amountsOf[event.kind];
  if (amounts.length === 0) return event;
  const copy = { ...event } as Record<string, unknown>;
  for (const name of amounts) copy[name] = convert(copy[name] as never);
  return copy as unknown as MarketEvent;
}
