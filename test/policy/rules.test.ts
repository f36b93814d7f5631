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

describe("a rule about load balancers", () => {
  const listener = "aws:lb/listener:Listener";
  const balancer = "aws:lb/loadBalancer:LoadBalancer";
  const rule = (id: string) => rules.find((each) => each.id === id)!;
  const passing = (protocol: string, internal?: boolean): Example => ({
    type: listener,
    inputs: { protocol },
    others: [{ type: balancer, name: "balancer", inputs: { internal } }],
    references: { loadBalancerArn: ["balancer"] },
  });

  it("lets TCP through inside the network alone, and plain HTTP nowhere", () => {
    const found = [
      passing("TCP", true),
      passing("TCP", false),
      passing("TCP"),
      passing("HTTP", true),
      { type: listener, inputs: { protocol: "TCP" } },
    ];
    assert.deepEqual(
      found.map((example) => faults(rule("load-balancer-tls"), example).length),
      [0, 1, 1, 1, 1],
    );
  });

  it("asks for logs where AWS writes any: not of a network load balancer without TLS", () => {
    const with_ = (loadBalancerType: string, ...protocols: string[]): Example => ({
      type: balancer,
      inputs: { loadBalancerType },
      others: protocols.map((protocol, index) => ({
        type: listener,
        name: `listener-${index}`,
        inputs: { protocol },
        references: { loadBalancerArn: ["example"] },
      })),
    });
    const found = [with_("network", "TCP"), with_("network", "TCP", "TLS"), with_("network"), with_("application", "HTTP")];
    assert.deepEqual(
      found.map((example) => faults(rule("load-balancer-access-logs"), example).length),
      [0, 1, 1, 1],
    );
  });
});

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
