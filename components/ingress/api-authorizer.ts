/** The Lambda function that decides who may call the account API, from the image of the services, inside the network. */

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
  imageFaults,
  type KeyRef,
  type LogTransform,
  type NetworkRef,
  type PolicyStatement,
  policyDocument,
  type SecretRef,
  type Transform,
  transformed,
  wholeNumberFaults,
  writesLogAndTraces,
} from "../foundation";
import type { AuthorizerFunction } from "./api-ingress";

/** Arguments of {@link ApiAuthorizer}. */
export interface ApiAuthorizerArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Name of this region. */
  region: string;
  /** Image of the services, by digest, in a registry of this region: Lambda reads no other. */
  image: pulumi.Input<string>;
  /** Module of the image that is started. @default "functions/authorizer/main.js" */
  entry?: string;
  /** Where it runs, in private subnets. */
  network: NetworkRef;
  /** Group that the database admits. */
  clientGroupId: pulumi.Input<string>;
  /** Where users and their secrets are: the variables of the function, none of them secret. */
  environment: Record<string, pulumi.Input<string>>;
  /** What it may read of them. */
  statements: PolicyStatement[];
  /** Has the values of the origin header. */
  originSecret: SecretRef;
  /** Encrypts the function's settings: the `secret` key of a `KeyRing`. */
  key: KeyRef;
  logKey: KeyRef;
  /** Days that the log is kept. @default 90 */
  logRetentionDays?: number;
  /** MiB: 128 to 10,240 (Lambda quota), and processor time with it: 1,769 are a whole core. @default 1769, since signatures are checked at a client's pace */
  memoryMib?: number;
  /** Functions at once, of the account's in this region. A limit here also keeps that many for it. @default no limit of its own */
  concurrency?: number;
  transform?: AlarmTransform &
    LogTransform & {
      role?: Transform<aws.iam.RoleArgs>;
      rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
      function?: Transform<aws.lambda.FunctionArgs>;
    };
}

export function apiAuthorizerFaults(args: ApiAuthorizerArgs): Fault[] {
  return [
    ...imageFaults("image", args.image),
    ...wholeNumberFaults("memoryMib", args.memoryMib, 128, 10_240, "use 1769, the default", "Lambda quota"),
    ...wholeNumberFaults("concurrency", args.concurrency, 1, 100_000, "leave it out for the account's own limit"),
  ];
}

/** Answers within API Gateway's own limit for authorizers, 10 s, or not at all. */
const timeoutSeconds = 9;

/** A function without an address of its own, which API Gateway alone may call (`ApiIngress` lets it). */
export class ApiAuthorizer extends BourseComponent implements AuthorizerFunction {
  readonly arn: pulumi.Output<string>;
  readonly invokeArn: pulumi.Output<string>;

  constructor(name: string, args: ApiAuthorizerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "bourse:ingress:ApiAuthorizer",
      name,
      args,
      [...apiAuthorizerFaults(args), ...childNameFaults(name, { function: ["-function"] })],
      opts,
    );
    const logGroup = this.createLogGroup("log", args, args.logRetentionDays ?? 90);
    const { role, policy } = this.createRole(args, logGroup);
    const authorizer = this.createFunction(args, role, policy, logGroup);
    const dimensions = { FunctionName: authorizer.name };
    const lambda = { namespace: "AWS/Lambda", dimensions };
    this.createAlarms(
      {
        errors: {
          ...lambda,
          description:
            "The authorizer fails, and callers of the account API get 500: read its log; the database or a secret may be out of reach.",
          metric: "Errors",
          statistic: "Sum",
          threshold: 5,
        },
        throttles: {
          ...lambda,
          description: "The authorizer is not started for want of concurrency: raise the account's quota, or the function's own limit.",
          metric: "Throttles",
          statistic: "Sum",
          threshold: 0,
        },
        slow: {
          ...lambda,
          description:
            "The authorizer takes more than two seconds for one in a hundred: look at the database's load and at starts of the function.",
          metric: "Duration",
          statistic: "p99",
          threshold: 2_000,
          periods: 5,
        },
      },
      args,
    );
    this.arn = authorizer.arn;
    this.invokeArn = authorizer.invokeArn;
    this.registerOutputs({ arn: this.arn, invokeArn: this.invokeArn });
  }

  private createRole(args: ApiAuthorizerArgs, logGroup: aws.cloudwatch.LogGroup) {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets the authorizer of the account API read users and the origin's secret",
          assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    const policy = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-policy`,
        {
          role: role.id,
          policy: policyDocument(
            ...args.statements,
            { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: args.originSecret.arn },
            {
              Effect: "Allow",
              Action: "kms:Decrypt",
              Resource: args.originSecret.keyArn,
              Condition: { StringLike: { "kms:ViaService": "secretsmanager.*.amazonaws.com" } },
            },
            ...writesLogAndTraces(logGroup.arn),
            ...networkInterfaces(args),
          ),
        },
        this.childOptions(),
      ),
    );
    return { role, policy };
  }

  private createFunction(
    args: ApiAuthorizerArgs,
    role: aws.iam.Role,
    policy: aws.iam.RolePolicy,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.lambda.Function {
    const name = `${this.name}-function`;
    return new aws.lambda.Function(
      ...transformed<aws.lambda.FunctionArgs>(
        args.transform?.function,
        name,
        {
          description: "Decides who may call the account API",
          packageType: "Image",
          imageUri: args.image,
          imageConfig: { commands: [args.entry ?? "functions/authorizer/main.js"] },
          architectures: ["x86_64"],
          environment: { variables: { ...args.environment, BOURSE_ORIGIN_SECRET: args.originSecret.arn } },
          kmsKeyArn: args.key.arn,
          role: role.arn,
          vpcConfig: {
            subnetIds: args.network.zoneIds.map((zoneId) => args.network.privateSubnetIds[zoneId]!),
            securityGroupIds: [args.clientGroupId],
          },
          timeout: timeoutSeconds,
          memorySize: args.memoryMib ?? 1_769,
          reservedConcurrentExecutions: args.concurrency ?? -1,
          loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
          tracingConfig: { mode: "Active" },
          tags: this.tagsFor(name),
        },
        // Lambda checks the right to make network interfaces when the function is made.
        this.childOptions({ dependsOn: [policy] }),
      ),
    );
  }
}

/** What a function inside a network needs (Lambda guide, "Required IAM permissions"), on this network's subnets alone. */
function networkInterfaces({ accountId, region, network, clientGroupId }: ApiAuthorizerArgs): PolicyStatement[] {
  const own = (kind: string, id: pulumi.Input<string>) => pulumi.interpolate`arn:aws:ec2:${region}:${accountId}:${kind}/${id}`;
  const interfaces = own("network-interface", "*");
  const subnets = network.zoneIds.map((zoneId) => own("subnet", network.privateSubnetIds[zoneId]!));
  return [
    { Effect: "Allow", Action: "ec2:CreateNetworkInterface", Resource: [interfaces, own("security-group", clientGroupId), ...subnets] },
    {
      Effect: "Allow",
      Action: ["ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"],
      Resource: interfaces,
    },
    // Know no resource (Service Authorization Reference, Amazon EC2).
    { Effect: "Allow", Action: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], Resource: "*" },
  ];
}
