import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROUNDS = 4;
const ROOT = join(__dirname, "../../../..");

describe("a shard on a full disk", function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bourse-full-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a script of this folder on a small file system. Returns what it prints. */
  function onSmallDisk(script: string, megabytes: number, rounds: number): string {
    // A mount namespace of its own: the small file system is seen by this process alone and ends with it.
    const unshare = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
    const shell = 'mount -t tmpfs -o size="$6"m tmpfs "$1" && exec "$2" -r "$3" "$4" "$1" "$5"';
    const files = [folder, process.execPath, join(ROOT, "source.cjs"), join(__dirname, script), String(rounds), String(megabytes)];
    return execFileSync("unshare", [...unshare, "sh", "-c", shell, "sh", ...files], { encoding: "utf8" }).trim();
  }

  it("refuses new orders with a clear reason, loses nothing, and goes on when there is space, round after round", () => {
    deepStrictEqual(
      onSmallDisk("full-disk-child.ts", 60, ROUNDS)
        .split("\n")
        .map((line) => line.replace(/\d+/, "N")),
      new Array(ROUNDS).fill("refused after N commands, served again"),
    );
  });

  it("has every acknowledged command after each of 12 kills while it was refused, as full as it was and with some space", () => {
    strictEqual(onSmallDisk("full-disk-kills.ts", 60, 12), "12 kills");
  });
});
