/** API Gateway stages write access logs. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const apiAccessLogs: Rule = {
  id: "api-access-logs",
  title: "API stages log requests",
  checks: "API Gateway stages write access logs.",
  why: "Sign-ins and withdrawals pass here; attacks on them show here first.",
  fix: "Set accessLogSettings.",
  severity: "mandatory",
  types: ["aws:apigatewayv2/stage:Stage", "aws:apigateway/stage:Stage"],
  check: ({ inputs }) => (recordOf(inputs.accessLogSettings).destinationArn !== undefined ? [] : ["writes no access log"]),
  passing: {
    type: "aws:apigatewayv2/stage:Stage",
    inputs: { accessLogSettings: { destinationArn: "arn:aws:logs:us-east-1:123456789012:log-group:api" } },
  },
  failing: { type: "aws:apigatewayv2/stage:Stage", inputs: {} },
};
