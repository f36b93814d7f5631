/** Web ACLs have a logging configuration. */

import type { Rule } from "../rule";

export const wafLogging: Rule = {
  id: "waf-logging",
  title: "Web ACLs log what they decide",
  checks: "Web ACLs have a logging configuration.",
  why: "A blocked customer and a passed attack are both found in these logs only.",
  fix: "Add a WebAclLoggingConfiguration.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:wafv2/webAcl:WebAcl"],
  check: (acl, graph) =>
    graph.referrersOf(acl, "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "resourceArn").length > 0
      ? []
      : ["writes no log"],
  passing: {
    type: "aws:wafv2/webAcl:WebAcl",
    inputs: {},
    others: [
      {
        type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        name: "log",
        inputs: {},
        references: { resourceArn: ["example"] },
      },
    ],
  },
  failing: { type: "aws:wafv2/webAcl:WebAcl", inputs: {} },
};
