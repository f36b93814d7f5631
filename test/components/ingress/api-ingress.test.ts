import assert from "node:assert/strict";
import { ApiIngress, type ApiIngressArgs, accountRoutes, originHeader } from "bourse";
import { assertFaults, assertInputs, describeComponent, differenceOf, probeTransforms, recordProgram, untransformed } from "bourse/testing";
import { accountId, keyRef, network } from "../references";

const route = "aws:apigatewayv2/route:Route";
const stage = "aws:apigatewayv2/stage:Stage";
const authorizer = "aws:apigatewayv2/authorizer:Authorizer";
const names = Object.keys(accountRoutes);

const minimal: ApiIngressArgs = {
  network,
  region: "us-east-1",
  zone: { zoneId: "Z1", domain: "exchange.example" },
  certificateArn: `arn:aws:acm:us-east-1:${accountId}:certificate/one`,
  authorizer: { arn: "arn:aws:lambda:us-east-1:1:function:authorizer", invokeArn: "arn:aws:apigateway:authorizer" },
  target: { listenerArn: "arn:listener", serverName: "api.exchange.example", securityGroupId: "sg-services", port: 443 },
  logKey: keyRef("log"),
};

function apiWith(over: Partial<ApiIngressArgs> = {}): () => ApiIngress {
  return () => new ApiIngress("account", { ...minimal, ...over });
}

describeComponent("ApiIngress", apiWith(), (subject) => {
  it("is reached by its own host alone, over TLS 1.2 or newer", () => {
    assertInputs(subject.graph, "aws:apigatewayv2/api:Api", "account-api", { protocolType: "HTTP", disableExecuteApiEndpoint: true });
    const { inputs } = assertInputs(subject.graph, "aws:apigatewayv2/domainName:DomainName", "account-domain", {
      domainName: "account-origin.exchange.example",
      mutualTlsAuthentication: undefined,
    });
    assert.equal((inputs.domainNameConfiguration as { securityPolicy: string }).securityPolicy, "TLS_1_2");
  });

  it("asks the authorizer on every route, login included, so that nothing goes around CloudFront", () => {
    assert.deepEqual(
      subject.graph
        .ofType(route)
        .map(({ name }) => name)
        .sort(),
      names.map((name) => `account-route-${name}`).sort(),
    );
    for (const resource of subject.graph.ofType(route)) {
      assert.equal(resource.inputs.authorizationType, "CUSTOM", resource.name);
      assert.equal(subject.graph.referencesOf(resource, "authorizerId").length, 1, resource.name);
    }
    for (const { inputs, name } of subject.graph.ofType(authorizer)) {
      assert.ok((inputs.identitySources as string[]).includes(`$request.header.${originHeader}`), name);
    }
  });

  it("wants a session where one is needed, and forgets a decision within five seconds", () => {
    const [session] = subject.graph.referencesOf(subject.graph.get(route, "account-route-rest"), "authorizerId");
    assert.ok((session.inputs.identitySources as string[]).includes("$request.header.Authorization"));
    assert.equal(session.inputs.authorizerResultTtlInSeconds, 5);
    const [origin] = subject.graph.referencesOf(subject.graph.get(route, "account-route-login"), "authorizerId");
    assert.deepEqual(origin.inputs.identitySources, [`$request.header.${originHeader}`]);
  });

  it("reaches services inside the network over checked TLS, without the origin's secret", () => {
    assertInputs(subject.graph, "aws:apigatewayv2/integration:Integration", "account-services", {
      connectionType: "VPC_LINK",
      integrationUri: "arn:listener",
      tlsConfig: { serverNameToVerify: "api.exchange.example" },
      requestParameters: { [`remove:header.${originHeader}`]: "''" },
    });
    assertInputs(subject.graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "account-link-to-services", {
      referencedSecurityGroupId: "sg-services",
      fromPort: 443,
      toPort: 443,
      ipProtocol: "tcp",
    });
    assert.equal(subject.graph.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").length, 1);
  });

  it("slows what strangers may call, and logs every request without what opens an account", () => {
    const { inputs } = assertInputs(subject.graph, stage, "account-v1", {
      name: "v1",
      defaultRouteSettings: { throttlingRateLimit: 1000, throttlingBurstLimit: 2000, detailedMetricsEnabled: true },
    });
    const limits = Object.fromEntries(
      (inputs.routeSettings as { routeKey: string; throttlingRateLimit: number }[]).map((each) => [
        each.routeKey,
        each.throttlingRateLimit,
      ]),
    );
    assert.equal(limits["POST /account/v1/sessions"], 500);
    const { format } = inputs.accessLogSettings as { format: string };
    assert.ok(format.includes("$context.requestId") && !/header|queryString|authorizer\.(?!status)/i.test(format));
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "account-v1-logs", {
      kmsKeyId: keyRef("log").arn,
      retentionInDays: 90,
    });
  });

  it("lets this API's authorizers alone invoke the function", () => {
    const { inputs } = assertInputs(subject.graph, "aws:lambda/permission:Permission", "account-authorizer-permission", {
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
    });
    if (subject.known) assert.match(String(inputs.sourceArn), /\/authorizers\/\*$/);
  });
});

describe("ApiIngress arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ApiIngressArgs["transform"]>();
    const failover = { place: "primary", alarmName: "no-pod" } as const;
    const graph = await recordProgram({}, apiWith({ failover, transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("add a version beside the first without touching it", async () => {
    const before = await recordProgram({}, apiWith());
    const difference = differenceOf(before, await recordProgram({}, apiWith({ versions: ["v1", "v2"] })));
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.deepEqual(difference.added.map(({ name }) => name).sort(), ["account-v2", "account-v2-logs", "account-v2-mapping"]);
  });

  it("add a route without touching the others", async () => {
    const audit = { method: "GET", path: "/account/v1/audit" } as const;
    const difference = differenceOf(
      await recordProgram({}, apiWith()),
      await recordProgram({}, apiWith({ routes: { ...accountRoutes, audit } })),
    );
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.deepEqual(
      difference.added.map(({ name }) => name),
      ["account-route-audit"],
    );
  });

  const steeringOf = async (over: Partial<ApiIngressArgs>) => {
    const graph = await recordProgram({}, apiWith(over));
    const { inputs } = graph.get("aws:route53/record:Record", "account-domain-record");
    const { setIdentifier, latencyRoutingPolicies, failoverRoutingPolicies } = inputs;
    const checks = graph.ofType("aws:route53/healthCheck:HealthCheck");
    const checked = graph.referencesOf(graph.get("aws:route53/record:Record", "account-domain-record"), "healthCheckId");
    return { setIdentifier, latencyRoutingPolicies, failoverRoutingPolicies, checks, checked: checked.map(({ name }) => name) };
  };

  it("lead the host to the nearest region, or to one at a time: to the primary while an alarm of it is silent, and known to be", async () => {
    const nearest = { setIdentifier: "us-east-1", latencyRoutingPolicies: [{ region: "us-east-1" }], failoverRoutingPolicies: undefined };
    assert.deepEqual(await steeringOf({}), { ...nearest, checks: [], checked: [] });
    const one = (type: string) => ({ setIdentifier: "us-east-1", latencyRoutingPolicies: undefined, failoverRoutingPolicies: [{ type }] });
    const { checks, ...primary } = await steeringOf({ failover: { place: "primary", alarmName: "no-pod" } });
    assert.deepEqual(primary, { ...one("PRIMARY"), checked: ["account-health"] });
    const { tags: _tags, ...check } = checks[0].inputs;
    assert.deepEqual(
      [check, checks.length],
      [
        {
          type: "CLOUDWATCH_METRIC",
          cloudwatchAlarmName: "no-pod",
          cloudwatchAlarmRegion: "us-east-1",
          insufficientDataHealthStatus: "Unhealthy",
        },
        1,
      ],
    );
    assert.deepEqual(await steeringOf({ failover: { place: "secondary" } }), { ...one("SECONDARY"), checks: [], checked: [] });
  });

  it("ask for a client certificate where authorities are given", async () => {
    const graph = await recordProgram({}, apiWith({ clientAuthorities: "s3://authorities/clients.pem" }));
    assertInputs(graph, "aws:apigatewayv2/domainName:DomainName", "account-domain", {
      mutualTlsAuthentication: { truststoreUri: "s3://authorities/clients.pem" },
    });
  });

  const one = { method: "GET", path: "/a" } as const;
  const faulty: [what: string, over: Partial<ApiIngressArgs>, paths: string[]][] = [
    ["a third place", { failover: { place: "third" as "primary" } }, ["failover.place"]],
    ["a primary of unknown health", { failover: { place: "primary" } }, ["failover.alarmName"]],
    ["a secondary that waits for its own alarm", { failover: { place: "secondary", alarmName: "a" } }, ["failover.alarmName"]],
    ["no route", { routes: {} }, ["routes"]],
    ["a path without slash", { routes: { a: { ...one, path: "a" } } }, ['routes["a"].path']],
    ["a greedy segment in the middle", { routes: { a: { ...one, path: "/{proxy+}/b" } } }, ['routes["a"].path']],
    ["a rate above the account's", { routes: { a: { ...one, rate: 10_001 } } }, ['routes["a"].rate']],
    ["a burst of nothing", { routes: { a: { ...one, burst: 0 } } }, ['routes["a"].burst']],
    ["one route twice", { routes: { a: one, b: one } }, ['routes["b"]']],
    ["no version", { versions: [] }, ["versions"]],
    ["a version in words", { versions: ["beta"] }, ["versions[0]"]],
    ["a version twice", { versions: ["v1", "v1"] }, ["versions[1]"]],
    ["decisions remembered for a day", { authorizationTtlSeconds: 86_400 }, ["authorizationTtlSeconds"]],
    ["a port above 65535", { target: { ...minimal.target, port: 70_000 } }, ["target.port"]],
    ["a server name that is none", { target: { ...minimal.target, serverName: "services" } }, ["target.serverName"]],
    ["authorities that are not in S3", { clientAuthorities: "clients.pem" }, ["clientAuthorities"]],
    ["a retention that CloudWatch does not have", { logRetentionDays: 10 }, ["logRetentionDays"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(apiWith(over), paths);
    });
  }
});
