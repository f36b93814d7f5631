import { ok } from "node:assert/strict";
import { killRepeatedly } from "./killed-process";

describe("a shard that is killed, at length", function () {
  this.timeout(600_000);

  it("has every acknowledged command after each of 50 kills under full load", async () => {
    const report = await killRepeatedly(50, Math.random);
    ok(report.acknowledged > 50_000, `only ${report.acknowledged} commands were acknowledged`);
    console.log(`      ${report.acknowledged} commands acknowledged, ${report.unacknowledged} more were in the log`);
  });
});
