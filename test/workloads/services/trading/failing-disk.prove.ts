import { match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { nodeFileSystem } from "../../../../workloads/journal";
import { exchanges, verifyFolder } from "../../../../workloads/services/trading";
import { takeSnapshot } from "../../../../workloads/services/trading/snapshot";
import { findProgram, requireServer, scratchFolder } from "../../../servers/server";
import { type Acknowledgement, compare, loadProcess } from "./killed-process";

const { EIO, ENOSPC, EROFS } = constants.errno;

requireServer("a shard whose file system returns errors", findProgram("cc"), "apt-get install gcc libc6-dev", (compiler) => {
  const scratch = scratchFolder("bourse-faults");
  const library = join(scratch.folder, "file-faults.so");
  const folder = join(scratch.folder, "shard");
  const seen = new Map<number, Acknowledgement>();
  let round = 0;

  before(() => {
    execFileSync(compiler, ["-shared", "-fPIC", "-O1", "-o", library, join(__dirname, "../../../faults/file-faults.c"), "-ldl"]);
  });
  after(() => scratch.remove());

  /** Another process on the same folder, with these faults; killed under load unless it must end by itself. */
  async function underFaults(env: Record<string, string | number>, killAfterMs?: number, killAfter?: RegExp) {
    const faults = Object.fromEntries(Object.entries(env).map(([name, value]) => [`FAULT_${name}`, String(value)]));
    return loadProcess(folder, round++, seen, { killAfterMs, killAfter, env: { LD_PRELOAD: library, ...faults } });
  }

  function holdsAllThatWasAcknowledged(): void {
    const last = compare(folder, seen);
    strictEqual(verifyFolder(nodeFileSystem, folder).through, last);
  }

  const stops = [
    { what: "a write", CALL: "write" },
    { what: "a sync", CALL: "sync" },
  ];
  for (const { what, CALL } of stops) {
    it(`stops with the reason at ${what} that fails, four times over, and has every acknowledged command after each`, async function () {
      this.timeout(240_000);
      for (let turn = 0; turn < 4; turn++) {
        const { signal, complaint } = await underFaults({ PATH: "segment-", CALL, ERROR: EIO, AFTER: 40 + turn * 7, COUNT: 1_000_000 });
        strictEqual(signal, null, "it ends by itself");
        match(complaint, /cannot be written: EIO/);
        if (seen.size > 0) holdsAllThatWasAcknowledged();
      }
      ok(seen.size > 0, "nothing was ever acknowledged");
    });
  }

  it("completes writes that the system takes only a part of", async function () {
    this.timeout(120_000);
    const before = seen.size;
    const { signal, complaint } = await underFaults({ PATH: "segment-", CALL: "short" }, 500);
    strictEqual(signal, "SIGKILL", complaint);
    ok(seen.size > before);
    holdsAllThatWasAcknowledged();
  });

  it("goes on after there was no space for the next segment for a while", async function () {
    this.timeout(120_000);
    const before = seen.size;
    const faults = { PATH: "segment-", CALL: "create", ERROR: ENOSPC, AFTER: 1, COUNT: 3 };
    const { signal, complaint } = await underFaults(faults, 200, /create of .* works again/);
    strictEqual(signal, "SIGKILL", complaint);
    match(complaint, /create of .*segment-\d+\.log fails\n/);
    ok(seen.size > before);
    holdsAllThatWasAcknowledged();
  });

  it("reports a snapshot that could not be written and goes on", async function () {
    this.timeout(120_000);
    const before = seen.size;
    const faults = { PATH: "snapshot-", CALL: "write", ERROR: EIO, AFTER: 0, COUNT: 1_000_000 };
    const { signal, complaint } = await underFaults(faults, 100, /no snapshot was taken at sequence \d+: EIO/);
    strictEqual(signal, "SIGKILL", complaint);
    ok(seen.size > before);
    holdsAllThatWasAcknowledged();
  });

  for (const { what, PATH, AFTER } of [
    { what: "the log", PATH: "/shard/segment-", AFTER: 1 },
    { what: "a snapshot", PATH: "/shard/snapshot-", AFTER: 0 },
  ]) {
    it(`does not start when ${what} cannot be read, names the file, and gives nothing up`, async function () {
      this.timeout(120_000);
      const { through } = verifyFolder(nodeFileSystem, folder);
      takeSnapshot(nodeFileSystem, folder, 0, exchanges(0), through);
      const before = seen.size;
      const { signal, complaint } = await underFaults({ PATH, CALL: "read", ERROR: EIO, AFTER, COUNT: 1_000_000 });
      notStrictEqual(signal, "SIGABRT");
      match(complaint, /JournalUnusable: .*\/shard\/\S+ cannot be read or written \(EIO.*start from a copy of the folder/);
      strictEqual(seen.size, before);
      holdsAllThatWasAcknowledged();
    });
  }

  it("does not start on a read-only file system, and says what to do", async function () {
    this.timeout(120_000);
    const before = seen.size;
    const { signal, complaint } = await underFaults({ PATH: "/shard/segment-", CALL: "open", ERROR: EROFS, AFTER: 0, COUNT: 1_000_000 });
    notStrictEqual(signal, "SIGKILL");
    match(complaint, /JournalUnusable: .* is on a read-only file system or its lock is write-protected: mount it writable/);
    strictEqual(seen.size, before);
    holdsAllThatWasAcknowledged();
  });
});
