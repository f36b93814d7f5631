/** The Lambda function that makes rows of the records of a delivery, from the image of the services. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
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
  type LoggedArgs,
  type LogTransform,
  policyDocument,
  type Transform,
  transformed,
  writesLogAndTraces,
} from "../foundation";

/** What is started, and with what. */
export interface RowsSpec {
  /** Image of the services, by digest, in a registry of this region: Lambda reads no other. */
  image: pulumi.Input<string>;
  /** Module of the image. @default "functions/market-rows/main.js" */
  entry?: string;
  /** Table of the rows, in the function's variable `BOURSE_ROWS`. */
  table: string;
}

/** Arguments of {@link RowsFunction}. */
export interface RowsFunctionArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  rows: RowsSpec;
  /** Encrypts the function's settings. */
  key: KeyRef;
  transform?: RowsFunctionTransform;
}

export interface RowsFunctionTransform extends AlarmTransform, LogTransform {
  function?: Transform<aws.lambda.FunctionArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
}

export function rowsFunctionFaults({ rows }: Pick<RowsFunctionArgs, "rows">, name: string): Fault[] {
  const table: Fault[] = /^[a-z][a-z0-9-]*$/.test(rows.table)
    ? []
    : [
        {
          path: "rows.table",
          given: rows.table,
          allowed: "lower-case letters, digits and hyphens, a letter first",
          fix: "use trades or orders",
        },
      ];
  return [...imageFaults("rows.image", rows.image), ...table, ...childNameFaults(name, { function: ["-function"] })];
}

/** A function without an address of its own and without rights but to its log: it computes. */
export class RowsFunction extends BourseComponent {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: RowsFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:RowsFunction", name, args, rowsFunctionFaults(args, name), opts);
    const log = this.createLogGroup("log", args, 90);
    const rows = this.createFunction(this.createRole(log, args), log, args);
    const lambda = { namespace: "AWS/Lambda", dimensions: { FunctionName: rows.name } };
    this.createAlarms(
      {
        errors: {
          ...lambda,
          metric: "Errors",
          statistic: "Sum",
          threshold: 0,
          description:
            "Records are kept apart undelivered, since their rows were not made: read the function's log, then deliver them again.",
        },
        throttles: {
          ...lambda,
          metric: "Throttles",
          statistic: "Sum",
          threshold: 0,
          description: "Rows are made late for want of concurrency: raise the account's quota.",
        },
      },
      args,
    );
    this.arn = rows.arn;
    this.registerOutputs({ arn: this.arn });
  }

  private createFunction(
    role: aws.iam.Role,
    log: aws.cloudwatch.LogGroup,
    { rows, key, transform }: RowsFunctionArgs,
  ): aws.lambda.Function {
    const name = `${this.name}-function`;
    return new aws.lambda.Function(
      ...transformed<aws.lambda.FunctionArgs>(
        transform?.function,
        name,
        {
          description: `Makes rows of ${rows.table} of the records of a delivery`,
          packageType: "Image",
          imageUri: rows.image,
          imageConfig: { commands: [rows.entry ?? "functions/market-rows/main.js"] },
          architectures: ["x86_64"],
          environment: { variables: { BOURSE_ROWS: rows.table } },
          kmsKeyArn: key.arn,
          role: role.arn,
          // Firehose waits five minutes at most (Firehose guide, "Transform source data").
          timeout: 60,
          memorySize: 1_769,
          loggingConfig: { logFormat: "JSON", logGroup: log.name },
          tracingConfig: { mode: "Active" },
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createRole(log: aws.cloudwatch.LogGroup, args: RowsFunctionArgs): aws.iam.Role {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets the function that makes rows write its log",
          assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-logs`,
        {
          role: role.id,
          policy: policyDocument(...writesLogAndTraces(log.arn)),
        },
        this.childOptions(),
      ),
    );
    return role;
  }
}
