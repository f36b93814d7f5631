/**
 * Who may lead a shard, and for how long.
 *
 * A leader renews its record; a member that has seen the same renewal for a whole lease by its own clock may take the record over. Clocks are never
 * compared. Time decides only how soon that happens: what is acknowledged twice or lost is decided by the record's list of members in sync, for each of
 * which a leader waits, and which it can shorten only by changing the very record that another would have taken
 * (docs/decisions/0030-a-standby-has-what-is-acknowledged.md).
 */

import { anyMemberOf, type Leadership, type LeadershipStore } from "../../../stores/leadership";

export interface LeaseOptions {
  store: LeadershipStore;
  /** Of the record, such as `shard-0`. */
  name: string;
  /** This member: the name of its folder, so that another folder is another member. */
  member: string;
  /** host:port at which other members reach this one while it leads. */
  address: string;
  /** Where this member is, when others are in another region. @default all are in one */
  region?: string;
  /** How long a leader is waited for that does not renew. @default 5,000 */
  leaseMs?: number;
  /** The term of a leader that is gone for good, which this member may take over without having been in sync: what it lacks is given up. @default none */
  takeOverFrom?: number;
  /** Milliseconds of a clock that only goes forward. @default performance.now */
  now?: () => number;
}

/** A leader counts on so much of its lease: clocks may go apart by the rest. */
const COUNTED_ON = 0.8;

/** And renews it after so much of it: three attempts are possible before it ends. */
const RENEWED_AFTER = 0.2;

export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The options, with what they are by default. */
type HeldTo = Required<Omit<LeaseOptions, "region">> & Pick<LeaseOptions, "region">;

/** The record as a member sees it that does not lead. */
export class Lease {
  readonly options: HeldTo;
  #seen: Leadership | undefined;
  #since = 0;

  constructor(options: LeaseOptions) {
    const { leaseMs = 5_000, takeOverFrom = 0, now = () => performance.now() } = options;
    this.options = { ...options, leaseMs, takeOverFrom, now };
  }

  /** As it was last read. */
  get record(): Leadership | undefined {
    return this.#seen;
  }

  /** Whether this member could lead with nothing acknowledged lost. */
  get inSync(): boolean {
    return (this.#seen?.inSync.includes(this.options.member) ?? false) || this.isNamed;
  }

  /** Whether the lead is this region's to take. */
  get isNamed(): boolean {
    const { region } = this.options;
    return region !== undefined && (this.#seen?.inSync.includes(anyMemberOf(region)) ?? false);
  }

  /** Whether the last one to lead was in another region; undefined where regions are not told apart. */
  get isElsewhere(): boolean | undefined {
    const led = this.#seen?.region;
    return led === undefined || this.options.region === undefined ? undefined : led !== this.options.region;
  }

  /** Whether the leader has not renewed for a whole lease. */
  get isSilent(): boolean {
    return this.#seen !== undefined && this.options.now() - this.#since >= this.options.leaseMs;
  }

  async read(): Promise<Leadership | undefined> {
    const { store, name, now } = this.options;
    const found = await store.read(name);
    if (found?.renewal !== this.#seen?.renewal || this.#since === 0) this.#since = now();
    this.#seen = found;
    return found;
  }

  /**
   * Why this member, whose log ends at `sequence`, may not take the lead now; undefined when it may. A folder without records waits longer where nobody
   * has led yet, so that one with records comes first.
   */
  refusal(sequence: number): string | undefined {
    const { member, leaseMs, takeOverFrom, now } = this.options;
    const record = this.#seen;
    const silent = now() - this.#since;
    if (record === undefined)
      return sequence > 0 || silent >= 2 * leaseMs ? undefined : "nobody has led yet, and a folder with a log may be starting";
    // A folder is open in one process: who led from it and asks again has ended.
    const led = record.holder === member;
    if (!led && record.holder !== "" && silent < leaseMs) return `${record.address} leads with epoch ${record.epoch}`;
    if (takeOverFrom === record.epoch) return undefined;
    if (!led && this.isNamed && record.copies !== undefined && !record.copies.includes(member))
      return "the lead is this region's, and another member of it has what was said to be copied, which this one may lack";
    if (!led && !this.inSync) return `the leader of epoch ${record.epoch} is away, and this member does not have all that it acknowledged`;
    if (sequence < record.told) {
      return `this member's log ends at sequence ${sequence}, but ${record.told} was acknowledged: its folder has lost a part`;
    }
    return undefined;
  }

  /** Takes the lead, for an epoch above all before. Undefined when another was faster. Call it when {@link refusal} says nothing. */
  async take(sequence: number, lastEpoch: number): Promise<Term | undefined> {
    const { store, name, member, address, region, now } = this.options;
    const seen = this.#seen;
    const next: Leadership = {
      holder: member,
      address,
      epoch: Math.max(seen?.epoch ?? 0, lastEpoch) + 1,
      renewal: (seen?.renewal ?? 0) + 1,
      // Nobody has what this member's log holds beyond the others': they come in sync with it anew.
      inSync: [],
      told: Math.max(seen?.told ?? 0, sequence),
      ...copiesOf(seen, member, region),
      ...(region === undefined ? {} : { region }),
    };
    const sent = now();
    if (await store.replace(name, seen, next)) return new Term(this.options, next, sent);
    await this.read();
    return undefined;
  }
}

/** Who has what was said to be copied when `member` leads next: in another region all begins anew. */
function copiesOf(seen: Leadership | undefined, member: string, region: string | undefined): Pick<Leadership, "copies"> {
  const copies = seen?.region === region ? (seen?.copies ?? []).filter((each) => each !== member) : [];
  return copies.length === 0 ? {} : { copies };
}

/** A term of leadership, from taking it to losing it. */
export class Term {
  readonly #options: HeldTo;
  #record: Leadership;
  /** Changes that the store did not answer: they may have been made, or still be on their way. One that is made later ends that. */
  #unanswered: Leadership[] = [];
  #until: number;
  #lost: string | undefined;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: HeldTo, record: Leadership, sent: number) {
    this.#options = options;
    this.#record = record;
    this.#until = sent + options.leaseMs * COUNTED_ON;
  }

  get epoch(): number {
    return this.#record.epoch;
  }

  /** Members that may take over. */
  get inSync(): readonly string[] {
    return this.#record.inSync;
  }

  /** Members elsewhere that have what was said to be copied. */
  get copies(): readonly string[] {
    return this.#record.copies ?? [];
  }

  /** Whether a member is in sync for all that is known of the record: nothing may be acknowledged without it. */
  mayTakeOver(member: string): boolean {
    return this.#record.inSync.includes(member) || this.#unanswered.some(({ inSync }) => inSync.includes(member));
  }

  /** Whom the record may have as {@link copies}, for all that is known of it. */
  get perhapsCopies(): readonly string[] {
    return [this.#record, ...this.#unanswered].flatMap(({ copies = [] }) => copies);
  }

  /** Region that an operator wants to lead. */
  get handsOverTo(): string | undefined {
    return this.#record.handsOverTo;
  }

  /** Why this member leads no longer, undefined while it does. */
  get lost(): string | undefined {
    if (this.#lost === undefined && this.#options.now() >= this.#until) {
      this.#lost = `the lease of epoch ${this.epoch} could not be renewed within ${this.#options.leaseMs * COUNTED_ON} ms: another may lead`;
    }
    return this.#lost;
  }

  /** Whether it is time to renew. */
  get isDue(): boolean {
    const { now, leaseMs } = this.#options;
    return now() >= this.#until - leaseMs * (COUNTED_ON - RENEWED_AFTER);
  }

  /** Renews, with other members in sync and other copies elsewhere if any are given. False when it could not be done, or when the term is over. */
  renew(told: number, inSync?: readonly string[], copies: readonly string[] = []): Promise<boolean> {
    return this.#change((record) => ({
      ...record,
      told,
      inSync: [...(inSync ?? record.inSync)],
      ...(copies.length === 0 ? {} : { copies: [...copies] }),
    }));
  }

  /** Gives the lead to whoever is in sync, without waiting for the lease to end. This member may take it again, too. @param to region that alone may take it */
  async release(told: number, to?: string): Promise<void> {
    await this.#change(({ handsOverTo: _done, copies, ...record }) => ({
      ...record,
      holder: "",
      told,
      // Of a region that has everything each member may lead whose log goes so far: `told` says how far.
      ...(to === undefined && copies !== undefined ? { copies } : {}),
      inSync: to === undefined ? [...record.inSync, this.#options.member] : [anyMemberOf(to)],
    }));
    this.#lost ??= `the lead of epoch ${this.epoch} was given up`;
  }

  /** One after the other: each builds on the record before. */
  #change(edit: (record: Leadership) => Leadership): Promise<boolean> {
    const changed = this.#changing.then(() => this.#replace(edit(this.#record)));
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async #replace(edited: Leadership): Promise<boolean> {
    const { store, name, now, leaseMs } = this.#options;
    if (this.lost !== undefined) return false;
    const next = { ...edited, renewal: this.#record.renewal + 1 };
    const sent = now();
    try {
      if (!(await store.replace(name, this.#record, next)) && !(await this.#isWritten(next))) return false;
    } catch {
      this.#unanswered.push(next);
      // It may have been written all the same; what the record says decides, and the lease ends if nobody can read it.
      if (!(await this.#isWritten(next).catch(() => false))) return false;
    }
    this.#is(next);
    this.#until = Math.max(this.#until, sent + leaseMs * COUNTED_ON);
    return true;
  }

  /** The store has this record: what an earlier one was to be replaced with is not written any more. */
  #is(record: Leadership): void {
    this.#record = record;
    this.#unanswered = this.#unanswered.filter(({ renewal }) => renewal > record.renewal);
  }

  async #isWritten(next: Leadership): Promise<boolean> {
    const { store, name } = this.#options;
    const found = await store.read(name);
    if (found !== undefined && JSON.stringify(found) === JSON.stringify(next)) return true;
    // An earlier change of this term that was taken for failed: the next one builds on it.
    if (found?.holder === this.#options.member && found.epoch === this.epoch) this.#is(found);
    else this.#lost ??= `${found?.address ?? "nobody"} has taken the lead with epoch ${found?.epoch ?? 0}`;
    return false;
  }
}
