/** Who a workload is to AWS. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  assumedBy,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  choiceFaults,
  type Fault,
  nameFaults,
  type PolicyStatement,
  policyDocument,
  type Transform,
  transformed,
} from "../foundation";

/** What runs the workload: EKS pods, ECS tasks, or Lambda functions. */
export type WorkloadKind = "pods" | "tasks" | "functions";

/** Arguments of {@link WorkloadIdentity}. */
export interface WorkloadIdentityArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  /** Changing it changes who may take the role. */
  kind: WorkloadKind;
  /** For pods: cluster, namespace and service account that take the role, and no others. */
  pods?: { clusterName: pulumi.Input<string>; namespace: string; serviceAccount: string };
  /** What it may do: statements of `grants` or its own. */
  statements: PolicyStatement[];
  /** Managed policy that bounds the role, whatever its own policy says. @default none */
  permissionsBoundary?: pulumi.Input<string>;
  transform?: {
    role?: Transform<aws.iam.RoleArgs>;
    rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
    association?: Transform<aws.eks.PodIdentityAssociationArgs>;
  };
}

/** Actions that know no resource, so that `*` is the only one there is (Service Authorization Reference, by service). */
const withoutResource = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "cloudwatch:PutMetricData",
  "secretsmanager:GetRandomPassword",
  "ecr:GetAuthorizationToken",
];

/** Faults of the arguments, for this component and for those that compose it. */
export function workloadIdentityFaults(args: WorkloadIdentityArgs, name: string): Fault[] {
  const faults = choiceFaults("kind", args.kind, ["pods", "tasks", "functions"]);
  if (args.kind === "pods" && args.pods === undefined) {
    faults.push({ path: "pods", given: undefined, allowed: "cluster, namespace and service account, when kind is pods", fix: "add them" });
  }
  if (args.kind !== "pods" && args.pods !== undefined) {
    faults.push({ path: "pods", given: args.pods, allowed: `nothing when kind is ${args.kind}`, fix: 'remove it, or use kind "pods"' });
  }
  if (args.pods !== undefined) {
    const label = {
      longest: 63,
      pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
      words: "lower-case letters, digits and hyphens (Kubernetes label)",
    };
    faults.push(
      ...nameFaults("pods.namespace", args.pods.namespace, label),
      ...nameFaults("pods.serviceAccount", args.pods.serviceAccount, label),
    );
  }
  return [
    ...faults,
    ...args.statements.flatMap((statement, index) => statementFaults(`statements[${index}]`, statement)),
    ...childNameFaults(name, { role: ["-role"] }),
  ];
}

function statementFaults(path: string, statement: PolicyStatement): Fault[] {
  if (statement.Effect === "Deny") return [];
  const actions = [statement.Action ?? []].flat();
  const faults: Fault[] = actions
    .filter((action) => action.includes("*"))
    .map((action) => ({
      path: `${path}.Action`,
      given: action,
      allowed: "actions by their full name",
      fix: "list the actions that the workload calls",
    }));
  const everywhere = [statement.Resource].flat().includes("*") && actions.some((action) => !withoutResource.includes(action));
  if (everywhere) {
    faults.push({
      path: `${path}.Resource`,
      given: "*",
      allowed: "the ARNs that the workload needs",
      fix: `name them; only ${withoutResource.join(", ")} know no resource`,
    });
  }
  if (statement.NotAction !== undefined) {
    faults.push({
      path: `${path}.NotAction`,
      given: statement.NotAction,
      allowed: "nothing in what is allowed",
      fix: "list the actions that the workload calls",
    });
  }
  if (statement.Principal !== undefined) {
    faults.push({ path: `${path}.Principal`, given: statement.Principal, allowed: "nothing: the role is the principal", fix: "remove it" });
  }
  return faults;
}

/** A role that one workload takes, and that may do what its statements list. */
export class WorkloadIdentity extends BourseComponent {
  readonly roleArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: WorkloadIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:security:WorkloadIdentity", name, args, workloadIdentityFaults(args, name), opts);
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        `${name}-role`,
        {
          description: `What ${name} may do`,
          assumeRolePolicy: trustOf(args),
          // An hour: the shortest that IAM offers for a role's own limit.
          maxSessionDuration: 3600,
          permissionsBoundary: args.permissionsBoundary,
          tags: this.tagsFor(`${name}-role`),
        },
        this.childOptions(),
      ),
    );
    if (args.statements.length > 0) {
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          args.transform?.rolePolicy,
          `${name}-policy`,
          { role: role.id, policy: policyDocument(...distinct(args.statements)) },
          this.childOptions(),
        ),
      );
    }
    if (args.pods !== undefined) {
      new aws.eks.PodIdentityAssociation(
        ...transformed<aws.eks.PodIdentityAssociationArgs>(
          args.transform?.association,
          `${name}-pods`,
          { ...args.pods, roleArn: role.arn, tags: this.tagsFor(`${name}-pods`) },
          this.childOptions(),
        ),
      );
    }
    this.roleArn = role.arn;
    this.roleName = role.name;
    this.registerOutputs({ roleArn: this.roleArn, roleName: this.roleName });
  }
}

function trustOf({ kind, accountId, pods }: WorkloadIdentityArgs): pulumi.Output<string> {
  if (kind === "tasks") return assumedBy("ecs-tasks.amazonaws.com", accountId);
  if (kind === "functions") return assumedBy("lambda.amazonaws.com");
  // EKS guide, "Create IAM role with trust policy required by EKS Pod Identity": the tags are set by EKS, not by the pod.
  return policyDocument({
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:SourceAccount": accountId,
        "aws:RequestTag/eks-cluster-name": pods!.clusterName,
        "aws:RequestTag/kubernetes-namespace": pods!.namespace,
        "aws:RequestTag/kubernetes-service-account": pods!.serviceAccount,
      },
    },
  });
}

/** Statement ids must differ within a policy; the second `ReadSecret` becomes `ReadSecret2`. */
function distinct(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const uses = new Map<string, number>();
  return statements.map((statement) => {
    if (statement.Sid === undefined) return statement;
    const use = (uses.get(statement.Sid) ?? 0) + 1;
    uses.set(statement.Sid, use);
    return use === 1 ? statement : { ...statement, Sid: `${statement.Sid}${use}` };
  });
}
