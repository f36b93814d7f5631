/** EKS clusters encrypt secrets with a customer managed key. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const eksSecretsEncryption: Rule = {
  id: "eks-secrets-encryption",
  title: "Kubernetes secrets are encrypted with our key",
  checks: "EKS clusters encrypt secrets with a customer managed key.",
  why: "Whoever reads the storage of the control plane would otherwise depend on no key of ours.",
  fix: 'Set encryptionConfig with resources ["secrets"] and a key.',
  severity: "mandatory",
  types: ["aws:eks/cluster:Cluster", "eks:index:Cluster"],
  check: ({ inputs }) => {
    if (inputs.encryptionConfigKeyArn !== undefined) return [];
    const config = recordOf(inputs.encryptionConfig);
    return listOf(config.resources).includes("secrets") && recordOf(config.provider).keyArn !== undefined
      ? []
      : ["secrets are not encrypted with a key of ours"];
  },
  passing: {
    type: "aws:eks/cluster:Cluster",
    inputs: { encryptionConfig: { resources: ["secrets"], provider: { keyArn: "arn:aws:kms:us-east-1:123456789012:key/k" } } },
  },
  failing: { type: "aws:eks/cluster:Cluster", inputs: {} },
};
