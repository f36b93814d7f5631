/**
 * Idempotence of commands: what each session has sent lately. A session remembers the positions of its last {@link SESSION_WINDOW}
 * sequence numbers, in whatever order they came; a number below that window cannot be told from a repeat and is refused. The
 * {@link MAX_SESSIONS} sessions used last are kept.
 */

import type { Memory } from "./memory";
import * as records from "./records";
import type { StateReader, StateWriter } from "./state-stream";

const { HIGHEST, LAST_USED, LATEST_SESSION, SESSION_CELLS, SESSION_LINES, SESSION_NUMBER, SESSION_SIZE, SESSION_WINDOW } = records;

/** Sessions that are remembered: one is a connection of a gateway, so this is a few hundred gateways with their restarts. */
export const MAX_SESSIONS = 4096;

const WINDOW = SESSION_WINDOW;

export class Sessions {
  /** By number, the first of a session's lines. */
  private readonly byNumber = new Map<number, number>();

  constructor(private readonly memory: Memory) {}

  /**
   * Whether (session, number) came before: 0 where not, which records it at `position`; the position of the first where it did; -1 where the
   * number is below the window.
   */
  check(session: number, number: number, position: number): number {
    const lines = this.take(session);
    const { f } = this.memory;
    const at = lines * 8;
    const cell = at + SESSION_CELLS + (number & (WINDOW - 1)) * 2;
    const highest = f[at + HIGHEST];
    if (number <= highest) {
      if (number <= highest - WINDOW) return -1;
      if (f[cell] === number && f[cell + 1] !== 0) return f[cell + 1];
    } else f[at + HIGHEST] = number;
    f[cell] = number;
    f[cell + 1] = position;
    f[at + LAST_USED] = position;
    return 0;
  }

  /** Makes a session the latest one, whose lines are at hand; returns the first of them. */
  take(session: number): number {
    const { f, i } = this.memory;
    if (f[LATEST_SESSION * 8 + SESSION_NUMBER] === session) return i[LATEST_SESSION * 16 + SESSION_LINES];
    const lines = this.open(session);
    this.memory.f[LATEST_SESSION * 8 + SESSION_NUMBER] = session;
    this.memory.i[LATEST_SESSION * 16 + SESSION_LINES] = lines;
    return lines;
  }

  /** Whether (session, number) came before and is remembered. Changes nothing. */
  has(session: number, number: number): boolean {
    const lines = this.byNumber.get(session);
    return lines !== undefined && this.positionOf(lines, number) !== 0;
  }

  /** The lines of a session, taken where it has none. */
  private open(session: number): number {
    const known = this.byNumber.get(session);
    if (known !== undefined) return known;
    if (this.byNumber.size >= MAX_SESSIONS) this.dropOldest();
    const lines = this.memory.take(SESSION_SIZE);
    this.byNumber.set(session, lines);
    return lines;
  }

  /** All sessions by number: each with its highest number, the position of its last command, and those in its window from the oldest on, 0 where none came. */
  *write(to: StateWriter): Generator<void> {
    const sessions = [...this.byNumber].sort(([x], [y]) => x - y);
    to.number(sessions.length);
    const { f } = this.memory;
    for (const [session, lines] of sessions) {
      const highest = f[lines * 8 + HIGHEST];
      for (const word of [session, highest, f[lines * 8 + LAST_USED]]) to.number(word);
      for (let number = Math.max(0, highest - WINDOW + 1); number <= highest; number++) to.number(this.positionOf(lines, number));
      yield;
    }
  }

  read(from: StateReader): void {
    for (let n = from.number(); n > 0; n--) {
      const at = this.open(from.number()) * 8;
      const { f } = this.memory;
      const highest = from.number();
      f[at + HIGHEST] = highest;
      f[at + LAST_USED] = from.number();
      for (let number = Math.max(0, highest - WINDOW + 1); number <= highest; number++) {
        const cell = at + SESSION_CELLS + (number & (WINDOW - 1)) * 2;
        f[cell] = number;
        f[cell + 1] = from.number();
      }
    }
  }

  private dropOldest(): void {
    const { f, i } = this.memory;
    let oldest = 0;
    let used = Number.POSITIVE_INFINITY;
    for (const [session, lines] of this.byNumber) {
      if (f[lines * 8 + LAST_USED] >= used) continue;
      oldest = session;
      used = f[lines * 8 + LAST_USED];
    }
    const lines = this.byNumber.get(oldest)!;
    this.byNumber.delete(oldest);
    this.memory.give(lines, SESSION_SIZE);
    if (i[LATEST_SESSION * 16 + SESSION_LINES] === lines) f[LATEST_SESSION * 8 + SESSION_NUMBER] = 0;
  }

  /** Position of the command with a number; 0 where it did not come, or is not remembered. */
  private positionOf(lines: number, number: number): number {
    const { f } = this.memory;
    const cell = lines * 8 + SESSION_CELLS + (number & (WINDOW - 1)) * 2;
    return f[cell] === number ? f[cell + 1] : 0;
  }
}
