/** The failover between two regions: its conditions, its steps, and what is left when it stops in the middle. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { findProject } from "../../../plan";
import { liveChecks, mostLagMs, plannedChecks } from "../../../plan/failover/checks";
import { runFailover } from "../../../plan/failover/failover-command";
import { type FailoverKind, failoverSteps } from "../../../plan/failover/steps";
import { walk } from "../../../plan/failover/walk";
import { FakeCloud, targets } from "./fake-cloud";

/** Walks once; `refuse` is the number of the question that is not confirmed. */
async function walked(cloud: FakeCloud, { kind = "planned" as FailoverKind, refuse = Number.POSITIVE_INFINITY } = {}) {
  const lines: string[] = [];
  const questions: string[] = [];
  const done = await walk({
    checks: await liveChecks(targets, kind, cloud),
    steps: failoverSteps(targets, kind, cloud),
    print: (line) => void lines.push(line),
    confirm: async (question) => questions.push(question) !== refuse,
    sleep: async () => undefined,
  });
  return { done, lines, questions };
}

const dials = (cloud: FakeCloud) => Object.fromEntries(cloud.groups.map(({ arn, dial }) => [arn, dial]));
const movedDials = { "entry-rest/us-east-1": 0, "entry-rest/us-west-2": 100, "entry-sockets/us-east-1": 0, "entry-sockets/us-west-2": 100 };
const standbyArn = "arn:aws:rds:us-west-2:123456789012:cluster:us-west-2";

describe("The steps of a failover", () => {
  it("stop entry in both accelerators, give the lead of the shard, move the database once, and open the second region", async () => {
    const cloud = new FakeCloud();
    for (const group of cloud.groups) if (group.region === "us-west-2") group.dial = 0;
    const { done, questions } = await walked(cloud);
    assert.equal(done, true);
    assert.deepEqual(cloud.changes, [
      "dial entry-rest/us-east-1 0",
      "dial entry-sockets/us-east-1 0",
      "lead leadership handed over to us-west-2",
      `switch bourse ${standbyArn}`,
      "dial entry-rest/us-west-2 100",
      "dial entry-sockets/us-west-2 100",
    ]);
    assert.deepEqual([dials(cloud), cloud.writer, cloud.status], [movedDials, "us-west-2", "available"]);
    assert.deepEqual([cloud.record.holder, cloud.record.region, cloud.record.told], ["far", "us-west-2", 70]);
    assert.deepEqual(
      questions.map((question) => question.slice(0, 20)),
      ["Stop entry in us-eas", "Give the lead of the", "Make us-west-2 the w"],
    );
  });

  it("give up what was not copied only where the region is said to be lost", async () => {
    const cloud = new FakeCloud();
    const { done, questions } = await walked(cloud, { kind: "lost" });
    assert.equal(done, true);
    assert.ok(cloud.changes.includes(`fail bourse ${standbyArn}`) && !cloud.changes.some((change) => change.startsWith("switch")));
    assert.ok(questions.some((question) => question.includes("what had not been copied to us-west-2 is lost")));
    assert.ok(cloud.changes.includes("lead leadership given up"));
    assert.equal(cloud.record.region, "us-west-2");
    assert.match(questions.at(-1)!, /^Cut what lies downstream/);
  });

  it("end where the other region lacks something, since the leader then keeps the lead, and are taken up when it has it", async () => {
    const cloud = new FakeCloud();
    cloud.copied = false;
    const { done, lines } = await walked(cloud);
    assert.equal(done, false);
    assert.match(lines.at(-1)!, /^2\/5 {2}Give the lead.*FAILED: the lead stays in us-east-1, since no copy in us-west-2 had everything/);
    assert.deepEqual([cloud.writer, cloud.record.region], ["us-east-1", "us-east-1"]);
    [cloud.copied, cloud.shardLooks] = [true, 2];
    assert.equal((await walked(cloud)).done, true);
    assert.equal(cloud.record.region, "us-west-2");
  });

  it("are taken up after a failure of any call, and then change nothing twice", async () => {
    const whole = new FakeCloud();
    assert.equal((await walked(whole)).done, true);
    const conditions = new FakeCloud();
    await liveChecks(targets, "planned", conditions);
    assert.ok(whole.calls > conditions.calls + 8);
    for (let call = conditions.calls + 1; call <= whole.calls; call++) {
      const cloud = new FakeCloud();
      cloud.failAt = call;
      const first = await walked(cloud);
      assert.equal(first.done, false, `call ${call}`);
      assert.match(first.lines.at(-1)!, /FAILED: no connection\nRun the same command again/);
      const second = await walked(cloud);
      assert.equal(second.done, true, `after call ${call}: ${second.lines.join("\n")}`);
      assert.deepEqual(cloud.changes, whole.changes, `call ${call}`);
      assert.deepEqual([dials(cloud), cloud.writer], [movedDials, "us-west-2"]);
    }
  });

  it("do nothing that was not confirmed, nor anything after it", async () => {
    const changed: number[] = [];
    for (const refuse of [1, 2, 3]) {
      const cloud = new FakeCloud();
      const { done, lines } = await walked(cloud, { refuse });
      assert.equal(done, false);
      assert.match(lines.at(-1)!, /not confirmed\. Run the same command again/);
      changed.push(cloud.changes.length);
    }
    // Before the dials; before the lead is given; before the database is moved.
    assert.deepEqual(changed, [0, 2, 3]);
  });

  it("wait for a change of the database that is under way, and do not ask for another", async () => {
    const cloud = new FakeCloud();
    for (const group of cloud.groups) if (group.region === "us-east-1") group.dial = 0;
    cloud.status = "switching-over";
    cloud.looks = 12;
    cloud.record.region = "us-west-2";
    assert.equal((await walked(cloud, { kind: "lost" })).done, true);
    assert.deepEqual(cloud.changes, []);
  });

  it("end where an effect does not come about, saying which", async () => {
    const cloud = new FakeCloud();
    cloud.looks = Number.POSITIVE_INFINITY;
    const { done, lines } = await walked(cloud);
    assert.equal(done, false);
    assert.match(lines.at(-1)!, /^3\/5 {2}Make us-west-2 the writer.*FAILED: it did not come about within 30 minutes/);
  });

  it("say that nothing is to be done where all is as it should be", async () => {
    const cloud = new FakeCloud();
    await walked(cloud);
    const before = [...cloud.changes];
    const { done, questions } = await walked(cloud);
    assert.deepEqual([done, cloud.changes], [true, before]);
    assert.deepEqual(questions, []);
  });
});

describe("The conditions of a failover", () => {
  const broken: [what: string, spoil: (cloud: FakeCloud) => unknown, named: RegExp][] = [
    [
      "an endpoint of the second region is ill",
      (cloud) => Object.assign(cloud.groups[1], { healthy: 0 }),
      /healthy endpoint in every accelerator: 1 of 2/,
    ],
    ["the second region has no endpoints", (cloud) => Object.assign(cloud.groups[3], { endpoints: 0 }), /healthy endpoint/],
    ["the second region has not joined an accelerator", (cloud) => cloud.groups.pop(), /healthy endpoint/],
    ["the database is being changed", (cloud) => Object.assign(cloud, { status: "modifying" }), /can take over: modifying/],
    ["the copy is too far behind", (cloud) => Object.assign(cloud, { lag: mostLagMs + 1 }), /behind: 5001 ms/],
    ["nobody knows how far the copy is", (cloud) => Object.assign(cloud, { lag: undefined }), /behind: no figure/],
    ["nodes of the second region are missing", (cloud) => Object.assign(cloud, { nodes: 2 }), /in service: 2 of 3/],
    ["a quota was not raised", (cloud) => Object.assign(cloud, { limit: 5 }), /raised in us-west-2: 5 of 640/],
    ["AWS does not answer", (cloud) => Object.assign(cloud, { failAt: 1 }), /no answer: no connection/],
  ];
  for (const [what, spoil, named] of broken) {
    it(`stop it before the first step when ${what}`, async () => {
      const cloud = new FakeCloud();
      spoil(cloud);
      const { done, lines, questions } = await walked(cloud);
      assert.deepEqual([done, cloud.changes, questions], [false, [], []]);
      const failed = lines.filter((line) => line.startsWith("FAIL"));
      assert.equal(failed.length, 1, failed.join("\n"));
      assert.match(failed[0], named);
      assert.match(lines.at(-1)!, /^Nothing was changed/);
    });
  }

  it("ask everything, though the first does not hold", async () => {
    const cloud = new FakeCloud();
    cloud.failAt = 1;
    assert.equal((await liveChecks(targets, "planned", cloud)).length, 5);
  });

  it("do not ask the lag of a lost region, which cannot be waited for", async () => {
    const cloud = new FakeCloud();
    [cloud.lag, cloud.status] = [undefined, "unknown"];
    assert.ok((await liveChecks(targets, "lost", cloud)).every(({ holds }) => holds));
  });

  it("see in the plans that the second region is as large", () => {
    assert.deepEqual(
      plannedChecks(targets).map(({ holds }) => holds),
      [true],
    );
    const smaller = { ...targets, nodes: { ...targets.nodes, to: [{ name: "hot-b", count: 2 }] } };
    assert.deepEqual(
      plannedChecks(smaller).map(({ holds, found }) => [holds, found]),
      [[false, "2 of 3"]],
    );
  });
});

// Three plans of up to 800 resources; a busy machine takes seconds for each.
describe("bourse failover", function () {
  this.timeout(120_000);
  const project = findProject(join(__dirname, "../../.."));
  const options = { from: "us-east-1", to: "us-west-2", kind: "planned" as const, drill: false, day: "2026-01-01" };
  const printing = () => {
    const lines: string[] = [];
    return { lines, print: (line: string) => void lines.push(line) };
  };

  it("prints the steps between the two regions of this repository, and asks nothing of AWS", async () => {
    const { lines, print } = printing();
    assert.equal(await runFailover(project, options, { print }), 0);
    const text = lines.join("\n");
    assert.match(text, /as many hot nodes as us-east-1: (\d+) of \1/);
    assert.match(text, /dials of bourse-ingress-rest, bourse-ingress-sockets in us-east-1 to 0/);
    assert.match(text, /Make us-west-2 the writer of the database bourse/);
    assert.equal(lines.filter((line) => /^\d {2}/.test(line)).length, 5);
    assert.match(text, /the leader is told in bourse-leadership-shards/);
  });

  it("walks with --drill what the plans name", async () => {
    const { lines, print } = printing();
    const asked: unknown[] = [];
    const status = await runFailover(
      project,
      { ...options, drill: true },
      {
        print,
        confirm: async () => true,
        sleep: async () => undefined,
        cloud: async (found) => {
          asked.push(found.database, found.accelerators, found.dial, found.leadership);
          const cloud = new FakeCloud();
          const named = found.accelerators.flatMap((accelerator) =>
            cloud.groups.slice(0, 2).map((group) => ({ ...group, accelerator, arn: `${accelerator}/${group.region}` })),
          );
          [cloud.groups, cloud.nodes, cloud.limit] = [named, 36, 1_000_000];
          return cloud;
        },
      },
    );
    assert.equal(status, 0, lines.join("\n"));
    assert.deepEqual(asked, [
      { identifier: "bourse", standbyCluster: "bourse-data-sql" },
      ["bourse-ingress-rest", "bourse-ingress-sockets"],
      100,
      "bourse-leadership-shards",
    ]);
    assert.match(lines.at(-1)!, /To go back: bourse failover us-west-2 us-east-1 --drill/);
  });

  it("is refused between stacks that are no pair of regions, with all reasons", async () => {
    await assert.rejects(runFailover(project, { ...options, to: "global" }, { print: () => undefined }), (error: Error) => {
      const reasons = error.message.split("\n").slice(1);
      assert.ok(reasons.some((reason) => reason.includes("give the stack of one region")));
      assert.ok(reasons.some((reason) => reason.includes("share no global database")));
      return error.name === "UsageError";
    });
  });
});
