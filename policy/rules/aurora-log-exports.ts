/** Aurora clusters export the engine log to CloudWatch. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const auroraLogExports: Rule = {
  id: "aurora-log-exports",
  title: "Databases send their logs",
  checks: "Aurora clusters export the engine log to CloudWatch.",
  why: "Who signed in and which statement failed is else lost with the instance.",
  fix: 'Set enabledCloudwatchLogsExports: ["postgresql"].',
  severity: "advisory",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }) => (listOf(inputs.enabledCloudwatchLogsExports).length > 0 ? [] : ["no log is exported"]),
  passing: { type: "aws:rds/cluster:Cluster", inputs: { enabledCloudwatchLogsExports: ["postgresql"] } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: {} },
};
