/** Backup vaults in production are locked and encrypted with our key. */

import type { Rule } from "../rule";

export const backupVaultLocked: Rule = {
  id: "backup-vault-locked",
  title: "Backups cannot be deleted",
  checks: "Backup vaults in production are locked and encrypted with our key.",
  why: "Whoever deletes the data deletes the backups first, if the vault lets him.",
  fix: "Add a VaultLockConfiguration and set kmsKeyArn.",
  severity: "mandatory",
  in: "production",
  needsGraph: true,
  types: ["aws:backup/vault:Vault"],
  check: (vault, graph) => {
    const faults: string[] = [];
    if (vault.inputs.kmsKeyArn === undefined) faults.push("not encrypted with a key of ours");
    if (graph.referrersOf(vault, "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backupVaultName").length === 0)
      faults.push("is not locked");
    return faults;
  },
  passing: {
    type: "aws:backup/vault:Vault",
    inputs: { kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/k" },
    others: [
      {
        type: "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        name: "lock",
        inputs: {},
        references: { backupVaultName: ["example"] },
      },
    ],
  },
  failing: { type: "aws:backup/vault:Vault", inputs: {} },
};
