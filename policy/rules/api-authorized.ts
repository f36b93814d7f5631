/** API Gateway routes and methods have an authorizer, but for registration, sign-in and health. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const apiAuthorized: Rule = {
  id: "api-authorized",
  title: "API routes ask who calls",
  checks: "API Gateway routes and methods have an authorizer, but for registration, sign-in and health.",
  why: "A route without one is public, whoever meant it to be.",
  fix: "Set authorizationType and authorizerId.",
  severity: "mandatory",
  types: ["aws:apigatewayv2/route:Route", "aws:apigateway/method:Method"],
  check: ({ inputs }) => {
    const kind = textOf(inputs.authorizationType ?? inputs.authorization, "NONE");
    const open = /OPTIONS|\/(register|login|sign-?in|health|ping)\b/i.test(`${textOf(inputs.routeKey)} ${textOf(inputs.httpMethod)}`);
    return kind !== "NONE" || open ? [] : [`${textOf(inputs.routeKey, "the method")} is open to everybody`];
  },
  passing: { type: "aws:apigatewayv2/route:Route", inputs: { routeKey: "POST /wallet/withdraw", authorizationType: "CUSTOM" } },
  failing: { type: "aws:apigatewayv2/route:Route", inputs: { routeKey: "POST /wallet/withdraw" } },
};
