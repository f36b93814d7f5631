/**
 * A remote shard for a whole process: order entry and a feed for any number of subscribers over one connection.
 *
 * Every subscriber sees each batch in the same turn, in the order of subscription, and a command resolves only after all of them have seen
 * it, as with a shard in the same process: what is read from a projection afterwards includes it. Who subscribes from an earlier position
 * catches up over a second connection and then joins the others.
 */

import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "@bourse/engine";
import { endSpan, type Span, startSpan } from "../../../process/spans";
import type {
  CommandResult,
  CountedOrderEntry,
  EventBatch,
  EventFeed,
  LogPin,
  OrderCounts,
  OrderLimits,
  Position,
  Subscription,
} from "../port";
import { PositionLost } from "../port";
import { connectShard } from "./client";
import type { ShardClient, ShardClientOptions } from "./client-options";

export interface SharedShardOptions extends Omit<ShardClientOptions, "onEnded" | "giveUpMs"> {
  /** A second session of the same key, for those who catch up. */
  catchUpSession: number;
}

/** Between two questions whether a position has been copied. */
const COPIED_MS = 100;
/** How long a second connection is tried, and how often. */
const CATCH_UP_CONNECT_MS = 10_000;
const RETRY_MS = 50;

interface Subscriber {
  seen: number;
  listener: (batch: EventBatch) => void;
}

interface Waiting {
  sequence: number;
  resolve: () => void;
}

/** Connects and logs on, then keeps the connection for as long as it takes: a shard that starts anew is found again. */
export async function openSharedShard(options: SharedShardOptions): Promise<SharedShard> {
  const shared = new SharedShard(options);
  await shared.open();
  return shared;
}

export class SharedShard implements CountedOrderEntry, EventFeed {
  private readonly subscribers = new Set<Subscriber>();
  private waiting: Waiting[] = [];
  private client: ShardClient | undefined;
  private seen: Position = { shard: 0, epoch: 0, sequence: 0 };
  private fault: string | undefined;
  private catchingUp: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SharedShardOptions) {}

  async open(): Promise<void> {
    this.client = await this.connect(this.options.session);
    this.seen = this.client.logonPosition;
    await this.client.subscribe(this.seen, (batch) => this.onBatch(batch));
  }

  /** The last command that every subscriber has seen. */
  get position(): Position {
    return this.seen;
  }

  get connected(): boolean {
    return this.client?.connected ?? false;
  }

  /** Why it can no longer be used, undefined while it can. */
  get failed(): string | undefined {
    return this.fault;
  }

  get orderLimits(): OrderLimits {
    return this.client!.orderLimits;
  }

  orderCounts(account: number, time: number): Promise<OrderCounts> {
    return this.client!.orderCounts(account, time);
  }

  async submit(command: Command, span?: Span): Promise<CommandResult> {
    const result = await this.client!.submit(command, span);
    const seen = span && startSpan("wait for projections", { parent: span });
    await this.reached(result.position.sequence);
    if (seen !== undefined) endSpan(seen);
    return result;
  }

  /** Undefined once every subscriber has seen that sequence, else what resolves then. */
  reached(sequence: number): Promise<void> | undefined {
    return sequence <= this.seen.sequence ? undefined : new Promise((resolve) => this.waiting.push({ sequence, resolve }));
  }

  /** Resolves once the subscriber has seen all that the others have. */
  async subscribe(from: Position, listener: (batch: EventBatch) => void): Promise<Subscription> {
    // One that is ahead in another log would take other commands for those that it has seen.
    if (from.sequence > 0 && from.epoch > 0 && !(await this.holds(from))) throw new PositionLost(from);
    const subscriber: Subscriber = { seen: from.sequence, listener };
    const subscription = { close: () => void this.subscribers.delete(subscriber) };
    if (from.sequence >= this.seen.sequence) this.subscribers.add(subscriber);
    else {
      // One at a time: the session for it is one.
      const caughtUp = this.catchingUp.then(() => this.catchUp(from, subscriber));
      this.catchingUp = caughtUp.catch(() => {});
      await caughtUp;
    }
    return subscription;
  }

  holds(position: Position): Promise<boolean> {
    return this.client!.holds!(position);
  }

  /** Resolves once a copy in another place, such as the second region, has the position. Rejects with {@link PositionLost}. */
  async copied(position: Position): Promise<void> {
    for (;;) {
      const { held, copied } = await this.client!.positionState(position);
      if (!held) throw new PositionLost(position);
      if (copied) return;
      await wait(COPIED_MS);
    }
  }

  /** Like {@link copied}, but resolves at once where no copy is kept in another place: the position is as safe there as it ever will be. */
  async confirmed(position: Position): Promise<void> {
    const { held, keptElsewhere } = await this.client!.positionState(position);
    if (!held) throw new PositionLost(position);
    if (keptElsewhere) await this.copied(position);
  }

  pin(sequence: number): LogPin {
    return this.client!.pin(sequence);
  }

  async close(): Promise<void> {
    this.subscribers.clear();
    await this.client?.close();
  }

  private connect(session: number): Promise<ShardClient> {
    const onEnded = (reason: string) => {
      this.fault ??= `the shard has ended the connection: ${reason}`;
    };
    return connectShard({ ...this.options, session, giveUpMs: Number.POSITIVE_INFINITY, onEnded });
  }

  private async catchUp(from: Position, subscriber: Subscriber): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onEnded = (reason: string) => reject(new Error(`no events after sequence ${subscriber.seen}: ${reason}`));
    const client = await this.connectToCatchUp(onEnded);
    try {
      await client.subscribe(from, (batch) => {
        if (this.subscribers.has(subscriber)) return;
        try {
          deliver(subscriber, batch);
        } catch (error) {
          reject(error);
          throw error;
        }
        if (subscriber.seen < this.seen.sequence) return;
        this.subscribers.add(subscriber);
        resolve();
      });
      await promise;
    } finally {
      await client.close();
    }
  }

  /** Of a shard's members only one answers, and it may just have changed. */
  private async connectToCatchUp(onEnded: (reason: string) => void): Promise<ShardClient> {
    for (const until = Date.now() + CATCH_UP_CONNECT_MS; ; await wait(RETRY_MS)) {
      try {
        return await connectShard({ ...this.options, session: this.options.catchUpSession, onEnded });
      } catch (error) {
        if (Date.now() > until) throw error;
      }
    }
  }

  private onBatch(batch: EventBatch): void {
    if (this.fault !== undefined) return;
    try {
      for (const subscriber of this.subscribers) deliver(subscriber, batch);
    } catch (error) {
      // Some have seen the batch and some have not: only a start from what they have written makes them agree again.
      this.fault = `a subscriber failed at sequence ${batch.last.sequence}: ${error instanceof Error ? error.message : String(error)}`;
      return;
    }
    this.seen = batch.last;
    const reached = this.waiting.filter(({ sequence }) => sequence <= batch.last.sequence);
    if (reached.length === 0) return;
    this.waiting = this.waiting.filter(({ sequence }) => sequence > batch.last.sequence);
    for (const { resolve } of reached) resolve();
  }
}

/** Hands on what the subscriber has not seen. */
function deliver(subscriber: Subscriber, batch: EventBatch): void {
  const { seen, listener } = subscriber;
  if (batch.last.sequence <= seen) return;
  subscriber.seen = batch.last.sequence;
  if (batch.first.sequence > seen) listener(batch);
  else
    listener({ ...batch, first: { ...batch.first, sequence: seen + 1 }, events: batch.events.filter(({ sequence }) => sequence > seen) });
}
