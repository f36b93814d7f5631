import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startRegionPlan } from "../../../workloads/local/region-plan";

/** A checkout whose planner is a program of the test. */
function checkout(planner: string | undefined): string {
  const root = mkdtempSync(join(tmpdir(), "bourse-plan-"));
  mkdirSync(join(root, "bin"));
  if (planner !== undefined) writeFileSync(join(root, "bin", "bourse.js"), planner);
  return root;
}

describe("The plan of a region beside the exchange", () => {
  const roots: string[] = [];
  const printed: string[] = [];
  const start = (planner: string | undefined) => {
    roots.push(checkout(planner));
    printed.length = 0;
    return startRegionPlan({ root: roots.at(-1) as string, stack: "eu-west-1", print: (text) => printed.push(text) });
  };
  const untilPrinted = async () => {
    while (printed.length === 0) await wait(10);
    return printed.join("\n");
  };
  after(() => {
    for (const root of roots) rmSync(root, { recursive: true, force: true });
  });

  it("is asked of the planner for the stack, and its summary is shown when it ends", async () => {
    start("console.log(process.argv.slice(2).join(' '))");
    assert.equal(
      await untilPrinted(),
      "Plan of eu-west-1, written to .bourse/plan/eu-west-1:\n  plan eu-west-1 --out .bourse/plan/eu-west-1",
    );
  });

  it("reports a failure with the planner's own words, and that the exchange is not affected", async () => {
    start("console.error('no such stack'); process.exit(3)");
    assert.equal(await untilPrinted(), "The plan of eu-west-1 failed (status 3); the exchange is not affected:\n  no such stack");
  });

  it("ends with the exchange, without a word about it", async () => {
    const plan = start("setInterval(() => {}, 1000)");
    await plan?.stop();
    assert.deepEqual(printed, []);
  });

  it("is left out where there is no planner", () => {
    assert.equal(start(undefined), undefined);
  });
});
