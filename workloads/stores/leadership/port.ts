/**
 * The leadership port: who leads, in a record that several processes change by comparing. It keeps no time: how long a leader that is silent is waited
 * for is the affair of those who wait, each by its own clock.
 */

/** Who leads something, for which term, and who else could. */
export interface Leadership {
  /** Member that leads; "" when the last one has given it up. */
  holder: string;
  /** host:port at which the others reach the holder. */
  address: string;
  /** Of the holder's term: higher than all before. */
  epoch: number;
  /** One more with each change, so that a holder that lives is told from one that does not. */
  renewal: number;
  /** Members beside the holder that have everything that was acknowledged. */
  inSync: string[];
  /** Sequence up to which something was acknowledged when the record was written. */
  told: number;
  /**
   * Members elsewhere that have everything that was said to be copied: none of it is lost with the holder's place while one of them leads next. Never
   * emptied: while the last is away nothing more is said to be copied. Absent until there is one.
   */
  copies?: string[];
  /** Region of the holder, or of the last one: members elsewhere keep copies. Absent where all are in one. */
  region?: string;
  /** Region that the holder shall give the lead to, which an operator writes. */
  handsOverTo?: string;
}

/** In the place of a member in `inSync`: any of that region. */
export function anyMemberOf(region: string): string {
  return `region:${region}`;
}

export interface LeadershipStore {
  /** The record of `name`, as it was last written; undefined before the first. Rejects within some seconds when the store does not answer. */
  read(name: string): Promise<Leadership | undefined>;
  /**
   * Writes `next` when the record still has the renewal of `seen` (none, for undefined), and resolves with whether it did. When it rejects it is unknown:
   * {@link read} tells.
   */
  replace(name: string, seen: Leadership | undefined, next: Leadership): Promise<boolean>;
  close(): Promise<void>;
}
