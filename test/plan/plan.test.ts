/** The plan of a small known stack, figure by figure. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { findProject, type Plan, planHtml, planMarkdown, planStack, summaryText } from "../../plan";

const folder = join(__dirname, "fixtures", "small");
const planSmall = (day = "2026-01-01", date?: string) => planStack(findProject(folder), "test", { day, date });

describe("the plan of a stack", () => {
  let plan: Plan;
  before(async function () {
    this.timeout(60_000);
    plan = await planSmall();
  });

  it("counts the resources by layer, components apart", () => {
    assert.equal(plan.summary.resources, 21);
    assert.deepEqual(
      plan.summary.layers.map(({ layer, resources }) => [layer, resources]),
      [["data", 21]],
    );
    const component = plan.resources.filter((resource) => resource.kind === "component");
    assert.deepEqual(
      component.map((resource) => resource.type),
      ["bourse:data:Shop"],
    );
    assert.equal(plan.resources.find((resource) => resource.name === "shop-vpc")?.component, component[0].urn);
  });

  it("prices what is provisioned by the hour and the month", () => {
    const provisioned = plan.cost.lines
      .filter((line) => line.basis === "provisioned")
      .map((line) => [line.name, line.quantity, line.unitUsd, line.monthlyUsd]);
    assert.deepEqual(provisioned, [
      ["shop-nat", 730, 0.045, 32.85],
      ["shop-balancer", 730, 0.0225, 16.43],
      ["shop-address", 730, 0.005, 3.65],
    ]);
    assert.equal(plan.cost.provisionedUsd, 52.93);
  });

  it("prices usage for the configured load and says how it was worked out", () => {
    const usage = Object.fromEntries(
      plan.cost.lines.filter((line) => line.basis === "usage").map((line) => [`${line.name}: ${line.what}`, line]),
    );
    // 200 M users of 2 KB at a three-hundredth of the reference load, at $0.225 a GB.
    const storage = usage["shop-database: storage, I/O included"];
    assert.equal(storage.quantity, 1.365);
    assert.equal(storage.monthlyUsd, 0.31);
    assert.match(storage.assumption ?? "", /^666,667 users of 2048 bytes$/);
    // 1,000 GB over three zones at $0.045.
    assert.equal(usage["shop-nat: NAT traffic"].monthlyUsd, 15);
    assert.equal(usage["shop-log: log lines in"].monthlyUsd, 25);
    for (const line of Object.values(usage)) assert.ok(line.assumption, `${line.name} ${line.what} states no assumption`);
  });

  it("adds up to the cent, in total and by layer", () => {
    const cents = plan.cost.lines.reduce((sum, line) => sum + Math.round(line.monthlyUsd * 100), 0);
    assert.equal(Math.round(plan.summary.monthlyUsd * 100), cents);
    assert.equal(Math.round((plan.cost.provisionedUsd + plan.cost.usageUsd) * 100), cents);
    assert.equal(
      plan.cost.layers.reduce((sum, layer) => sum + Math.round(layer.monthlyUsd * 100), 0),
      cents,
    );
  });

  it("lists a type that it cannot price instead of counting it as nothing", () => {
    assert.deepEqual(plan.cost.unpriced, [
      { type: "aws:lightsail/disk:Disk", region: "us-east-1", resources: 1, reason: "no estimator for this type" },
    ]);
  });

  it("names page and month of every price that it used", () => {
    for (const source of plan.cost.sources) {
      assert.match(source.page, /^https:\/\/aws\.amazon\.com\/[a-z0-9/-]+\/pricing\//);
      assert.match(source.asOf, /^20\d\d-\d\d$/);
    }
    assert.deepEqual([...new Set(plan.cost.sources.map((source) => source.service))].sort(), ["aurora", "cloudwatch", "elb", "vpc"]);
  });

  it("counts quotas and their headroom", () => {
    const addresses = plan.quotas.find((quota) => quota.quotaCode === "L-0263D0A3");
    assert.deepEqual([addresses?.need, addresses?.default, addresses?.headroom, addresses?.state], [1, 5, 4, "enough"]);
    assert.equal(plan.quotas.find((quota) => quota.quotaCode === "L-407747CB")?.need, 2);
    assert.equal(plan.quotas.find((quota) => quota.quotaCode === "L-FE5A380F")?.need, 1);
  });

  it("shows who may do what, and the wildcards", () => {
    assert.deepEqual(
      plan.iam.principals.map((principal) => [principal.name, principal.trusts]),
      [["shop-role", ["ecs.amazonaws.com"]]],
    );
    assert.deepEqual(
      plan.iam.wildcards.map((wildcard) => [wildcard.name, wildcard.sid, wildcard.actions, wildcard.resources]),
      [["shop-role", "Everything", ["s3:*"], ["*"]]],
    );
  });

  it("lists the network paths: the internet reaches the load balancer, and only that reaches the database", () => {
    assert.deepEqual(
      plan.paths.paths.map((path) => `${path.from} -> ${path.to} ${path.protocol} ${path.ports}`),
      ["internet -> shop-balancer tcp 443", "shop-balancer -> shop-database tcp 5432"],
    );
    assert.deepEqual(
      plan.paths.endpoints.map((endpoint) => [endpoint.name, endpoint.tier]),
      [
        ["shop-balancer", "public"],
        ["shop-database", "isolated"],
      ],
    );
  });

  it("reports what the policies find, and suppresses only with a reason that has not expired", async () => {
    const found = plan.findings.filter((finding) => finding.suppressed === undefined).map((finding) => `${finding.rule} ${finding.name}`);
    for (const expected of [
      "aurora-managed-password shop-database",
      "iam-no-wildcard-actions shop-role-policy",
      "log-retention shop-log",
      "vpc-flow-logs shop-vpc",
    ]) {
      assert.ok(found.includes(expected), `${expected} is not among ${found.join(", ")}`);
    }
    const suppressed = plan.findings.filter((finding) => finding.suppressed !== undefined);
    assert.deepEqual(
      suppressed.map((finding) => [finding.rule, finding.name]),
      [["log-encryption", "shop-log"]],
    );
    assert.equal(plan.summary.findings.suppressed, 1);

    const later = await planSmall("2027-01-01");
    assert.equal(later.summary.findings.suppressed, 0);
    assert.equal(later.summary.findings.advisory, plan.summary.findings.advisory + 1);
  }).timeout(30_000);

  it("masks secrets everywhere", () => {
    const database = plan.resources.find((resource) => resource.name === "shop-database");
    assert.equal(database?.inputs.masterPassword, "[secret]");
    assert.equal(database?.protect, true);
    for (const secret of ["CipherText", "swordfish"]) assert.ok(!JSON.stringify(plan).includes(secret) && !planHtml(plan).includes(secret));
  });

  it("is the same to the byte on every run, and holds no time but the date passed in", async () => {
    const again = await planSmall("2026-06-30");
    assert.equal(JSON.stringify(again), JSON.stringify(plan));
    assert.equal(planHtml(again), planHtml(plan));
    assert.equal(planMarkdown(again), planMarkdown(plan));
    assert.equal("date" in plan, false);
    const dated = await planSmall("2026-06-30", "2026-06-30");
    assert.equal(dated.date, "2026-06-30");
    assert.match(planHtml(dated), /2026-06-30/);
  }).timeout(30_000);

  it("sums up in a few lines", () => {
    const text = summaryText(plan);
    assert.match(text, /Plan of small\/test in us-east-1/);
    assert.match(text, /data +21 +\$/);
    assert.match(text, /1 resources without an estimate/);
    assert.match(text, /log-retention: shop-log log lines are kept for ever/);
  });
});

describe("plan.html", () => {
  let html: string;
  before(async function () {
    this.timeout(60_000);
    html = planHtml(await planSmall());
  });

  it("refers to nothing outside itself", () => {
    assert.doesNotMatch(html, /(?:src|href|action|data|poster|srcset)\s*=\s*["']?(?:https?:)?\/\//i);
    assert.doesNotMatch(html, /@import|url\(|<link|<iframe|<img|fetch\(|XMLHttpRequest|import\(/i);
    assert.match(html, /Content-Security-Policy" content="default-src 'none';/);
  });

  it("draws each component of the graph once", () => {
    assert.equal(html.match(/<g class="box /g)?.length, 1);
    assert.match(html, /<text class="box-title"[^>]*>Shop<\/text>/);
  });

  it("has a row for every resource, which the search finds by name, type and layer", () => {
    assert.equal(html.match(/<tr data-text="/g)?.length, 21);
    assert.match(html, /<tr data-text="shop-nat aws:ec2\/natgateway:natgateway data us-east-1 /);
  });

  it("escapes what a name or an input holds", async () => {
    const plan = await planSmall();
    plan.resources.find((resource) => resource.name === "shop-log")!.name = '<script>alert("x")</script>';
    const page = planHtml(plan);
    assert.ok(page.includes("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"));
    assert.equal(page.match(/<script/g)?.length, 1);
  });
});

describe("plan.md", () => {
  it("fits a pull-request comment whatever the number of findings", async () => {
    const plan = await planSmall();
    const text = planMarkdown(plan);
    assert.match(text, /^## Plan of `small\/test`/);
    assert.match(text, /\| data \| 21 \|/);
    const finding = plan.findings[0];
    const long = { ...plan, findings: Array.from({ length: 5_000 }, () => ({ ...finding, message: "x".repeat(900) })) };
    assert.ok(planMarkdown(long).length <= 65_536);
  });
});
