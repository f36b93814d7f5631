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

export interface LeaseStore {
  /**
   * Adds each amount to its count and resolves with the counts, in the same order. Rejects within a second when the store does not answer; what was added
   * then is unknown, and telling it again may count it twice.
   */
  renew(spent: readonly Spent[]): Promise<number[]>;
  close(): Promise<void>;
}
