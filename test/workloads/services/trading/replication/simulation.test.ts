import { ok, rejects } from "node:assert/strict";
import { type ReplicationReport, simulateMembers } from "./simulation";

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 150);

describe("simulated members of a shard", function () {
  this.timeout(300_000);

  it(`never tell of what the next leader does not have, and are whole again afterwards, in ${SEEDS} worlds of crashes, lost and full disks, lost regions, broken connections, changed pieces and lost answers`, async () => {
    const reports: ReplicationReport[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        reports.push(await simulateMembers(seed));
      } catch (error) {
        throw new Error(`seed ${seed} fails`, { cause: error });
      }
    }
    // Each kind of fault has happened, and often: a world without faults proves nothing.
    const least: Partial<Record<keyof ReplicationReport, number>> = {
      acknowledged: 30,
      copied: 20,
      terms: 2,
      crashes: 2,
      brokenLinks: 1,
      cuts: 0.1,
      lostDisks: 0.1,
      fullDisks: 0.1,
      snapshots: 0.1,
      tornTransfers: 0.1,
      changedPieces: 0.1,
      noSpace: 0.02,
      lostRegions: 0.1,
      lostCommands: 0.1,
    };
    for (const [name, perSeed] of Object.entries(least)) {
      const count = reports.reduce((sum, report) => sum + report[name as keyof ReplicationReport], 0);
      ok(count >= perSeed * SEEDS, `${name}: only ${count} in ${SEEDS} worlds`);
    }
  });

  it("would be found to lose commands if leaders did not wait for those in sync", async () => {
    await rejects(async () => {
      for (let seed = 1; seed <= 100; seed++) await simulateMembers(seed, 800, { waits: false });
    }, /was acknowledged|was told of/);
  });

  it("would be found to publish what a lost region takes with it if publishers did not wait for the copies elsewhere", async () => {
    await rejects(async () => {
      for (let seed = 1; seed <= 100; seed++) await simulateMembers(seed, 800, { confirms: false });
    }, /was published/);
  });
});
