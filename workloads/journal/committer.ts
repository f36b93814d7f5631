/**
 * Carries closed groups to the {@link SegmentLog}: on a thread of its own (production: checksums, writes and syncs overlap with matching), or
 * on the caller's thread when a scheduler says so (the simulation, small tools).
 *
 * Groups lie in a ring of equal slots of shared memory (`open-group.ts`). The owner fills a slot and counts it as sealed; the committer counts it as done when
 * it is durable; a slot is free again once done.
 */

import { join } from "node:path";
import { startThread } from "../process/thread";
import type { FileSystem } from "./file-system";
import { type Frame, frameOf, groupOf } from "./layout";
import { layOutGroup } from "./open-group";
import { pageMemory } from "./page-memory";
import { SegmentLog, type SegmentLogOptions } from "./segment-log";

/** Words of the shared control block. */
export const SEALED = 0;
export const DONE = 1;
export const STOP = 2;
export const FAILED = 3;
export const FULL = 4;
/** Prepared space in units of 512 bytes. */
export const ROOM = 5;
export const TEXT_LENGTH = 6;
/** 1 once the log is open for appending, or has failed to open. */
export const READY = 7;
const CONTROL_BYTES = 256;
const TEXT_BYTES = 1024;
const SLOTS_AT = CONTROL_BYTES + TEXT_BYTES;

export const IDLE_PREPARE = 1 << 20;

/** The memory that both sides share. */
export class GroupRing {
  readonly control: Int32Array;
  readonly slots: Frame[];
  readonly #text: Uint8Array;

  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly slotBytes: number,
    readonly slotCount: number,
  ) {
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES / 4);
    this.#text = new Uint8Array(buffer, CONTROL_BYTES, TEXT_BYTES);
    this.slots = Array.from({ length: slotCount }, (_, slot) => frameOf(buffer, SLOTS_AT + slot * slotBytes, slotBytes));
  }

  static allocate(slotBytes: number, slotCount: number): GroupRing {
    return new GroupRing(new SharedArrayBuffer(SLOTS_AT + slotBytes * slotCount), slotBytes, slotCount);
  }

  /** Why it is full or has failed. */
  get text(): string {
    return Buffer.from(this.#text.subarray(0, Atomics.load(this.control, TEXT_LENGTH))).toString("utf8");
  }

  set text(value: string) {
    const bytes = Buffer.from(value, "utf8").subarray(0, TEXT_BYTES);
    this.#text.set(bytes);
    Atomics.store(this.control, TEXT_LENGTH, bytes.length);
  }
}

/** Memory in which the groups of a ring are laid out, one at a time: it starts on a page, and stays in the cache. */
export const groupMemory = (ring: GroupRing): Frame => frameOf(pageMemory(ring.slotBytes), 0, ring.slotBytes);

/** Commits the oldest sealed group of the ring, laid out in `group`, and prepares some of the next segment. Returns false when none is sealed. */
export function commitOldest(ring: GroupRing, log: SegmentLog, group: Frame): boolean {
  const { control } = ring;
  const done = Atomics.load(control, DONE);
  if (done === Atomics.load(control, SEALED)) return false;
  try {
    const length = layOutGroup(ring.slots[done % ring.slotCount], group);
    log.commit(group, length, groupOf(group.words).firstSequence);
    // The space that this commit took must show before the slot is free: what fits is judged by both.
    publishRoom(ring, log);
    Atomics.store(control, DONE, done + 1);
    Atomics.notify(control, DONE);
    if (log.behind > 0) prepare(ring, log, log.behind);
  } catch (error) {
    fail(ring, error);
  }
  return true;
}

/** Prepares `budget` bytes of the next segment. */
export function prepare(ring: GroupRing, log: SegmentLog, budget: number): void {
  try {
    log.prepare(budget);
    publishRoom(ring, log);
  } catch (error) {
    fail(ring, error);
  }
}

export function publishRoom(ring: GroupRing, log: SegmentLog): void {
  if (log.full && Atomics.load(ring.control, FULL) === 0) ring.text = log.full;
  Atomics.store(ring.control, ROOM, Math.min(0x7fffffff, Math.floor(log.room / 512)));
  Atomics.store(ring.control, FULL, log.full ? 1 : 0);
}

function fail(ring: GroupRing, error: unknown): void {
  ring.text = error instanceof Error ? error.message : String(error);
  Atomics.store(ring.control, FAILED, 1);
  Atomics.notify(ring.control, DONE);
  ready(ring);
}

/** The log is open, or has failed to open. */
export function ready(ring: GroupRing): void {
  Atomics.store(ring.control, READY, 1);
  Atomics.notify(ring.control, READY);
}

export interface Committer {
  /** Resolves once groups can be committed; rejects when the log cannot be opened for appending. */
  ready: Promise<unknown>;
  /** A group was sealed, or space was asked for that is not there. */
  wake(): void;
  /** Commits what is sealed and ends. */
  stop(): Promise<void>;
}

/** Runs each commit when `schedule` calls it back. `progressed` is called after each. */
export function scheduledCommitter(
  ring: GroupRing,
  fileSystem: FileSystem,
  options: SegmentLogOptions,
  schedule: (run: () => void) => void,
  progressed: () => void,
): Committer {
  const log = new SegmentLog(fileSystem, options);
  const group = groupMemory(ring);
  publishRoom(ring, log);
  let scheduled = false;
  const run = () => {
    scheduled = false;
    if (Atomics.load(ring.control, FAILED)) return;
    if (log.full) prepare(ring, log, options.segmentBytes);
    if (Atomics.load(ring.control, FAILED) || commitOldest(ring, log, group)) progressed();
    if (Atomics.load(ring.control, DONE) !== Atomics.load(ring.control, SEALED)) wake();
  };
  const wake = () => {
    if (scheduled) return;
    scheduled = true;
    schedule(run);
  };
  return {
    ready: Promise.resolve(),
    wake,
    async stop() {
      while (!Atomics.load(ring.control, FAILED) && commitOldest(ring, log, group)) progressed();
      log.close();
    },
  };
}

/** Runs the log on a worker thread. `progressed` is called on this thread after one or more commits, and after a failure. */
export function threadCommitter(ring: GroupRing, options: SegmentLogOptions, progressed: () => void): Committer {
  const data: CommitThreadData = { buffer: ring.buffer, slotBytes: ring.slotBytes, slotCount: ring.slotCount, options };
  const worker = startThread(join(__dirname, "commit-thread"), data);
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => resolve());
  });
  let notOpened: Error | undefined;
  worker.once("error", (error: Error) => {
    if (Atomics.load(ring.control, READY) === 0) notOpened = error;
    fail(ring, error);
    progressed();
  });
  let stopped = false;
  const watch = (seen: number) => {
    const wait = waitAsync(ring.control, DONE, seen);
    const go = () => {
      if (stopped) return;
      const done = Atomics.load(ring.control, DONE);
      progressed();
      if (!Atomics.load(ring.control, FAILED)) watch(done);
    };
    if (wait.async) wait.value.then(go);
    else queueMicrotask(go);
  };
  watch(Atomics.load(ring.control, DONE));
  const open = waitAsync(ring.control, READY, 0);
  return {
    ready: Promise.resolve(open.value).then(() => {
      if (notOpened) throw notOpened;
    }),
    wake: () => {
      Atomics.notify(ring.control, SEALED);
    },
    async stop() {
      Atomics.store(ring.control, STOP, 1);
      Atomics.notify(ring.control, SEALED);
      await ended;
      progressed();
      stopped = true;
    },
  };
}

export interface CommitThreadData {
  buffer: SharedArrayBuffer;
  slotBytes: number;
  slotCount: number;
  options: SegmentLogOptions;
}

type AsyncWait = { async: false; value: string } | { async: true; value: Promise<string> };
/** ES2024; absent from the library types of ES2023. */
const waitAsync = (Atomics as unknown as { waitAsync(words: Int32Array, at: number, value: number): AsyncWait }).waitAsync;
