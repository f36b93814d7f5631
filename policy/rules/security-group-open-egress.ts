/** Security groups do not allow every protocol to every address. */

import { listOf, recordOf } from "../../plan/read-inputs";
import { isOpen } from "../open-ranges";
import type { Rule } from "../rule";

export const securityGroupOpenEgress: Rule = {
  id: "security-group-open-egress",
  title: "No group sends anything anywhere",
  checks: "Security groups do not allow every protocol to every address.",
  why: "An intruder takes data out by the way that is open; a closed egress also shows in the logs.",
  fix: "Allow the ports and groups that are used; reach AWS through endpoints.",
  severity: "advisory",
  types: ["aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"],
  check: ({ type, inputs }) => {
    const rules = type === "aws:ec2/securityGroup:SecurityGroup" ? listOf(inputs.egress).map(recordOf) : [inputs];
    return rules.some((rule) => isOpen(rule) && String(rule.ipProtocol ?? rule.protocol) === "-1")
      ? ["every protocol to every address"]
      : [];
  },
  passing: {
    type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    inputs: { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" },
  },
  failing: { type: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", inputs: { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" } },
};
