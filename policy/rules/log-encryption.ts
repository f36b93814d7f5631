/** Log groups use a customer managed key. */

import type { Rule } from "../rule";

export const logEncryption: Rule = {
  id: "log-encryption",
  title: "Logs are encrypted with our key",
  checks: "Log groups use a customer managed key.",
  why: "Logs tell who did what; a key of ours decides who reads them.",
  fix: "Set kmsKeyId.",
  severity: "advisory",
  types: ["aws:cloudwatch/logGroup:LogGroup"],
  check: ({ inputs }) => (inputs.kmsKeyId === undefined ? ["no key of ours encrypts the log group"] : []),
  passing: { type: "aws:cloudwatch/logGroup:LogGroup", inputs: { kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/k" } },
  failing: { type: "aws:cloudwatch/logGroup:LogGroup", inputs: {} },
};
