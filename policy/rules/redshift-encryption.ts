/** Redshift clusters encrypt with a customer managed key. */

import type { Rule } from "../rule";

export const redshiftEncryption: Rule = {
  id: "redshift-encryption",
  title: "The warehouse is encrypted with our key",
  checks: "Redshift clusters encrypt with a customer managed key.",
  why: "The warehouse holds every trade of every user.",
  fix: "Set encrypted: true and kmsKeyId.",
  severity: "mandatory",
  types: ["aws:redshift/cluster:Cluster"],
  check: ({ inputs }) => (String(inputs.encrypted) === "true" && inputs.kmsKeyId !== undefined ? [] : ["not encrypted with a key of ours"]),
  passing: { type: "aws:redshift/cluster:Cluster", inputs: { encrypted: true, kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/k" } },
  failing: { type: "aws:redshift/cluster:Cluster", inputs: { encrypted: true } },
};
