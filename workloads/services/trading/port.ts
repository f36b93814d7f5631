/**
 * What a shard offers to gateways and services: ordered, durable order entry and its event feed. The in-process shard and the client of a
 * remote one both satisfy it.
 */

import type { Command, Event } from "@bourse/engine";

/** Where in a shard's history: names a command's place, never a file's or a broker's offset. */
export interface Position {
  shard: number;
  epoch: number;
  sequence: number;
}

/** The durable result of one command: its position and all its events, in order. */
export interface CommandResult {
  position: Position;
  events: Event[];
}

/** Order entry is full: nothing was logged, try again later (Binance -1008). */
export class ShardBusy extends Error {
  override readonly name = "ShardBusy";
}

/** The shard has stopped or its log cannot be written. With `logged: "no"` nothing was done; with "unknown" it may have been (Binance -1007). */
export class ShardUnavailable extends Error {
  override readonly name = "ShardUnavailable";
  constructor(
    message: string,
    readonly logged: "no" | "unknown",
  ) {
    super(message);
  }
}

export interface OrderEntry {
  /**
   * Appends the command to the log and resolves once it is durable, applied, and seen by every in-process subscriber: what is read from a
   * projection afterwards includes it. Rejects with {@link ShardBusy} or {@link ShardUnavailable}; a command that the engine refuses
   * resolves with a `rejected` event.
   */
  submit(command: Command): Promise<CommandResult>;
}

/** Events of one or more whole commands, in order. */
export interface EventBatch {
  first: Position;
  last: Position;
  events: readonly Event[];
}

export interface EventFeed {
  /**
   * Calls `listener` for every batch after `from` (exclusive; sequence 0 is the beginning), first the kept history, then live, in order and
   * without gaps. A listener must not throw: a throw stops the shard before the acknowledgement. Rejects when `from` is older than what is kept.
   */
  subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription>;
  /**
   * Keeps the log after `sequence` until the pin is moved on or released: for who has its rows durable up to there and would ask for the rest
   * again. It lasts as long as the process, or the connection, that asked for it.
   */
  pin(sequence: number): LogPin;
}

export interface LogPin {
  /** Everything up to `sequence` is durable elsewhere now. */
  move(sequence: number): void;
  release(): void;
}

export interface Subscription {
  close(): void;
}
