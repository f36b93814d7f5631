/** The commands `bourse plan` and `bourse plan diff`: what they print, write and refuse. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../plan/cli";

const root = join(__dirname, "../..");
const project = join(__dirname, "fixtures", "small");

/** Runs the command in this process. */
async function bourse(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const out: string[] = [];
  const faults: string[] = [];
  const [log, fault] = [console.log, console.error];
  console.log = (text: unknown) => void out.push(`${text}\n`);
  console.error = (text: unknown) => void faults.push(`${text}\n`);
  try {
    const status = await main(args);
    return { status, out: out.join(""), error: faults.join("") };
  } finally {
    [console.log, console.error] = [log, fault];
  }
}

describe("bourse plan", function () {
  this.timeout(60_000);
  let out: string;
  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), "bourse-plan-"));
  });
  afterEach(() => rmSync(out, { recursive: true }));

  it("runs from the command line, writes the three files and prints the summary", () => {
    const run = spawnSync(process.execPath, [join(root, "bin/bourse.js"), "plan", "test", "--out", out], {
      cwd: project,
      encoding: "utf8",
    });
    assert.equal(run.stderr, "");
    assert.equal(run.status, 0);
    assert.deepEqual(readdirSync(out).sort(), ["plan.html", "plan.json", "plan.md"]);
    const plan = JSON.parse(readFileSync(join(out, "plan.json"), "utf8"));
    assert.deepEqual([plan.format, plan.version, plan.summary.resources], ["bourse.plan", 1, 21]);
    assert.match(run.stdout, /Plan of small\/test in us-east-1/);
  });

  it("lists the known stacks when the stack is unknown", async () => {
    const { status, error } = await bourse("plan", "tset", "--cwd", project, "--out", out);
    assert.equal(status, 1);
    assert.equal(error, 'no stack "tset" in project "small"; known stacks: faulty, overloaded, test, unreasonable\n');
    assert.deepEqual(readdirSync(out), []);
  });

  it("prints the component's fault list when the configuration has faults, and writes nothing", async () => {
    const { status, error } = await bourse("plan", "faulty", "--cwd", project, "--out", out);
    assert.equal(status, 1);
    assert.match(
      error,
      /bourse:data:Shop "shop" has a fault in its arguments\n- cidr: given "ten"; allowed: an IPv4 range; fix: write 10.0.0.0\/16/,
    );
    assert.deepEqual(readdirSync(out), []);
  });

  it("prints all faults of the capacity", async () => {
    const { status, error } = await bourse("plan", "overloaded", "--cwd", project, "--out", out);
    assert.equal(status, 1);
    assert.match(error, /- capacity\.orders: given -5; allowed: a number above 0/);
    assert.match(error, /- capacity\.gateways: given 3; allowed: only /);
  });

  it("refuses suppressions without a known rule, a reason and a day", async () => {
    const { status, error } = await bourse("plan", "unreasonable", "--cwd", project, "--out", out);
    assert.equal(status, 1);
    assert.match(error, /suppressions\[0\]\.rule "no-such-rule" is no rule/);
    assert.match(error, /suppressions\[0\]\.reason "because" is too short/);
    assert.match(error, /suppressions\[0\]\.expires "tomorrow" is no day/);
  });

  it("says so when there is no project", async () => {
    const { status, error } = await bourse("plan", "test", "--cwd", out);
    assert.equal(status, 1);
    assert.match(error, /^no Pulumi\.yaml in .* or above it; run the command inside a Pulumi project\n$/);
  });

  const wrong: [what: string, args: string[], says: RegExp][] = [
    ["no command", [], /usage: bourse plan/],
    ["an unknown command", ["plann", "test"], /unknown command "plann"; allowed: plan/],
    ["no stack", ["plan"], /give one stack, got 0/],
    ["two stacks", ["plan", "a", "b"], /give one stack, got 2: a, b/],
    ["an unknown option", ["plan", "a", "--output", "x"], /Unknown option '--output'/],
    ["a date that is none", ["plan", "a", "--date", "2026-02-30"], /--date "2026-02-30" is no day; write YYYY-MM-DD/],
    ["one plan to compare", ["plan", "diff", "a.json"], /plan diff takes two plan\.json files, got 1/],
  ];
  for (const [what, args, says] of wrong) {
    it(`exits with 2 and the usage for ${what}`, async () => {
      const { status, error } = await bourse(...args);
      assert.equal(status, 2);
      assert.match(error, says);
    });
  }
});

describe("bourse plan diff", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "bourse-diff-"));
  const file = (name: string) => join(folder, name);
  before(async () => {
    assert.equal((await bourse("plan", "test", "--cwd", project, "--out", folder)).status, 0);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("finds no change between a plan and itself", async () => {
    const { status, out } = await bourse("plan", "diff", file("plan.json"), file("plan.json"));
    assert.equal(status, 0);
    assert.match(out, /0 added, 0 removed, 0 replaced, 0 updated/);
  });

  it("tells added, removed, updated and replaced resources apart, and what follows a replacement", async () => {
    const plan = JSON.parse(readFileSync(file("plan.json"), "utf8"));
    const named = (name: string) => plan.resources.find((resource: { name: string }) => resource.name === name);
    named("shop-log").inputs.retentionInDays = 30;
    named("shop-store").inputs.cidrBlock = "10.0.2.0/24";
    plan.resources = plan.resources.filter((resource: { name: string }) => resource.name !== "shop-disk");
    plan.resources.push({ ...named("shop-role"), urn: "urn:pulumi:test::small::aws:iam/role:Role::other", name: "other" });
    writeFileSync(file("after.json"), JSON.stringify(plan));
    const { out } = await bourse("plan", "diff", file("plan.json"), file("after.json"));
    assert.match(out, /1 added, 1 removed, 1 replaced, 1 updated/);
    assert.match(out, /^\+- aws:ec2\/subnet:Subnet shop-store \(cidrBlock\)$/m);
    assert.match(out, /^ - aws:lightsail\/disk:Disk shop-disk$/m);
    assert.match(out, /^ \+ aws:iam\/role:Role other$/m);
    assert.match(out, /^ ~ aws:cloudwatch\/logGroup:LogGroup shop-log \(retentionInDays\)$/m);
  });

  it("replaces what refers to a replaced resource by an input that cannot change, and warns of protected ones", async () => {
    const plan = JSON.parse(readFileSync(file("plan.json"), "utf8"));
    const named = (name: string) => plan.resources.find((resource: { name: string }) => resource.name === name);
    named("shop-vpc").inputs.cidrBlock = "10.9.0.0/16";
    plan.resources = plan.resources.filter((resource: { name: string }) => resource.name !== "shop-database");
    writeFileSync(file("after.json"), JSON.stringify(plan));
    const { out } = await bourse("plan", "diff", file("plan.json"), file("after.json"));
    assert.match(out, /^\+- aws:ec2\/subnet:Subnet shop-store \(vpcId\), since shop-vpc is replaced$/m);
    assert.match(out, /^\+- aws:ec2\/natGateway:NatGateway shop-nat \(subnetId\), since shop-public is replaced$/m);
    assert.match(out, /^!! shop-database is protected: the deployment will refuse to delete it$/m);
  });

  it("refuses files that are no plan, are missing, or have another version", async () => {
    writeFileSync(file("other.json"), JSON.stringify({ format: "bourse.plan", version: 7 }));
    writeFileSync(file("text.json"), "not json");
    writeFileSync(file("null.json"), "null");
    for (const [name, says] of [
      ["missing.json", /is no plan: ENOENT/],
      ["text.json", /is no plan: /],
      ["null.json", /is no plan of this command; write one with: bourse plan <stack>/],
      ["other.json", /has version 7 of the format, this command reads version 1; plan again/],
    ] as const) {
      const { status, error } = await bourse("plan", "diff", file("plan.json"), file(name));
      assert.equal(status, 1, name);
      assert.match(error, says);
    }
    assert.ok(existsSync(file("plan.json")));
  });
});
