/**
 * Idempotence of commands: what each session has sent lately. A session remembers the positions of its last {@link SESSION_WINDOW}
 * sequence numbers, in whatever order they came; a number below that window cannot be told from a repeat and is refused. The
 * {@link MAX_SESSIONS} sessions used last are kept.
 */

/** Sequence numbers of one session that are remembered: a power of two. */
export const SESSION_WINDOW = 1024;
/** Sessions that are remembered: one is a connection of a gateway, so this is a few hundred gateways with their restarts. */
export const MAX_SESSIONS = 4096;

export interface Session {
  number: number;
  highest: number;
  /** Position of the last command, by which the longest unused session is found. */
  lastUsed: number;
  /** By sequence number modulo the window: the number, and the position of its command. */
  numbers: Float64Array;
  positions: Float64Array;
}

export class Sessions {
  readonly byNumber = new Map<number, Session>();
  private latest: Session | undefined;

  /**
   * Whether (session, number) came before: 0 where not, which records it at `position`; the position of the first where it did; -1 where the
   * number is below the window.
   */
  check(session: number, number: number, position: number): number {
    const record = this.latest !== undefined && this.latest.number === session ? this.latest : this.open(session);
    this.latest = record;
    const cell = number & (SESSION_WINDOW - 1);
    if (number <= record.highest) {
      if (number <= record.highest - SESSION_WINDOW) return -1;
      if (record.numbers[cell] === number && record.positions[cell] !== 0) return record.positions[cell];
    } else record.highest = number;
    record.numbers[cell] = number;
    record.positions[cell] = position;
    record.lastUsed = position;
    return 0;
  }

  /** Whether (session, number) came before and is remembered. Changes nothing. */
  has(session: number, number: number): boolean {
    const record = this.byNumber.get(session);
    if (record === undefined) return false;
    const cell = number & (SESSION_WINDOW - 1);
    return record.numbers[cell] === number && record.positions[cell] !== 0;
  }

  /** The record of a session, made where there is none. */
  open(session: number): Session {
    let record = this.byNumber.get(session);
    if (record !== undefined) return record;
    if (this.byNumber.size >= MAX_SESSIONS) this.dropOldest();
    record = {
      number: session,
      highest: 0,
      lastUsed: 0,
      numbers: new Float64Array(SESSION_WINDOW),
      positions: new Float64Array(SESSION_WINDOW),
    };
    this.byNumber.set(session, record);
    return record;
  }

  private dropOldest(): void {
    let oldest: Session | undefined;
    for (const record of this.byNumber.values()) {
      if (oldest === undefined || record.lastUsed < oldest.lastUsed) oldest = record;
    }
    if (oldest !== undefined) this.byNumber.delete(oldest.number);
  }
}
