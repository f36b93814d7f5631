/** Aurora clusters keep automated backups for 14 days or more in production, 1 day elsewhere. */

import { numberOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const auroraBackups: Rule = {
  id: "aurora-backups",
  title: "Databases keep two weeks of backups",
  checks: "Aurora clusters keep automated backups for 14 days or more in production, 1 day elsewhere.",
  why: "An error in a migration is often noticed only after days.",
  fix: "Set backupRetentionPeriod: 14 or more.",
  severity: "mandatory",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }, graph) => {
    const days = numberOf(inputs.backupRetentionPeriod, 1);
    const least = graph.production ? 14 : 1;
    return days >= least ? [] : [`backups are kept for ${days} days, at least ${least} are asked for`];
  },
  passing: { type: "aws:rds/cluster:Cluster", inputs: { backupRetentionPeriod: 35 } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: { backupRetentionPeriod: 7 } },
};
