/** The AwsSolutions pack of cdk-nag, rule by rule: what checks the same here, or why there is nothing to check. */

import assert from "node:assert/strict";
import { recordProgram } from "bourse/testing";
import { awsSolutions } from "../../policy/aws-solutions";
import { policyGraph } from "../../policy/recorded-graph";
import { rules } from "../../policy/rules";
import { storeSpecimens } from "../components/specimens";

describe("The AwsSolutions pack of cdk-nag", () => {
  it("has a counterpart for every rule of these services", () => {
    const ids = new Set(rules.map(({ id }) => id));
    for (const [rule, counterpart] of Object.entries(awsSolutions)) {
      assert.match(rule, /^[A-Z]+\d+$/);
      if ("reason" in counterpart) assert.match(counterpart.reason, /\S.{25,}/, rule);
      else
        assert.deepEqual(
          counterpart.rules.filter((id) => !ids.has(id)),
          [],
          rule,
        );
    }
    assert.ok(Object.keys(awsSolutions).length >= 71);
  });

  it("is kept by every component, as it is made by default", async function () {
    this.timeout(120_000);
    const counterparts = new Set(Object.values(awsSolutions).flatMap((each) => ("rules" in each ? each.rules : [])));
    const chosen = rules.filter(({ id, severity }) => counterparts.has(id) && severity === "mandatory");
    const found: string[] = [];
    for (const [name, specimen] of Object.entries(storeSpecimens)) {
      const graph = await recordProgram({}, () => void specimen({}));
      const seen = policyGraph(graph, true);
      for (const resource of seen.resources)
        for (const rule of chosen.filter(({ types }) => types.includes(resource.type)))
          for (const fault of rule.check(resource, seen)) found.push(`${name}: ${rule.id}: ${resource.name}: ${fault}`);
    }
    assert.deepEqual(found, []);
    assert.ok(chosen.length >= 25);
  });
});
