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
  /**
   * Applies the commands in `bytes[start, end)`, which lie one behind the other with `between` bytes before each but the first, at positions from `sequence`
   * on; appends their events to `out`, and writes into `ends[n]` where the events of the n-th end there. Throws where one violates an assertion:
   * {@link lastSequence} is then its position, and `ends` tells the events of those before it. Absent: they are applied one at a time.
   *
   * @param counts what {@link writeOrderCounts} writes for each command's account when it has been applied, two words each from word `place` on, and on from
   * the beginning behind the end
   */
  applyAll?(
    bytes: Uint8Array,
    start: number,
    end: number,
    between: number,
    epoch: number,
    sequence: number,
    out: EventBuffer,
    ends: Uint32Array,
    counts?: Uint32Array,
    place?: number,
  ): void;
  /** Position of the last command, applied or failed. There where {@link applyAll} is. */
  readonly lastSequence?: number;
  /**
   * Why the command at `bytes[offset]` must not be logged now; undefined when it may be. Changes nothing. Absent: everything may be.
   *
   * @param before commands that are logged before it and not yet applied, each of which places one order at most: then it says as well what is only possible.
   * @default 0
   */
  refusal?(bytes: Uint8Array, offset: number, limits: OrderLimits, before?: number): TooManyOrders | undefined;
  /** Whether {@link refusal} may refuse one of so many commands: asked first, since it is quick. There where that is. */
  mayRefuse?(commands: number, limits: OrderLimits): boolean;
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
