/** Application load balancers that face the internet have a web ACL. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const albWebAcl: Rule = {
  id: "alb-web-acl",
  title: "Public application load balancers are behind a web ACL",
  checks: "Application load balancers that face the internet have a web ACL.",
  why: "Injected requests and floods would reach the gateways.",
  fix: "Add a WebAclAssociation.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:lb/loadBalancer:LoadBalancer"],
  check: (balancer, graph) => {
    if (textOf(balancer.inputs.loadBalancerType, "application") !== "application" || balancer.inputs.internal === true) return [];
    return graph.referrersOf(balancer, "aws:wafv2/webAclAssociation:WebAclAssociation", "resourceArn").length > 0 ? [] : ["has no web ACL"];
  },
  passing: {
    type: "aws:lb/loadBalancer:LoadBalancer",
    inputs: {},
    others: [{ type: "aws:wafv2/webAclAssociation:WebAclAssociation", name: "acl", inputs: {}, references: { resourceArn: ["example"] } }],
  },
  failing: { type: "aws:lb/loadBalancer:LoadBalancer", inputs: {} },
};
