/**
 * Which copies in another place say what is copied: those that the leadership record names, since one of them leads when this place is lost. A position
 * is copied when each of them has it.
 */

import type { CopyingMember } from "./copy-feed";
import type { Term } from "./term";

export class CopiesElsewhere {
  readonly #members: ReadonlyMap<string, CopyingMember>;
  readonly #term: Term;
  /** Members that the record is about to have. */
  #coming: readonly string[] = [];
  #kept = 0;

  constructor(members: ReadonlyMap<string, CopyingMember>, term: Term) {
    this.#members = members;
    this.#term = term;
  }

  /** Sequence up to which a position is copied; 0 without a copy. */
  get kept(): number {
    return this.#kept;
  }

  get connected(): number {
    return this.#with(() => true).length;
  }

  /** Whether copies are kept at all, even if none is connected now. */
  get areThere(): boolean {
    return this.#term.perhapsCopies.length > 0 || this.connected > 0;
  }

  /** Those whom the record is to name. One that is away or falls behind is left out, unless it is the last that has what was said to be copied. */
  get next(): readonly string[] {
    const { copies } = this.#term;
    const next = this.#with(({ isLevel }) => isLevel).filter(([id, { kept }]) => copies.includes(id) || kept >= this.#kept);
    return next.length > 0 ? next.map(([id]) => id) : copies;
  }

  /** The record is about to name these: who comes is waited for before it does, and who goes until it does no longer. */
  begin(next: readonly string[]): void {
    this.#coming = next;
  }

  /** The change of the record is done, or has failed. */
  end(): void {
    this.#coming = [];
    this.confirm();
  }

  /** What each of them has is copied. */
  confirm(): void {
    const awaited = [...this.#term.perhapsCopies, ...this.#coming];
    if (awaited.length === 0) return;
    const through = Math.min(...awaited.map((id) => this.#members.get(id)?.kept ?? 0));
    this.#kept = Math.max(this.#kept, through);
  }

  #with(isSo: (member: CopyingMember) => boolean): [string, CopyingMember][] {
    return [...this.#members].filter(([, member]) => member.feed !== undefined && member.isElsewhere && isSo(member));
  }
}
