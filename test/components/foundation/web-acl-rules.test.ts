import assert from "node:assert/strict";
import { redactedFields, type WebAclChoice, webAclCapacityUnits, webAclFaults, webAclRuleNames, webAclRules } from "bourse";
import { WebAclEvaluator, type WebRequest } from "./web-acl-evaluator";

const choice: WebAclChoice = { requestsPerAddress: 100, requestsPerKey: 50, blockedCountries: ["KP", "IR"] };

describe("Web ACL rules", () => {
  const hostile: [what: string, request: WebRequest, rule: string, status: number][] = [];
  const honest: [what: string, request: WebRequest][] = [];
  // What is refused is refused for everybody: with a key of ours, as another client, by a sender who says little.
  const senders: Record<string, Record<string, string>> = {
    "": {},
    " with a key": { "x-mbx-apikey": "k" },
    " as a browser": { "user-agent": "Mozilla/5.0", origin: "https://www.exchange.example" },
  };
  for (const [who, headers] of Object.entries(senders)) {
    for (const country of ["KP", "IR"]) {
      for (const bodyBytes of [0, 200, 16_384, 16_385])
        hostile.push([
          `${bodyBytes} bytes from ${country}${who}`,
          { address: "203.0.113.1", country, headers, bodyBytes },
          "blocked-countries",
          403,
        ]);
    }
    for (const bodyBytes of [16_385, 20_000, 65_536, 65_537, 1_000_000, 10_000_000])
      hostile.push([`a body of ${bodyBytes} bytes${who}`, { address: "203.0.113.2", country: "DE", headers, bodyBytes }, "body-size", 403]);
  }
  for (const country of ["DE", "JP", "BR", "SG", "US", undefined]) {
    for (const bodyBytes of [0, 1, 400, 8_192, 16_383, 16_384])
      honest.push([`${bodyBytes} bytes from ${country ?? "an unknown country"}`, { address: "198.51.100.1", country, bodyBytes }]);
  }
  for (const agent of ["python-requests/2.32", "ccxt", "", "Mozilla/5.0"]) {
    honest.push([`the client "${agent}"`, { address: "198.51.100.2", headers: { "user-agent": agent, "x-mbx-apikey": agent } }]);
  }

  for (const [what, request, rule, status] of hostile) {
    it(`refuse ${what}`, () => {
      const verdict = new WebAclEvaluator(webAclRules(choice)).evaluate(request);
      assert.deepEqual([verdict.action, verdict.rule, verdict.status], ["block", rule, status]);
      assert.deepEqual(verdict.labels, [`bourse:${rule}`]);
    });
  }
  for (const [what, request] of honest) {
    it(`pass ${what}`, () => {
      assert.equal(new WebAclEvaluator(webAclRules(choice)).evaluate(request).action, "allow");
    });
  }

  it("are tried with at least 40 hostile and 40 honest requests", () => {
    assert.ok(hostile.length >= 40 && honest.length >= 40, `${hostile.length} and ${honest.length}`);
    assert.equal(new Set([...hostile, ...honest].map(([what]) => what)).size, hostile.length + honest.length);
  });

  it("answer 429 to an address that asks too often, to that address alone, until its window has passed", () => {
    const firewall = new WebAclEvaluator(webAclRules(choice));
    const answers = Array.from({ length: 130 }, (_, index) => firewall.evaluate({ address: "203.0.113.7", time: index }));
    assert.equal(answers.filter(({ action }) => action === "allow").length, 100);
    assert.ok(answers.slice(100).every(({ rule, status }) => rule === "rate-by-address" && status === 429));
    assert.equal(firewall.evaluate({ address: "203.0.113.8", time: 130 }).action, "allow");
    assert.equal(firewall.evaluate({ address: "203.0.113.7", time: 300_130 }).action, "allow");
  });

  it("answer 429 to a key that asks too often from many addresses, and count no request without a key", () => {
    const firewall = new WebAclEvaluator(webAclRules(choice));
    const ask = (index: number, key?: string) =>
      firewall.evaluate({ address: `203.0.113.${index % 250}`, headers: key === undefined ? {} : { "x-mbx-apikey": key }, time: index });
    const answers = Array.from({ length: 80 }, (_, index) => ask(index, "stolen"));
    assert.equal(answers.filter(({ action }) => action === "allow").length, 50);
    assert.ok(answers.slice(50).every(({ rule, status }) => rule === "rate-by-key" && status === 429));
    assert.equal(ask(81, "honest").action, "allow");
    for (let index = 100; index < 300; index++) assert.equal(ask(index).action, "allow");
  });

  it("only count and label what is on trial", () => {
    const firewall = new WebAclEvaluator(webAclRules({ ...choice, countOnly: ["body-size", "blocked-countries"] }));
    const verdict = firewall.evaluate({ address: "203.0.113.1", country: "KP", bodyBytes: 20_000 });
    assert.equal(verdict.action, "allow");
    assert.deepEqual(verdict.labels, ["bourse:blocked-countries", "bourse:body-size"]);
  });

  it("have AWS's groups for reputation, known bad inputs, common attacks and SQL injection, in this order, blocking", () => {
    const managed = webAclRules({}).flatMap((rule) => {
      const { managedRuleGroupStatement: group } = rule.statement as { managedRuleGroupStatement?: { vendorName: string; name: string } };
      return group === undefined ? [] : [[rule.name, group.vendorName, group.name, rule.overrideAction]];
    });
    assert.deepEqual(managed, [
      ["ip-reputation", "AWS", "AWSManagedRulesAmazonIpReputationList", { none: {} }],
      ["known-bad-inputs", "AWS", "AWSManagedRulesKnownBadInputsRuleSet", { none: {} }],
      ["common", "AWS", "AWSManagedRulesCommonRuleSet", { none: {} }],
      ["sql-injection", "AWS", "AWSManagedRulesSQLiRuleSet", { none: {} }],
    ]);
  });

  it("let bots without a user agent and bodies that our own rule judges through the common group", () => {
    const common = webAclRules({}).find(({ name }) => name === "common")!;
    const { managedRuleGroupStatement: group } = common.statement as {
      managedRuleGroupStatement: { ruleActionOverrides: { name: string; actionToUse: object }[] };
    };
    assert.deepEqual(group.ruleActionOverrides, [
      { name: "SizeRestrictions_BODY", actionToUse: { count: {} } },
      { name: "NoUserAgent_HEADER", actionToUse: { count: {} } },
    ]);
  });

  it("take fewer capacity units than the 1,500 that cost nothing extra", () => {
    const units = webAclRuleNames.reduce((sum, name) => sum + webAclCapacityUnits[name], 0);
    assert.equal(units, 1_161);
    assert.ok(units <= 1_500);
  });

  it("have priorities and names that are unique, and metrics", () => {
    const rules = webAclRules(choice);
    assert.deepEqual(
      rules.map(({ priority }) => priority),
      rules.map((_, index) => index),
    );
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
    assert.equal(rules.length, webAclRuleNames.length);
  });

  it("have no country rule when no country is refused", () => {
    assert.ok(!webAclRules({}).some(({ name }) => name === "blocked-countries"));
  });

  it("keep keys, sessions and signatures out of the log", () => {
    const redacted = redactedFields.map((field) => (field.queryString ? "query" : (field.singleHeader as { name: string }).name));
    assert.deepEqual(redacted, ["x-mbx-apikey", "x-bourse-origin", "authorization", "cookie", "query"]);
  });

  it("refuse choices that WAF would refuse", () => {
    const faults = webAclFaults("webAcl", {
      requestsPerAddress: 9,
      requestsPerKey: 1.5,
      maxBodyBytes: 70_000,
      blockedCountries: ["Korea"],
      countOnly: ["captcha" as "common"],
    });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["webAcl.requestsPerAddress", "webAcl.requestsPerKey", "webAcl.maxBodyBytes", "webAcl.countOnly[0]", "webAcl.blockedCountries[0]"],
    );
  });
});
