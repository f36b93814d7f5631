/** The exchange used from outside, every minute, as a client uses it. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  type Fault,
  type KeyRef,
  LogBucket,
  type LogBucketTransform,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";
import { canaryScript, canaryVariables } from "./canary-script";

/** What may be chosen of {@link ExchangeCanary}. */
export interface CanaryChoice {
  /** Where the public API is, as `https://api.exchange.example`. */
  url: string;
  /** The symbol whose book is looked at. @default "BTCUSDT" */
  symbol?: string;
  /** Longest answer in ms, from the canary's region. @default 1000 */
  budgetMs?: number;
}

/** Arguments of {@link ExchangeCanary}. */
export interface ExchangeCanaryArgs extends CommonArgs, AlarmedArgs, CanaryChoice {
  accountId: pulumi.Input<string>;
  region: pulumi.Input<string>;
  /** Encrypts the canary's environment and log. */
  logKey: KeyRef;
  /** `"off"` also lets artifacts be destroyed. @default "on" */
  protection?: Protection;
  transform?: ExchangeCanaryTransform;
}

export interface ExchangeCanaryTransform extends AlarmTransform {
  canary?: Transform<aws.synthetics.CanaryArgs>;
  script?: Transform<aws.s3.BucketObjectv2Args>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  artifacts?: LogBucketTransform;
}

export function canaryFaults(path: string, choice: CanaryChoice): Fault[] {
  const faults = wholeNumberFaults(`${path}budgetMs`, choice.budgetMs, 1, 5_000, "use 1000, the default");
  if (!/^https:\/\/[a-z0-9.-]+$/.test(choice.url)) {
    const allowed = "an address as https://host, without a path";
    faults.push({ path: `${path}url`, given: choice.url, allowed, fix: "write for example https://api.exchange.example" });
  }
  if (choice.symbol !== undefined && !/^[A-Z0-9]{2,20}$/.test(choice.symbol)) {
    const allowed = "a symbol of 2 to 20 capital letters and digits";
    faults.push({ path: `${path}symbol`, given: choice.symbol, allowed, fix: "write for example BTCUSDT" });
  }
  return faults;
}

/** Asks the API every minute; an alarm tells when it was refused, was slow, was wrong, or did not ask at all. */
export class ExchangeCanary extends BourseComponent {
  readonly canaryName: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: ExchangeCanaryArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("bourse:observability:ExchangeCanary", name, args, canaryFaults("", args), opts);
    const { accountId, protection, tags, transform } = args;
    const artifacts = new LogBucket(
      `${name}-artifacts`,
      { accountId, retentionDays: 31, protection, tags, transform: transform?.artifacts },
      { parent: this },
    );
    const script = new aws.s3.BucketObjectv2(
      ...transformed<aws.s3.BucketObjectv2Args>(
        transform?.script,
        `${name}-script`,
        {
          bucket: artifacts.bucketName,
          key: "script/canary.zip",
          source: new pulumi.asset.AssetArchive({ "nodejs/node_modules/canary.js": new pulumi.asset.StringAsset(canaryScript) }),
          tags: this.tagsFor(`${name}-script`),
        },
        this.childOptions({ dependsOn: [artifacts.writable] }),
      ),
    );
    const canary = this.createCanary(artifacts, script, this.createRole(artifacts));
    this.createAlarms(
      {
        failing: {
          description:
            "The exchange fails from outside: the canary's newest run says which request and why. Runbook: docs/runbooks/gateway-errors.md",
          namespace: "CloudWatchSynthetics",
          metric: "SuccessPercent",
          dimensions: { CanaryName: canary.name },
          statistic: "Average",
          threshold: 100,
          bad: "below",
          silence: "bad",
          periods: 3,
        },
      },
      args,
    );

    this.canaryName = canary.name;
    this.registerOutputs({ canaryName: this.canaryName });
  }

  /** Writes its artifacts, its log and its metric, and nothing more (CloudWatch guide, "Required roles and permissions for canaries"). */
  private createRole(artifacts: LogBucket): aws.iam.Role {
    const { accountId, region, logKey, transform } = this.args;
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        transform?.role,
        name,
        // Lambda assumes it for the canary's function, without naming an account.
        { assumeRolePolicy: assumedBy("lambda.amazonaws.com"), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        transform?.rolePolicy,
        `${name}-policy`,
        {
          role: role.name,
          policy: policyDocument(
            { Effect: "Allow", Action: "s3:PutObject", Resource: pulumi.interpolate`${artifacts.arn}/canary/*` },
            { Effect: "Allow", Action: "s3:GetObject", Resource: pulumi.interpolate`${artifacts.arn}/script/*` },
            { Effect: "Allow", Action: "s3:GetBucketLocation", Resource: artifacts.arn },
            {
              Effect: "Allow",
              Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: pulumi.interpolate`arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/cwsyn-*`,
            },
            { Effect: "Allow", Action: "kms:Decrypt", Resource: logKey.arn },
            // Metrics have no resource (Service Authorization Reference, "Amazon CloudWatch"); the namespace is theirs alone.
            {
              Effect: "Allow",
              Action: "cloudwatch:PutMetricData",
              Resource: "*",
              Condition: { StringEquals: { "cloudwatch:namespace": "CloudWatchSynthetics" } },
            },
          ),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  private createCanary(artifacts: LogBucket, script: aws.s3.BucketObjectv2, role: aws.iam.Role): aws.synthetics.Canary {
    const { url, symbol = "BTCUSDT", budgetMs = 1_000, transform, logKey } = this.args;
    const name = `${this.name}-canary`;
    return new aws.synthetics.Canary(
      ...transformed<aws.synthetics.CanaryArgs>(
        transform?.canary,
        name,
        {
          artifactS3Location: pulumi.interpolate`s3://${artifacts.bucketName}/canary/`,
          artifactConfig: { s3Encryption: { encryptionMode: "SSE_S3" } },
          executionRoleArn: role.arn,
          handler: "canary.handler",
          // CloudWatch guide, "Runtime versions using Node.js and Puppeteer".
          runtimeVersion: "syn-nodejs-puppeteer-10.0",
          s3Bucket: artifacts.bucketName,
          s3Key: script.key,
          s3Version: script.versionId,
          schedule: { expression: "rate(1 minute)" },
          runConfig: {
            timeoutInSeconds: 50,
            activeTracing: true,
            environmentVariables: {
              [canaryVariables.base]: url,
              [canaryVariables.symbol]: symbol,
              [canaryVariables.budget]: String(budgetMs),
            },
          },
          kmsKeyArn: logKey.arn,
          startCanary: true,
          deleteLambda: true,
          successRetentionPeriod: 7,
          failureRetentionPeriod: 31,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}
