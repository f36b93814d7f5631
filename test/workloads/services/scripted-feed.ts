/** A feed whose events a test writes: each command is one batch, delivered at once, and kept for subscribers that come later. */

import type { Event } from "@bourse/engine";
import { LogPins } from "../../../workloads/services/trading/log-pins";
import type { EventBatch, EventFeed, LogPin, Position, Subscription } from "../../../workloads/services/trading/port";

type Header = "shard" | "epoch" | "sequence" | "index" | "last";
type WithoutHeader<E> = E extends Event ? Omit<E, Header | "time"> & { time?: number } : never;
export type EventBody = WithoutHeader<Event>;

export class ScriptedFeed implements EventFeed {
  readonly batches: EventBatch[] = [];
  /** Microseconds of the next command. */
  time = 1_700_000_000_000_000;
  /** Positions up to here are no longer kept. */
  droppedTo = 0;
  readonly pins = new LogPins();
  private readonly listeners = new Set<(batch: EventBatch) => void>();

  /** One command with these events. */
  command(...bodies: EventBody[]): Event[] {
    const sequence = this.batches.length + 1;
    const events = bodies.map(
      (body, index) => ({ time: this.time, ...body, shard: 0, epoch: 1, sequence, index, last: index === bodies.length - 1 }) as Event,
    );
    const position = { shard: 0, epoch: 1, sequence };
    const batch = { first: position, last: position, events };
    this.batches.push(batch);
    for (const listener of this.listeners) listener(batch);
    return events;
  }

  async subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription> {
    if (from.sequence < this.droppedTo) throw new Error(`position ${from.sequence} is no longer kept, the oldest is ${this.droppedTo}`);
    for (const batch of this.batches.slice(from.sequence)) listener(batch);
    this.listeners.add(listener);
    return { close: () => void this.listeners.delete(listener) };
  }

  pin(sequence: number): LogPin {
    return this.pins.pin(sequence);
  }
}
