/** The golden logs on another version of Node, which npm brings: same events, same state. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { goldenLog, goldenNames } from "./golden";

const root = join(__dirname, "../../..");

describe("golden logs on Node 22", () => {
  it("replay to the same events and the same state", function () {
    this.timeout(120_000);
    const script = ["node", "-r", "./source.cjs", "test/workloads/engine/golden.ts", "--replay"];
    const text = execFileSync("npx", ["-y", "-p", "node@22.23.3", ...script], { cwd: root, encoding: "utf8" });
    const { node, results } = JSON.parse(text.slice(text.indexOf("{")));
    assert.equal(node, "v22.23.3");
    for (const name of goldenNames) assert.deepEqual(results[name], goldenLog(name).golden);
  });
});
