/** Backups beside the stores, where whoever breaks a store cannot reach them: AWS Backup. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  accountFaults,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  choiceFaults,
  type Fault,
  type KeyRef,
  nameFaults,
  type PolicyStatement,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  vaultArnFaults,
  wholeNumberFaults,
} from "../foundation";

/** Arguments of {@link BackupVault}. */
export interface BackupVaultArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Encrypts backups: the `data` key of a `KeyRing`. Changing it **replaces** the vault. */
  key: KeyRef;
  /** ARNs of what is backed up, by role. Plain keys. @default nothing, for a vault that only takes copies ({@link receivesFrom}) */
  resources?: Record<string, pulumi.Input<string>>;
  /**
   * Accounts whose vaults copy backups here: makes this the vault of another account's {@link copyTo}. Both belong to one AWS organization, which has cross-account
   * backup on. @default none
   */
  receivesFrom?: string[];
  /** Days that a daily backup is kept: 1 to 3650. @default 35 */
  days?: number;
  /** `compliance` can be shortened or lifted by nobody once three days have passed, `governance` by who has the right. @default "governance" */
  lock?: "governance" | "compliance";
  /** ARN of a vault in another region or account that gets a copy of each backup. @default none */
  copyTo?: pulumi.Input<string>;
  /** @default "on" */
  protection?: Protection;
  transform?: BackupVaultTransform;
}

export interface BackupVaultTransform extends AlarmTransform {
  vault?: Transform<aws.backup.VaultArgs>;
  lock?: Transform<aws.backup.VaultLockConfigurationArgs>;
  policy?: Transform<aws.backup.VaultPolicyArgs>;
  plan?: Transform<aws.backup.PlanArgs>;
  selection?: Transform<aws.backup.SelectionArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
}

export function backupVaultFaults(args: BackupVaultArgs, name: string): Fault[] {
  return [
    ...nameFaults("name", name, {
      longest: 32,
      pattern: /^[A-Za-z0-9_-]{2,}$/,
      words: "at least 2 letters, digits, hyphens and underscores",
    }),
    ...wholeNumberFaults("days", args.days, 1, 3650, "use 35, the default"),
    ...choiceFaults("lock", args.lock, ["governance", "compliance"]),
    ...vaultArnFaults("copyTo", args.copyTo),
    ...(args.receivesFrom ?? []).flatMap((account, index) => accountFaults(`receivesFrom[${index}]`, account)),
    ...(isFilled(args) || (args.receivesFrom ?? []).length > 0
      ? []
      : [
          {
            path: "resources",
            given: args.resources,
            allowed: "at least one resource, or none in a vault that receives from another account",
            fix: "name what to back up",
          },
        ]),
  ];
}

/** Whether the vault has backups of its own, and is not only a place for copies. */
function isFilled({ resources = {} }: BackupVaultArgs): boolean {
  return Object.keys(resources).length > 0;
}

/** A locked, encrypted vault, filled every night, by itself or by other accounts, from which nobody deletes by hand. */
export class BackupVault extends BourseComponent {
  readonly vaultArn: pulumi.Output<string>;

  constructor(name: string, args: BackupVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:BackupVault", name, args, backupVaultFaults(args, name), opts);
    const vault = this.createVault(args);
    if (isFilled(args)) {
      this.fill(vault, args);
      this.watch(vault, args);
    }
    this.vaultArn = vault.arn;
    this.registerOutputs({ vaultArn: this.vaultArn });
  }

  private watch(vault: aws.backup.Vault, args: BackupVaultArgs): void {
    this.createAlarms(
      {
        failures: {
          description: "A backup failed: look at its job; the one of the night before is still there.",
          namespace: "AWS/Backup",
          metric: "NumberOfBackupJobsFailed",
          statistic: "Sum",
          threshold: 0,
          period: 3600,
          periods: 1,
          dimensions: { BackupVaultName: vault.name },
        },
      },
      args,
    );
  }

  private createVault(args: BackupVaultArgs): aws.backup.Vault {
    const name = `${this.name}-vault`;
    const protect = (args.protection ?? "on") === "on";
    const vault = new aws.backup.Vault(
      ...transformed<aws.backup.VaultArgs>(
        args.transform?.vault,
        name,
        { kmsKeyArn: args.key.arn, forceDestroy: !protect, tags: this.tagsFor(name) },
        this.childOptions({ protect }),
      ),
    );
    new aws.backup.VaultPolicy(
      ...transformed<aws.backup.VaultPolicyArgs>(
        args.transform?.policy,
        `${name}-policy`,
        {
          backupVaultName: vault.name,
          policy: policyDocument(
            {
              Sid: "NobodyDeletes",
              Effect: "Deny",
              Principal: "*",
              Action: [
                "backup:DeleteBackupVault",
                "backup:DeleteRecoveryPoint",
                "backup:UpdateRecoveryPointLifecycle",
                "backup:PutBackupVaultAccessPolicy",
              ],
              Resource: "*",
              Condition: { StringNotEquals: { "aws:PrincipalTag/bourse:backup-officer": "yes" } },
            },
            ...copiesFrom(args.receivesFrom ?? []),
          ),
        },
        this.childOptions(),
      ),
    );
    if (protect) {
      const days = args.days ?? 35;
      new aws.backup.VaultLockConfiguration(
        ...transformed<aws.backup.VaultLockConfigurationArgs>(
          args.transform?.lock,
          `${name}-lock`,
          // The days in which a compliance lock can still be taken back make it one (AWS Backup guide, "Vault lock modes").
          {
            backupVaultName: vault.name,
            minRetentionDays: days,
            maxRetentionDays: 3650,
            ...(args.lock === "compliance" ? { changeableForDays: 3 } : {}),
          },
          this.childOptions(),
        ),
      );
    }
    return vault;
  }

  private fill(vault: aws.backup.Vault, args: BackupVaultArgs): void {
    const deleteAfter = args.days ?? 35;
    const plan = new aws.backup.Plan(
      ...transformed<aws.backup.PlanArgs>(
        args.transform?.plan,
        `${this.name}-plan`,
        {
          rules: [
            {
              ruleName: "nightly",
              targetVaultName: vault.name,
              schedule: "cron(0 3 * * ? *)",
              startWindow: 60,
              completionWindow: 480,
              lifecycle: { deleteAfter },
              ...(args.copyTo === undefined ? {} : { copyActions: [{ destinationVaultArn: args.copyTo, lifecycle: { deleteAfter } }] }),
            },
          ],
          tags: this.tagsFor(`${this.name}-plan`),
        },
        this.childOptions(),
      ),
    );
    const roleName = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        roleName,
        {
          description: "Lets AWS Backup read and restore",
          assumeRolePolicy: assumedBy("backup.amazonaws.com", args.accountId),
          tags: this.tagsFor(roleName),
        },
        this.childOptions(),
      ),
    );
    for (const way of ["Backup", "Restores"]) {
      new aws.iam.RolePolicyAttachment(
        ...transformed<aws.iam.RolePolicyAttachmentArgs>(
          args.transform?.rolePolicy,
          `${roleName}-${way.toLowerCase()}`,
          { role: role.name, policyArn: `arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${way}` },
          this.childOptions(),
        ),
      );
    }
    new aws.backup.Selection(
      ...transformed<aws.backup.SelectionArgs>(
        args.transform?.selection,
        `${this.name}-selection`,
        { planId: plan.id, iamRoleArn: role.arn, resources: Object.values(args.resources ?? {}) },
        this.childOptions(),
      ),
    );
  }
}

/** AWS Backup guide, "Creating backup copies across AWS accounts": other accounts put copies here, and do nothing else. */
function copiesFrom(accounts: readonly string[]): PolicyStatement[] {
  if (accounts.length === 0) return [];
  return [
    {
      Sid: "CopiesOfOtherAccounts",
      Effect: "Allow",
      Principal: { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) },
      Action: "backup:CopyIntoBackupVault",
      Resource: "*",
    },
  ];
}
