/**
 * Topics that many connections follow. An event is kept as it is when it happens, outside the acknowledgement path nothing is spent on it;
 * a few milliseconds later it is encoded once and the same bytes are written to every subscriber.
 */

import { type Connection, serverFrame } from "./connection";

/** Where the events of a topic come from, and how they are told. */
export interface Source<T = unknown> {
  /** Starts the events; returns the stop. `listener` never throws. */
  start(listener: (event: T) => void): () => void;
  /** JSON text, which combined subscribers get within `{"stream","data"}`, or bytes, which all get as they are. */
  encode(event: T): string | Buffer;
}

/** Events that wait before a topic is flushed at once. */
const mostWaiting = 1_000;

interface Topic {
  name: string;
  source: Source;
  stop: () => void;
  waiting: unknown[];
  /** Subscribers that want bare events, and those that want `{"stream","data"}`. */
  raw: Set<Connection>;
  combined: Set<Connection>;
}

export class Topics {
  private readonly topics = new Map<string, Topic>();
  private dirty: Topic[] = [];
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param coalesceMs how long events are collected before they are written
   * @param onFault told of an event that could not be encoded
   */
  constructor(
    private readonly coalesceMs: number,
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Adds a subscriber; the first one starts the source. What happened before is not told to it. */
  subscribe(key: string, name: string, source: () => Source, connection: Connection, combined: boolean): void {
    let topic = this.topics.get(key);
    if (topic === undefined) {
      topic = { name, source: source(), stop: () => {}, waiting: [], raw: new Set(), combined: new Set() };
      this.topics.set(key, topic);
      const joined = topic;
      topic.stop = topic.source.start((event) => this.onEvent(joined, event));
    } else this.flush(topic);
    (combined ? topic.combined : topic.raw).add(connection);
  }

  /** Removes a subscriber; without any the source stops. */
  unsubscribe(key: string, connection: Connection): void {
    const topic = this.topics.get(key);
    if (topic === undefined) return;
    this.flush(topic);
    topic.raw.delete(connection);
    topic.combined.delete(connection);
    if (topic.raw.size + topic.combined.size > 0) return;
    this.topics.delete(key);
    topic.stop();
  }

  close(): void {
    clearTimeout(this.timer);
    for (const topic of this.topics.values()) topic.stop();
    this.topics.clear();
  }

  private onEvent(topic: Topic, event: unknown): void {
    if (topic.waiting.length === 0) this.dirty.push(topic);
    topic.waiting.push(event);
    if (topic.waiting.length === mostWaiting) setImmediate(() => this.flush(topic));
    this.timer ??= setTimeout(() => this.flushAll(), this.coalesceMs);
  }

  private flushAll(): void {
    this.timer = undefined;
    const { dirty } = this;
    this.dirty = [];
    for (const topic of dirty) this.flush(topic);
  }

  private flush(topic: Topic): void {
    const { waiting, source } = topic;
    if (waiting.length === 0) return;
    topic.waiting = [];
    try {
      const events = waiting.map((event) => source.encode(event));
      this.tell(topic.raw, events);
      if (topic.combined.size > 0) {
        const prefix = `{"stream":${JSON.stringify(topic.name)},"data":`;
        this.tell(
          topic.combined,
          events.map((event) => (typeof event === "string" ? `${prefix}${event}}` : event)),
        );
      }
    } catch (error) {
      this.onFault(error);
    }
  }

  private tell(subscribers: Set<Connection>, events: (string | Buffer)[]): void {
    if (subscribers.size === 0) return;
    const frames = events.length === 1 ? serverFrame(events[0]) : Buffer.concat(events.map(serverFrame));
    for (const connection of subscribers) connection.write(frames);
  }
}
