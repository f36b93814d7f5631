/** Secrets have a rotation, unless a service manages them. */

import type { Rule } from "../rule";

export const secretRotation: Rule = {
  id: "secret-rotation",
  title: "Secrets rotate",
  checks: "Secrets have a rotation, unless a service manages them.",
  why: "A secret that never changes is known to everybody who ever had access.",
  fix: "Add a SecretRotation.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:secretsmanager/secret:Secret"],
  check: (secret, graph) =>
    graph.referrersOf(secret, "aws:secretsmanager/secretRotation:SecretRotation", "secretId").length > 0 ? [] : ["does not rotate"],
  passing: {
    type: "aws:secretsmanager/secret:Secret",
    inputs: {},
    others: [
      { type: "aws:secretsmanager/secretRotation:SecretRotation", name: "rotation", inputs: {}, references: { secretId: ["example"] } },
    ],
  },
  failing: { type: "aws:secretsmanager/secret:Secret", inputs: {} },
};
