/**
 * What binary members of this gateway have been told, for a gateway away from its shard: results reach a member over a connection of the member's own, often
 * before this gateway has heard of the same command. What an account reads afterwards waits for it, as after an order over REST.
 */

import { setTimeout as pause } from "node:timers/promises";

/** Longest time that a read waits, in ms: a shard that is not heard of must not keep reads away. */
const longestWait = 1_000;

export class Acknowledged {
  /** By account, until what is read includes it. */
  private readonly newest = new Map<number, Told>();

  /** @param reached undefined once what is read includes everything up to that sequence, else what resolves then */
  constructor(private readonly reached: (sequence: number) => Promise<void> | undefined) {}

  /** The account is being told of the result at that sequence. */
  note(account: number, sequence: number): void {
    if (sequence > (this.newest.get(account)?.sequence ?? 0)) this.newest.set(account, { sequence, reading: undefined });
  }

  /** Undefined when the account reads all that it was told, else what resolves then, or after a second. */
  readable(account: number): Promise<void> | undefined {
    const told = this.newest.get(account);
    if (told === undefined) return undefined;
    // All reads of the account share what they wait for.
    told.reading ??= this.reached(told.sequence)?.then(() => {
      if (this.newest.get(account) === told) this.newest.delete(account);
    });
    if (told.reading !== undefined) return Promise.race([told.reading, pause(longestWait, undefined, { ref: false })]);
    this.newest.delete(account);
    return undefined;
  }
}

interface Told {
  sequence: number;
  /** Resolves once it is reached. */
  reading: Promise<void> | undefined;
}
