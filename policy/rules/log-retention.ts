/** Log groups state how long they keep lines. */

import { numberOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const logRetention: Rule = {
  id: "log-retention",
  title: "Logs are kept for a stated time",
  checks: "Log groups state how long they keep lines.",
  why: "Without retention, logs are kept for ever and their cost only grows; auditors ask for a stated time.",
  fix: "Set retentionInDays.",
  severity: "mandatory",
  types: ["aws:cloudwatch/logGroup:LogGroup"],
  check: ({ inputs }) => (numberOf(inputs.retentionInDays, 0) > 0 ? [] : ["log lines are kept for ever"]),
  passing: { type: "aws:cloudwatch/logGroup:LogGroup", inputs: { retentionInDays: 400 } },
  failing: { type: "aws:cloudwatch/logGroup:LogGroup", inputs: {} },
};
