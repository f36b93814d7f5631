/** How every resource was configured at every time, and whether that follows the rules: AWS Config. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  assumedBy,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";
import { AuditBucket, type AuditBucketTransform } from "./audit-bucket";
import { type ConfigRule, configRules } from "./config-rules";

/** Arguments of {@link ConfigRecorder}. */
export interface ConfigRecorderArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  key: KeyRef;
  /** False adds the rules to a recorder that the account has already. */
  recorder: boolean;
  /** True in one region of the account: records users and roles too. */
  globalResources: boolean;
  /** Rules beside {@link configRules}, by name. Plain keys, since they decide how many children exist. @default none */
  rules?: Record<string, ConfigRule>;
  /** @default "on" */
  protection?: Protection;
  transform?: ConfigRecorderTransform;
}

export interface ConfigRecorderTransform {
  bucket?: AuditBucketTransform;
  recorder?: Transform<aws.cfg.RecorderArgs>;
  channel?: Transform<aws.cfg.DeliveryChannelArgs>;
  status?: Transform<aws.cfg.RecorderStatusArgs>;
  rule?: Transform<aws.cfg.RuleArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  rolePolicyAttachment?: Transform<aws.iam.RolePolicyAttachmentArgs>;
}

export function configRecorderFaults({ recorder, rules }: Pick<ConfigRecorderArgs, "recorder" | "rules">, name: string): Fault[] {
  const configRule = Object.keys({ ...configRules, ...rules }).map((key) => `-${key}`);
  return childNameFaults(name, { configRule, ...(recorder ? { bucket: ["-store-bucket"] } : {}) });
}

/** The recorder of the region, and the rules that it checks. */
export class ConfigRecorder extends BourseComponent {
  constructor(name: string, args: ConfigRecorderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:ConfigRecorder", name, args, configRecorderFaults(args, name), opts);
    const dependsOn = args.recorder ? [this.record(args)] : [];
    const rules: Record<string, ConfigRule> = { ...configRules, ...args.rules };
    for (const [key, { identifier, parameters }] of Object.entries(rules)) {
      new aws.cfg.Rule(
        ...transformed<aws.cfg.RuleArgs>(
          args.transform?.rule,
          `${name}-${key}`,
          {
            source: { owner: "AWS", sourceIdentifier: identifier },
            ...(parameters === undefined ? {} : { inputParameters: pulumi.jsonStringify(parameters) }),
            tags: this.tagsFor(`${name}-${key}`),
          },
          this.childOptions({ dependsOn }),
        ),
      );
    }
    this.registerOutputs({ rules: Object.keys(rules) });
  }

  private record(args: ConfigRecorderArgs): aws.cfg.RecorderStatus {
    const bucket = new AuditBucket(
      `${this.name}-store`,
      {
        accountId: args.accountId,
        key: args.key,
        writer: "config.amazonaws.com",
        protection: args.protection,
        tags: args.tags,
        transform: args.transform?.bucket,
      },
      { parent: this },
    );
    const recorder = new aws.cfg.Recorder(
      ...transformed<aws.cfg.RecorderArgs>(
        args.transform?.recorder,
        `${this.name}-recorder`,
        {
          roleArn: this.createRole(bucket, args).arn,
          recordingGroup: { allSupported: true, includeGlobalResourceTypes: args.globalResources },
        },
        this.childOptions(),
      ),
    );
    const channel = new aws.cfg.DeliveryChannel(
      ...transformed<aws.cfg.DeliveryChannelArgs>(
        args.transform?.channel,
        `${this.name}-channel`,
        {
          s3BucketName: bucket.bucketName,
          s3KmsKeyArn: args.key.arn,
          snapshotDeliveryProperties: { deliveryFrequency: "TwentyFour_Hours" },
        },
        this.childOptions({ dependsOn: [recorder, bucket.writable] }),
      ),
    );
    return new aws.cfg.RecorderStatus(
      ...transformed<aws.cfg.RecorderStatusArgs>(
        args.transform?.status,
        `${this.name}-status`,
        { name: recorder.name, isEnabled: true },
        this.childOptions({ dependsOn: [channel] }),
      ),
    );
  }

  private createRole(bucket: AuditBucket, args: ConfigRecorderArgs): aws.iam.Role {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets AWS Config read configurations and keep them",
          assumeRolePolicy: assumedBy("config.amazonaws.com", args.accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicyAttachment(
      ...transformed<aws.iam.RolePolicyAttachmentArgs>(
        args.transform?.rolePolicyAttachment,
        `${name}-reads`,
        { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole" },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-keeps`,
        {
          role: role.id,
          policy: policyDocument(
            { Effect: "Allow", Action: "s3:GetBucketAcl", Resource: pulumi.interpolate`arn:aws:s3:::${bucket.bucketName}` },
            {
              Effect: "Allow",
              Action: "s3:PutObject",
              Resource: pulumi.interpolate`arn:aws:s3:::${bucket.bucketName}/AWSLogs/${args.accountId}/*`,
            },
            { Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: args.key.arn },
          ),
        },
        this.childOptions(),
      ),
    );
    return role;
  }
}
