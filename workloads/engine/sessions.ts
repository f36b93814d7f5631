/**
 * Idempotence of commands: what each session has sent lately. A session remembers the positions of its last {@link SESSION_WINDOW}
 * sequence numbers, in whatever order they came; a number below that window cannot be told from a repeat and is refused. The
 * {@link MAX_SESSIONS} sessions used last are kept.
 */

import type { StateReader, StateWriter } from "./state-stream";

/** Sequence numbers of one session that are remembered: a power of two. */
export const SESSION_WINDOW = 1024;
/** Sessions that are remembered: one is a connection of a gateway, so this is a few hundred gateways with their restarts. */
export const MAX_SESSIONS = 4096;

export interface Session {
  number: number;
  /** The window, by sequence number modulo its length: pairs of the number and the position of its command; behind it {@link HIGHEST} and {@link LAST_USED}. */
  cells: Float64Array;
}

const WINDOW = SESSION_WINDOW;
/** The highest number so far. */
const HIGHEST = WINDOW * 2;
/** Position of the last command, by which the longest unused session is found. */
const LAST_USED = HIGHEST + 1;

export class Sessions {
  readonly byNumber = new Map<number, Session>();
  private latest: Session | undefined;

  /**
   * Whether (session, number) came before: 0 where not, which records it at `position`; the position of the first where it did; -1 where the
   * number is below the window.
   */
  check(session: number, number: number, position: number): number {
    let record = this.latest;
    if (record === undefined || record.number !== session) {
      record = this.open(session);
      this.latest = record;
    }
    const { cells } = record;
    const cell = (number & (WINDOW - 1)) * 2;
    const highest = cells[HIGHEST];
    if (number <= highest) {
      if (number <= highest - WINDOW) return -1;
      if (cells[cell] === number && cells[cell + 1] !== 0) return cells[cell + 1];
    } else cells[HIGHEST] = number;
    cells[cell] = number;
    cells[cell + 1] = position;
    cells[LAST_USED] = position;
    return 0;
  }

  /** Whether (session, number) came before and is remembered. Changes nothing. */
  has(session: number, number: number): boolean {
    const record = this.byNumber.get(session);
    return record !== undefined && positionOf(record, number) !== 0;
  }

  /** The record of a session, made where there is none. */
  open(session: number): Session {
    let record = this.byNumber.get(session);
    if (record !== undefined) return record;
    if (this.byNumber.size >= MAX_SESSIONS) this.dropOldest();
    record = { number: session, cells: new Float64Array(LAST_USED + 1) };
    this.byNumber.set(session, record);
    return record;
  }

  /** All sessions by number: each with its highest number, the position of its last command, and those in its window from the oldest on, 0 where none came. */
  *write(to: StateWriter): Generator<void> {
    const records = [...this.byNumber.values()].sort((x, y) => x.number - y.number);
    to.number(records.length);
    for (const record of records) {
      const highest = record.cells[HIGHEST];
      for (const word of [record.number, highest, record.cells[LAST_USED]]) to.number(word);
      for (let number = Math.max(0, highest - WINDOW + 1); number <= highest; number++) to.number(positionOf(record, number));
      yield;
    }
  }

  read(from: StateReader): void {
    for (let n = from.number(); n > 0; n--) {
      const { cells } = this.open(from.number());
      const highest = from.number();
      cells[HIGHEST] = highest;
      cells[LAST_USED] = from.number();
      for (let number = Math.max(0, highest - WINDOW + 1); number <= highest; number++) {
        const cell = (number & (WINDOW - 1)) * 2;
        cells[cell] = number;
        cells[cell + 1] = from.number();
      }
    }
  }

  private dropOldest(): void {
    let oldest: Session | undefined;
    for (const record of this.byNumber.values()) {
      if (oldest === undefined || record.cells[LAST_USED] < oldest.cells[LAST_USED]) oldest = record;
    }
    if (oldest !== undefined) this.byNumber.delete(oldest.number);
  }
}

/** Position of the command with a number; 0 where it did not come, or is not remembered. */
function positionOf({ cells }: Session, number: number): number {
  const cell = (number & (WINDOW - 1)) * 2;
  return cells[cell] === number ? cells[cell + 1] : 0;
}
