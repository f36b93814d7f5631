import { ok, rejects } from "node:assert/strict";
import { type SimulationReport, simulate } from "./simulation";

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 1000);

describe("simulated shard", function () {
  this.timeout(300_000);

  it(`keeps every promise in ${SEEDS} worlds of crashes, lost and torn writes, flipped bits, full disks, repeated and reordered commands, and poison commands`, async () => {
    const reports: SimulationReport[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        reports.push(await simulate(seed));
      } catch (error) {
        throw new Error(`seed ${seed} fails; run it alone: npm run simulate -- --seeds 1 --from ${seed}`, { cause: error });
      }
    }
    // Each kind of fault has happened, and often: a world without faults proves nothing.
    const total = (count: (report: SimulationReport) => number) => reports.reduce((sum, report) => sum + count(report), 0);
    const least = (name: string, count: number, perSeed: number) =>
      ok(count >= perSeed * SEEDS, `${name}: only ${count} in ${SEEDS} worlds`);
    least(
      "acknowledged",
      total((report) => report.acknowledged),
      40,
    );
    least(
      "crashes",
      total((report) => report.crashes),
      1,
    );
    least(
      "torn tails",
      total((report) => report.tornTails),
      0.3,
    );
    least(
      "lost unacknowledged commands",
      total((report) => report.lost),
      10,
    );
    least(
      "flipped bits found",
      total((report) => report.flips.found),
      0.1,
    );
    least(
      "flipped bits that change nothing",
      total((report) => report.flips.harmless),
      0.1,
    );
    least(
      "poison commands",
      total((report) => report.poison),
      0.3,
    );
    least(
      "repeated commands",
      total((report) => report.repeats),
      2,
    );
    least(
      "reordered commands",
      total((report) => report.reordered),
      2,
    );
    least(
      "snapshots",
      total((report) => report.snapshots),
      1,
    );
    least(
      "refusals by a full disk",
      total((report) => report.full),
      0.01,
    );
    least(
      "subscribers joined",
      total((report) => report.joined),
      2,
    );
  });

  it("is the same world again from the same seed", async () => {
    const [first, second] = [await simulate(42), await simulate(42)];
    ok(JSON.stringify(first) === JSON.stringify(second), `${JSON.stringify(first)} and ${JSON.stringify(second)}`);
  });

  it("would notice an acknowledgement before the sync", async () => {
    await rejects(async () => {
      for (let seed = 1; seed <= 50; seed++) await simulate(seed, 120, { syncs: false });
    });
  });
});
