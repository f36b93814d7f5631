/**
 * Writes groups into segments, one sync a group, and prepares the next segment ahead, so that a commit never waits for a file to grow and
 * never meets a full disk: space that is not prepared is refused before anything is logged.
 *
 * Synchronous, single-threaded; {@link FileJournal} runs it on a thread of its own.
 */

import type { LogTail } from "./cursor";
import { type FileSystem, inFolder, type OpenFile, systemErrorCode } from "./file-system";
import { alignUp, FORMAT_VERSION, type Frame, frameOf, groupEpoch, SECTOR, sealGroup, writeSegmentHeader } from "./layout";
import { pageMemory } from "./page-memory";
import { segmentName } from "./segments";

const CHUNK = 1 << 20;
const zeros = new Uint8Array(pageMemory(CHUNK));
const sector = frameOf(pageMemory(SECTOR), 0, SECTOR);

/** Serialisable, since it crosses to the thread of the log. */
export interface SegmentLogOptions {
  folder: string;
  shard: number;
  /** Size of each file, a multiple of 512. */
  segmentBytes: number;
  /** Refuses to grow the log beyond so many bytes; 0 for as far as the disk goes. */
  spaceLimit: number;
  tail: LogTail;
}

export class SegmentLog {
  readonly #fileSystem: FileSystem;
  readonly #options: SegmentLogOptions;
  readonly #direct: boolean;
  #active: OpenFile | undefined;
  #activeOffset = 0;
  #index: number;
  #chain: number;
  /** The file that is being prepared, or is ready when `#prepared` is its whole size. */
  #next: OpenFile | undefined;
  #prepared = 0;
  #full = "";

  /**
   * Continues where the log ends. What follows the last group, torn or prepared, is cleared first.
   *
   * @param direct the frames that will be committed start on a page: the disk takes them from there
   */
  constructor(fileSystem: FileSystem, options: SegmentLogOptions, direct = false) {
    this.#fileSystem = fileSystem;
    this.#direct = direct;
    this.#options = options;
    const { tail, folder } = options;
    this.#chain = tail.chain;
    this.#index = tail.segment?.header ? tail.segment.index : (tail.segment?.index ?? 1) - 1;
    this.#removeUnused(folder);
    if (tail.segment?.header) {
      this.#active = fileSystem.open(tail.segment.path, "write", direct);
      this.#activeOffset = tail.offset;
      if (tail.torn?.file === tail.segment.path) this.#clear(this.#active, tail.offset, tail.segment.size);
      rewrite(this.#active, tail.lastGroup, tail.offset);
    }
    // Nobody waits for a group yet: all of the first segment with one sync.
    if (!this.#full) this.prepare(options.segmentBytes);
  }

  /** Why no space can be prepared, or "" while it can. */
  get full(): string {
    return this.#full;
  }

  /** Bytes of groups that fit for certain into what is prepared, in the present segment or in the next. */
  get room(): number {
    const active = this.#active ? this.#active.size() - this.#activeOffset : 0;
    const next = this.#prepared === this.#options.segmentBytes ? this.#prepared - SECTOR : 0;
    return Math.max(active, next);
  }

  /**
   * Bytes of the next segment to prepare now, so that it is ready before the present one is full: twice as far as that one is used, a chunk
   * at a time.
   */
  get behind(): number {
    const { segmentBytes } = this.#options;
    const wanted = Math.min(segmentBytes, 2 * this.#activeOffset);
    return this.#full ? 0 : alignUp(Math.max(0, wanted - this.#prepared), CHUNK);
  }

  /**
   * Completes the checksums of the group at the start of `frame`, writes and syncs it. Its header is in place; `length` is what it says.
   * An error leaves it unknown what is on the disk: the log must not be used again.
   */
  commit(frame: Frame, length: number, firstSequence: number): void {
    const padded = alignUp(length, SECTOR);
    frame.bytes.fill(0, length, padded);
    if (!this.#active || this.#activeOffset + padded > this.#active.size()) this.#rotate(firstSequence, groupEpoch(frame.words));
    this.#chain = sealGroup(frame.words, 0, this.#chain);
    this.#active!.write(frame.bytes, 0, padded, this.#activeOffset);
    this.#active!.sync();
    this.#activeOffset += padded;
  }

  /**
   * Prepares up to `budget` bytes of the next segment; does nothing when it is ready. A full disk shows in {@link full}; any other error
   * is thrown.
   */
  prepare(budget: number): void {
    const { segmentBytes } = this.#options;
    if (this.#prepared === segmentBytes) return;
    try {
      if (!this.#next) {
        this.#full = this.#overLimit();
        if (this.#full) return;
        this.#next = this.#fileSystem.open(inFolder(this.#options.folder, segmentName(this.#index + 1)), "create", this.#direct);
      }
      const until = Math.min(this.#prepared + budget, segmentBytes);
      while (this.#prepared < until) {
        const length = Math.min(CHUNK, until - this.#prepared);
        this.#next.write(zeros, 0, length, this.#prepared);
        this.#prepared += length;
      }
      const isReady = this.#prepared === segmentBytes;
      // A sync of a file that grows waits for the file system's own log. Piece by piece it is only needed where the zeros are in the file cache, and would all go to the disk at once.
      if (isReady || !this.#next.isDirect) this.#next.sync();
      if (isReady) this.#fileSystem.syncFolder(this.#options.folder);
      this.#full = "";
    } catch (error) {
      this.#abandonNext();
      const code = systemErrorCode(error);
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      this.#full = `the disk of ${this.#options.folder} is full (${code})`;
    }
  }

  close(): void {
    this.#active?.close();
    this.#next?.close();
    this.#active = this.#next = undefined;
  }

  #rotate(firstSequence: number, epoch: number): void {
    const { segmentBytes, shard } = this.#options;
    if (this.#prepared !== segmentBytes) throw new Error("the next segment is not prepared: more was accepted than there was room for");
    this.#active?.close();
    this.#active = this.#next!;
    this.#next = undefined;
    this.#prepared = 0;
    this.#index++;
    writeSegmentHeader(sector, {
      version: FORMAT_VERSION,
      shard,
      index: this.#index,
      epoch,
      firstSequence,
      segmentBytes,
      chain: this.#chain,
    });
    this.#active.write(sector.bytes, 0, SECTOR, 0);
    this.#activeOffset = SECTOR;
  }

  #overLimit(): string {
    const { folder, segmentBytes, spaceLimit } = this.#options;
    if (spaceLimit === 0) return "";
    const used = this.#fileSystem.list(folder).filter((name) => name.endsWith(".log")).length * segmentBytes;
    if (used + segmentBytes <= spaceLimit) return "";
    return `the log in ${folder} has ${used} bytes and may have ${spaceLimit}: raise the limit, or take a snapshot and lower the retention`;
  }

  /** Files behind the last one in use: left by preparation, or torn before anything in them was acknowledged. */
  #removeUnused(folder: string): void {
    const inUse = segmentName(this.#index);
    for (const name of this.#fileSystem.list(folder)) {
      // What a repair set aside has names that go on behind those of segments.
      if (name.startsWith("segment-") && name.endsWith(".log") && name > inUse) this.#fileSystem.remove(inFolder(folder, name));
    }
  }

  #clear(file: OpenFile, start: number, end: number): void {
    for (let offset = start; offset < end; offset += CHUNK) file.write(zeros, 0, Math.min(CHUNK, end - offset), offset);
  }

  #abandonNext(): void {
    if (!this.#next) return;
    this.#next.close();
    this.#fileSystem.remove(this.#next.path);
    this.#next = undefined;
    this.#prepared = 0;
  }
}

/**
 * Writes and syncs the last group again. It may be visible without being durable: the process was killed before its sync, or the sync failed,
 * after which a system may take pages for clean that never reached the disk. From here on others see what is in it.
 */
function rewrite(file: OpenFile, start: number, end: number): void {
  const bytes = new Uint8Array(pageMemory(end - start), 0, end - start);
  file.read(bytes, 0, bytes.length, start);
  file.write(bytes, 0, bytes.length, start);
  file.sync();
}
