/** Edge, ingress and observability, created on an API server through the AWS SDK from what was recorded, and read back: what was asked for is what is there. */

import { createdAndRead } from "./created-and-read";
import { wholeEntrance } from "./whole-entrance";

/** What the server does not implement, or not as AWS does. The models have checked these requests all the same. */
const beyondTheServer = [
  "ce:CreateAnomalyMonitor",
  "ce:CreateAnomalySubscription",
  "cloudfront:CreateCachePolicy",
  "cloudfront:CreateDistribution",
  "cloudfront:CreateFunction",
  "cloudfront:CreateMonitoringSubscription",
  "cloudfront:CreateResponseHeadersPolicy",
  "cloudfront:PublishFunction",
  "cloudwatch:PutCompositeAlarm",
  "logs:PutQueryDefinition",
  "route53:CreateKeySigningKey",
  "route53:EnableHostedZoneDNSSEC",
  "ssm:CreatePatchBaseline",
  "ssm:RegisterPatchBaselineForPatchGroup",
  "xray:CreateGroup",
  "xray:CreateSamplingRule",
];

/** Where the server answers something else than it was told, and AWS does not but for the first: ACM lists the domain among the alternative names. */
const serverQuirks = [
  "acm:DescribeCertificate.SubjectAlternativeNames: asked for 1 elements, got 2",
  "s3:GetBucketReplication.ReplicationConfiguration.Rules[0].DeleteMarkerReplication.Status: asked for 'Enabled', got 'Disabled'",
];

/** Values at least that each operation gives back. */
const values = {
  "apigatewayv2:GetApi": 4,
  "apigatewayv2:GetAuthorizer": 12,
  "apigatewayv2:GetDomainName": 3,
  "apigatewayv2:GetIntegration": 8,
  "apigatewayv2:GetStage": 12,
  "apigatewayv2:GetVpcLink": 4,
  "cloudwatch:DescribeAlarms": 400,
  "cloudwatch:GetDashboard": 20,
  "ecr:DescribeRepositories": 3,
  "elbv2:DescribeListeners": 15,
  "elbv2:DescribeLoadBalancerAttributes": 20,
  "elbv2:DescribeLoadBalancers": 9,
  "elbv2:DescribeTargetGroupAttributes": 6,
  "elbv2:DescribeTargetGroups": 30,
  "lambda:GetFunctionConfiguration": 10,
  "route53:GetHealthCheck": 40,
  "ssm:GetDocument": 15,
  "ssm:GetMaintenanceWindow": 5,
  "ssm:GetParameter": 6,
  "wafv2:GetWebACL": 100,
};

createdAndRead("edge, ingress and observability as moto keeps them", wholeEntrance, {
  operations: 70,
  beyondTheServer,
  serverQuirks,
  values,
});
