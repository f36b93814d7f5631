/** Aurora clusters have deletion protection and keep a final snapshot. */

import type { Rule } from "../rule";

export const auroraDeletionProtection: Rule = {
  id: "aurora-deletion-protection",
  title: "Production databases cannot be deleted by accident",
  checks: "Aurora clusters have deletion protection and keep a final snapshot.",
  why: "A wrong stack name in a destroy command would take the ledger with it.",
  fix: "Set deletionProtection: true and skipFinalSnapshot: false.",
  severity: "mandatory",
  in: "production",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }) => {
    const faults: string[] = [];
    if (inputs.deletionProtection !== true) faults.push("deletion protection is off");
    if (inputs.skipFinalSnapshot === true) faults.push("a deletion keeps no final snapshot");
    return faults;
  },
  passing: { type: "aws:rds/cluster:Cluster", inputs: { deletionProtection: true, skipFinalSnapshot: false } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: { skipFinalSnapshot: true } },
};
