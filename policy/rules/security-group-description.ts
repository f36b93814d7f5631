/** Security groups and their rules carry a description. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const securityGroupDescription: Rule = {
  id: "security-group-description",
  title: "Security groups say what they are for",
  checks: "Security groups and their rules carry a description.",
  why: "Without one, nobody dares to remove a rule, and groups only ever grow.",
  fix: "Set description.",
  severity: "advisory",
  types: ["aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"],
  check: ({ inputs }) => {
    const description = textOf(inputs.description);
    return description === "" || description === "Managed by Pulumi" ? ["no description"] : [];
  },
  passing: { type: "aws:ec2/securityGroup:SecurityGroup", inputs: { description: "PostgreSQL from the services" } },
  failing: { type: "aws:ec2/securityGroup:SecurityGroup", inputs: {} },
};
