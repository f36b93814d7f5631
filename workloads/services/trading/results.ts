/** Answers those who wait for their commands to be durable, with the events of each. */

import { decodeEvents, type Event } from "@bourse/engine";
import { JournalTooOld } from "../../journal";
import { decodeBatch, type Feed } from "./feed";
import { type CommandResult, type OrderCounts, type Position, ShardUnavailable } from "./port";
import type { RecentEvents } from "./recent-events";

const eventsOfRepeat = "repeated";

/** A `submit` that waits for its command to be durable. */
interface Waiting {
  sequence: number;
  orderCounts: OrderCounts;
  resolve: (result: CommandResult) => void;
  reject: (error: Error) => void;
}

/** The events of one command, as they are encoded. */
export interface EncodedResult {
  position: Position;
  bytes: Uint8Array;
}

export class WaitingResults {
  readonly #recent: RecentEvents;
  readonly #resultOf: (sequence: number) => Promise<EncodedResult>;
  /** In the order of their sequences; those before `#from` are answered. */
  readonly #waiting: Waiting[] = [];
  #from = 0;

  /** @param resultOf the result of a command that repeats another: the first one's */
  constructor(recent: RecentEvents, resultOf: (sequence: number) => Promise<EncodedResult>) {
    this.#recent = recent;
    this.#resultOf = resultOf;
  }

  get isEmpty(): boolean {
    return this.#from === this.#waiting.length;
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** Answers those who wait for a command of what was published just now. */
  answer(from: number, through: number): void {
    const waiting = this.#waiting;
    const next = waiting[this.#from]?.sequence;
    if (next === undefined || next > through) return;
    // The batches that were published, so that what subscribers have decoded is not decoded again.
    this.#recent.visit(from, through, (batch) => {
      let events: readonly Event[] | undefined;
      let at = 0;
      while (this.#from < waiting.length && waiting[this.#from].sequence <= batch.last) {
        const { sequence, orderCounts, resolve, reject } = waiting[this.#from++];
        events ??= decodeBatch(batch).events;
        while (at < events.length && events[at].sequence < sequence) at++;
        const start = at;
        while (at < events.length && events[at].sequence === sequence) at++;
        const result = { position: { shard: batch.shard, epoch: batch.epoch, sequence }, events: events.slice(start, at), orderCounts };
        if (result.events[0]?.kind === eventsOfRepeat) this.#firstResult(sequence, orderCounts).then(resolve, reject);
        else resolve(result);
      }
    });
    if (!this.isEmpty) return;
    waiting.length = 0;
    this.#from = 0;
  }

  /** Tells all who still wait that they will not be answered. */
  rejectAll(reason: string, logged: "no" | "unknown"): void {
    const rest = this.#waiting.splice(this.#from);
    this.#waiting.length = 0;
    this.#from = 0;
    for (const { reject } of rest) reject(new ShardUnavailable(reason, logged));
  }

  async #firstResult(sequence: number, orderCounts: OrderCounts): Promise<CommandResult> {
    const { position, bytes } = await this.#resultOf(sequence);
    return { position, events: decodeEvents(bytes, 0, bytes.length), orderCounts };
  }
}

/**
 * The events of a durable command, from memory or from the log. Of a repeated command they are those of the first, or its own `repeated` event when the
 * first is no longer kept. Rejects with `JournalTooOld` when the command itself is no longer kept.
 */
export async function encodedResult(feed: Feed, shard: number, sequence: number): Promise<EncodedResult> {
  let result: EncodedResult | undefined;
  const subscription = await feed.subscribe({ shard, epoch: 0, sequence: sequence - 1 }, (batch) => {
    if (sequence < batch.first || sequence > batch.last) return;
    const start = sequence === batch.first ? batch.start : batch.endOf(sequence - 1);
    result = { position: { shard, epoch: batch.epoch, sequence }, bytes: batch.bytes.slice(start, batch.endOf(sequence)) };
  });
  subscription.close();
  if (!result) throw new RangeError(`sequence ${sequence} is not durable yet, ${feed.published} is`);
  const [event] = decodeEvents(result.bytes, 0, result.bytes.length);
  if (event?.kind !== eventsOfRepeat) return result;
  try {
    return await encodedResult(feed, shard, event.firstSequence);
  } catch (error) {
    if (error instanceof JournalTooOld) return result;
    throw error;
  }
}
