/** Security Hub scores the account by a standard. */

import type { Rule } from "../rule";

const accountType = "aws:securityhub/account:Account";
const standard = {
  type: "aws:securityhub/standardsSubscription:StandardsSubscription",
  name: "standard",
  inputs: { standardsArn: "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0" },
};

export const securityHubStandards: Rule = {
  id: "security-hub-standards",
  title: "Security Hub has a standard to score by",
  checks:
    "Where Security Hub is turned on, the default standards are enabled or the stack subscribes to one, and new controls are turned on by themselves.",
  why: "Without a standard Security Hub checks nothing of its own, and its empty list of findings reads like a clean account.",
  fix: "Add an aws.securityhub.StandardsSubscription, and leave autoEnableControls on.",
  severity: "mandatory",
  needsGraph: true,
  types: [accountType],
  check: ({ inputs }, graph) => {
    const faults: string[] = [];
    // AWS enables its default standards unless it is told not to (Security Hub API, EnableSecurityHub).
    if (inputs.enableDefaultStandards === false && graph.ofType(standard.type).length === 0) faults.push("has no standard to score by");
    if (inputs.autoEnableControls === false) faults.push("leaves new controls off");
    return faults;
  },
  passing: { type: accountType, inputs: { enableDefaultStandards: false }, others: [standard] },
  failing: { type: accountType, inputs: { enableDefaultStandards: false } },
};
