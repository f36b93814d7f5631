/** What rules ask of policy documents: who is allowed, what is denied, which actions have no resource. */

import { rawStatements, texts } from "../plan/iam/permissions";
import { listOf, recordOf } from "../plan/read-inputs";

/** True for a statement whose principal is everybody. */
export function allowsEverybody(statement: Record<string, unknown>): boolean {
  if (statement.Principal === "*") return true;
  return texts(recordOf(statement.Principal).AWS).includes("*");
}

/** True for a statement that denies everything to whoever comes without TLS. */
export function deniesPlainHttp(statement: Record<string, unknown>): boolean {
  const condition = recordOf(recordOf(statement.Condition).Bool)["aws:SecureTransport"];
  return statement.Effect === "Deny" && statement.Principal !== undefined && (condition === "false" || condition === false);
}

/** Policy documents in the inputs of a role, a policy or an inline policy; trust policies are none. */
export function policyDocuments(inputs: Readonly<Record<string, unknown>>): unknown[] {
  const documents = [inputs.policy, ...listOf(inputs.inlinePolicies).map((inline) => recordOf(inline).policy)];
  return documents.filter((document) => rawStatements(document).length > 0);
}

/**
 * Actions that AWS authorises on every resource only (Service Authorization Reference: no resource type in the action's row), as far as services
 * of this library call them.
 */
const withoutResource: readonly (string | RegExp)[] = [
  "cloudwatch:PutMetricData",
  "cloudwatch:ListMetrics",
  "cloudwatch:GetMetricData",
  "ec2:GetInstanceTypesFromInstanceRequirements",
  // The others describe one resource.
  /^ec2:Describe(?!\w*(Attribute$|ClientVpn\w|FleetHistory|FleetInstances|FleetRequestHistory|GroupReferences|ServicePermissions|BlockExtensionOfferings))[A-Za-z]+$/,
  /^autoscaling:Describe[A-Za-z]+$/,
  "ecr:GetAuthorizationToken",
  "eks:DescribeAddonVersions",
  /^elasticloadbalancing:Describe[A-Za-z]+$/,
  "kms:GenerateRandom",
  "kms:ListAliases",
  "logs:DescribeLogGroups",
  "logs:CreateLogDelivery",
  "logs:GetLogDelivery",
  "logs:UpdateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:DescribeResourcePolicies",
  "s3:ListAllMyBuckets",
  "sns:ListTopics",
  "sts:GetCallerIdentity",
  "tag:GetResources",
  "route53:ListHostedZones",
  "secretsmanager:GetRandomPassword",
  "secretsmanager:ListSecrets",
  "shield:GetSubscriptionState",
  "ssm:DescribeParameters",
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "xray:GetSamplingStatisticSummaries",
];

/** True when AWS knows no resource for `action`, so that a policy must say `*`. */
export function hasNoResource(action: string): boolean {
  return withoutResource.some((known) => (typeof known === "string" ? known === action : known.test(action)));
}
