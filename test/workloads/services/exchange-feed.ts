/** A shard without a log: the real engine, applied at once, with its events fed to subscribers in batches of one or more commands. */

import { type Command, checkCommand, commandLength, decodeEvents, type Event, EventBuffer, Exchange, encodeCommand } from "@bourse/engine";
import { LogPins } from "../../../workloads/services/trading/log-pins";
import type { EventBatch, EventFeed, LogPin, Position, Subscription } from "../../../workloads/services/trading/port";

export class ExchangeFeed implements EventFeed {
  readonly batches: EventBatch[] = [];
  private readonly exchange = new Exchange();
  private readonly out = new EventBuffer();
  private readonly bytes = new Uint8Array(8_192);
  readonly pins = new LogPins();
  private readonly listeners = new Set<(batch: EventBatch) => void>();
  private sequence = 0;

  /** Applies the commands and delivers their events as one batch. */
  submit(...commands: Command[]): Event[] {
    const first = this.sequence + 1;
    this.out.clear();
    for (const command of commands) {
      encodeCommand(command, this.bytes, 0);
      const fault = checkCommand(this.bytes, 0, commandLength(this.bytes, 0));
      if (fault !== undefined) throw new Error(`the test's command is malformed: ${JSON.stringify(fault)}`);
      this.exchange.apply(this.bytes, 0, 1, ++this.sequence, this.out);
    }
    const events = decodeEvents(this.out.bytes, 0, this.out.length);
    const batch = { first: { shard: 0, epoch: 1, sequence: first }, last: { shard: 0, epoch: 1, sequence: this.sequence }, events };
    this.batches.push(batch);
    for (const listener of this.listeners) listener(batch);
    return events;
  }

  async subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription> {
    for (const batch of this.batches) if (batch.last.sequence > from.sequence) listener(batch);
    this.listeners.add(listener);
    return { close: () => void this.listeners.delete(listener) };
  }

  pin(sequence: number): LogPin {
    return this.pins.pin(sequence);
  }
}
