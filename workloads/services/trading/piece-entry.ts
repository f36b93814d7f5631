/**
 * Enters commands that lie one behind the other a piece at a time: checks as many as may be entered at once, applies them in one call and logs them in one.
 * What is more to do for one command than for the others, such as to refuse it or to begin another group for it, is left to who enters it by itself.
 */

import * as engine from "@bourse/engine";
import type { Journal } from "../../journal";
import * as log from "../../journal";
import type { Feed } from "./feed";
import type { OrderLimits } from "./port";
import type { RecentEvents } from "./recent-events";
import type { Replication } from "./replication/log-copies";
import type { StateMachine } from "./state-machine";
import * as wordView from "./word-view";

// Constants of this file, as decision 0014 says.
const { checkCommand, commandLength, plainCommandWords } = engine;
const { RECORD_HEADER } = log;
const { COMMAND } = log.RecordKind;
const { timeAt } = wordView;

/** Commands that are checked, applied and logged at once: enough to share what is done once, few enough for all of it to stay in the first-level cache. */
const PIECE_COMMANDS = 256;
/** Their bytes in the log. */
const PIECE_BYTES = PIECE_COMMANDS * (64 + RECORD_HEADER);

export interface PieceEntryOptions {
  journal: Journal;
  machine: StateMachine;
  /** Told of all that is logged. */
  replication: Replication | undefined;
  /** Where the events go. Its epoch is that of the commands. */
  recent: RecentEvents;
  /** Commands that it has published may make place there. */
  feed: Feed;
  /** Views of the bytes that commands come in. */
  words: wordView.WordView;
  /** Queue space that is left to cancels. */
  reserveBytes: number;
  orderLimits: OrderLimits;
  /** Asked before each piece. */
  mayEnter: () => boolean;
  /** Told of a command that violates an assertion of the state machine; it is the last that was logged. */
  failed: (sequence: number, violation: unknown) => void;
}

export class PieceEntry {
  readonly #options: PieceEntryOptions;
  readonly #journal: Journal;
  readonly #machine: StateMachine;
  readonly #words: wordView.WordView;
  /** Of the commands that were checked last, and where they end. */
  readonly #lengths = new Uint16Array(PIECE_COMMANDS);
  #end = 0;
  /** Where commands that do not lie as words do are put to. */
  readonly #aligned = new Uint8Array(PIECE_BYTES);

  constructor(options: PieceEntryOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#machine = options.machine;
    this.#words = options.words;
  }

  /** Enters the commands in `bytes[start, end)`, and returns where the first begins that was not entered. `counts` and `place` as {@link StateMachine.applyAll} has them. */
  enter(bytes: Uint8Array, start: number, end: number, counts: Uint32Array | undefined, place: number): number {
    const journal = this.#journal;
    let at = start;
    let to = place;
    for (let next = end; at < end; at = next) {
      const before = journal.appended;
      next = this.#enterPiece(bytes, at, end, counts, to);
      if (next === at) return at;
      to += (journal.appended - before) * 2;
      if (counts !== undefined && to >= counts.length) to -= counts.length;
    }
    return at;
  }

  /** Enters at most {@link PIECE_COMMANDS}. */
  #enterPiece(bytes: Uint8Array, start: number, end: number, counts: Uint32Array | undefined, place: number): number {
    const limit = Math.min(end, start + PIECE_BYTES);
    if (((bytes.byteOffset | start) & 7) === 0) return this.#enterAligned(bytes, start, limit, counts, place);
    this.#aligned.set(bytes.subarray(start, limit));
    return start + this.#enterAligned(this.#aligned, 0, limit - start, counts, place);
  }

  #enterAligned(bytes: Uint8Array, start: number, limit: number, counts: Uint32Array | undefined, place: number): number {
    const { recent, feed, mayEnter, failed } = this.#options;
    if (this.#machine.applyAll === undefined || !mayEnter()) return start;
    const count = this.#check(bytes, start, limit);
    if (count < 2) return start;
    const end = this.#end;
    const first = this.#journal.appended + 1;
    const out = recent.buffer(feed.published, count);
    const before = out.length;
    const ends = recent.ends(count);
    try {
      this.#machine.applyAll(bytes, start, end, 0, recent.epoch, first, out, ends, counts, place);
    } catch (violation) {
      const sequence = Math.max(first, this.#machine.lastSequence!);
      out.length = sequence === first ? before : ends[sequence - first - 1];
      recent.closeAll(first, sequence - 1);
      const count = sequence - first + 1;
      this.#log(bytes, start, count);
      failed(sequence, violation);
      return this.#lengths.subarray(0, count).reduce((at, length) => at + length, start);
    }
    recent.closeAll(first, first + count - 1);
    this.#log(bytes, start, count);
    return end;
  }

  /** Finds how many commands from `start` on may be entered at once, and notes their lengths and their end. */
  #check(bytes: Uint8Array, start: number, limit: number): number {
    const lengths = this.#lengths;
    const machine = this.#machine;
    const { orderLimits, reserveBytes } = this.#options;
    const room = this.#journal.room(PIECE_BYTES, reserveBytes);
    const words = this.#words.of(bytes);
    const latestTime = machine.latestTime ?? Number.MAX_VALUE;
    const mayRefuse = machine.mayRefuse?.(PIECE_COMMANDS, orderLimits) ?? machine.refusal !== undefined;
    let count = 0;
    let at = start;
    let logged = 0;
    // The first command of all sets the time by which the second is judged.
    for (; at < limit && count < PIECE_COMMANDS && latestTime !== Number.POSITIVE_INFINITY; count++) {
      let length = plainCommandWords(words, at >> 2, limit >> 2) * 4;
      if (length === 0) {
        if (mayRefuse || checkCommand(bytes, at, limit) !== undefined) break;
        length = commandLength(bytes, at);
      }
      logged += RECORD_HEADER + length;
      if (logged > room || timeAt(words, at) > latestTime) break;
      if (mayRefuse && machine.refusal!(bytes, at, orderLimits, count) !== undefined) break;
      lengths[count] = length;
      at += length;
    }
    this.#end = at;
    return count;
  }

  /** Logs the next `count` of those that were checked. They are applied already: what has no group yet, and nobody was told of, has no order with that. */
  #log(bytes: Uint8Array, start: number, count: number): void {
    const lengths = this.#lengths;
    const last = this.#journal.appendAll(COMMAND, this.#words.longsOf(bytes), start >> 3, lengths, count);
    const { replication, recent } = this.#options;
    if (replication === undefined) return;
    const { epoch } = recent;
    for (let n = 0, at = start; n < count; at += lengths[n++])
      replication.appended(COMMAND, epoch, last - count + 1 + n, bytes, at, at + lengths[n]);
  }
}
