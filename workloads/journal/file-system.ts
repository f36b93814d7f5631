/**
 * The file operations that the journal needs, and nothing else: a port, so that the simulation can crash, tear, lose and corrupt writes. All
 * are synchronous: the journal runs them on a thread of its own, where waiting for the disk is the whole work.
 */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** `read`: an existing file. `write`: an existing file, for reading and writing. `create`: a new file, for both; fails where one exists. */
export type OpenMode = "read" | "write" | "create";

export interface OpenFile {
  readonly path: string;
  /** Whether what is written goes to the disk at once, past the system's file cache. @default false */
  readonly isDirect?: boolean;
  /** In bytes. */
  size(): number;
  /** Reads up to `end - start` bytes at `offset` of the file into `bytes[start, end)`; returns how many there were. */
  read(bytes: Uint8Array, start: number, end: number, offset: number): number;
  /** Writes the whole of `bytes[start, end)` at `offset` of the file, or throws. */
  write(bytes: Uint8Array, start: number, end: number, offset: number): void;
  /** Returns once everything written is on the disk (fdatasync). */
  sync(): void;
  close(): void;
}

export interface FileSystem {
  makeFolder(path: string): void;
  /** Names in a folder, sorted. */
  list(folder: string): string[];
  /** @param direct what is written are whole sectors of memory that starts on a page (`page-memory.ts`): the disk takes them from there, where the system can do that */
  open(path: string, mode: OpenMode, direct?: boolean): OpenFile;
  /** Replaces `to` where it exists. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Bytes that files in a folder may still grow by. */
  free(folder: string): number;
  /** Makes created, renamed and removed names durable. */
  syncFolder(folder: string): void;
  /** Takes the exclusive lock `path` until the returned function is called or the process ends; undefined when another holds it. */
  lock(path: string): (() => void) | undefined;
  /** Waits for another process, which may be in the middle of a write. Absent where there is none. */
  pause?(ms: number): void;
}

/** The code of a system error, such as ENOSPC; undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export const nodeFileSystem: FileSystem = {
  makeFolder(path) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  list(folder) {
    return readdirSync(folder).sort();
  },
  open(path, mode, direct = false) {
    return new NodeFile(path, mode, direct);
  },
  rename(from, to) {
    renameSync(from, to);
  },
  remove(path) {
    unlinkSync(path);
  },
  free(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  syncFolder(folder) {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  lock(path) {
    // SQLite holds an operating-system lock on its file, which ends with the process however it dies. Node has no flock of its own.
    const database = new DatabaseSync(path);
    try {
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      const busy = 5; // SQLITE_BUSY
      if (error instanceof Error && "errcode" in error && error.errcode === busy) return undefined;
      throw error;
    }
    return () => database.close();
  },
  pause(ms) {
    Atomics.wait(nothing, 0, 0, ms);
  },
};

/** Nobody wakes who waits for it. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

const flags = { read: "r", write: "r+", create: "wx+" } as const;

class NodeFile implements OpenFile {
  readonly #descriptor: number;
  /** For writing past the system's file cache, where that is asked for and possible. What is read or synced through the other sees what it wrote. */
  #direct: number | undefined;

  constructor(
    readonly path: string,
    mode: OpenMode,
    direct: boolean,
  ) {
    this.#descriptor = openSync(path, flags[mode], 0o600);
    this.#direct = direct ? openDirect(path) : undefined;
  }

  get isDirect(): boolean {
    return this.#direct !== undefined;
  }

  size(): number {
    return fstatSync(this.#descriptor).size;
  }

  read(bytes: Uint8Array, start: number, end: number, offset: number): number {
    let at = start;
    while (at < end) {
      const count = this.#named(() => readSync(this.#descriptor, bytes, at, end - at, offset + at - start));
      if (count === 0) break;
      at += count;
    }
    return at - start;
  }

  write(bytes: Uint8Array, start: number, end: number, offset: number): void {
    let at = start;
    while (at < end) at += this.#named(() => this.#writeSome(bytes, at, end - at, offset + at - start));
  }

  #writeSome(bytes: Uint8Array, start: number, length: number, offset: number): number {
    if (this.#direct !== undefined) {
      try {
        return writeSync(this.#direct, bytes, start, length, offset);
      } catch (error) {
        // The file system or the disk wants larger sectors, or the system stopped in the middle of one. Nothing was written.
        if (systemErrorCode(error) !== "EINVAL") throw error;
        closeSync(this.#direct);
        this.#direct = undefined;
      }
    }
    return writeSync(this.#descriptor, bytes, start, length, offset);
  }

  sync(): void {
    this.#named(() => fdatasyncSync(this.#descriptor));
  }

  /** Node tells the path only of calls that take one. */
  #named<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw Object.assign(error as Error, { path: this.path });
    }
  }

  close(): void {
    closeSync(this.#descriptor);
    if (this.#direct !== undefined) closeSync(this.#direct);
  }
}

/** Another descriptor of a file, for writing past the file cache; undefined where the system or the file system has no such thing. */
function openDirect(path: string): number | undefined {
  if (!constants.O_DIRECT) return undefined;
  try {
    return openSync(path, constants.O_WRONLY | constants.O_DIRECT);
  } catch {
    return undefined;
  }
}

/** Who owns a path, or the nearest folder above it that can be looked at, and who asks, for the text of a permission error. */
export function ownership(path: string): string {
  try {
    const { uid, gid, mode } = statSync(path);
    return `${path} belongs to uid ${uid}, gid ${gid}, mode ${(mode & 0o777).toString(8)}; this process runs as uid ${process.getuid?.()}, gid ${process.getgid?.()}`;
  } catch (error) {
    if (dirname(path) === path) throw error;
    return ownership(dirname(path));
  }
}

/** Path of a file in a folder. */
export const inFolder = (folder: string, name: string): string => join(folder, name);
