import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileJournal, JournalUnusable, nodeFileSystem, RecordKind, SnapshotStore } from "../../../workloads/journal";
import { pageMemory } from "../../../workloads/journal/page-memory";

const ROOT = join(__dirname, "../../..");

describe("the folder of a journal", function () {
  this.timeout(120_000);
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "bourse-folder-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const failing = (operation: "makeFolder" | "lock", code: string) => ({
    ...nodeFileSystem,
    [operation]: () => {
      throw Object.assign(new Error(`${code}: refused`), { code });
    },
  });
  const refusal = (code: string, operation: "makeFolder" | "lock" = "makeFolder") => {
    try {
      new FileJournal({ folder: join(root, "log"), shard: 1, fileSystem: failing(operation, code) });
    } catch (error) {
      strictEqual((error as Error).name, JournalUnusable.name);
      return (error as Error).message;
    }
    throw new Error(`${code} was not refused`);
  };

  it("says who owns it and who asks when permission is missing", () => {
    match(
      refusal("EACCES"),
      /log may not be read and written: .*this process runs as uid \d+, gid \d+.*Run as its owner, or change the owner/,
    );
  });

  describe("started by somebody who is not its owner", () => {
    const nobody = 65534;
    const isRoot = process.getuid!() === 0;

    beforeEach(async () => {
      const journal = new FileJournal({ folder: join(root, "log"), shard: 1, segmentBytes: 16 << 20 });
      await journal.recover(1, () => {});
      await journal.close();
      chmodSync(root, 0o755);
    });

    /** What a process without privileges is told when it starts on the folder. Who runs the tests as root becomes nobody for it. */
    function start(folder: string): { name: string; message: string } {
      const script = `
        const { FileJournal } = require("./workloads/journal");
        const { openTradingShard } = require("./workloads/services/trading");
        if (${isRoot}) process.setgroups([]), process.setgid(${nobody}), process.setuid(${nobody});
        openTradingShard({ folder: ${JSON.stringify(folder)}, shard: 1, segmentBytes: 16 << 20 }).then(
          () => console.log(JSON.stringify({ name: "", message: "it was opened" })),
          ({ name, message }) => console.log(JSON.stringify({ name, message })),
        ).finally(() => process.exit());`;
      return JSON.parse(execFileSync(process.execPath, ["-r", join(ROOT, "source.cjs"), "-e", script], { cwd: ROOT, encoding: "utf8" }));
    }

    /** Takes a path away from the process that {@link start} makes. */
    function takeAway(path: string): void {
      chmodSync(path, isRoot ? 0o600 : 0o000);
      if (isRoot) chownSync(path, 0, 0);
    }

    const refused = (folder: string, path: string, owner: string) => {
      const { name, message } = start(folder);
      strictEqual(name, "JournalUnusable", message);
      strictEqual(message.slice(0, message.indexOf(";")), `${path} may not be read and written: ${owner}`);
      match(message, /; this process runs as uid [1-9]\d*, gid [1-9]\d*\. Run as its owner, or change the owner$/);
    };
    const described = (path: string) =>
      `${path} ${execFileSync("stat", ["-c", "belongs to uid %u, gid %g, mode %a", path], { encoding: "utf8" }).trim()}`;

    it("is not created where that is not permitted", () => {
      const parent = join(root, "parent");
      mkdirSync(parent, { mode: 0o555 });
      refused(join(parent, "log"), join(parent, "log"), described(parent));
      strictEqual(readdirSync(parent).length, 0);
    });

    it("is refused as a whole", () => {
      const folder = join(root, "log");
      if (!isRoot) chmodSync(folder, 0o500);
      if (!isRoot) rmSync(join(folder, "lock"));
      refused(folder, folder, described(folder));
    });

    it("is refused when only a file in it belongs to another", () => {
      const folder = join(root, "log");
      const segment = join(folder, "segment-0000000001.log");
      if (isRoot) for (const path of [folder, join(folder, "lock")]) chownSync(path, nobody, nobody);
      takeAway(segment);
      refused(folder, segment, described(segment));
    });

    it("is refused when only its snapshot belongs to another", () => {
      const folder = join(root, "log");
      const store = new SnapshotStore(nodeFileSystem, folder, 1);
      store.write({ epoch: 1, sequence: 1, state: new Uint8Array(8) });
      if (isRoot) for (const path of [folder, join(folder, "lock")]) chownSync(path, nobody, nobody);
      takeAway(store.path(1));
      refused(folder, store.path(1), described(store.path(1)));
    });
  });

  it("says so when the disk is read-only or full", () => {
    match(refusal("EROFS"), /is on a read-only file system or its lock is write-protected: mount it writable/);
    match(refusal("ENOSPC", "lock"), /the disk of .*log is full: free some space and start again/);
    match(refusal("EDQUOT", "lock"), /the disk of .*log is full: free some space and start again/);
    match(refusal("ENOTDIR"), /log is not a folder, or lies in something that is none: name another, or move away what is there/);
  });

  it("says which file cannot be read where the disk fails", async () => {
    const folder = join(root, "log");
    const journal = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    await journal.recover(1, () => {});
    await journal.close();
    const broken = new FileJournal({
      folder,
      shard: 1,
      fileSystem: {
        ...nodeFileSystem,
        open: (path, mode) => {
          throw Object.assign(new Error(`EIO: i/o error, open ${mode}`), { code: "EIO", path });
        },
      },
    });
    await rejects(
      broken.recover(1, () => {}),
      (error: Error) =>
        error.name === "JournalUnusable" &&
        /log\/segment-0000000001\.log cannot be read or written \(EIO.*failing\. Nothing was given up/.test(error.message),
    );
    await broken.close();
  });

  it("is not taken as started when its own thread cannot open the log", async () => {
    const folder = join(root, "log");
    mkdirSync(join(folder, "segment-of-another-kind.log"), { recursive: true });
    const journal = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    await rejects(
      journal.recover(1, () => {}),
      /EISDIR|EPERM|may not be read and written/,
    );
    await journal.close();
  });

  it("is refused to a second process, and free again when the first is killed", async () => {
    const folder = join(root, "log");
    const journal = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    const script = `const { FileJournal } = require("./workloads/journal"); new FileJournal({ folder: ${JSON.stringify(folder)}, shard: 1 }); process.kill(process.pid, "SIGKILL")`;
    const second = () => execFileSync(process.execPath, ["-r", join(ROOT, "source.cjs"), "-e", script], { cwd: ROOT, stdio: "pipe" });
    throws(second, /in use by another process/);
    await journal.close();
    throws(second, (error: { signal?: string }) => error.signal === "SIGKILL");
    await new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 }).close();
  });

  it("is readable by its owner alone", async () => {
    const folder = join(root, "log");
    const journal = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    await journal.recover(1, () => {});
    await journal.close();
    const modes = execFileSync("stat", ["-c", "%a", folder, join(folder, "segment-0000000001.log")], { encoding: "utf8" });
    strictEqual(modes, "700\n600\n");
  });

  /** Descriptors of this process, as far as they are of files below `root`, that write past the file cache. */
  const directOnes = () =>
    readdirSync("/proc/self/fd").filter((descriptor) => {
      try {
        if (!readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(root)) return false;
        const [, flags] = /flags:\s*([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))!;
        return (Number.parseInt(flags, 8) & constants.O_DIRECT) !== 0;
      } catch {
        // One that has been closed since it was listed, as that of the list itself.
        return false;
      }
    }).length;
  /** Whether the system has such descriptors for files below `root`. */
  const hasDirect = () => {
    try {
      writeFileSync(join(root, "tried"), "");
      openSync(join(root, "tried"), constants.O_WRONLY | constants.O_DIRECT);
      return process.platform === "linux";
    } catch {
      return false;
    }
  };

  it("is written without a copy in the file cache, the segment in use and the next", async function () {
    if (!hasDirect()) this.skip();
    const before = directOnes();
    const journal = new FileJournal({ folder: join(root, "log"), shard: 1, segmentBytes: 4 << 20, groupBytes: 1 << 18 });
    await journal.recover(1, () => {});
    for (let n = 1; n <= 100; n++) {
      journal.claim(20_000, 0);
      journal.append(RecordKind.COMMAND, journal.payloadStart + 20_000);
      const durable = new Promise<void>((resolve) => {
        journal.onDurable = () => resolve();
      });
      journal.commit();
      await durable;
    }
    strictEqual(directOnes() - before, 2);
    await journal.close();
    strictEqual(directOnes() - before, 0);
  });

  it("is written through the file cache where the disk does not take it from memory as it lies", () => {
    const file = nodeFileSystem.open(join(root, "file"), "create", true);
    const memory = new Uint8Array(pageMemory(3072));
    memory.fill(1, 0, 512).fill(2, 512, 1024).fill(3, 1024);
    file.write(memory, 0, 512, 0);
    // No sector starts there, neither in memory nor in the file.
    file.write(memory, 520, 1032, 520);
    file.write(memory, 1024, 1536, 1536);
    file.sync();
    const read = new Uint8Array(2048);
    strictEqual(file.read(read, 0, 2048, 0), 2048);
    file.close();
    const expected = new Uint8Array(2048);
    expected.set(memory.subarray(0, 512));
    expected.set(memory.subarray(520, 1032), 520);
    expected.set(memory.subarray(1024, 1536), 1536);
    deepStrictEqual(read, expected);
  });

  it("holds what was appended right before the journal is closed, however soon that is after its start", async () => {
    const folder = join(root, "log");
    for (let start = 1; start <= 25; start++) {
      const journal = new FileJournal({ folder, shard: 1, segmentBytes: 4 << 20, groupBytes: 1 << 18 });
      strictEqual((await journal.recover(1, () => {})).sequence, start - 1);
      journal.claim(64, 0);
      journal.append(RecordKind.COMMAND, journal.payloadStart + 64);
      await journal.close();
      strictEqual(journal.durable, start);
    }
  });

  it("holds what a journal on its own thread has committed", async () => {
    const folder = join(root, "log");
    const journal = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    await journal.recover(1, () => {});
    const last = 50_000;
    const durable = new Promise<void>((resolve) => {
      journal.onDurable = (sequence) => {
        if (sequence === last) resolve();
      };
    });
    for (let n = 1; n <= last; ) {
      while (n <= last && journal.claim(64, 0)) {
        journal.payload.fill(n, journal.payloadStart, journal.payloadStart + 64);
        strictEqual(journal.append(RecordKind.COMMAND, journal.payloadStart + 64), n++);
      }
      journal.commit();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await durable;
    await rejects(async () => {
      for await (const group of journal.read(1, last + 1)) group.visit(() => {});
    }, /sequence 50001 is not durable yet, 50000 is/);
    let seen = 0;
    for await (const group of journal.read(49_990, last)) {
      group.visit((_kind, _epoch, sequence, bytes, start) => {
        strictEqual(bytes[start], sequence & 255);
        seen++;
      });
    }
    strictEqual(seen, 11);
    await journal.close();
    const again = new FileJournal({ folder, shard: 1, segmentBytes: 16 << 20 });
    strictEqual((await again.recover(1, () => {})).sequence, last);
    await again.close();
  });
});
