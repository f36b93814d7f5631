/**
 * A disk in memory that fails as disks do, from a seed: what is written but not synced may be lost sector by sector in a crash, names that
 * are not synced may be lost or stay, space may run out, calls may fail, bits may flip.
 */

import type { FileSystem, OpenFile, OpenMode } from "../../../workloads/journal";

const SECTOR = 512;

/** Thrown by the call during which the machine crashed, and by every later one until {@link SimulatedDisk.restart}. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";
}

/** A small, fast generator with a 32-bit seed (mulberry32). */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** In [0, below). */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)];
  }
}

interface Content {
  /** What a read sees, and what survives a crash for certain. */
  current: Uint8Array;
  durable: Uint8Array;
  dirty: Set<number>;
}

export class SimulatedDisk implements FileSystem {
  readonly #random: Random;
  /** Names as seen now, and as they survive a crash for certain. */
  #names = new Map<string, Content>();
  #durableNames = new Map<string, Content>();
  /** Changes of names that may survive a crash or not, each as a whole: a rename is never half done. */
  #unsynced: ((names: Map<string, Content>) => void)[] = [];
  #locks = new Set<string>();
  #crashed = false;
  #lives = 0;
  /** The machine crashes in the call after so many that change something. */
  crashAfter = Number.POSITIVE_INFINITY;
  /** Bytes that all files together may have. */
  capacity = Number.POSITIVE_INFINITY;
  /** The next write or sync fails with EIO. */
  failNext: "write" | "sync" | undefined;

  /** @param syncs false for a disk that says it has synced and has not */
  constructor(
    random: Random,
    readonly syncs = true,
  ) {
    this.#random = random;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  crash(): void {
    this.#crashed = true;
  }

  /** What a machine finds that starts again: every unsynced sector and name is there or not. */
  restart(): void {
    this.#crashed = false;
    this.#lives++;
    this.crashAfter = Number.POSITIVE_INFINITY;
    this.#locks.clear();
    const keep = this.#random.pick([0, 1, 0.5, 0.9]);
    for (const change of this.#unsynced.splice(0)) if (this.#random.chance(0.5)) change(this.#durableNames);
    this.#names = new Map(this.#durableNames);
    for (const content of this.#names.values()) this.#settle(content, keep);
  }

  /** The disk for one life of the machine: whoever still uses it after the next start fails. */
  mount(): FileSystem {
    const life = this.#lives;
    const whileAlive = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (_, name) => {
          const member = Reflect.get(target, name);
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => {
            if (life !== this.#lives) throw new SimulatedCrash();
            const result = member.apply(target, args);
            if (name === "open") return whileAlive(result);
            if (name !== "lock") return result;
            return result && (() => life === this.#lives && result());
          };
        },
      });
    return whileAlive<FileSystem>(this);
  }

  /** The same files on another disk; what is not synced is not there. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk(this.#random);
    for (const [name, { durable }] of this.#durableNames) {
      copy.#durableNames.set(name, { current: durable.slice(), durable: durable.slice(), dirty: new Set() });
    }
    copy.#names = new Map(copy.#durableNames);
    return copy;
  }

  /** Changes one bit of a file, as a failing medium does. */
  flipBit(path: string, bit: number): void {
    const content = this.#names.get(path)!;
    content.durable[bit >> 3] ^= 1 << (bit & 7);
    content.current[bit >> 3] ^= 1 << (bit & 7);
  }

  /** Cuts a file, as a careless copy does. */
  truncate(path: string, size: number): void {
    const content = this.#names.get(path)!;
    content.durable = content.durable.slice(0, size);
    content.current = content.current.slice(0, size);
  }

  bytes(path: string): Uint8Array {
    return this.#names.get(path)!.current;
  }

  paths(): string[] {
    return [...this.#names.keys()].sort();
  }

  makeFolder(): void {
    this.#step();
  }

  list(folder: string): string[] {
    if (this.#crashed) throw new SimulatedCrash();
    const inFolder = [...this.#names.keys()].filter((path) => path.startsWith(`${folder}/`));
    return inFolder.map((path) => path.slice(folder.length + 1)).sort();
  }

  open(path: string, mode: OpenMode): OpenFile {
    if (mode === "create") this.#step();
    else if (this.#crashed) throw new SimulatedCrash();
    const exists = this.#names.get(path);
    if (mode === "create") {
      if (exists) throw systemError("EEXIST", path);
      const content = { current: new Uint8Array(), durable: new Uint8Array(), dirty: new Set<number>() };
      this.#change((names) => names.set(path, content));
    } else if (!exists) throw systemError("ENOENT", path);
    return this.#file(path, this.#names.get(path)!);
  }

  rename(from: string, to: string): void {
    this.#step();
    const content = this.#names.get(from);
    if (!content) throw systemError("ENOENT", from);
    this.#change((names) => {
      names.delete(from);
      names.set(to, content);
    });
  }

  remove(path: string): void {
    this.#step();
    if (!this.#names.has(path)) throw systemError("ENOENT", path);
    this.#change((names) => names.delete(path));
  }

  free(): number {
    return this.capacity - this.used;
  }

  syncFolder(): void {
    this.#step();
    this.#durableNames = new Map(this.#names);
    this.#unsynced = [];
  }

  lock(path: string): (() => void) | undefined {
    if (this.#locks.has(path)) return undefined;
    this.#locks.add(path);
    return () => this.#locks.delete(path);
  }

  #change(change: (names: Map<string, Content>) => void): void {
    change(this.#names);
    this.#unsynced.push(change);
  }

  #file(path: string, content: Content): OpenFile {
    return {
      path,
      size: () => content.current.length,
      read: (bytes, start, end, offset) => {
        if (this.#crashed) throw new SimulatedCrash();
        const part = content.current.subarray(offset, offset + end - start);
        bytes.set(part, start);
        return part.length;
      },
      write: (bytes, start, end, offset) => {
        if (this.failNext === "write") {
          this.failNext = undefined;
          this.#put(content, bytes, start, this.#interrupted(start, end), offset);
          throw systemError("EIO", path);
        }
        const grown = Math.max(0, offset + end - start - content.current.length);
        if (this.used + grown > this.capacity) throw systemError("ENOSPC", path);
        if (this.crashAfter <= 1) this.#put(content, bytes, start, this.#interrupted(start, end), offset);
        this.#step();
        this.#put(content, bytes, start, end, offset);
      },
      sync: () => {
        this.#step();
        if (this.failNext === "sync") {
          this.failNext = undefined;
          throw systemError("EIO", path);
        }
        if (!this.syncs) return;
        content.durable = content.current.slice();
        content.dirty.clear();
      },
      close: () => {},
    };
  }

  #put(content: Content, bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (end <= start) return;
    const length = offset + end - start;
    if (length > content.current.length) {
      const grown = new Uint8Array(length);
      grown.set(content.current);
      content.current = grown;
    }
    content.current.set(bytes.subarray(start, end), offset);
    for (let sector = Math.floor(offset / SECTOR); sector * SECTOR < length; sector++) content.dirty.add(sector);
  }

  /** How far an interrupted write came: any number of whole sectors, which is what disks and page caches promise. */
  #interrupted(start: number, end: number): number {
    return start + SECTOR * this.#random.integer(Math.floor((end - start) / SECTOR) + 1);
  }

  /** Decides for each unsynced sector whether it reached the medium. */
  #settle(content: Content, keep: number): void {
    if (content.dirty.size > 0) {
      const survived = new Uint8Array(this.#random.chance(0.5) ? content.current.length : content.durable.length);
      survived.set(content.durable.subarray(0, survived.length));
      for (const sector of content.dirty) {
        const at = sector * SECTOR;
        if (at < survived.length && this.#random.chance(keep))
          survived.set(content.current.subarray(at, Math.min(at + SECTOR, survived.length)), at);
      }
      content.durable = survived;
    }
    content.current = content.durable.slice();
    content.dirty.clear();
  }

  #step(): void {
    if (this.#crashed) throw new SimulatedCrash();
    if (--this.crashAfter > 0) return;
    this.#crashed = true;
    throw new SimulatedCrash();
  }

  get used(): number {
    let bytes = 0;
    for (const content of this.#names.values()) bytes += content.current.length;
    return bytes;
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
