/** Edge, ingress and observability, created on an API server through the AWS SDK from what was recorded, and read back: what was asked for is what is there. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { recordProgram } from "bourse/testing";
import { type MotoServer, withMoto } from "../servers/moto";
import { askModels, modelled } from "./aws-models";
import { wholeEntrance } from "./whole-entrance";

interface Report {
  created: Record<string, number>;
  compared: Record<string, number>;
  refused: Record<string, string>;
  different: string[];
}

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

const python = join(__dirname, "../../.bourse/venv/bin/python");

withMoto("edge, ingress and observability as moto keeps them", (start) => {
  let server: MotoServer;
  let report: Report;
  before(async function () {
    this.timeout(180_000);
    server = await start();
    report = await askModels(python, ["create", server.client.endpoint], modelled(await recordProgram({}, wholeEntrance)));
  });
  after(() => server.stop());

  it("are created by more than seventy operations of AWS, but for what the server does not know", () => {
    // Versions of the server differ in what they know.
    const unexpected = Object.entries(report.refused).filter(([operation]) => !beyondTheServer.includes(operation));
    assert.deepEqual(unexpected, []);
    assert.ok(Object.keys(report.created).length >= 70, `only ${Object.keys(report.created).length} operations`);
  });

  it("come back as they were asked for, value by value, but where the server answers for itself", () => {
    const unexpected = report.different.filter((each) => !serverQuirks.some((quirk) => each.includes(quirk)));
    assert.deepEqual(unexpected, []);
    // Each quirk shows that a difference is seen.
    for (const quirk of serverQuirks)
      assert.ok(
        report.different.some((each) => each.includes(quirk)),
        quirk,
      );
  });

  const read: Record<string, number> = {
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
  for (const [operation, least] of Object.entries(read)) {
    it(`${operation} gives back ${least} values or more`, () => {
      assert.ok((report.compared[operation] ?? 0) >= least, `${report.compared[operation] ?? 0} values`);
    });
  }
});
