/**
 * The lease port: counts that several processes keep together, each for a window of time. Who counts goes on without asking and tells in the background what
 * it has counted; the answer is what all have. How far it may go ahead of the answers is its own affair.
 */

export interface Spent {
  /** Names the count and its window. At most 200 characters. */
  key: string;
  /** A whole number above 0. */
  amount: number;
  /** When the count is forgotten, in milliseconds since 1970. */
  endsAt: number;
}

/** Announcements as they were made, and where the next reading goes on. */
export interface Announced {
  texts: string[];
  place: string;
}

/** Announcements are kept at least so long, in ms, as far as there are not more than {@link keptAnnouncements} of them. */
export const announcementsKeptMs = 3 * 86_400_000;
export const keptAnnouncements = 100_000;
/** One reading returns at most so many. */
export const announcementsAtOnce = 1_000;

export interface LeaseStore {
  /**
   * Adds each amount to its count and resolves with the counts, in the same order. Rejects within a second when the store does not answer; what was added
   * then is unknown, and telling it again may count it twice.
   */
  renew(spent: readonly Spent[]): Promise<number[]>;
  /** Tells all processes a text of at most 200 characters. Rejects as {@link renew} does. */
  announce(text: string): Promise<void>;
  /** What was announced after `place`, oldest first; "" is the beginning of what is kept. Rejects as {@link renew} does. */
  announced(place: string): Promise<Announced>;
  close(): Promise<void>;
}
