import assert from "node:assert/strict";
import { ApiIngress, ServiceBalancer, type ServiceBalancerArgs } from "bourse";
import { assertFaults, assertInputs, describeComponent, recordProgram } from "bourse/testing";
import { accountId, keyRef, network, zoneIds } from "../references";

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const certificateArn = `arn:aws:acm:us-east-1:${accountId}:certificate/one`;

const minimal: ServiceBalancerArgs = {
  network,
  accountId,
  serverName: "account-services.exchange.example",
  certificateArn,
  targetPort: 7500,
  healthPath: "/account/v1/ping",
  targetSecurityGroupId: "sg-pods",
};

function balancerWith(over: Partial<ServiceBalancerArgs> = {}): () => ServiceBalancer {
  return () => new ServiceBalancer("users", { ...minimal, ...over });
}

describeComponent("ServiceBalancer", balancerWith(), (subject) => {
  it("has no public address: an internal load balancer in the private subnets, protected, which refuses malformed requests and logs", () => {
    assertInputs(subject.graph, "aws:lb/loadBalancer:LoadBalancer", "users-alb", {
      internal: true,
      loadBalancerType: "application",
      subnets: zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]),
      enableDeletionProtection: true,
      desyncMitigationMode: "strictest",
      dropInvalidHeaderFields: true,
    });
  });

  it("raises an alarm when no pod takes requests, which tells also where the host should lead", async () => {
    const names = subject.graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ name }) => name);
    assert.deepEqual(names, ["users-no-pod-alarm"]);
    assertInputs(subject.graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "users-no-pod-alarm", {
      namespace: "AWS/ApplicationELB",
      metricName: "HealthyHostCount",
      statistic: "Maximum",
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      treatMissingData: "breaching",
      evaluationPeriods: 2,
    });
    const silent = await subject.record(balancerWith({ alarms: "off" }));
    assert.deepEqual(silent.ofType("aws:cloudwatch/metricAlarm:MetricAlarm"), []);
  });

  it("speaks TLS to callers and to pods, and sends to pods that answer the health check alone", () => {
    assertInputs(subject.graph, "aws:lb/listener:Listener", "users-listener", {
      protocol: "HTTPS",
      port: 443,
      certificateArn,
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    });
    const { inputs } = assertInputs(subject.graph, "aws:lb/targetGroup:TargetGroup", "users-pods", { protocol: "HTTPS", port: 7500 });
    assert.deepEqual((inputs.healthCheck as { path: string; protocol: string }).path, "/account/v1/ping");
    assert.equal((inputs.healthCheck as { protocol: string }).protocol, "HTTPS");
  });

  it("lets nobody in by itself, reaches pods on their port alone, and opens the pods to itself alone", () => {
    assert.deepEqual(
      subject.graph.ofType(ingressRule).map(({ name }) => name),
      ["users-service-pods"],
    );
    assertInputs(subject.graph, ingressRule, "users-service-pods", { securityGroupId: "sg-pods", fromPort: 7500, toPort: 7500 });
    const rules = subject.graph.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    assert.deepEqual(
      rules.map(({ inputs }) => [inputs.referencedSecurityGroupId, inputs.fromPort, inputs.toPort]),
      [["sg-pods", 7500, 7500]],
    );
  });
});

describe("ServiceBalancer arguments", () => {
  it("fit the account API: its link is the one caller that is let in", async () => {
    const graph = await recordProgram({}, () => {
      const balancer = balancerWith()();
      new ApiIngress("account", {
        network,
        region: "us-east-1",
        zone: { zoneId: "Z1", domain: "exchange.example" },
        certificateArn,
        authorizer: { arn: "arn:aws:lambda:us-east-1:1:function:authorizer", invokeArn: "arn:aws:apigateway:authorizer" },
        target: balancer.target,
        logKey: keyRef("log"),
      });
    });
    const rules = graph.ofType(ingressRule).filter(({ name }) => name !== "users-service-pods");
    assert.deepEqual(
      rules.map((rule) => graph.referencesOf(rule, "referencedSecurityGroupId").map(({ name }) => name)),
      [["account-link-access"]],
    );
    const integration = graph.ofType("aws:apigatewayv2/integration:Integration")[0];
    assert.deepEqual(
      graph.referencesOf(integration, "integrationUri").map(({ name }) => name),
      ["users-listener"],
    );
  });

  const faulty: [what: string, over: Partial<ServiceBalancerArgs>, paths: string[]][] = [
    ["a server name that is none", { serverName: "services" }, ["serverName"]],
    ["a port of nothing", { targetPort: 0 }, ["targetPort"]],
    ["a health path without slash", { healthPath: "ping" }, ["healthPath"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(balancerWith(over), paths);
    });
  }
});
