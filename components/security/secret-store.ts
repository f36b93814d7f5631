/** Secrets: where they are kept, who reads them, how they are renewed. Their values never pass through a program or its state. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  nameFaults,
  type PolicyStatement,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
  writesLogAndTraces,
} from "../foundation";
import { noAnnouncementSource, secretRotationSource } from "./secret-rotation-source";

/** One secret. */
export interface SecretSpec {
  /** What it is for. */
  description: string;
  /**
   * `"generated"`: 64 random letters and digits, made at creation and again every {@link rotationDays}; for values that only the exchange reads. `"given"`: an
   * operator puts the value, and renews it. @default "generated"
   */
  value?: "generated" | "given";
  /** Days between renewals of a generated value: 1 to 1000 (Secrets Manager limit). @default 30 */
  rotationDays?: number;
}

/** Tells whoever else must know a new value, before it becomes the current one. */
export interface Announcement {
  /** Text of a module with `export async function announce(value)`; it may import clients of the AWS SDK for JavaScript v3, which the runtime brings. */
  source: string;
  environment: Record<string, pulumi.Input<string>>;
  /** What it may do beyond renewing. */
  statements: PolicyStatement[];
  /** Seconds that a step of the renewal may take: 30 to 900 (Lambda limit). @default 30 */
  timeoutSeconds?: number;
}

/** Arguments of {@link SecretStore}. */
export interface SecretStoreArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  /** Account whose principals may read. */
  accountId: pulumi.Input<string>;
  /** Encrypts the values: the `secret` key of a `KeyRing`. */
  key: KeyRef;
  /** Secrets by role. Plain, since it decides how many children exist. */
  secrets: Record<string, SecretSpec>;
  /** Keys of the regions that get a copy of every secret, by region. Plain keys. @default none */
  replicaKeys?: Record<string, KeyRef>;
  /** Of generated values. @default nobody need be told, since only the exchange reads them */
  announcement?: Announcement;
  /** @default "on" */
  protection?: Protection;
  transform?: SecretStoreTransform;
}

export interface SecretStoreTransform extends AlarmTransform, LogTransform {
  secret?: Transform<aws.secretsmanager.SecretArgs>;
  policy?: Transform<aws.secretsmanager.SecretPolicyArgs>;
  rotation?: Transform<aws.secretsmanager.SecretRotationArgs>;
  function?: Transform<aws.lambda.FunctionArgs>;
  permission?: Transform<aws.lambda.PermissionArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
}

const secretLength = 64;

export function secretStoreFaults(args: SecretStoreArgs, name: string): Fault[] {
  const faults = Object.entries(args.secrets).flatMap(([role, spec]): Fault[] => [
    ...nameFaults(`secrets.${role}`, role, {
      longest: 60,
      pattern: /^[a-z][a-z0-9-]*$/,
      words: "lower-case letters, digits and hyphens, a letter first",
    }),
    ...wholeNumberFaults(`secrets.${role}.rotationDays`, spec.rotationDays, 1, 1000, "use 30, the default", "Secrets Manager limit"),
    ...(spec.value === "given" && spec.rotationDays !== undefined
      ? [
          {
            path: `secrets.${role}.rotationDays`,
            given: spec.rotationDays,
            allowed: "nothing for a given value, which its operator renews",
            fix: "remove it",
          },
        ]
      : []),
  ]);
  faults.push(
    ...wholeNumberFaults("announcement.timeoutSeconds", args.announcement?.timeoutSeconds, 30, 900, "use 30, the default", "Lambda limit"),
  );
  if (Object.keys(args.secrets).length === 0)
    faults.push({ path: "secrets", given: args.secrets, allowed: "at least one secret", fix: "add a secret" });
  const rotates = Object.values(args.secrets).some(({ value }) => value !== "given");
  return [...faults, ...(rotates ? childNameFaults(name, { role: ["-rotation-role"] }) : [])];
}

/** Encrypted secrets, read by this account alone, generated and rotated without a human or a program seeing them. */
export class SecretStore extends BourseComponent {
  /** ARNs by role, for policies and for what reads the secrets at run time. */
  readonly secretArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SecretStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:SecretStore", name, args, secretStoreFaults(args, name), opts);
    const secrets = Object.fromEntries(Object.entries(args.secrets).map(([role, spec]) => [role, this.createSecret(role, spec, args)]));
    const generated = Object.entries(args.secrets).filter(([, { value }]) => (value ?? "generated") === "generated");
    if (generated.length > 0) {
      const rotation = this.createRotation(
        generated.map(([role]) => secrets[role].arn),
        args,
      );
      for (const [role, spec] of generated) this.rotate(role, spec, secrets[role], rotation, args);
    }
    this.secretArns = Object.fromEntries(Object.entries(secrets).map(([role, { arn }]) => [role, arn]));
    this.registerOutputs({ secretArns: this.secretArns });
  }

  private createSecret(role: string, spec: SecretSpec, args: SecretStoreArgs): aws.secretsmanager.Secret {
    const name = `${this.name}-${role}`;
    const protect = (args.protection ?? "on") === "on";
    const secret = new aws.secretsmanager.Secret(
      ...transformed<aws.secretsmanager.SecretArgs>(
        args.transform?.secret,
        name,
        {
          description: spec.description,
          kmsKeyId: args.key.arn,
          recoveryWindowInDays: protect ? 30 : 7,
          replicas: Object.entries(args.replicaKeys ?? {}).map(([region, key]) => ({ region, kmsKeyId: key.arn })),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
    new aws.secretsmanager.SecretPolicy(
      ...transformed<aws.secretsmanager.SecretPolicyArgs>(
        args.transform?.policy,
        `${name}-policy`,
        {
          secretArn: secret.arn,
          blockPublicPolicy: true,
          policy: policyDocument({
            Sid: "OwnAccountAlone",
            Effect: "Deny",
            Principal: "*",
            Action: "secretsmanager:*",
            Resource: "*",
            Condition: { StringNotEquals: { "aws:PrincipalAccount": args.accountId } },
          }),
        },
        this.childOptions(),
      ),
    );
    return secret;
  }

  private createRotation(secretArns: pulumi.Output<string>[], args: SecretStoreArgs): aws.lambda.Function {
    const name = `${this.name}-rotation`;
    const { announcement } = args;
    const logGroup = this.createLogGroup("rotation-log", args, 400);
    const role = this.createRotationRole(`${name}-role`, secretArns, logGroup, args);
    const rotation = new aws.lambda.Function(
      ...transformed<aws.lambda.FunctionArgs>(
        args.transform?.function,
        name,
        {
          description: "Renews generated secrets",
          runtime: "nodejs22.x",
          architectures: ["arm64"],
          handler: "index.handler",
          code: new pulumi.asset.AssetArchive({
            "index.mjs": new pulumi.asset.StringAsset(secretRotationSource),
            "announce.mjs": new pulumi.asset.StringAsset(announcement?.source ?? noAnnouncementSource),
          }),
          environment: { variables: { SECRET_LENGTH: String(secretLength), ...announcement?.environment } },
          kmsKeyArn: args.key.arn,
          role: role.arn,
          timeout: announcement?.timeoutSeconds ?? 30,
          memorySize: 256,
          loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
          tracingConfig: { mode: "Active" },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.lambda.Permission(
      ...transformed<aws.lambda.PermissionArgs>(
        args.transform?.permission,
        `${name}-permission`,
        {
          function: rotation.name,
          action: "lambda:InvokeFunction",
          principal: "secretsmanager.amazonaws.com",
          sourceAccount: args.accountId,
        },
        this.childOptions(),
      ),
    );
    this.createAlarms(
      {
        "rotation-errors": {
          description: "A secret was not renewed: read the log of the rotation function; the old value stays valid meanwhile.",
          namespace: "AWS/Lambda",
          metric: "Errors",
          statistic: "Sum",
          threshold: 0,
          periods: 1,
          dimensions: { FunctionName: rotation.name },
        },
      },
      args,
    );
    return rotation;
  }

  private createRotationRole(
    name: string,
    secretArns: pulumi.Output<string>[],
    logGroup: aws.cloudwatch.LogGroup,
    args: SecretStoreArgs,
  ): aws.iam.Role {
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets the rotation function renew the secrets of its store",
          assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-renews`,
        {
          role: role.id,
          policy: policyDocument(
            {
              Effect: "Allow",
              Action: [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
              ],
              Resource: secretArns,
            },
            // Knows no resource (Service Authorization Reference, "Actions defined by AWS Secrets Manager").
            { Effect: "Allow", Action: "secretsmanager:GetRandomPassword", Resource: "*" },
            { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: args.key.arn },
            ...writesLogAndTraces(logGroup.arn),
            ...(args.announcement?.statements ?? []),
          ),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  private rotate(
    role: string,
    spec: SecretSpec,
    secret: aws.secretsmanager.Secret,
    rotation: aws.lambda.Function,
    args: SecretStoreArgs,
  ): void {
    new aws.secretsmanager.SecretRotation(
      ...transformed<aws.secretsmanager.SecretRotationArgs>(
        args.transform?.rotation,
        `${this.name}-${role}-rotation`,
        {
          secretId: secret.id,
          rotationLambdaArn: rotation.arn,
          rotateImmediately: true,
          rotationRules: { automaticallyAfterDays: spec.rotationDays ?? 30 },
        },
        this.childOptions(),
      ),
    );
  }
}
