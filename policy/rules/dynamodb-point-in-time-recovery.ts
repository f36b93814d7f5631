/** DynamoDB tables have point-in-time recovery. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const dynamodbPointInTimeRecovery: Rule = {
  id: "dynamodb-point-in-time-recovery",
  title: "Tables can be restored to any second",
  checks: "DynamoDB tables have point-in-time recovery.",
  why: "Without it, a faulty writer destroys data for good: there is no other automatic backup.",
  fix: "Set pointInTimeRecovery: { enabled: true }.",
  severity: "mandatory",
  types: ["aws:dynamodb/table:Table"],
  check: ({ inputs }) => (recordOf(inputs.pointInTimeRecovery).enabled === true ? [] : ["point-in-time recovery is off"]),
  passing: { type: "aws:dynamodb/table:Table", inputs: { pointInTimeRecovery: { enabled: true } } },
  failing: { type: "aws:dynamodb/table:Table", inputs: {} },
};
