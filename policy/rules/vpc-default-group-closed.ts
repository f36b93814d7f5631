/** Every VPC adopts its default security group and leaves it empty. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const vpcDefaultGroupClosed: Rule = {
  id: "vpc-default-group-closed",
  title: "The default security group is closed",
  checks: "Every VPC adopts its default security group and leaves it empty.",
  why: "What is made without a group gets this one, and then talks to everything else that did.",
  fix: "Add a DefaultSecurityGroup without rules.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:ec2/vpc:Vpc"],
  check: (vpc, graph) => {
    const groups = graph.referrersOf(vpc, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "vpcId");
    const empty = groups.some((group) => listOf(group.inputs.ingress).length === 0 && listOf(group.inputs.egress).length === 0);
    return empty ? [] : ["the default security group lets its members talk"];
  },
  passing: {
    type: "aws:ec2/vpc:Vpc",
    inputs: {},
    others: [
      { type: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", name: "default", inputs: {}, references: { vpcId: ["example"] } },
    ],
  },
  failing: { type: "aws:ec2/vpc:Vpc", inputs: {} },
};
