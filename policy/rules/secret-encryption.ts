/** Secrets use a customer managed key. */

import type { Rule } from "../rule";

export const secretEncryption: Rule = {
  id: "secret-encryption",
  title: "Secrets are encrypted with our key",
  checks: "Secrets use a customer managed key.",
  why: "The key of the service opens to anybody in the account who may read secrets.",
  fix: "Set kmsKeyId.",
  severity: "mandatory",
  types: ["aws:secretsmanager/secret:Secret"],
  check: ({ inputs }) => (inputs.kmsKeyId !== undefined ? [] : ["encrypted with the key of the service"]),
  passing: { type: "aws:secretsmanager/secret:Secret", inputs: { kmsKeyId: "alias/secret" } },
  failing: { type: "aws:secretsmanager/secret:Secret", inputs: {} },
};
