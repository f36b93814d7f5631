import assert from "node:assert/strict";
import { BackupVault, type BackupVaultArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const table = "arn:aws:dynamodb:us-east-1:123456789012:table/history";

function vaultWith(over: Partial<BackupVaultArgs> = {}): () => BackupVault {
  return () => new BackupVault("backup", { accountId: "123456789012", key: literalKey(), resources: { history: table }, ...over });
}

describeComponent("BackupVault", vaultWith(), (subject) => {
  it("makes a locked vault, a plan and what it backs up", () => {
    assertResources(subject.graph, {
      "aws:backup/vault:Vault": ["backup-vault"],
      "aws:backup/vaultPolicy:VaultPolicy": ["backup-vault-policy"],
      "aws:backup/vaultLockConfiguration:VaultLockConfiguration": ["backup-vault-lock"],
      "aws:backup/plan:Plan": ["backup-plan"],
      "aws:backup/selection:Selection": ["backup-selection"],
      "aws:iam/role:Role": ["backup-role"],
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["backup-role-backup", "backup-role-restores"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["backup-failures-alarm"],
    });
    assertInputs(subject.graph, "aws:backup/selection:Selection", "backup-selection", { resources: [table] });
  });

  it("encrypts backups, keeps them for 35 days at least, and lets nobody delete them", () => {
    const vault = assertInputs(subject.graph, "aws:backup/vault:Vault", "backup-vault", {
      kmsKeyArn: literalKey().arn,
      forceDestroy: false,
    });
    assert.equal(vault.protect, true);
    assertInputs(subject.graph, "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backup-vault-lock", {
      minRetentionDays: 35,
      maxRetentionDays: 3650,
      changeableForDays: undefined,
    });
    const [denial] = JSON.parse(
      subject.graph.get("aws:backup/vaultPolicy:VaultPolicy", "backup-vault-policy").inputs.policy as string,
    ).Statement;
    assert.equal(denial.Effect, "Deny");
    assert.ok(denial.Action.includes("backup:DeleteRecoveryPoint"));
  });

  it("lets AWS Backup take its role for this account alone", () => {
    assertInputs(subject.graph, "aws:iam/role:Role", "backup-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "backup.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
          },
        ],
      },
    });
  });

  it("runs every night", () => {
    const { rules } = subject.graph.get("aws:backup/plan:Plan", "backup-plan").inputs as {
      rules: { schedule: string; lifecycle: object }[];
    };
    assert.deepEqual(
      rules.map(({ schedule, lifecycle }) => [schedule, lifecycle]),
      [["cron(0 3 * * ? *)", { deleteAfter: 35 }]],
    );
  });

  it("copies to another region, and locks for good, when asked to", async () => {
    const copyTo = "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies";
    const graph = await subject.record(vaultWith({ copyTo, lock: "compliance" }));
    const { rules } = graph.get("aws:backup/plan:Plan", "backup-plan").inputs as {
      rules: { copyActions: { destinationVaultArn: string }[] }[];
    };
    assert.equal(rules[0].copyActions[0].destinationVaultArn, copyTo);
    assertInputs(graph, "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backup-vault-lock", { changeableForDays: 3 });
  });

  it("takes copies of other accounts, which can put and do nothing else, and then needs nothing of its own to back up", async () => {
    const receivesFrom = ["222222222222"];
    const graph = await subject.record(vaultWith({ resources: undefined, receivesFrom }));
    assertResources(graph, {
      "aws:backup/vault:Vault": ["backup-vault"],
      "aws:backup/vaultPolicy:VaultPolicy": ["backup-vault-policy"],
      "aws:backup/vaultLockConfiguration:VaultLockConfiguration": ["backup-vault-lock"],
    });
    const { Statement } = JSON.parse(graph.get("aws:backup/vaultPolicy:VaultPolicy", "backup-vault-policy").inputs.policy as string);
    assert.deepEqual(Statement.slice(1), [
      {
        Sid: "CopiesOfOtherAccounts",
        Effect: "Allow",
        Principal: { AWS: ["arn:aws:iam::222222222222:root"] },
        Action: "backup:CopyIntoBackupVault",
        Resource: "*",
      },
    ]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<BackupVaultArgs["transform"]>();
    assert.deepEqual(untransformed(await recordProgram({}, vaultWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<BackupVaultArgs>, string[]][] = [
    ["nothing to back up", { resources: {} }, ["resources"]],
    ["nothing to back up and nobody to receive from", { resources: undefined, receivesFrom: [] }, ["resources"]],
    ["copies of no account", { receivesFrom: ["me"] }, ["receivesFrom[0]"]],
    ["backups of no days", { days: 0 }, ["days"]],
    ["an unknown lock", { lock: "legal" as "compliance" }, ["lock"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(vaultWith(over), paths));
  }
});
