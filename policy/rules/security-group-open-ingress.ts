/** Security groups open to 0.0.0.0/0 or ::/0 admit only the ports of public protocols. */

import { listOf, numberOf, recordOf } from "../../plan/read-inputs";
import { isOpen, publicPorts } from "../open-ranges";
import type { Rule } from "../rule";

export const securityGroupOpenIngress: Rule = {
  id: "security-group-open-ingress",
  title: "No port but the public ones is open to the world",
  checks: "Security groups open to 0.0.0.0/0 or ::/0 admit only the ports of public protocols.",
  why: "A port that anybody can reach is scanned within minutes and attacked with the next vulnerability.",
  fix: "Name the security group or the addresses that connect.",
  severity: "mandatory",
  types: [
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
  ],
  check: ({ type, inputs }) => {
    if (type === "aws:ec2/securityGroupRule:SecurityGroupRule" && inputs.type !== "ingress") return [];
    const rules = type === "aws:ec2/securityGroup:SecurityGroup" ? listOf(inputs.ingress).map(recordOf) : [inputs];
    return rules.filter(isOpen).flatMap((rule) => {
      const [from, to] = [numberOf(rule.fromPort, 0), numberOf(rule.toPort, 65_535)];
      const all = String(rule.ipProtocol ?? rule.protocol) === "-1";
      if (!all && from === to && publicPorts.includes(from)) return [];
      return [`${all ? "every protocol" : `ports ${from} to ${to}`} open to the world`];
    });
  },
  passing: {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" },
  },
  failing: {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    inputs: { ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "0.0.0.0/0" },
  },
};
