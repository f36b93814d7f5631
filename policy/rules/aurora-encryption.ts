/** Aurora clusters and instances encrypt their storage with a customer managed key. */

import type { Rule } from "../rule";

export const auroraEncryption: Rule = {
  id: "aurora-encryption",
  title: "Databases are encrypted",
  checks: "Aurora clusters and instances encrypt their storage with a customer managed key.",
  why: "Storage, replicas and backups of balances and users would be readable to whoever gets at them.",
  fix: "Set storageEncrypted: true and kmsKeyId.",
  severity: "mandatory",
  types: ["aws:rds/cluster:Cluster"],
  check: ({ inputs }) => {
    if (inputs.storageEncrypted !== true) return ["the storage is not encrypted"];
    return inputs.kmsKeyId === undefined ? ["the storage is encrypted with the key of the service, not with ours"] : [];
  },
  passing: { type: "aws:rds/cluster:Cluster", inputs: { storageEncrypted: true, kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/k" } },
  failing: { type: "aws:rds/cluster:Cluster", inputs: { storageEncrypted: false } },
};
