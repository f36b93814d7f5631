/**
 * A member's own copy of the log, and the state that follows from it: what a leader sends is written to the own journal with the positions that it has
 * there, and applied. So it can lead from where its log ends, or be asked whether its code does what the leader's does.
 */

import { type Journal, RecordKind, type SnapshotStore } from "../../../journal";
import { copyLongs } from "../../../journal/copy-longs";
import { recoverReplay } from "../recovery";
import type { Replay } from "../replay";
import type { SnapshotReport } from "../snapshot";
import type { StateMachines } from "../state-machine";
import { WordView } from "../word-view";
import { type Agreement, Disagreement } from "./agreement";
import { RecordReader } from "./log-frames";

export interface LogCopyOptions {
  /** Not yet recovered. */
  journal: Journal;
  snapshots: SnapshotStore;
  machines: StateMachines;
  /** Takes a snapshot at a durable sequence, away from this thread. */
  takeSnapshot: (through: number) => Promise<SnapshotReport>;
  /** Bytes of the log to keep at least. @default all of it */
  keepLogBytes?: number;
  /** Told in a sentence what an operator should know. @default nobody */
  report?: (message: string) => void;
}

/** Records that follow one another in the memory of one group: the payload of the n-th is `bytes[starts[n], ends[n])`. */
interface LoggedRecords {
  bytes: Uint8Array;
  /** A group has one. */
  epoch: number;
  first: number;
  count: number;
  kinds: RecordKind[];
  starts: number[];
  ends: number[];
}

/** Snapshots to keep; more than one, so that a damaged one can be passed over. */
const SNAPSHOTS_KEPT = 2;

export class LogCopy {
  /** Called with the sequence up to which the copy is durable. */
  kept: (sequence: number) => void = () => {};
  /** Of the leader's code with this member's; compares while it is set. */
  agreement: Agreement | undefined;
  readonly #options: LogCopyOptions;
  readonly #replay: Replay;
  #epoch: number;
  /** Appended and not yet applied: of the journal's open group. */
  readonly #logged: LoggedRecords = { bytes: new Uint8Array(), epoch: 0, first: 0, count: 0, kinds: [], starts: [], ends: [] };
  readonly #records = new RecordReader();
  readonly #words = new WordView();
  #apart: string | undefined;
  #ended: string | undefined;
  /** What the leader's state was, until this copy is so far. */
  #leadersState: { sequence: number; hash: string } | undefined;
  #comparing: Promise<void> | undefined;
  #comparedAt = 0;

  /** Recovers the copy. Rejects, and closes the journal, like `createTradingShard`; but a command that violates an assertion only keeps the copy from leading. */
  static async open(options: LogCopyOptions): Promise<LogCopy> {
    const { replay, epoch } = await recoverReplay({ ...options, acceptPoison: true });
    return new LogCopy(options, replay, replay.poison === undefined ? replay.epoch : epoch - 1);
  }

  private constructor(options: LogCopyOptions, replay: Replay, epoch: number) {
    this.#options = options;
    this.#replay = replay;
    this.#epoch = epoch;
    const { journal } = options;
    journal.onDurable = (sequence) => {
      this.kept(sequence);
      this.#compare();
    };
    journal.onFailed = (error) => {
      this.#ended = error.message;
    };
  }

  /** The state after {@link sequence}. */
  get replay(): Replay {
    return this.#replay;
  }

  /** Of the last record of the log. */
  get sequence(): number {
    return this.#options.journal.appended;
  }

  /** Of the last record; 0 in an empty log. */
  get epoch(): number {
    return this.#epoch;
  }

  get durable(): number {
    return this.#options.journal.durable;
  }

  /** Why this member must never lead, undefined when it may. */
  get apart(): string | undefined {
    return this.#apart ?? this.#replay.poison?.message;
  }

  /** Why the copy cannot go on, undefined while it can. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Sequence of the last state that was the leader's, too; 0 for none. */
  get comparedAt(): number {
    return this.#comparedAt;
  }

  /**
   * Appends and applies the records of a RECORDS frame that are new, which are on their way to the disk while they are applied: others wait for the disk,
   * nobody for the state. False when the queue to the disk is full: the same frame must be given again later, and what was appended of it is passed over then.
   */
  append(bytes: Buffer, start: number, end: number): boolean {
    try {
      const all = this.#log(bytes, start, end);
      this.#options.journal.commit();
      return all;
    } finally {
      this.#applyLogged();
    }
  }

  /** The leader's events of the commands `first` to `last`. */
  told(first: number, last: number, bytes: Uint8Array, start: number, end: number): void {
    try {
      this.agreement?.told(first, last, bytes, start, end);
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      this.#part(error.message);
    }
  }

  /** The hash of the leader's state after a command: this member takes a snapshot there, too, and compares. */
  leadersState(sequence: number, hash: string): void {
    this.#leadersState = { sequence, hash };
    this.#compare();
  }

  /** Resolves when everything appended is durable, or the copy cannot go on. */
  async drained(): Promise<void> {
    const { journal } = this.#options;
    while (journal.durable < journal.appended && this.#ended === undefined) {
      journal.commit();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    await this.#comparing;
    await this.#options.journal.close();
  }

  /** Appends what is new of a RECORDS frame. False when the queue is full. */
  #log(bytes: Buffer, start: number, end: number): boolean {
    const { journal } = this.#options;
    let full = false;
    this.#records.visit(bytes, start, end, (kind, epoch, sequence, from, payloadStart, payloadEnd) => {
      if (full || sequence <= journal.appended) return;
      if (sequence !== journal.appended + 1) throw new Error(`a record of sequence ${sequence} follows ${journal.appended}`);
      const length = payloadEnd - payloadStart;
      full = !journal.beginEpoch(epoch) || !journal.claim(length, 0);
      if (full) return;
      const { payload, payloadLongs, payloadStart: to } = journal;
      const logged = this.#logged;
      // Another group is open: the memory of the one before is used again when the queue has gone round.
      if (payload !== logged.bytes) this.#applyLogged();
      if (logged.count === 0) Object.assign(logged, { bytes: payload, epoch, first: sequence });
      if ((length & 7) === 0) copyLongs(this.#words.longsOf(from), payloadStart >> 3, payloadLongs, to >> 3, length);
      else payload.set(from.subarray(payloadStart, payloadEnd), to);
      journal.append(kind, to + length);
      this.#epoch = epoch;
      logged.kinds[logged.count] = kind;
      logged.starts[logged.count] = to;
      logged.ends[logged.count] = to + length;
      logged.count++;
    });
    return !full;
  }

  #applyLogged(): void {
    const { bytes, epoch, first, count, kinds, starts, ends } = this.#logged;
    this.#logged.count = 0;
    const replay = this.#replay;
    const { poison } = replay;
    for (let n = 0; n < count; n++) this.#apply(kinds[n], epoch, first + n, bytes, starts[n], ends[n]);
    replay.settle();
    if (poison === undefined && replay.poison !== undefined) this.#options.report?.(replay.poison.message);
  }

  #apply(kind: RecordKind, epoch: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const replay = this.#replay;
    if (kind === RecordKind.SKIP) {
      replay.settle();
      if (replay.poison !== undefined) this.#ended = "a record says which command to pass over: the log has to be applied anew";
    }
    // Each by itself only while its own events are looked at.
    if (this.agreement === undefined) replay.gather(kind, epoch, sequence, bytes, start, end);
    else {
      replay.visit(kind, epoch, sequence, bytes, start, end);
      if (replay.poison === undefined) this.agreement.applied(sequence, replay.out.bytes, 0, replay.out.length);
    }
  }

  #part(reason: string): void {
    if (this.#apart !== undefined) return;
    this.#apart = reason;
    this.agreement = undefined;
    this.#options.report?.(reason);
  }

  #compare(): void {
    const leaders = this.#leadersState;
    if (leaders === undefined || this.#comparing || leaders.sequence > this.durable || this.apart !== undefined) return;
    this.#leadersState = undefined;
    const { takeSnapshot, report = () => {} } = this.#options;
    const { sequence, hash } = leaders;
    this.#comparing = takeSnapshot(sequence)
      .then(({ stateHash }) => {
        if (stateHash !== hash) {
          this.#part(`the state at sequence ${sequence} has hash ${stateHash} here and ${hash} at the leader. This member never leads`);
          return;
        }
        this.#comparedAt = sequence;
        this.#dropOld();
      })
      .catch((error: unknown) =>
        report(`no snapshot was taken at sequence ${sequence}: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => {
        this.#comparing = undefined;
        this.#compare();
      });
  }

  /** As the leader does with its own. */
  #dropOld(): void {
    const { snapshots, journal, keepLogBytes = Number.POSITIVE_INFINITY } = this.#options;
    const old = snapshots.sequences().slice(SNAPSHOTS_KEPT - 1);
    if (keepLogBytes === Number.POSITIVE_INFINITY) {
      snapshots.removeBefore(old[0] ?? 0);
      return;
    }
    const first = old.find((sequence) => journal.bytesAfter(sequence) >= keepLogBytes);
    if (first === undefined) return;
    snapshots.removeBefore(first);
    journal.retain(first + 1);
  }
}
