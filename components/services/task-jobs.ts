/** Jobs of a release on Fargate: tasks that a function runs to their end while Pulumi waits, so that a job that fails stops the release before any service changes. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  assumedBy,
  type KeyRef,
  type NetworkRef,
  type PolicyStatement,
  policyDocument,
  type Tags,
  type TaskClusterRef,
  type Transform,
  transformed,
  writesLogAndTraces,
} from "../foundation";
import { taskRunSource } from "./task-run-source";

export interface TaskJobsTransform {
  jobRole?: Transform<aws.iam.RoleArgs>;
  jobPolicy?: Transform<aws.iam.RolePolicyArgs>;
  jobFunction?: Transform<aws.lambda.FunctionArgs>;
  jobRun?: Transform<aws.lambda.InvocationArgs>;
}

interface TaskJobsFacts {
  name: string;
  accountId: pulumi.Input<string>;
  region: string;
  cluster: Pick<TaskClusterRef, "clusterArn" | "clusterName">;
  network: NetworkRef;
  executionRoleArn: pulumi.Output<string>;
  securityGroupIds: pulumi.Input<string>[];
  secretKey: KeyRef;
  logRetentionDays?: number;
  transform?: TaskJobsTransform;
}

export class TaskJobs {
  private readonly role: aws.iam.Role;
  private readonly runner: aws.lambda.Function;

  /** @param createLog makes the log of the function, kept for so many days */
  constructor(
    private readonly facts: TaskJobsFacts,
    private readonly options: pulumi.CustomResourceOptions,
    tagsFor: (child: string) => Tags,
    createLog: (days: number) => aws.cloudwatch.LogGroup,
  ) {
    const log = createLog(facts.logRetentionDays ?? 90);
    const name = `${facts.name}-jobs`;
    this.role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        facts.transform?.jobRole,
        `${name}-role`,
        {
          description: "Lets the function that runs jobs of a release run these tasks, and no others",
          assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
          tags: tagsFor(`${name}-role`),
        },
        options,
      ),
    );
    this.allow("log", writesLogAndTraces(log.arn));
    this.runner = new aws.lambda.Function(
      ...transformed<aws.lambda.FunctionArgs>(
        facts.transform?.jobFunction,
        `${name}-function`,
        {
          description: "Runs a task of a release to its end",
          runtime: "nodejs22.x",
          architectures: ["arm64"],
          handler: "index.handler",
          code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(taskRunSource) }),
          kmsKeyArn: facts.secretKey.arn,
          role: this.role.arn,
          // Fifteen minutes are the most that Lambda has; jobs take seconds.
          timeout: 900,
          memorySize: 256,
          loggingConfig: { logFormat: "JSON", logGroup: log.name },
          tracingConfig: { mode: "Active" },
          tags: tagsFor(`${name}-function`),
        },
        options,
      ),
    );
  }

  /** Runs a task once for each of its definitions, after what it depends on. Other resources depend on the result. */
  run(key: string, definition: aws.ecs.TaskDefinition, role: aws.iam.Role, after: pulumi.Resource[]): pulumi.Resource {
    const { accountId, region, cluster, network, executionRoleArn, securityGroupIds, transform, name } = this.facts;
    const allowed = this.allow(key, [
      {
        Effect: "Allow",
        Action: "ecs:RunTask",
        // Every revision of the one family: a release makes another.
        Resource: pulumi.interpolate`arn:aws:ecs:${region}:${accountId}:task-definition/${definition.family}:*`,
        Condition: { ArnEquals: { "ecs:cluster": cluster.clusterArn } },
      },
      {
        Effect: "Allow",
        Action: ["ecs:DescribeTasks", "ecs:TagResource"],
        Resource: pulumi.interpolate`arn:aws:ecs:${region}:${accountId}:task/${cluster.clusterName}/*`,
      },
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: [role.arn, executionRoleArn],
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
    ]);
    return new aws.lambda.Invocation(
      ...transformed<aws.lambda.InvocationArgs>(
        transform?.jobRun,
        `${name}-${key}-run`,
        {
          functionName: this.runner.name,
          // Another image is another definition, and so another run.
          input: pulumi.jsonStringify({
            cluster: cluster.clusterArn,
            taskDefinition: definition.arn,
            subnets: network.zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]!),
            securityGroups: securityGroupIds,
          }),
        },
        { ...this.options, dependsOn: [allowed, ...after] },
      ),
    );
  }

  private allow(key: string, statements: PolicyStatement[]): aws.iam.RolePolicy {
    return new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        this.facts.transform?.jobPolicy,
        `${this.facts.name}-jobs-${key}`,
        { role: this.role.name, policy: policyDocument(...statements) },
        this.options,
      ),
    );
  }
}
