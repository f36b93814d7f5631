/** Every rule: its passing example passes, its failing example fails, and its texts say what the user needs. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exampleGraph } from "../../policy/recorded-graph";
import type { Example, Rule } from "../../policy/rule";
import { rules } from "../../policy/rules";

function faults(rule: Rule, example: Example): string[] {
  const graph = exampleGraph(example);
  return rule.check(graph.resources[0], graph);
}

describe("policy rules", () => {
  it("are all in the list, each in a file of its name", () => {
    const files = readdirSync(join(__dirname, "../../policy/rules"))
      .filter((file) => file !== "index.ts")
      .map((file) => file.replace(/\.ts$/, ""));
    assert.deepEqual(rules.map((rule) => rule.id).sort(), files.sort());
  });

  for (const rule of rules) {
    describe(rule.id, () => {
      it("accepts its passing example", () => {
        assert.deepEqual(faults(rule, rule.passing), []);
      });

      it("reports its failing example", () => {
        const found = faults(rule, rule.failing);
        assert.ok(found.length > 0, "no finding");
        for (const sentence of found) assert.match(sentence, /\S.{5,}/);
      });

      it("checks the types of its examples, and says what, why and how to fix", () => {
        assert.ok(rule.types.includes(rule.passing.type) && rule.types.includes(rule.failing.type));
        assert.match(rule.id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
        for (const text of [rule.checks, rule.why, rule.fix]) assert.match(text, /^[A-Z].{10,}\.$/s);
      });
    });
  }
});
