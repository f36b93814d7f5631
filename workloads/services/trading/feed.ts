/**
 * The subscribers of a shard. Live, they are called in order before the acknowledgement; one that joins from an earlier position first gets
 * the history.
 *
 * History is made again by applying the log to a second state machine, from the newest snapshot before the asked position. Storing the events
 * would be faster to read but three to five times the bytes of the log on the way to every acknowledgement, and a second truth that could
 * differ; the log already determines them to the byte.
 */

import { decodeEvents } from "@bourse/engine";
import { type Journal, JournalTooOld, type Snapshot, type SnapshotStore } from "../../journal";
import type { LogPins } from "./log-pins";
import type { EventBatch, Position, Subscription } from "./port";
import { type EncodedBatch, isRepeated, type RecentEvents } from "./recent-events";
import { type AppliedVisitor, Replay } from "./replay";
import type { StateMachines } from "./state-machine";

/** Called with whole commands, in order. It must not throw and must not keep `batch.bytes`. */
export type EncodedListener = (batch: EncodedBatch) => void;

interface Subscriber {
  /** Sequence of the last command that it has seen. */
  seen: number;
  listener: EncodedListener;
  closed: boolean;
}

interface Joiner extends Subscriber {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface FeedOptions {
  journal: Journal;
  snapshots: SnapshotStore | undefined;
  machines: StateMachines;
  recent: RecentEvents;
  pins: LogPins;
  /** Runs a function soon, on this thread. */
  defer: (run: () => void) => void;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #live = new Set<Subscriber>();
  #joiners: Joiner[] = [];
  #published: number;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#published = options.recent.last;
  }

  /** Sequence of the last command that live subscribers have seen. */
  get published(): number {
    return this.#published;
  }

  /** Delivers the commands up to `through`, which are durable, to all live subscribers. */
  publish(through: number): void {
    this.#options.recent.visit(this.#published + 1, through, (batch) => {
      for (const subscriber of this.#live) deliver(subscriber, batch);
    });
    this.#published = through;
  }

  subscribe(from: Position, listener: EncodedListener): Promise<Subscription> {
    const { journal, recent } = this.#options;
    if (from.sequence > 0 && from.shard !== journal.shard)
      return reject(`the position is of shard ${from.shard}, this is shard ${journal.shard}`);
    if (!Number.isSafeInteger(from.sequence) || from.sequence < 0)
      return reject(`sequence is ${from.sequence}, it must be 0 or a position`);
    if (from.sequence > this.#published) return reject(`sequence ${from.sequence} was asked for, the last is ${this.#published}`);
    const subscriber: Subscriber = { seen: from.sequence, listener, closed: false };
    const subscription = {
      close: () => {
        subscriber.closed = true;
        this.#live.delete(subscriber);
      },
    };
    if (from.sequence + 1 >= recent.first) {
      return attempt(() => {
        this.#join(subscriber);
        return subscription;
      });
    }
    return new Promise((resolve, rejectJoin) => {
      if (this.#joiners.length === 0) this.#options.defer(() => this.#replayFor(this.#takeJoiners()));
      // The joiner and the subscriber are one object, so that closing it works in both roles.
      this.#joiners.push(Object.assign(subscriber, { resolve: () => resolve(subscription), reject: rejectJoin }));
    });
  }

  #takeJoiners(): Joiner[] {
    const joiners = this.#joiners;
    this.#joiners = [];
    return joiners;
  }

  /** From what is in memory to live, in one step. */
  #join(subscriber: Subscriber): void {
    if (subscriber.closed) return;
    if (subscriber.seen < this.#published)
      this.#options.recent.visit(subscriber.seen + 1, this.#published, (batch) => deliver(subscriber, batch));
    if (!subscriber.closed) this.#live.add(subscriber);
  }

  /** One replay serves all who asked at about the same time. */
  async #replayFor(joiners: Joiner[]): Promise<void> {
    let waiting = joiners;
    try {
      waiting = joiners.filter((joiner) => this.#canStart(joiner));
      if (waiting.length === 0) return;
      const base = this.#baseFor(Math.min(...waiting.map((joiner) => joiner.seen)));
      await this.#replay(base, (batch) => {
        waiting = waiting.filter((joiner) => !joiner.closed && attemptFor(joiner, () => deliver(joiner, batch)));
      });
      for (const joiner of waiting) if (attemptFor(joiner, () => this.#join(joiner))) joiner.resolve();
    } catch (error) {
      for (const joiner of waiting) joiner.reject(error);
    }
  }

  #canStart(joiner: Joiner): boolean {
    const { journal, snapshots, recent } = this.#options;
    if (journal.first === 1) return true;
    const bases = snapshots?.sequences().filter((sequence) => journal.first <= sequence + 1) ?? [];
    if (bases.some((sequence) => sequence <= joiner.seen)) return true;
    joiner.reject(new JournalTooOld(joiner.seen + 1, (bases.at(-1) ?? recent.first - 1) + 1));
    return false;
  }

  #baseFor(sequence: number): Snapshot | undefined {
    return this.#options.snapshots?.newest(sequence, () => {});
  }

  /** Applies the log from `base` until what follows is in memory, and hands out the events, group by group. */
  async #replay(base: Snapshot | undefined, visit: (batch: EncodedBatch) => void): Promise<void> {
    const { machines, pins } = this.#options;
    const pin = pins.pin(base?.sequence ?? 0);
    try {
      await this.#replayFrom(base, machines, visit);
    } finally {
      pin.release();
    }
  }

  async #replayFrom(base: Snapshot | undefined, machines: StateMachines, visit: (batch: EncodedBatch) => void): Promise<void> {
    const { journal, recent, defer } = this.#options;
    const ends: number[] = [];
    const repeated = new Set<number>();
    let first = 0;
    const applied: AppliedVisitor = (_epoch, sequence, out) => {
      if (ends.length === 0) first = sequence;
      if (isRepeated(out.bytes, ends.at(-1) ?? 0, out.length)) repeated.add(sequence);
      ends.push(out.length);
    };
    let replay = new Replay(machines, base, new Set(), applied);
    while (replay.sequence + 1 < recent.first) {
      for await (const group of journal.read(replay.sequence + 1, this.#published)) {
        group.visit(replay.visit);
        if (ends.length > 0) visit(batchOf(journal.shard, replay, first, ends, repeated));
        replay.out.clear();
        ends.length = 0;
        repeated.clear();
        await new Promise<void>((resolve) => defer(resolve));
      }
      // What was handed out until then stands: it is before the poison command, and subscribers pass over what they have seen.
      if (replay.poison) replay = new Replay(machines, base, replay.skipsAfterPoison(), applied);
    }
  }
}

/** What a replay has applied since its output was cleared. */
function batchOf(
  shard: number,
  { epoch, sequence: last, out }: Replay,
  first: number,
  ends: number[],
  repeated: Set<number>,
): EncodedBatch {
  const endOf = (sequence: number) => (sequence < first ? 0 : ends[sequence - first]);
  return { shard, epoch, first, last, bytes: out.bytes, start: 0, end: out.length, repeated, endOf };
}

/** The batch that was decoded last: all who are told of it, and the acknowledgements of its commands, share its events. */
let decoded: { bytes: Uint8Array; batch: EventBatch } | undefined;

/** The decoded form of a batch. Its events are shared: nobody may change them. */
export function decodeBatch({ shard, epoch, first, last, bytes, start, end }: EncodedBatch): EventBatch {
  // The same bytes hold other commands later, never the same ones again.
  if (decoded?.bytes === bytes) {
    const { batch } = decoded;
    if (batch.first.sequence === first && batch.last.sequence === last && batch.last.epoch === epoch) return batch;
  }
  const batch = {
    first: { shard, epoch, sequence: first },
    last: { shard, epoch, sequence: last },
    events: decodeEvents(bytes, start, end),
  };
  decoded = { bytes, batch };
  return batch;
}

/** Hands over what the subscriber has not seen of the batch. */
function deliver(subscriber: Subscriber, batch: EncodedBatch): void {
  if (subscriber.closed || batch.last <= subscriber.seen) return;
  const first = subscriber.seen + 1;
  if (batch.first > first) throw new Error(`a subscriber has seen sequence ${subscriber.seen}, the next batch starts at ${batch.first}`);
  subscriber.seen = batch.last;
  subscriber.listener(batch.first === first ? batch : { ...batch, first, start: batch.endOf(first - 1) });
}

function attempt<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => resolve(run()));
}

function attemptFor(joiner: Joiner, run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    joiner.closed = true;
    joiner.reject(error);
    return false;
  }
}

const reject = (message: string): Promise<never> => Promise.reject(new RangeError(message));
