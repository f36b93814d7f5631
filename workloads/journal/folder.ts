/** The folder of a journal: taking it for one process, what its faults mean to an operator, and setting aside what is given up. */

import { JournalUnusable } from "./faults";
import { type FileSystem, inFolder, ownership, systemErrorCode } from "./file-system";

/** Creates the folder, sees that it can be written, and locks it. */
export function takeFolder(fileSystem: FileSystem, folder: string): () => void {
  let unlock: (() => void) | undefined;
  try {
    fileSystem.makeFolder(folder);
    unlock = fileSystem.lock(inFolder(folder, "lock"));
  } catch (error) {
    throw unusable(error, folder);
  }
  if (unlock) return unlock;
  throw new JournalUnusable(`${folder} is in use by another process: stop that one first, or give this one a folder of its own`);
}

/** What a system error on a file of `folder` means for who starts the journal; any other error is returned as it is. */
export function unusable(error: unknown, folder: string): Error {
  const code = systemErrorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === "EROFS" || /readonly database/.test(message)) {
    return new JournalUnusable(
      `${folder} is on a read-only file system or its lock is write-protected: mount it writable (${ownership(folder)})`,
    );
  }
  const path = error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : folder;
  if (code === "EACCES" || code === "EPERM" || /unable to open database/.test(message)) {
    return new JournalUnusable(`${path} may not be read and written: ${ownership(path)}. Run as its owner, or change the owner`);
  }
  if (code === "ENOTDIR" || code === "EEXIST")
    return new JournalUnusable(`${folder} is not a folder, or lies in something that is none: name another, or move away what is there`);
  if (code === "ENOSPC" || code === "EDQUOT") return new JournalUnusable(`the disk of ${folder} is full: free some space and start again`);
  if (code === "EIO") {
    return new JournalUnusable(
      `${path} cannot be read or written (${message}): its disk or file system is failing. Nothing was given up; see the system's log, and start ` +
        "from a copy of the folder on a sound disk",
    );
  }
  return error instanceof Error ? error : new Error(message);
}

/** Gives a file a name that nothing reads: what is given up is never deleted. */
export function setAside(fileSystem: FileSystem, folder: string, path: string, aside: string[]): void {
  const to = asideOf(fileSystem, folder, path);
  fileSystem.rename(path, to);
  aside.push(to);
}

/** The name beside a file under which what will take its place is written; what an interrupted call has left there is removed. */
export function partOf(fileSystem: FileSystem, folder: string, path: string): string {
  const part = `${path}.part`;
  if (fileSystem.list(folder).some((name) => inFolder(folder, name) === part)) fileSystem.remove(part);
  return part;
}

/** A name that ends in `.removed` and is not taken: what was set aside before stays. */
export function asideOf(fileSystem: FileSystem, folder: string, path: string): string {
  const taken = new Set(fileSystem.list(folder).map((name) => inFolder(folder, name)));
  let name = `${path}.removed`;
  for (let count = 2; taken.has(name); count++) name = `${path}.${count}.removed`;
  return name;
}
