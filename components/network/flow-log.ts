/** The record of every connection in a network, kept encrypted. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  isPlain,
  type KeyRef,
  logRetentionFaults,
  type Transform,
  transformed,
} from "../foundation";

/** Arguments of {@link FlowLog}. */
export interface FlowLogArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /** Encrypts the log; its policy must let CloudWatch Logs use it, as that of a `KeyRing`'s `log` key does. */
  key: KeyRef;
  /** Days until an entry is deleted. @default 90 */
  retentionDays?: pulumi.Input<number>;
  transform?: FlowLogTransform;
}

export interface FlowLogTransform {
  logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  flowLog?: Transform<aws.ec2.FlowLogArgs>;
}

export function flowLogFaults(args: Pick<FlowLogArgs, "retentionDays">, name: string): Fault[] {
  const days = isPlain(args.retentionDays) ? logRetentionFaults("retentionDays", args.retentionDays) : [];
  return [...days, ...childNameFaults(name, { role: ["-role"] })];
}

/** Accepted and rejected traffic of a whole VPC, aggregated by the minute, in an encrypted log group. */
export class FlowLog extends BourseComponent {
  readonly logGroupName: pulumi.Output<string>;

  constructor(name: string, args: FlowLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:network:FlowLog", name, args, flowLogFaults(args, name), opts);

    const logGroup = new aws.cloudwatch.LogGroup(
      ...transformed<aws.cloudwatch.LogGroupArgs>(
        args.transform?.logGroup,
        `${name}-group`,
        { kmsKeyId: args.key.arn, retentionInDays: args.retentionDays ?? 90, tags: this.tagsFor(`${name}-group`) },
        this.childOptions(),
      ),
    );
    const role = this.createRole(logGroup, args);
    new aws.ec2.FlowLog(
      ...transformed<aws.ec2.FlowLogArgs>(
        args.transform?.flowLog,
        `${name}-traffic`,
        {
          vpcId: args.vpcId,
          trafficType: "ALL",
          maxAggregationInterval: 60,
          logDestination: logGroup.arn,
          iamRoleArn: role.arn,
          tags: this.tagsFor(`${name}-traffic`),
        },
        this.childOptions(),
      ),
    );

    this.logGroupName = logGroup.name;
    this.registerOutputs({ logGroupName: this.logGroupName });
  }

  private createRole(logGroup: aws.cloudwatch.LogGroup, args: FlowLogArgs): aws.iam.Role {
    const name = `${this.name}-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets VPC flow logs write to their log group",
          assumeRolePolicy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "vpc-flow-logs.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
              },
            ],
          }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-writes`,
        {
          role: role.id,
          policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                Resource: pulumi.interpolate`${logGroup.arn}:*`,
              },
            ],
          }),
        },
        this.childOptions(),
      ),
    );
    return role;
  }
}
