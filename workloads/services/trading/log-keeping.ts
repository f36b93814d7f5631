/**
 * Takes snapshots of a running shard, and drops what of its log is needed no more. A start and a follower begin with a snapshot at or before their position:
 * the log is dropped up to one, and one stays before it.
 */

import type { Journal, SnapshotStore } from "../../journal";
import type { LogPins } from "./log-pins";

/** What of a shard's history is kept, and for whom. */
export interface LogKeepingOptions {
  /** Where a start finds its snapshot. @default none: each start replays the whole log */
  snapshots?: SnapshotStore;
  /** Takes a snapshot at a durable sequence, away from this thread; resolves once it is verified. @default none are taken */
  takeSnapshot?: (through: number) => Promise<unknown>;
  /**
   * Commands between snapshots. Each reads, writes and reads back the whole state and compiles its code anew, however few they are; a start replays what is behind
   * the latest. @default 4,000,000: a start replays them in some four seconds
   */
  snapshotEvery?: number;
  /** Snapshots to keep at least; more than one, so that a damaged one can be passed over. @default 2 */
  snapshotsKept?: number;
  /**
   * Bytes of the log to keep at least. What is older is dropped after each snapshot, as far as it lies before the oldest snapshot to keep and before
   * everybody's {@link EventFeed.pin}; who asks for it is then told that it is too old. @default all of it
   */
  keepLogBytes?: number;
  /**
   * Bytes of the log that pins may keep at most: a follower that has written nothing for so long is passed over, and told so. Never less than
   * `keepLogBytes`. @default four times `keepLogBytes`, 1 GiB at least
   */
  pinnedLogBytes?: number;
  /** Told in a sentence what an operator should know. @default nobody */
  report?: (message: string) => void;
}

const leastPinnedBytes = 2 ** 30;

export class LogKeeping {
  readonly #options: LogKeepingOptions;
  readonly #journal: Journal;
  readonly #pins: LogPins;
  /** Sequence of the latest snapshot, or of the latest attempt at one. */
  #latest: number;
  #taking: Promise<void> | undefined;
  /** The pin that was last passed over. */
  #passedOver = -1;

  constructor(options: LogKeepingOptions, journal: Journal, pins: LogPins) {
    this.#options = options;
    this.#journal = journal;
    this.#pins = pins;
    this.#latest = options.snapshots?.sequences()[0] ?? 0;
  }

  /** Whether the next snapshot is due once everything up to `through` is durable. */
  isDue(through: number): boolean {
    return through - this.#latest >= (this.#options.snapshotEvery ?? 4_000_000);
  }

  /** Takes a snapshot at `through` unless one is being taken, then drops what is old. Never rejects: a shard does not depend on it. */
  snapshot(through: number): Promise<void> {
    const { takeSnapshot, snapshots, report = () => {} } = this.#options;
    if (!takeSnapshot || !snapshots || through === this.#latest) return Promise.resolve();
    this.#taking ??= takeSnapshot(through)
      .then(() => {
        this.#latest = through;
        this.#dropOld(snapshots);
      })
      .catch((error: unknown) => {
        // The next start replays more.
        this.#latest = through;
        report(`no snapshot was taken at sequence ${through}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        this.#taking = undefined;
      });
    return this.#taking;
  }

  /** Resolves once no snapshot is being taken. */
  async settled(): Promise<void> {
    await this.#taking;
  }

  #dropOld(snapshots: SnapshotStore): void {
    const { snapshotsKept = 2, keepLogBytes = Number.POSITIVE_INFINITY } = this.#options;
    const { pinnedLogBytes = Math.max(4 * keepLogBytes, leastPinnedBytes) } = this.#options;
    const old = snapshots.sequences().slice(snapshotsKept - 1);
    if (keepLogBytes === Number.POSITIVE_INFINITY) {
      snapshots.removeBefore(old[0] ?? 0);
      return;
    }
    const isOld = (sequence: number) => {
      const bytes = this.#journal.bytesAfter(sequence);
      return bytes >= keepLogBytes && (sequence <= this.#pins.lowest || bytes >= Math.max(keepLogBytes, pinnedLogBytes));
    };
    const first = old.find(isOld);
    if (first === undefined) return;
    snapshots.removeBefore(first);
    this.#journal.retain(first + 1);
    // While the log still has its first file, everybody can begin with nothing.
    if (this.#journal.first > 1) this.#passOver(first);
  }

  /** Tells those who still need something before the snapshot at `oldest`. */
  #passOver(oldest: number): void {
    const { lowest } = this.#pins;
    if (lowest >= oldest) return;
    if (lowest !== this.#passedOver) {
      this.#passedOver = lowest;
      this.#options.report?.(
        `a follower has written nothing after sequence ${lowest}, and the log is dropped up to ${oldest} all the same, so that it cannot fill the disk: ` +
          "the follower is told that it is too late, and needs a copy of another's rows",
      );
    }
    this.#pins.passOver(oldest);
  }
}
