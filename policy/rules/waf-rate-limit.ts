/** Web ACLs have a rate-based rule. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";
import { parsedRules } from "../web-acl-json";

export const wafRateLimit: Rule = {
  id: "waf-rate-limit",
  title: "Web ACLs limit rates",
  checks: "Web ACLs have a rate-based rule.",
  why: "Sign-in guesses and layer-7 floods are one request at a time harmless, and a thousand a second not.",
  fix: "Add a rule with rateBasedStatement.",
  severity: "mandatory",
  types: ["aws:wafv2/webAcl:WebAcl"],
  check: ({ inputs }) => {
    const rules = [...listOf(inputs.rules).map(recordOf), ...parsedRules(inputs.ruleJson)];
    return rules.some(
      (rule) =>
        recordOf(rule.statement ?? rule.Statement).rateBasedStatement ?? recordOf(rule.statement ?? rule.Statement).RateBasedStatement,
    )
      ? []
      : ["no rule limits the rate"];
  },
  passing: {
    type: "aws:wafv2/webAcl:WebAcl",
    inputs: { rules: [{ name: "rate", statement: { rateBasedStatement: { limit: 2000, aggregateKeyType: "IP" } } }] },
  },
  failing: { type: "aws:wafv2/webAcl:WebAcl", inputs: { rules: [] } },
};
