/**
 * One member of a replicated shard, from its start to its end: it follows whoever leads, and leads when it is its turn. A member that has led ends when it
 * may no longer: started again it follows.
 */

import { setTimeout as wait } from "node:timers/promises";
import { cutLog, FileJournal, type FileJournalOptions, nodeFileSystem, SnapshotStore } from "../../../journal";
import type { Leadership } from "../../../stores/leadership";
import { TradingShard } from "../shard";
import type { TradingShardOptions } from "../shard-options";
import { type SnapshotReport, takeSnapshotOnThread } from "../snapshot";
import { exchanges, type StateMachines } from "../state-machine";
import { IncomingSnapshot } from "./incoming-snapshot";
import { LeaderConnection, type LeaderConnectionOptions } from "./leader-connection";
import { LogCopies } from "./log-copies";
import { LogCopy } from "./log-copy";
import { Lease, type LeaseOptions, type Term } from "./term";

export interface MemberOptions
  extends FileJournalOptions,
    Pick<TradingShardOptions, "snapshotEvery" | "keepLogBytes" | "pinnedLogBytes" | "orderLimits" | "reserveBytes">,
    Pick<LeaderConnectionOptions, "keyId" | "privateKey" | "session">,
    LeaseOptions {
  /** TLS of connections to a leader, by its host; needed off the loopback. */
  tls?: (host: string) => LeaderConnectionOptions["tls"];
  /** Commands that must have the same events as at a leader with other code before this member may lead. @default 10,000 */
  agree?: number;
  /** Only keeps a copy, until its region is that which leads or it is told to take over. @default false */
  copyOnly?: boolean;
  /** host:port of whoever leads in another region. @default the address in the record */
  elsewhere?: string;
  /** See `LogCopies`. */
  patienceMs?: number;
  leastCopies?: number;
  pieceBytes?: number;
  /** Names the code that applies the commands. */
  code: string;
  /** @default a connection over TCP */
  connectLeader?: (options: LeaderConnectionOptions) => Pick<LeaderConnection, "following" | "ended" | "close">;
  /** @default the engine's exchange */
  machines?: StateMachines;
  /** @default on a thread, with the engine's exchange */
  takeSnapshot?: (through: number) => Promise<SnapshotReport>;
  /** Called when this member leads, before it says so: serves the shard and its log. Returns how to end that. */
  lead: (shard: TradingShard, copies: LogCopies) => Promise<{ close(): Promise<void> }>;
  /** Told in a sentence what an operator should know. */
  report: (message: string) => void;
}

/** `apart`: a shadow that has found a difference. It never leads. */
export type Role = "starting" | "leader" | "standby" | "shadow" | "copy" | "apart";

/** Between two looks at the leadership record, in parts of the lease. */
const LOOKS = 10;
/** And at least, when there is a reason to look again at once. */
const MOST_LOOKS = 100;
/** A region that shall lead is waited for so long to have everything: what it then lacks keeps the lead here. */
const HAND_OVER_MS = 10_000;
/** The standing of copies is judged, and the lease renewed, so often within the patience and within the lease. */
const JUDGEMENTS = 10;

/** Opens the folder and begins to follow or to lead. Rejects when the folder cannot be used. */
export async function startMember(options: MemberOptions): Promise<Member> {
  const member = new Member(options);
  await member.open();
  member.run();
  return member;
}

export class Member {
  readonly #options: MemberOptions;
  readonly #lease: Lease;
  #journal!: FileJournal;
  #copy!: LogCopy;
  readonly #incoming: IncomingSnapshot;
  #leader: Pick<LeaderConnection, "following" | "ended" | "close"> | undefined;
  #term: Term | undefined;
  #shard: TradingShard | undefined;
  #copies: LogCopies | undefined;
  #served: { close(): Promise<void> } | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #failed: string | undefined;
  #closing = false;
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  /** While the folder gets another log. */
  #changing: Promise<void> | undefined;
  readonly #lastTold = new Map<string, string>();

  /** Use {@link startMember}. */
  constructor(options: MemberOptions) {
    this.#options = options;
    this.#lease = new Lease(options);
    const { folder, shard, fileSystem = nodeFileSystem, segmentBytes = 64 << 20, report } = options;
    this.#incoming = new IncomingSnapshot({ fileSystem, folder, shard, reserveBytes: 2 * segmentBytes, report });
  }

  /** Set while this member leads. */
  get shard(): TradingShard | undefined {
    return this.#shard;
  }

  /** Set while this member leads. */
  get copies(): LogCopies | undefined {
    return this.#copies;
  }

  get role(): Role {
    if (this.#served !== undefined) return "leader";
    if (this.#copy.apart !== undefined) return "apart";
    if (this.#keepsCopy) return "copy";
    const standing = this.#leader?.following.standing ?? "asks";
    if (standing === "asks") return "starting";
    return standing === "shadow" ? "shadow" : "standby";
  }

  /** Copies of this leader's log in other regions; undefined while it does not lead, or where regions are not told apart. */
  get elsewhere(): number | undefined {
    return this.#options.region === undefined ? undefined : this.#copies?.elsewhere;
  }

  /** Under which name this member stands in the leadership record, and that as it was last read. */
  get leadership(): { member: string; record: Leadership | undefined } {
    return { member: this.#options.member, record: this.#lease.record };
  }

  /** Of the last record of its log. */
  get sequence(): number {
    return this.#copy.sequence;
  }

  /** Sequence at which its state was last found to be the leader's; 0 for none. */
  get comparedAt(): number {
    return this.#copy.comparedAt;
  }

  /** Bytes that are still to come of a snapshot that it takes over from the leader; 0 while it takes over none. */
  get snapshotBytesMissing(): number {
    return this.#incoming.missing;
  }

  /** Why it cannot go on, undefined while it can. */
  get failed(): string | undefined {
    const handsOver = this.#term?.handsOverTo && `it hands over to ${this.#term.handsOverTo}`;
    return this.#failed ?? this.#shard?.stopped?.message ?? this.#term?.lost ?? handsOver ?? (this.#shard ? undefined : this.#copy.ended);
  }

  /** Why it is of no use now, undefined while it leads or could take over. */
  get unready(): string | undefined {
    const { role } = this;
    if (role === "leader") return undefined;
    if (role === "apart") return this.#copy.apart;
    if (this.#incoming.missing > 0) return `a snapshot of the leader comes, ${this.#incoming.missing} bytes of it are missing`;
    if (role === "starting") return "it follows no leader";
    if (role === "shadow") return `it is a shadow: ${this.#copy.agreement?.agreed ?? 0} commands have had the same events as at the leader`;
    return role === "copy" || this.#lease.inSync ? undefined : "it does not have all that is acknowledged yet";
  }

  /** Whom it follows, undefined while it leads. */
  get follows(): string | undefined {
    return this.role === "leader" ? undefined : `${this.#lease.record?.address || "nobody"} leads`;
  }

  /** Looks who leads, and judges copies, as time goes by, until {@link close}. */
  run(): void {
    this.#running = this.#lookOn().catch((error: unknown) => {
      this.#failed ??= error instanceof Error ? error.message : String(error);
    });
  }

  /** A leader acknowledges what was entered, and gives the lead to whoever is in sync, or to the region that it shall be given to once that has everything. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake();
    await this.#running;
    await this.#changing;
    this.#leader?.close("this member stops");
    if (this.#shard === undefined) return this.#copy.close();
    await this.#shard.close();
    const to = this.#term!.handsOverTo;
    const handsOver = to !== undefined && (await this.#hasCopiedAll());
    if (to !== undefined && !handsOver) this.#options.report(`the lead stays here: ${to} does not have all that was acknowledged`);
    clearInterval(this.#ticks);
    // Before the connections end, so that others find the lead free when they look.
    await this.#term!.release(this.#shard.position.sequence, handsOver ? to : undefined);
    await this.#served?.close();
  }

  async #hasCopiedAll(): Promise<boolean> {
    for (const until = performance.now() + HAND_OVER_MS; performance.now() < until; await wait(HAND_OVER_MS / MOST_LOOKS))
      if (this.#copies!.hasCopiedAll) return true;
    return false;
  }

  /** Whether this member keeps a copy only: where the last one to lead was in another region, or as it is told while that is not known. */
  get #keepsCopy(): boolean {
    return this.#lease.isElsewhere ?? this.#options.copyOnly ?? false;
  }

  /** Recovers the folder. {@link run} follows. */
  async open(): Promise<void> {
    const { shard, keepLogBytes, report } = this.#options;
    this.#journal = new FileJournal(this.#options);
    const { snapshots, machines, takeSnapshot } = this.#parts;
    this.#copy = await LogCopy.open({ journal: this.#journal, snapshots, machines, takeSnapshot, keepLogBytes, report });
    if (this.#copy.apart !== undefined) report(`shard ${shard}: ${this.#copy.apart}`);
  }

  get #parts() {
    const { folder, shard, fileSystem = nodeFileSystem, machines = exchanges(shard) } = this.#options;
    const { takeSnapshot = (through: number) => takeSnapshotOnThread({ folder, shard, through }) } = this.#options;
    return { snapshots: new SnapshotStore(fileSystem, folder, shard), machines, takeSnapshot };
  }

  async #lookOn(): Promise<void> {
    const { leaseMs } = this.#lease.options;
    const { patienceMs = 2_000 } = this.#options;
    while (!this.#closing) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (await this.look()) {
        let ticking = false;
        this.#ticks = setInterval(() => {
          if (ticking) return;
          ticking = true;
          void this.#copies!.tick().finally(() => {
            ticking = false;
          });
        }, Math.min(patienceMs, leaseMs) / JUDGEMENTS);
        return;
      }
      await wait(leaseMs / MOST_LOOKS);
      await Promise.race([woken, wait(leaseMs / LOOKS)]);
    }
  }

  /** Looks who leads, and follows or leads. True when this member leads. Not to be called again before it has answered. */
  async look(): Promise<boolean> {
    try {
      await this.#lease.read();
    } catch (error) {
      this.#told("record", `it cannot be read who leads: ${(error as Error).message}`);
      return false;
    }
    const { record, options } = this.#lease;
    const refusal = this.#mayNotLead() ?? this.#lease.refusal(this.#copy.durable);
    if (refusal === undefined) return this.#takeLead();
    const follows = record !== undefined && record.holder !== "" && record.holder !== options.member;
    if (follows && this.#leader === undefined) this.#follow((this.#lease.isElsewhere && this.#options.elsewhere) || record.address);
    if (!follows || this.#lease.isSilent) this.#told("refusal", refusal);
    return false;
  }

  #mayNotLead(): string | undefined {
    if (this.#changing !== undefined) return "its folder gets another log";
    if (this.#copy.apart !== undefined) return this.#copy.apart;
    const { record, options } = this.#lease;
    if (this.#keepsCopy && !this.#lease.isNamed && record?.epoch !== options.takeOverFrom)
      return `${record ? `the leader of epoch ${record.epoch} is away` : "nobody leads yet"}, and this member keeps a copy only`;
    return undefined;
  }

  async #takeLead(): Promise<boolean> {
    // From here on nothing is said to the leader before, so that it can acknowledge nothing that is not in this log.
    this.#leader?.close("this member takes the lead");
    this.#leader = undefined;
    await this.#copy.drained();
    if (this.#copy.ended !== undefined) return false;
    let term: Term | undefined;
    try {
      term = await this.#lease.take(this.#copy.sequence, this.#copy.epoch);
    } catch (error) {
      // If it was written all the same, the next look finds that this member has led, and it takes the lead from itself.
      this.#told("lead", `the lead could not be taken: ${(error as Error).message}`);
    }
    if (term === undefined) return false;
    this.#term = term;
    await this.#lead(term);
    return true;
  }

  async #lead(term: Term): Promise<void> {
    const { code, patienceMs, leastCopies, pieceBytes, now, report, lead } = this.#options;
    const { snapshots, machines, takeSnapshot } = this.#parts;
    if (!this.#journal.beginEpoch(term.epoch)) throw new Error("the journal is not ready for another epoch");
    const copies = new LogCopies({ journal: this.#journal, snapshots, term, code, patienceMs, leastCopies, pieceBytes, now, report });
    const shard = new TradingShard(
      {
        ...this.#options,
        journal: this.#journal,
        snapshots,
        machines,
        replication: copies,
        takeSnapshot: async (through) => {
          const { sequence, stateHash } = await takeSnapshot(through);
          copies.tellState(sequence, stateHash);
        },
      },
      this.#copy.replay,
      term.epoch,
    );
    this.#shard = shard;
    this.#copies = copies;
    this.#served = await lead(shard, copies);
    report(`this member leads with epoch ${term.epoch} from sequence ${shard.position.sequence}`);
  }

  #follow(address: string): void {
    const { tls, shard, keyId, privateKey, session, code, agree = 10_000, report } = this.#options;
    const { connectLeader = (options: LeaderConnectionOptions) => new LeaderConnection(options) } = this.#options;
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
    const leader = connectLeader({
      host,
      port: Number(port),
      tls: tls?.(host),
      keyId,
      privateKey,
      session,
      shard,
      member: this.#lease.options.member,
      copy: this.#copy,
      incoming: this.#incoming,
      code,
      agree,
      neverLeads: this.#keepsCopy,
      report,
    });
    this.#leader = leader;
    void leader.ended.then(async (reason) => {
      if (this.#leader !== leader) return;
      this.#told("follows", `it follows ${address} no longer: ${reason}`);
      const { differs, hasSnapshot } = leader.following;
      if (!this.#closing && (differs !== undefined || hasSnapshot)) {
        this.#changing = differs === undefined ? this.#install() : this.#cut(differs);
        await this.#changing;
        this.#changing = undefined;
      }
      this.#leader = undefined;
      this.#wake();
    });
  }

  /** Gives up what the leader does not have. */
  async #cut(place: { epoch: number; sequence: number }): Promise<void> {
    const { folder, shard, fileSystem = nodeFileSystem, report } = this.#options;
    const before = this.#copy.sequence;
    try {
      await this.#copy.close();
      const { last, aside } = cutLog(fileSystem, folder, shard, { ...place, sequence: Math.min(place.sequence, before - 1) });
      report(
        `the log after sequence ${last} is not the leader's and was set aside, in ${aside.join(", ")}: nothing in it was acknowledged`,
      );
      await this.open();
    } catch (error) {
      this.#failed = (error as Error).message;
    }
  }

  /** Puts the snapshot that has come in the place of its log. */
  async #install(): Promise<void> {
    try {
      await this.#copy.close();
      this.#incoming.install();
      await this.open();
    } catch (error) {
      this.#failed = (error as Error).message;
    }
  }

  /** Once, not at each look. */
  #told(what: "record" | "refusal" | "lead" | "follows", message: string): void {
    if (message !== this.#lastTold.get(what)) this.#options.report(message);
    this.#lastTold.set(what, message);
  }
}
