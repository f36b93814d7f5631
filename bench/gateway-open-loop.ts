/** Latency in an open loop: each order, or frame of orders, has its time, whether earlier ones are answered or not, and its latency counts from that time. */

import { type Latency, now, percentiles, sendAtRate, sleep } from "./gateway-load";

/** How long answers are waited for that are due when measuring ends, in ms. */
const patienceMs = 10_000;

/** Answers come on each connection in the order of what was sent on it. All that is due while it is measured counts. */
export class OpenLoop<Connection> {
  readonly #waiting = new Map<Connection, { due: number[]; first: number }>();
  readonly #samples: number[] = [];
  #due = 0;
  #from = Infinity;
  #to = Infinity;

  /** To be told of each answer, `count` of them at a time. */
  answered(connection: Connection, count: number): void {
    const queue = this.#waiting.get(connection)!;
    const at = now();
    for (let left = count; left > 0; left--) {
      const due = queue.due[queue.first++];
      if (due >= this.#from && due < this.#to) this.#samples.push(at - due);
    }
    if (queue.first === queue.due.length) queue.due.length = queue.first = 0;
  }

  /** Calls `send` with the connections in turns, `perSecond` times a second, and waits for the answers. */
  async run(
    connections: readonly Connection[],
    perSecond: number,
    send: (connection: Connection) => void,
    warmUpMs: number,
    measuredMs: number,
  ): Promise<void> {
    for (const connection of connections) this.#waiting.set(connection, { due: [], first: 0 });
    let sent = 0;
    let stopped = false;
    const sendNext = (time: number) => {
      const connection = connections[sent++ % connections.length];
      if (time >= this.#from && time < this.#to) this.#due++;
      this.#waiting.get(connection)!.due.push(time);
      send(connection);
    };
    const pace = sendAtRate(perSecond, sendNext, () => stopped);
    await sleep(warmUpMs);
    this.#from = now();
    this.#to = this.#from + measuredMs;
    await sleep(measuredMs);
    stopped = true;
    await pace;
    for (const limit = now() + patienceMs; this.#samples.length < this.#due && now() < limit; ) await sleep(20);
  }

  /** Throws where something was never answered. @param what was sent, for that error */
  latency(what: string): Latency {
    const missing = this.#due - this.#samples.length;
    if (missing > 0) throw new Error(`${missing} of ${this.#due} ${what} were never answered`);
    return percentiles(this.#samples);
  }
}
