/** Lambda function URLs ask for IAM. */

import type { Rule } from "../rule";

export const lambdaNoPublicUrl: Rule = {
  id: "lambda-no-public-url",
  title: "Functions have no public address",
  checks: "Lambda function URLs ask for IAM.",
  why: "A function URL goes around the API, its authorizer and the firewall.",
  fix: 'Set authorizationType: "AWS_IAM".',
  severity: "mandatory",
  types: ["aws:lambda/functionUrl:FunctionUrl"],
  check: ({ inputs }) => (inputs.authorizationType === "AWS_IAM" ? [] : ["anybody may call the function"]),
  passing: { type: "aws:lambda/functionUrl:FunctionUrl", inputs: { authorizationType: "AWS_IAM" } },
  failing: { type: "aws:lambda/functionUrl:FunctionUrl", inputs: { authorizationType: "NONE" } },
};
