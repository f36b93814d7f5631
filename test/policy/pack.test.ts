/** The policy pack: what Pulumi gets from the rules. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { ResourceValidation, ResourceValidationPolicy, StackValidation, StackValidationPolicy } from "@pulumi/policy";
import { type PackSettings, policiesOf } from "../../policy/pack";
import { exampleGraph } from "../../policy/recorded-graph";
import type { Example, Rule } from "../../policy/rule";
import { rules } from "../../policy/rules";

const settings: PackSettings = { production: true, suppressions: [], day: "2026-01-01" };

/** Sentences that the policy of `rule` reports for an example. */
function reported(rule: Rule, example: Example, given: PackSettings = settings): string[] {
  const [policy] = policiesOf([rule], given);
  const sentences: string[] = [];
  const report = (sentence: string) => void sentences.push(sentence);
  const { resources } = exampleGraph(example);
  const asPulumi = resources.map((resource) => ({ ...resource, props: resource.inputs, opts: { protect: resource.protect } }));
  if ("validateStack" in policy) {
    const byUrn = new Map(asPulumi.map((resource) => [resource.urn, resource]));
    const linked = asPulumi.map((resource) => ({
      ...resource,
      propertyDependencies: Object.fromEntries(
        Object.entries(resource.propertyDependencies).map(([property, urns]) => [property, urns.map((urn) => byUrn.get(urn))]),
      ),
    }));
    (policy as StackValidationPolicy).validateStack(
      { resources: linked } as unknown as Parameters<StackValidation>[0],
      report as Parameters<StackValidation>[1],
    );
  } else {
    const validate = (policy as ResourceValidationPolicy).validateResource as ResourceValidation;
    for (const resource of asPulumi)
      validate(resource as unknown as Parameters<ResourceValidation>[0], report as Parameters<ResourceValidation>[1]);
  }
  return sentences;
}

describe("the policy pack", () => {
  it("has one policy for each rule, at the rule's level and with its texts", () => {
    const policies = policiesOf(rules, settings);
    assert.deepEqual(
      policies.map((policy) => [policy.name, policy.enforcementLevel]),
      rules.map((rule) => [rule.id, rule.severity]),
    );
    for (const policy of policies) assert.ok(policy.description.length > 40 && policy.remediationSteps, policy.name);
  });

  it("leaves out the rules for production elsewhere", () => {
    const left = new Set(policiesOf(rules, { ...settings, production: false }).map((policy) => policy.name));
    assert.deepEqual(
      rules.filter((rule) => !left.has(rule.id)).map((rule) => rule.in),
      rules.filter((rule) => rule.in === "production").map(() => "production"),
    );
    assert.ok(left.size < rules.length);
  });

  for (const rule of rules) {
    it(`gives the same verdicts as the planner for ${rule.id}`, () => {
      assert.deepEqual(reported(rule, rule.passing), []);
      assert.ok(reported(rule, rule.failing).length > 0);
    });
  }

  it("accepts a suppressed finding until the day it expires", () => {
    const rule = rules.find((each) => each.id === "kms-key-rotation")!;
    const suppressions = [{ rule: rule.id, resource: "exa*", reason: "An example that protects nothing at all.", expires: "2026-03-01" }];
    assert.deepEqual(reported(rule, rule.failing, { ...settings, suppressions, day: "2026-03-01" }), []);
    assert.equal(reported(rule, rule.failing, { ...settings, suppressions, day: "2026-03-02" }).length, 1);
  });
});

describe("policy/index.ts", () => {
  it("starts as a policy pack, the way the Pulumi CLI runs it", async function () {
    this.timeout(60_000);
    const root = join(__dirname, "../..");
    const child = spawn(process.execPath, ["-r", join(root, "source.cjs"), join(root, "policy/index.ts")], {
      cwd: join(root, "policy"),
      env: { ...process.env, PULUMI_CONFIG: "{}", PULUMI_NODEJS_PROJECT: "bourse", PULUMI_NODEJS_STACK: "test" },
    });
    try {
      const said = await new Promise<string>((resolve, reject) => {
        let faults = "";
        child.stderr.on("data", (bytes) => {
          faults += bytes;
        });
        child.stdout.once("data", (bytes) => resolve(String(bytes)));
        child.once("exit", (status) => reject(new Error(`ended with ${status}: ${faults}`)));
      });
      // The first line is the port of the server that the CLI talks to.
      assert.match(said, /^\d{4,5}\s*$/);
    } finally {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
    }
  });
});
