/**
 * What a shard offers to gateways and services: ordered, durable order entry and its event feed. The in-process shard and the client of a
 * remote one both satisfy it.
 */

import type { Command, Event } from "@bourse/engine";
import type { Span } from "../../process/spans";

/** Where in a shard's history: names a command's place, never a file's or a broker's offset. */
export interface Position {
  shard: number;
  epoch: number;
  sequence: number;
}

/** Unfilled orders of an account in the present ten seconds and in the present UTC day; windows are aligned to the clock. */
export interface OrderCounts {
  tenSeconds: number;
  day: number;
}

/** Most unfilled orders that an account may place in ten seconds and in a UTC day. */
export type OrderLimits = Readonly<OrderCounts>;

/** Binance's published limits (`exchangeInfo`, rateLimits of type ORDERS). */
export const publishedOrderLimits: OrderLimits = { tenSeconds: 100, day: 200_000 };

/** The durable result of one command: its position and all its events, in order. */
export interface CommandResult {
  position: Position;
  events: Event[];
  /** Of the command's account, when the command had been applied; 0 for a command without an account. */
  orderCounts: OrderCounts;
}

/** Order entry is full: nothing was logged, try again later (Binance -1008). */
export class ShardBusy extends Error {
  override readonly name = "ShardBusy";
}

/** The account has placed as many orders as it may: nothing was logged (Binance -1015). The message is Binance's. */
export class TooManyOrders extends Error {
  override readonly name = "TooManyOrders";
  constructor(
    message: string,
    /** Seconds until the account may place one again. */
    readonly retryAfter: number,
  ) {
    super(message);
  }
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

/** A position is not of the shard's log any more: what was told there was given up in a takeover, and other commands have its place. */
export class PositionLost extends Error {
  override readonly name = "PositionLost";
  constructor({ epoch, sequence }: Position) {
    super(`sequence ${sequence} of epoch ${epoch} was given up in a takeover: what follows from it has to be made again from the log`);
  }
}

export interface OrderEntry {
  /**
   * Appends the command to the log and resolves once it is durable, applied, and seen by every in-process subscriber: what is read from a
   * projection afterwards includes it. Rejects with {@link ShardBusy}, {@link TooManyOrders} or {@link ShardUnavailable}; a command
   * that the engine refuses resolves with a `rejected` event.
   *
   * @param span of the caller, who waits for the command. @default the command is not traced
   */
  submit(command: Command, span?: Span): Promise<CommandResult>;
}

/** Order entry that counts each account's unfilled orders and holds them to limits: the counts are the shard's, the same for all who ask. */
export interface CountedOrderEntry extends OrderEntry {
  readonly orderLimits: OrderLimits;
  /** Counts of `account` at `time`, in microseconds. */
  orderCounts(account: number, time: number): Promise<OrderCounts>;
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
   * without gaps. A listener must not throw: a throw stops the shard before the acknowledgement. Rejects when `from` is older than what is kept, and with
   * {@link PositionLost}.
   */
  subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription>;
  /**
   * Keeps the log after `sequence` until the pin is moved on or released: for who has its rows durable up to there and would ask for the rest
   * again. It lasts as long as the process, or the connection, that asked for it. A shard holds its log to a bound: whose pin it passes over is told
   * at once which position is the oldest that can still be resumed from, and over a connection by its end, with the reason.
   */
  pin(sequence: number, passedOver?: (oldest: number) => void): LogPin;
  /** Whether a position that was told is of the log, which it is unless it was given up in a takeover. Absent where there are no takeovers. */
  holds?(position: Position): Promise<boolean>;
  /**
   * Resolves once the loss of the shard's place does not lose the position: when the copies in another place have it, and at once where none is kept. What
   * goes where nobody can take it back waits for it. Rejects with {@link PositionLost}. Absent where there is one place.
   */
  confirmed?(position: Position): Promise<void>;
}

export interface LogPin {
  /** Everything up to `sequence` is durable elsewhere now. */
  move(sequence: number): void;
  release(): void;
}

export interface Subscription {
  close(): void;
}
