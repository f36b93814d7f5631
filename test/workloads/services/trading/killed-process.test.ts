import { ok } from "node:assert/strict";
import { killRepeatedly } from "./killed-process";

describe("a shard that is killed", function () {
  this.timeout(180_000);

  it("has every acknowledged command after each of 10 kills under full load, once, at its position, with the same events", async () => {
    const report = await killRepeatedly(10, Math.random);
    ok(report.acknowledged > 10_000, `only ${report.acknowledged} commands were acknowledged`);
  });
});
