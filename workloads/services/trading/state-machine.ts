/** What a shard hosts: a deterministic state machine over encoded commands. In production the {@link CountedExchange}. */

import { type Command, type EventBuffer, Exchange } from "@bourse/engine";
import { CountedExchange } from "./counted-exchange";
import type { OrderCounts, OrderLimits, TooManyOrders } from "./port";

export interface StateMachine {
  /**
   * Applies the command at `bytes[offset]`, which has this position, and appends its events to `out`. Throws when it violates an assertion;
   * the state is then undefined and must not be used again.
   */
  apply(bytes: Uint8Array, offset: number, epoch: number, sequence: number, out: EventBuffer): void;
  /** Why the command at `bytes[offset]` must not be logged now; undefined when it may be. Changes nothing. Absent: everything may be. */
  refusal?(bytes: Uint8Array, offset: number, limits: OrderLimits): TooManyOrders | undefined;
  /** Unfilled orders of an account at `time` or, if that is later, at the time of the last command. Absent: they are not counted. */
  orderCounts?(account: number, time: number): OrderCounts;
  /** The same at the time of the last command, into two words. */
  writeOrderCounts?(account: number, words: Uint32Array, to: number): void;
  /** Latest time that the next command may bear, in microseconds, since it is refused as broken otherwise; moves on with every command. Absent: any. */
  readonly latestTime?: number;
  /** A command that moves the time and changes nothing else. */
  timeStep?(time: number): Command;
  /** Equal for equal states, on every machine. */
  stateHash(): string;
  writeState(): Uint8Array;
}

/** Makes state machines: empty, or from what `writeState` returned. */
export interface StateMachines {
  create(): StateMachine;
  read(state: Uint8Array): StateMachine;
}

export function exchanges(shard: number): StateMachines {
  return {
    create: () => new CountedExchange(new Exchange({ shard })),
    read: (state) => CountedExchange.readState(state),
  };
}
