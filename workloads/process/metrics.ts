/**
 * Figures of a process, sent once a minute in CloudWatch's embedded metric format to the agent beside it, or as lines of the process's log where CloudWatch Logs keeps it (CloudWatch guide, "Sending CloudWatch metrics in
 * embedded metric format": lines of JSON over TCP, or log events). Names
 * and kinds are those of the platform's table, `components/observability/metrics.ts`; a test compares the two. Recording costs no I/O and keeps no more than a few hundred numbers.
 */

import { once } from "node:events";
import { createConnection } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";

export type Unit = "Count" | "Milliseconds" | "Microseconds" | "Bytes";

/** Where figures are sent, and how often. */
export interface MetricsSettings {
  /** The agent, or the log of the process. */
  place: { host: string; port: number } | "log";
  intervalMs: number;
}

const namespace = "Bourse";
/** Where the agent writes the documents; the platform makes the group, encrypted and expiring. */
const logGroup = "/bourse/metrics";

/** Each bucket of a distribution is a tenth wider than the one before: percentiles are at most 5 % off. */
const growth = Math.log(1.1);

/** Values that CloudWatch takes of one metric in a document. */
const mostValues = 100;

/** How often something happened, or how long it took, since figures were last sent. */
export class Distribution {
  private readonly buckets = new Map<number, number>();
  private count = 0;
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private most = 0;

  /** @param value 0 or more, in the metric's unit */
  record(value: number): void {
    const bucket = value > 0 ? Math.round(Math.log(value) / growth) : Number.NEGATIVE_INFINITY;
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
    this.count += 1;
    this.sum += value;
    if (value < this.least) this.least = value;
    if (value > this.most) this.most = value;
  }

  /** What was recorded, as CloudWatch takes it, and empties itself. Undefined when there is nothing. */
  take(): object | undefined {
    if (this.count === 0) return undefined;
    let entries = [...this.buckets].sort(([one], [other]) => one - other);
    // Neighbours are joined until they fit; percentiles are then twice as far off.
    for (; entries.length > mostValues; ) entries = entries.flatMap((entry, at) => (at % 2 === 1 ? [] : [joined(entry, entries[at + 1])]));
    const taken = {
      Values: entries.map(([bucket]) => Math.min(this.most, Math.max(this.least, Math.exp(bucket * growth)))),
      Counts: entries.map(([, count]) => count),
      Min: this.least,
      Max: this.most,
      Sum: this.sum,
      Count: this.count,
    };
    this.buckets.clear();
    this.count = this.sum = this.most = 0;
    this.least = Number.POSITIVE_INFINITY;
    return taken;
  }
}

function joined([bucket, count]: [number, number], next: [number, number] | undefined): [number, number] {
  return next === undefined ? [bucket, count] : [count >= next[1] ? bucket : next[0], count + next[1]];
}

/** What happened since figures were last sent. */
export class Counter {
  private count = 0;

  add(count = 1): void {
    this.count += count;
  }

  take(): number {
    const { count } = this;
    this.count = 0;
    return count;
  }
}

export class Metrics {
  private readonly taken = new Map<string, { unit: Unit; take: () => unknown }>();

  counter(name: string): Counter {
    const counter = new Counter();
    this.taken.set(name, { unit: "Count", take: () => counter.take() });
    return counter;
  }

  distribution(name: string, unit: "Milliseconds" | "Microseconds"): Distribution {
    const distribution = new Distribution();
    this.taken.set(name, { unit, take: () => distribution.take() });
    return distribution;
  }

  /** A figure that is read when figures are sent; undefined while there is none. */
  gauge(name: string, unit: Unit, read: () => number | undefined): void {
    this.taken.set(name, { unit, take: read });
  }

  /** One document with everything since the last one. */
  document(service: string, now: number): string {
    const values: Record<string, unknown> = {};
    const declared: { Name: string; Unit: Unit }[] = [];
    for (const [name, { unit, take }] of this.taken) {
      const value = take();
      if (value === undefined) continue;
      values[name] = value;
      declared.push({ Name: name, Unit: unit });
    }
    const directive = { Namespace: namespace, Dimensions: [["Service"]], Metrics: declared };
    return JSON.stringify({
      _aws: { Timestamp: now, LogGroupName: logGroup, CloudWatchMetrics: [directive] },
      Service: service,
      ...values,
    });
  }
}

/** Adds what every process tells of itself. @param alive whether it can go on */
export function addProcessMetrics(metrics: Metrics, alive: () => boolean): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  metrics.gauge("Alive", "Count", () => (alive() ? 1 : 0));
  metrics.gauge("MemoryBytes", "Bytes", () => process.memoryUsage.rss());
  metrics.gauge("EventLoopDelayMs", "Milliseconds", () => {
    const milliseconds = delay.percentile(99) / 1e6;
    delay.reset();
    return Number.isFinite(milliseconds) ? milliseconds : 0;
  });
}

/** Sends until it is stopped, and once more then. What cannot be sent is lost, and told once until sending works again. */
export function sendMetrics(
  metrics: Metrics,
  service: string,
  settings: MetricsSettings,
  report: (message: string) => void,
): () => Promise<void> {
  const { place } = settings;
  let failed = false;
  const send = async () => {
    const line = metrics.document(service, Date.now());
    if (place === "log") {
      process.stdout.write(`${line}\n`);
      return;
    }
    try {
      await writeLine(place, line);
      failed = false;
    } catch (error) {
      if (!failed) report(`figures cannot be sent to ${place.host}:${place.port}: ${(error as Error).message}`);
      failed = true;
    }
  };
  const timer = setInterval(send, settings.intervalMs);
  return async () => {
    clearInterval(timer);
    await send();
  };
}

/** The agent may be gone for a while; a process does not wait for it. */
const patienceMs = 2_000;

async function writeLine({ host, port }: { host: string; port: number }, line: string): Promise<void> {
  const socket = createConnection({ host, port, timeout: patienceMs });
  socket.once("timeout", () => socket.destroy(new Error(`no answer within ${patienceMs} ms`)));
  const closed = once(socket, "close");
  socket.end(`${line}\n`);
  await closed;
}
