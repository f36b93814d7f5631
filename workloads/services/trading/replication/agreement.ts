/**
 * Whether this member's code does the same with each command as the leader's: the events of both are compared byte for byte. A member with other code than
 * the leader's is a shadow until so many commands have agreed; one command that does not is the end of it.
 */

import { decodeEvents, type Event, eventLength } from "@bourse/engine";

/** Own events that may wait for the leader's. */
const MOST_WAITING_BYTES = 64 << 20;

/** Where and how the leader and this member differ. */
export class Disagreement extends Error {
  override readonly name = "Disagreement";
}

export class Agreement {
  #agreed = 0;
  /** Events of applied commands after {@link after} that the leader's have not come of, oldest first. */
  readonly #own: { sequence: number; events: Buffer }[] = [];
  #waitingBytes = 0;

  /**
   * @param needed commands that must agree
   * @param after sequence after which commands are compared
   */
  constructor(
    readonly needed: number,
    readonly after: number,
  ) {}

  /** Commands that have agreed. */
  get agreed(): number {
    return this.#agreed;
  }

  get isReached(): boolean {
    return this.#agreed >= this.needed;
  }

  /** This member has applied the command at `sequence`; its events are `bytes[start, end)`. */
  applied(sequence: number, bytes: Uint8Array, start: number, end: number): void {
    if (sequence <= this.after) return;
    this.#own.push({ sequence, events: Buffer.from(bytes.subarray(start, end)) });
    this.#waitingBytes += end - start;
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      throw new Error(
        `the leader's events of sequence ${this.#own[0].sequence} do not come, and ${this.#waitingBytes} bytes of own events wait for them`,
      );
    }
  }

  /** The leader's events of the commands `first` to `last`. Throws a {@link Disagreement}. */
  told(first: number, last: number, bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    let at = start;
    for (let sequence = first; sequence <= last; sequence++) {
      const until = endOf(sequence, view, bytes, at, end);
      const theirs = bytes.subarray(at, until);
      at = until;
      if (sequence <= this.after) continue;
      const own = this.#own.shift();
      if (own?.sequence !== sequence)
        throw new Error(`the leader's events of sequence ${sequence} have come, own ones of ${own?.sequence ?? "none"} are next`);
      this.#waitingBytes -= own.events.length;
      if (!own.events.equals(theirs)) throw new Disagreement(differenceAt(sequence, own.events, theirs));
      this.#agreed++;
    }
  }
}

/** Where the events of a command end that begin at `start`; every event has the sequence of its command. */
function endOf(sequence: number, view: DataView, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && Number(view.getBigUint64(at + 8, true)) === sequence) at += eventLength(bytes, at);
  return at;
}

function differenceAt(sequence: number, own: Uint8Array, leaders: Uint8Array): string {
  const [mine, theirs] = [decodeEvents(own, 0, own.length), decodeEvents(leaders, 0, leaders.length)];
  const at = mine.findIndex((event, index) => text(event) !== text(theirs[index]));
  const place = at === -1 ? mine.length : at;
  return (
    `the command at sequence ${sequence} has other events here than at the leader: event ${place} is ${text(mine[place])} here and ` +
    `${text(theirs[place])} there. This member never leads; see the command with \`bourse-exchange journal show --from ${sequence}\``
  );
}

const text = (event: Event | undefined): string =>
  event === undefined ? "missing" : JSON.stringify(event, (_name, value) => (typeof value === "bigint" ? `${value}` : value));
