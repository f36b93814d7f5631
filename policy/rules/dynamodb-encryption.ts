/** DynamoDB tables use a customer managed key. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const dynamodbEncryption: Rule = {
  id: "dynamodb-encryption",
  title: "Tables are encrypted with our key",
  checks: "DynamoDB tables use a customer managed key.",
  why: "The key of the service cannot be withheld from an account role, nor its use be audited by domain.",
  fix: "Set serverSideEncryption: { enabled: true, kmsKeyArn }.",
  severity: "mandatory",
  types: ["aws:dynamodb/table:Table"],
  check: ({ inputs }) => {
    const encryption = recordOf(inputs.serverSideEncryption);
    return encryption.enabled === true && encryption.kmsKeyArn !== undefined ? [] : ["not encrypted with a key of ours"];
  },
  passing: {
    type: "aws:dynamodb/table:Table",
    inputs: { serverSideEncryption: { enabled: true, kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k" } },
  },
  failing: { type: "aws:dynamodb/table:Table", inputs: { serverSideEncryption: { enabled: true } } },
};
