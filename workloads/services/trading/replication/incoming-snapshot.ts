/**
 * A member's side of a snapshot that comes from the leader. It outlives connections: a transfer that was torn goes on where it stopped when the same
 * snapshot is offered again, and begins anew with another one otherwise. A snapshot that did not read back right is not asked for again.
 */

import { type FileSystem, JournalCorrupt, ReceivedSnapshot, readSnapshotHeader } from "../../../journal";
import { ProtocolError } from "../remote/frames";
import type { SnapshotRequest } from "./snapshot-frames";

export interface IncomingSnapshotOptions {
  fileSystem: FileSystem;
  folder: string;
  shard: number;
  /** Bytes that must be free beside the snapshot: of the log behind it. */
  reserveBytes: number;
  /** Told in a sentence how far it is. */
  report: (message: string) => void;
}

/** Reports on the way. */
const REPORTS = 10;

export class IncomingSnapshot {
  readonly #options: IncomingSnapshotOptions;
  #header = "";
  #receiving: ReceivedSnapshot | undefined;
  #reported = 0;
  readonly #damaged = new Set<string>();

  constructor(options: IncomingSnapshotOptions) {
    this.#options = options;
  }

  /** Bytes that are still to come; 0 while none is on its way. */
  get missing(): number {
    return this.#receiving === undefined ? 0 : this.#receiving.bytes - this.#receiving.received;
  }

  /** Chooses one of those that are offered, by their first bytes. Throws when none can be used here. */
  choose(offered: readonly Uint8Array[]): SnapshotRequest {
    const usable = offered.filter((header) => !this.#damaged.has(nameOf(header)));
    if (usable.length === 0) {
      const sequences = offered.map((header) => readSnapshotHeader(header)?.sequence).join(", ");
      throw new Error(
        `the leader's snapshots (at sequence ${sequences}) did not read back as they were written: this member waits for its next one`,
      );
    }
    const { report } = this.#options;
    const going = this.#receiving;
    if (going !== undefined && usable.some((header) => nameOf(header) === this.#header)) {
      report(`the leader's snapshot at sequence ${going.sequence} goes on at byte ${going.received} of ${going.bytes}`);
      return { sequence: going.sequence, offset: going.received };
    }
    this.discard();
    const { fileSystem, folder, shard, reserveBytes } = this.#options;
    const begun = new ReceivedSnapshot(fileSystem, folder, shard, usable[0], reserveBytes);
    this.#receiving = begun;
    this.#header = nameOf(usable[0]);
    this.#reported = 0;
    report(
      `the leader no longer has the log that this member lacks: its snapshot at sequence ${begun.sequence} comes, ${begun.bytes} bytes`,
    );
    return { sequence: begun.sequence, offset: begun.received };
  }

  /** A piece that comes at `offset`. True when the snapshot is whole. Throws `JournalFull` when the disk is. */
  add(offset: number, bytes: Uint8Array, start: number, end: number): boolean {
    const going = this.#receiving;
    if (going === undefined || offset !== going.received) {
      throw new ProtocolError(`a piece of a snapshot comes for byte ${offset}, ${going?.received ?? "none"} is next`);
    }
    try {
      going.add(bytes, start, end);
    } catch (error) {
      this.discard();
      throw error;
    }
    const tenths = Math.floor((going.received / going.bytes) * REPORTS);
    if (tenths > this.#reported) {
      this.#reported = tenths;
      this.#options.report(`${going.received} of ${going.bytes} bytes of the leader's snapshot at sequence ${going.sequence} have come`);
    }
    return going.isWhole;
  }

  /** Puts the whole snapshot in the place of what the folder has, which nothing may have open. False, with the folder as it was, when it is damaged. */
  install(): boolean {
    const { report } = this.#options;
    const whole = this.#receiving!;
    this.#receiving = undefined;
    try {
      const aside = whole.install();
      const old = aside.length === 0 ? "" : ` What this member had was set aside, in ${aside.join(", ")}.`;
      report(`the log of this member begins behind the leader's snapshot at sequence ${whole.sequence} now.${old}`);
      return true;
    } catch (error) {
      if (!(error instanceof JournalCorrupt)) throw error;
      this.#damaged.add(this.#header);
      report(`the leader's snapshot at sequence ${whole.sequence} is not used: ${error.what}`);
      return false;
    }
  }

  /** It is not needed any more, or cannot go on. */
  discard(): void {
    this.#receiving?.discard();
    this.#receiving = undefined;
  }
}

/** Tells snapshots apart: the checksums of header and state are in it. */
const nameOf = (header: Uint8Array): string => Buffer.from(header).toString("latin1");
