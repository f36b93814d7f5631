/**
 * The command log in a folder of files, owned by one process: recovery, group commit, retention.
 *
 *     <folder>/lock                      held while the journal is open
 *     <folder>/segment-0000000001.log    see `layout.ts`
 */

import { type Committer, DONE, FAILED, FULL, GroupRing, ROOM, SEALED, scheduledCommitter, threadCommitter } from "./committer";
import { LogCursor } from "./cursor";
import { JournalFailed, JournalFull, JournalTooOld } from "./faults";
import { type FileSystem, nodeFileSystem } from "./file-system";
import { takeFolder, unusable } from "./folder";
import type { Journal, RecordGroup, Recovery } from "./journal";
import { alignUp, GROUP_HEADER, RECORD_HEADER, type RecordKind, type RecordVisitor, recordBytes, SECTOR } from "./layout";
import { MAX_GROUP, OpenGroup } from "./open-group";
import { installReceived } from "./received-snapshot";
import { listSegments } from "./segments";

export interface FileJournalOptions {
  /** Created where it does not exist, readable by its owner alone. */
  folder: string;
  shard: number;
  /** Size of each file. A multiple of 512, at least twice the queue. @default 64 MiB */
  segmentBytes?: number;
  /** Longest group, and longest record. A multiple of 512. @default 1 MiB */
  groupBytes?: number;
  /** Groups that wait for the disk, with the open one; at least 2. The queue is `groupBytes` times this. @default 4 */
  groups?: number;
  /** Refuses to grow the log beyond so many bytes; 0 for as far as the disk goes. @default 0 */
  spaceLimit?: number;
  /** @default the operating system's files */
  fileSystem?: FileSystem;
  /** Microseconds since 1970. @default the system clock */
  clock?: () => number;
  /** Runs commits on this thread, each when the function calls it back. @default a thread of its own */
  schedule?: (run: () => void) => void;
}

const MEBIBYTE = 1 << 20;
/** Space that is looked up at once: the records that fit into it are then claimed without asking again. */
const GRANT_BYTES = 1 << 14;
/** A second group is sent behind the one that is being synced once it has so many bytes: the thread then never waits for this one. */
const PIPELINE_BYTES = 1 << 17;

export class FileJournal implements Journal {
  readonly shard: number;
  onDurable: (sequence: number) => void = () => {};
  onFailed: (error: Error) => void = () => {};
  readonly #options: Required<Omit<FileJournalOptions, "schedule">> & Pick<FileJournalOptions, "schedule">;
  readonly #ring: GroupRing;
  readonly #lastSequences: number[];
  readonly #unlock: () => void;
  #committer: Committer | undefined;
  #epoch = 0;
  #sequence = 0;
  #durable = 0;
  /** Known to be durable, but not yet told. */
  #collected = 0;
  #first = 1;
  /** Counts of groups; the open one is the next to be sealed. */
  #sealed = 0;
  #done = 0;
  readonly #open: OpenGroup;
  /** Until this length of the open group everything fits, even with so many bytes kept free. */
  #granted = 0;
  #grantedReserve = 0;
  #failure: JournalFailed | undefined;
  #closed = false;

  /**
   * Takes the folder, and brings an installation of a snapshot to its end that a crash interrupted. Throws `JournalUnusable` when it cannot be used; nothing
   * of the log is read yet.
   */
  constructor(options: FileJournalOptions) {
    this.#options = {
      segmentBytes: 64 * MEBIBYTE,
      groupBytes: MEBIBYTE,
      groups: 4,
      spaceLimit: 0,
      fileSystem: nodeFileSystem,
      clock: () => Date.now() * 1000,
      ...options,
    };
    checkOptions(this.#options);
    this.shard = options.shard;
    this.#unlock = takeFolder(this.#options.fileSystem, options.folder);
    try {
      installReceived(this.#options.fileSystem, options.folder, options.shard);
    } catch (error) {
      this.#unlock();
      throw unusable(error, options.folder);
    }
    this.#ring = GroupRing.allocate(this.#options.groupBytes, this.#options.groups);
    this.#lastSequences = new Array(this.#options.groups).fill(0);
    this.#open = new OpenGroup(this.#ring.slots[0]);
  }

  get durable(): number {
    return this.#durable;
  }

  get appended(): number {
    return this.#sequence;
  }

  get first(): number {
    return this.#first;
  }

  get full(): string {
    return Atomics.load(this.#ring.control, FULL) === 0 || this.#fits(this.#queueBytes()) ? "" : this.#ring.text;
  }

  async recover(from: number, visit: RecordVisitor, behindGroup = () => {}): Promise<Recovery> {
    if (this.#committer) throw new Error("the journal is recovered already");
    const { fileSystem, folder, shard, segmentBytes, spaceLimit, schedule } = this.#options;
    let cursor: LogCursor;
    try {
      cursor = readThrough(fileSystem, folder, from, shard, visit, behindGroup);
    } catch (error) {
      throw unusable(error, folder);
    }
    const tail = cursor.tail();
    this.#first = cursor.segments[0]?.header?.firstSequence ?? 1;
    this.#sequence = this.#durable = this.#collected = tail.sequence;
    this.#epoch = tail.epoch + 1;
    const log = { folder, shard, segmentBytes, spaceLimit, tail };
    try {
      this.#committer = schedule
        ? scheduledCommitter(this.#ring, fileSystem, log, schedule, () => this.#progressed())
        : threadCommitter(this.#ring, log, () => this.#progressed());
    } catch (error) {
      throw unusable(error, folder);
    }
    await this.#committer.ready.catch((error: unknown) => {
      throw unusable(error, folder);
    });
    const { torn } = tail;
    return {
      epoch: this.#epoch,
      sequence: tail.sequence,
      torn:
        torn &&
        `${torn.file}: an interrupted write of ${torn.bytes} bytes at offset ${torn.offset} was cut; nothing in it was acknowledged`,
    };
  }

  get epoch(): number {
    return this.#epoch;
  }

  beginEpoch(epoch: number): boolean {
    if (epoch === this.#epoch) return true;
    if (this.#open.count > 0) this.#seal();
    if (this.#open.count > 0) return false;
    this.#epoch = epoch;
    return true;
  }

  get payload(): Uint8Array {
    return this.#open.slot.bytes;
  }

  get payloadWords(): Int32Array {
    return this.#open.slot.words;
  }

  get payloadLongs(): BigInt64Array {
    return this.#open.slot.longs;
  }

  get payloadStart(): number {
    return this.#open.payloadStart;
  }

  claim(bytes: number, reserve: number): boolean {
    const need = recordBytes(bytes);
    if (this.#open.length + need <= this.#granted && reserve <= this.#grantedReserve) return true;
    return this.#claim(bytes, need, reserve);
  }

  append(kind: RecordKind, end: number): number {
    this.#open.append(kind, end);
    return ++this.#sequence;
  }

  room(bytes: number, reserve: number): number {
    if (this.#failure) return 0;
    const room = Math.min(bytes, this.#options.groupBytes - this.#open.length);
    if (!this.#isFree(room + reserve)) this.#collect();
    return this.#isFree(room + reserve) && this.#fits(this.#queueBytes() + room + reserve) ? room : 0;
  }

  appendAll(kind: RecordKind, longs: BigInt64Array, start: number, lengths: Uint16Array, count: number): number {
    const open = this.#open;
    open.appendAll(kind, longs, start, lengths, count);
    if (open.length > this.#options.groupBytes)
      throw new Error(`${count} records end ${open.length - this.#options.groupBytes} bytes behind their group`);
    this.#sequence += count;
    return this.#sequence;
  }

  commit(): void {
    if (this.#open.count === 0 || this.#failure) return;
    if (this.#sealed !== this.#done && Atomics.load(this.#ring.control, DONE) !== this.#done) this.#progressed();
    if (this.#open.count === 0) return;
    const waiting = this.#sealed - this.#done;
    if (waiting === 0 || (waiting === 1 && this.#open.length >= PIPELINE_BYTES)) this.#seal();
  }

  async *read(from: number, through: number): AsyncIterable<RecordGroup> {
    if (from < this.#first) throw new JournalTooOld(from, this.#first);
    if (from > through) return;
    if (through > this.#durable) throw new RangeError(`sequence ${through} is not durable yet, ${this.#durable} is`);
    const cursor = new LogCursor(this.#options.fileSystem, this.#options.folder, from, this.shard);
    try {
      for (let sequence = from - 1; sequence < through; ) {
        const group = cursor.next();
        if (!group) throw new JournalFailed(`the log ends at sequence ${sequence}, but ${through} is durable`);
        sequence = group.header.firstSequence + group.header.count - 1;
        yield {
          time: group.header.time,
          visit: (visit) =>
            group.visit((kind, epoch, at, bytes, start, end) => {
              if (at <= through) visit(kind, epoch, at, bytes, start, end);
            }),
        };
      }
    } finally {
      cursor.close();
    }
  }

  bytesAfter(sequence: number): number {
    const { fileSystem, folder, segmentBytes } = this.#options;
    const used = listSegments(fileSystem, folder, this.shard).filter(({ header }) => header !== undefined);
    const from = used.findLastIndex(({ header }) => header!.firstSequence <= sequence + 1);
    return (used.length - from) * segmentBytes;
  }

  retain(keep: number): void {
    const { fileSystem, folder } = this.#options;
    const segments = listSegments(fileSystem, folder, this.shard);
    for (let at = 0; at + 1 < segments.length; at++) {
      const next = segments[at + 1].header;
      if (!next || next.firstSequence > keep) return;
      fileSystem.remove(segments[at].path);
      // One after the other: a crash that undoes one removal and not the next would leave a gap.
      fileSystem.syncFolder(folder);
      this.#first = next.firstSequence;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#open.count > 0 && !this.#failure && this.#committer) {
      this.#seal();
      if (this.#open.count > 0) await new Promise((resolve) => setImmediate(resolve));
      this.#progressed();
    }
    await this.#committer?.stop();
    this.#granted = 0;
    this.#failure ??= new JournalFailed("the journal is closed");
    this.#unlock();
  }

  #claim(bytes: number, need: number, reserve: number): boolean {
    const { groupBytes } = this.#options;
    if (need > groupBytes - GROUP_HEADER)
      throw new RangeError(`a record has ${bytes} bytes, at most ${groupBytes - GROUP_HEADER - RECORD_HEADER} are possible`);
    if (this.#failure) throw this.#failure;
    if (this.#open.length + need > groupBytes) this.#seal();
    if (!this.#isFree(need + reserve)) {
      this.#collect();
      if (!this.#isFree(need + reserve)) return false;
    }
    if (!this.#fits(this.#queueBytes() + need + reserve)) {
      this.#committer?.wake();
      throw new JournalFull(this.#ring.text || "the next segment of the log is not ready yet");
    }
    const grant = Math.min(groupBytes - this.#open.length, GRANT_BYTES);
    if (this.#isFree(grant + reserve) && this.#fits(this.#queueBytes() + grant + reserve)) {
      this.#granted = this.#open.length + grant;
      this.#grantedReserve = reserve;
    }
    return true;
  }

  /** Whether the queue takes so many bytes more. */
  #isFree(bytes: number): boolean {
    const { groupBytes, groups } = this.#options;
    const free = groups - (this.#sealed - this.#done);
    return free > 0 && free * groupBytes - this.#open.length >= bytes;
  }

  /** Closes the open group and gives it to the committer, if a slot is free for the next one. */
  #seal(): void {
    const { groups, clock } = this.#options;
    if (this.#open.count === 0 || this.#sealed - this.#done >= groups) return;
    this.#open.close({
      firstSequence: this.#sequence - this.#open.count + 1,
      time: clock(),
      epoch: this.#epoch,
      shard: this.shard,
    });
    this.#lastSequences[this.#sealed % groups] = this.#sequence;
    this.#sealed++;
    this.#granted = 0;
    const { control, slots } = this.#ring;
    this.#open.begin(slots[this.#sealed % groups]);
    Atomics.store(control, SEALED, this.#sealed);
    this.#committer!.wake();
  }

  /** Takes note of what the committer has done; nobody is told yet. */
  #collect(): void {
    const done = Atomics.load(this.#ring.control, DONE);
    if (done === this.#done) return;
    this.#done = done;
    this.#collected = this.#lastSequences[(done - 1) % this.#options.groups];
  }

  /** Keeps the disk busy and tells what has become durable. */
  #progressed(): void {
    this.#collect();
    if (this.#sealed === this.#done) this.#seal();
    if (this.#collected !== this.#durable) {
      this.#durable = this.#collected;
      this.onDurable(this.#durable);
    }
    if (Atomics.load(this.#ring.control, FAILED) && !this.#failure) {
      this.#granted = 0;
      this.#failure = new JournalFailed(`the command log in ${this.#options.folder} cannot be written: ${this.#ring.text}`);
      this.onFailed(this.#failure);
    }
  }

  /** Most bytes on the disk that all groups that wait, and the open one, can take. */
  #queueBytes(): number {
    const { groups, groupBytes } = this.#options;
    const waiting = Math.min(this.#sealed - this.#done, groups);
    return waiting * (groupBytes + SECTOR) + alignUp(this.#open.length, SECTOR);
  }

  #fits(bytes: number): boolean {
    return Atomics.load(this.#ring.control, ROOM) * 512 >= bytes;
  }
}

function checkOptions({ segmentBytes, groupBytes, groups, shard }: Required<Omit<FileJournalOptions, "schedule">>): void {
  if (!Number.isInteger(shard) || shard < 0 || shard > 0xffff)
    throw new RangeError(`shard is ${shard}, it must be an integer from 0 to 65535`);
  if (groups < 2 || groups > 16) throw new RangeError(`groups is ${groups}, it must be from 2 to 16`);
  if (groupBytes % SECTOR || groupBytes < SECTOR || groupBytes > MAX_GROUP)
    throw new RangeError(`groupBytes is ${groupBytes}, it must be a multiple of ${SECTOR} below 16 MiB`);
  const least = 2 * groups * (groupBytes + SECTOR);
  if (segmentBytes % SECTOR || segmentBytes < least) {
    throw new RangeError(
      `segmentBytes is ${segmentBytes}, it must be a multiple of ${SECTOR} and at least ${least}, twice the queue of ${groups} groups`,
    );
  }
}

/** Visits the log to its end. The cursor that is returned is closed and knows the tail. */
function readThrough(
  fileSystem: FileSystem,
  folder: string,
  from: number,
  shard: number,
  visit: RecordVisitor,
  behindGroup: () => void,
): LogCursor {
  const cursor = new LogCursor(fileSystem, folder, from, shard);
  try {
    for (let group = cursor.next(); group; group = cursor.next()) {
      group.visit(visit);
      behindGroup();
    }
    return cursor;
  } finally {
    cursor.close();
  }
}
