/** Redshift clusters keep automated snapshots for a week or more. */

import { numberOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const redshiftSnapshots: Rule = {
  id: "redshift-snapshots",
  title: "The warehouse keeps snapshots",
  checks: "Redshift clusters keep automated snapshots for a week or more.",
  why: "A mistaken DELETE is often seen at the end of the month.",
  fix: "Set automatedSnapshotRetentionPeriod: 7 or more.",
  severity: "advisory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => (numberOf(inputs.automatedSnapshotRetentionPeriod, 1) >= 7 ? [] : ["snapshots are kept for less than a week"]),
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { automatedSnapshotRetentionPeriod: 35 } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: {} },
};
