import { deepStrictEqual } from "node:assert/strict";
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

  it("refuses new orders with a clear reason, loses nothing, and goes on when there is space, round after round", () => {
    // A mount namespace of its own: the small file system is seen by this process alone and ends with it.
    const unshare = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
    const script = 'mount -t tmpfs -o size=60m tmpfs "$1" && exec "$2" -r "$3" "$4" "$1" "$5"';
    const files = [folder, process.execPath, join(ROOT, "source.cjs"), join(__dirname, "full-disk-child.ts"), String(ROUNDS)];
    const output = execFileSync("unshare", [...unshare, "sh", "-c", script, "sh", ...files], { encoding: "utf8" });
    deepStrictEqual(
      output
        .trim()
        .split("\n")
        .map((line) => line.replace(/\d+/, "N")),
      new Array(ROUNDS).fill("refused after N commands, served again"),
    );
  });
});
