/**
 * The port of the command log: ordered, durable, replayable. A record's place is its logical position (shard, epoch, sequence), so a file, a
 * replicated log or a broker can stand behind it.
 *
 * Use: `recover` once, then `claim` and `append` records, `commit` them, and hear of their durability.
 */

import type { RecordKind, RecordVisitor } from "./layout";

/** Some whole records in order. Valid until the next one is asked for. */
export interface RecordGroup {
  /** Microseconds since 1970 at which the group was closed. */
  time: number;
  visit(visitor: RecordVisitor): void;
}

export interface Recovery {
  /** Of records appended from now on: higher than any before. */
  epoch: number;
  /** Of the last record; 0 in an empty log. */
  sequence: number;
  /** What an interrupted write had left and was cut, for the operator; nothing of it was acknowledged. */
  torn: string | undefined;
}

export interface Journal {
  readonly shard: number;

  /**
   * Visits every record from sequence `from` to the end and makes the journal ready to append. Rejects with `JournalCorrupt`, or with
   * `JournalTooOld` when `from` is no longer kept.
   *
   * @param behindGroup called behind the last record of each group, while all of them are in memory still. @default nothing
   */
  recover(from: number, visit: RecordVisitor, behindGroup?: () => void): Promise<Recovery>;

  /** Of records appended from now on. */
  readonly epoch: number;
  /**
   * Gives records appended from now on another epoch: that of a copied record, or of a term of leadership. Never lower than that of the last record. False
   * when the queue to the disk is too full for that now.
   */
  beginEpoch(epoch: number): boolean;

  /** Sequence of the last durable record. */
  readonly durable: number;
  /** Sequence of the last appended record. */
  readonly appended: number;
  /** Sequence of the oldest record that is kept. */
  readonly first: number;
  /** Why nothing can be logged for a lack of space, or "". */
  readonly full: string;

  /**
   * Makes place for the payload of one record of at most `bytes`, to be written at `payload[payloadStart]`. False when the queue to the disk
   * has no more than `reserve` bytes left. Throws `JournalFull` without space, and `JournalFailed` once a write has failed.
   */
  claim(bytes: number, reserve: number): boolean;
  readonly payload: Uint8Array;
  /** The same memory in words of four bytes; `payloadStart` is a multiple of 8. */
  readonly payloadWords: Int32Array;
  /** The same in words of eight bytes. */
  readonly payloadLongs: BigInt64Array;
  readonly payloadStart: number;
  /** Takes `payload[payloadStart, end)` as the next record of the open group. Returns its sequence. */
  append(kind: RecordKind, end: number): number;
  /**
   * Bytes of whole records, with their headers, that {@link appendAll} may append to the open group, at most `bytes`, while `reserve` bytes of the queue stay
   * free. 0 where the queue is nearly full or nothing can be logged: what a claim says of a single record decides then.
   */
  room(bytes: number, reserve: number): number;
  /**
   * Takes `count` payloads that lie one behind the other from long `start` of `longs`, each `lengths[n]` bytes, a multiple of 8, as the next records of the
   * open group, in the room that was found just before. Returns the sequence of the last.
   */
  appendAll(kind: RecordKind, longs: BigInt64Array, start: number, lengths: Uint16Array, count: number): number;
  /** Hands the open group to the disk now if that is idle, else as soon as it is: groups grow with the load. */
  commit(): void;

  /** Called with the sequence up to which all is durable. Set once, before the first append. */
  onDurable: (sequence: number) => void;
  /** Called once when a write has failed: what is not yet durable may or may not be in the log. */
  onFailed: (error: Error) => void;

  /** Durable records from `from` to `through`, group by group. Rejects like {@link recover}. */
  read(from: number, through: number): AsyncIterable<RecordGroup>;
  /** Bytes of the units of the log that hold records after `sequence`. */
  bytesAfter(sequence: number): number;
  /** Drops records before sequence `keep`, as far as the log's units allow. */
  retain(keep: number): void;
  /** Commits what is open, waits for the disk, and releases the folder. */
  close(): Promise<void>;
}
