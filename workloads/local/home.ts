/**
 * The folder in which the embedded exchange keeps everything, held by one process at a time. The lock is SQLite's lock on a file, which
 * the operating system releases when the process ends in whatever way: there is no stale lock to clean up.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SQLite's result code for a lock that another process holds. */
const SQLITE_BUSY = 5;

/** A home that cannot be used; the message says why and what to do. */
export class HomeError extends Error {
  override readonly name = "HomeError";
}

export class Home {
  private constructor(
    readonly folder: string,
    private readonly lock: DatabaseSync,
    private readonly created: boolean,
  ) {}

  /**
   * Creates the folder where it is missing (mode 0700) and takes its lock.
   *
   * @throws HomeError when the folder cannot be written or another process holds it.
   */
  static open(folder: string): Home {
    const pidFile = join(folder, "pid");
    let lock: DatabaseSync | undefined;
    try {
      const created = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined;
      lock = new DatabaseSync(join(folder, "lock"));
      lock.exec("pragma locking_mode = exclusive; begin exclusive");
      writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
      return new Home(folder, lock, created);
    } catch (error) {
      if (lock?.isOpen) lock.close();
      if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
        throw new HomeError(
          `${folder} is in use by process ${readPid(pidFile)}. Stop that one, or set BOURSE_HOME to another folder to run a second exchange.`,
        );
      }
      throw new HomeError(
        `BOURSE_HOME ${folder} cannot be used: ${(error as Error).message}. Set BOURSE_HOME to a folder that this user may write.`,
      );
    }
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file that only its owner may read, in one step: a reader sees the old contents or the new, never a part. */
  write(name: string, contents: string): void {
    const file = this.path(name);
    writeFileSync(`${file}.new`, contents, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** The contents of a file, undefined where there is none. */
  read(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Gives the lock back. A folder that this process has made and put nothing into goes again. */
  close(): void {
    if (!this.lock.isOpen) return;
    this.remove("pid");
    const unused = this.created && readdirSync(this.folder).every((name) => name.startsWith("lock"));
    this.lock.close();
    if (unused) rmSync(this.folder, { recursive: true, force: true });
  }
}

function readPid(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "(unknown)";
  }
}
