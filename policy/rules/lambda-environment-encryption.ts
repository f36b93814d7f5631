/** Lambda functions with environment variables encrypt them with a customer managed key. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const lambdaEnvironmentEncryption: Rule = {
  id: "lambda-environment-encryption",
  title: "Function settings are encrypted with our key",
  checks: "Lambda functions with environment variables encrypt them with a customer managed key.",
  why: "Settings name stores and secrets; whoever may read the function else reads them.",
  fix: "Set kmsKeyArn.",
  severity: "advisory",
  types: ["aws:lambda/function:Function"],
  check: ({ inputs }) => {
    const variables = Object.keys(recordOf(recordOf(inputs.environment).variables));
    return variables.length === 0 || inputs.kmsKeyArn !== undefined ? [] : ["environment variables are not encrypted with a key of ours"];
  },
  passing: {
    type: "aws:lambda/function:Function",
    inputs: { environment: { variables: { STAGE: "live" } }, kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k" },
  },
  failing: { type: "aws:lambda/function:Function", inputs: { environment: { variables: { STAGE: "live" } } } },
};
