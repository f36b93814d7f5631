import assert from "node:assert/strict";
import { ApiIngress, type ApiIngressArgs, type ApiRoute, accountRoutes, originHeader } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, keyRef, network, zoneIds } from "../references";

const stage = "aws:apigateway/stage:Stage";
const restApi = "aws:apigateway/restApi:RestApi";
const settings = "aws:apigateway/methodSettings:MethodSettings";
const listener = "aws:lb/listener:Listener";

const routes: Readonly<Record<string, ApiRoute>> = {
  ...accountRoutes,
  limits: { method: "GET", path: "/account/v1/limits/{asset}", cacheSeconds: 5 },
};

const minimal: ApiIngressArgs = {
  network,
  region: "us-east-1",
  zone: { zoneId: "Z1", domain: "exchange.example" },
  certificateArn: `arn:aws:acm:us-east-1:${accountId}:certificate/one`,
  authorizer: { arn: "arn:aws:lambda:us-east-1:1:function:authorizer", invokeArn: "arn:aws:apigateway:authorizer" },
  target: {
    listenerArn: "arn:listener",
    loadBalancerArn: "arn:balancer",
    serverName: "api.exchange.example",
    securityGroupId: "sg-services",
    port: 443,
  },
  logKey: keyRef("log"),
  routes,
  rest: { accountId, cacheGib: "0.5", usagePlans: { basic: { rate: 10, burst: 20, requestsPerDay: 100_000 } } },
};

function apiWith(over: Partial<ApiIngressArgs> = {}): () => ApiIngress {
  return () => new ApiIngress("account", { ...minimal, ...over });
}

describeComponent("ApiIngress as a REST API", apiWith(), (subject) => {
  it("makes the API with its stage, plan, domain and firewall, and a private way to it from CloudFront, and nothing public", () => {
    assertResources(subject.graph, {
      "aws:apigateway/account:Account": ["account-rest-account"],
      "aws:apigateway/apiKey:ApiKey": ["account-rest-plan-basic-key"],
      "aws:apigateway/basePathMapping:BasePathMapping": ["account-rest-v1-mapping"],
      "aws:apigateway/deployment:Deployment": ["account-rest-deployment"],
      "aws:apigateway/domainName:DomainName": ["account-rest-domain"],
      "aws:apigateway/domainNameAccessAssociation:DomainNameAccessAssociation": ["account-rest-domain-access"],
      [settings]: ["confirm", "limits", "login", "register"]
        .map((key) => `account-rest-v1-${key}-settings`)
        .concat("account-rest-v1-settings"),
      [restApi]: ["account-rest-api"],
      [stage]: ["account-rest-v1"],
      "aws:apigateway/usagePlan:UsagePlan": ["account-rest-plan-basic"],
      "aws:apigateway/usagePlanKey:UsagePlanKey": ["account-rest-plan-basic-key-of-plan"],
      "aws:apigatewayv2/vpcLink:VpcLink": ["account-link"],
      "aws:cloudfront/vpcOrigin:VpcOrigin": ["account-rest-front-origin"],
      "aws:cloudwatch/logGroup:LogGroup": ["account-rest-firewall-logs", "account-rest-v1-logs"],
      "aws:ec2/securityGroup:SecurityGroup": [
        "account-link-access",
        "account-rest-front-balancer-access",
        "account-rest-front-endpoint-access",
      ],
      "aws:ec2/vpcEndpoint:VpcEndpoint": ["account-rest-front-endpoint"],
      "aws:iam/role:Role": ["account-rest-log-role"],
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["account-rest-log-role-policy"],
      "aws:lambda/permission:Permission": ["account-authorizer-permission"],
      [listener]: ["account-rest-front-listener"],
      "aws:lb/loadBalancer:LoadBalancer": ["account-rest-front-alb"],
      "aws:lb/targetGroup:TargetGroup": ["account-rest-front-api"],
      "aws:lb/targetGroupAttachment:TargetGroupAttachment": zoneIds.map((zoneId) => `account-rest-front-api-${zoneId}`),
      "aws:s3/bucket:Bucket": ["account-rest-front-logs-bucket"],
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["account-rest-front-logs-lifecycle"],
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["account-rest-front-logs-ownership"],
      "aws:s3/bucketPolicy:BucketPolicy": ["account-rest-front-logs-policy"],
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["account-rest-front-logs-public-access"],
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["account-rest-front-logs-encryption"],
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["account-link-to-services", "account-rest-front-to-endpoint"],
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
        "account-link-services",
        "account-rest-front-from-balancer",
        "account-rest-front-from-cloudfront",
      ],
      "aws:wafv2/webAcl:WebAcl": ["account-rest-firewall-acl"],
      "aws:wafv2/webAclAssociation:WebAclAssociation": ["account-rest-v1-guard"],
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["account-rest-firewall-logging"],
    });
  });

  it("is private: one endpoint of the network may call it and its host, and its own name is off", () => {
    const { inputs } = assertInputs(subject.graph, restApi, "account-rest-api", { disableExecuteApiEndpoint: true });
    assert.equal((inputs.endpointConfiguration as { types: string }).types, "PRIVATE");
    const { inputs: domain } = assertInputs(subject.graph, "aws:apigateway/domainName:DomainName", "account-rest-domain", {
      domainName: "account-origin.exchange.example",
      endpointConfiguration: { types: "PRIVATE" },
      securityPolicy: "TLS_1_2",
    });
    if (!subject.known) return;
    const { id } = subject.graph.get("aws:ec2/vpcEndpoint:VpcEndpoint", "account-rest-front-endpoint");
    for (const policy of [inputs.policy, domain.policy]) {
      const [, denied] = JSON.parse(String(policy)).Statement;
      assert.deepEqual([denied.Effect, denied.Condition], ["Deny", { StringNotEquals: { "aws:SourceVpce": id } }]);
    }
  });

  it("is reached by CloudFront's addresses through a load balancer inside the network, over TLS all the way", () => {
    const balancer = assertInputs(subject.graph, "aws:lb/loadBalancer:LoadBalancer", "account-rest-front-alb", {
      internal: true,
      enableDeletionProtection: true,
      desyncMitigationMode: "strictest",
      dropInvalidHeaderFields: true,
    });
    assert.deepEqual(
      balancer.inputs.subnets,
      zoneIds.map((zoneId) => network.privateSubnetIds[zoneId]),
    );
    assertInputs(subject.graph, listener, "account-rest-front-listener", {
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      mutualAuthentication: undefined,
    });
    const fromCloudFront = subject.graph.get(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "account-rest-front-from-cloudfront",
    );
    assert.deepEqual([fromCloudFront.inputs.cidrIpv4, fromCloudFront.inputs.fromPort, fromCloudFront.inputs.toPort], [undefined, 443, 443]);
    if (subject.known) assert.match(String(fromCloudFront.inputs.prefixListId), /^pl-/);
    const { inputs } = subject.graph.get("aws:cloudfront/vpcOrigin:VpcOrigin", "account-rest-front-origin");
    const origin = inputs.vpcOriginEndpointConfig as Record<string, unknown>;
    assert.deepEqual([origin.originProtocolPolicy, origin.originSslProtocols], ["https-only", { items: ["TLSv1.2"], quantity: 1 }]);
  });

  it("asks the authorizer on every method, for the origin's header and where needed for a session and a plan", () => {
    if (!subject.known) return;
    const { paths, components } = definitionOf(subject.graph);
    const methods = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );
    assert.equal(methods.length, Object.keys(routes).length);
    for (const { name, operation } of methods) {
      const [asked] = operation.security;
      assert.deepEqual(Object.keys(asked), /users|sessions|confirmations/.test(name) ? ["origin"] : ["session", "plan"], name);
    }
    for (const scheme of ["origin", "session"]) {
      const { identitySource } = components.securitySchemes[scheme]["x-amazon-apigateway-authorizer"];
      assert.ok(identitySource.includes(`method.request.header.${originHeader}`), scheme);
    }
  });

  it("reaches services by the link over checked TLS, without the origin's secret", () => {
    if (!subject.known) return;
    for (const operations of Object.values(definitionOf(subject.graph).paths)) {
      for (const operation of Object.values(operations)) {
        const integration = operation["x-amazon-apigateway-integration"];
        assert.deepEqual(
          [integration.connectionType, integration.integrationTarget, integration.tlsConfig],
          ["VPC_LINK", "arn:balancer", { insecureSkipVerification: false }],
        );
        assert.ok(integration.uri.startsWith("https://api.exchange.example/"), integration.uri);
        assert.equal(integration.requestParameters[`integration.request.header.${originHeader}`], "''");
      }
    }
  });

  it("remembers answers by session, encrypted, for the routes that say so alone", () => {
    assertInputs(subject.graph, stage, "account-rest-v1", { cacheClusterEnabled: true, cacheClusterSize: "0.5", xrayTracingEnabled: true });
    const cached = subject.graph
      .ofType(settings)
      .filter(({ inputs }) => (inputs.settings as { cachingEnabled: boolean }).cachingEnabled)
      .map(({ inputs }) => inputs);
    assert.deepEqual(
      cached.map(({ methodPath }) => methodPath),
      ["account~1v1~1limits~1{asset}/GET"],
    );
    const { cacheTtlInSeconds, cacheDataEncrypted } = cached[0].settings as Record<string, unknown>;
    assert.deepEqual([cacheTtlInSeconds, cacheDataEncrypted], [5, true]);
    for (const { inputs, name } of subject.graph.ofType(settings)) {
      assert.equal((inputs.settings as Record<string, unknown>).dataTraceEnabled, false, name);
    }
    if (!subject.known) return;
    const { cacheKeyParameters } = definitionOf(subject.graph).paths["/account/v1/limits/{asset}"].get["x-amazon-apigateway-integration"];
    assert.deepEqual(cacheKeyParameters, ["method.request.path.asset", "method.request.header.Authorization"]);
  });

  it("limits each plan and each route, and puts the firewall on the stage", () => {
    const { inputs } = assertInputs(subject.graph, "aws:apigateway/usagePlan:UsagePlan", "account-rest-plan-basic", {
      throttleSettings: { rateLimit: 10, burstLimit: 20 },
      quotaSettings: { limit: 100_000, period: "DAY" },
    });
    assert.equal((inputs.apiStages as unknown[]).length, 1);
    const login = subject.graph.get(settings, "account-rest-v1-login-settings").inputs.settings as Record<string, unknown>;
    assert.deepEqual([login.throttlingRateLimit, login.throttlingBurstLimit], [500, 1000]);
    const guard = subject.graph.get("aws:wafv2/webAclAssociation:WebAclAssociation", "account-rest-v1-guard");
    assert.deepEqual(
      subject.graph.referencesOf(guard, "resourceArn").map(({ name }) => name),
      ["account-rest-v1"],
    );
  });
});

describe("REST arguments of ApiIngress", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ApiIngressArgs["transform"]>();
    const graph = await recordProgram({}, apiWith({ transform: probe.transform, clientAuthorities: "s3://authorities/clients.pem" }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("ask for a client certificate where authorities are given", async () => {
    const graph = await recordProgram({}, apiWith({ clientAuthorities: "s3://authorities/all/clients.pem" }));
    assertInputs(graph, "aws:lb/trustStore:TrustStore", "account-rest-front-ca", {
      caCertificatesBundleS3Bucket: "authorities",
      caCertificatesBundleS3Key: "all/clients.pem",
    });
    const { mutualAuthentication } = graph.get(listener, "account-rest-front-listener").inputs;
    assert.equal((mutualAuthentication as { mode: string }).mode, "verify");
  });

  it("leave the account's log role alone where it is there", async () => {
    const graph = await recordProgram({}, apiWith({ rest: { accountId, logRole: "adopt" }, routes: accountRoutes }));
    assert.deepEqual(graph.ofType("aws:apigateway/account:Account"), []);
  });

  it("add a version beside the first without replacing it", async () => {
    const difference = differenceOf(await recordProgram({}, apiWith()), await recordProgram({}, apiWith({ versions: ["v1", "v2"] })));
    assert.deepEqual([difference.removed, difference.replaced].flat(), []);
    assert.deepEqual(
      difference.updated.map(({ after }) => after.name),
      ["account-rest-plan-basic"],
    );
  });

  it("add a route by another definition and its deployment, without touching the rest", async () => {
    const audit = { method: "GET", path: "/account/v1/audit" } as const;
    const difference = differenceOf(await recordProgram({}, apiWith()), await recordProgram({}, apiWith({ routes: { ...routes, audit } })));
    assert.deepEqual([difference.added, difference.removed].flat(), []);
    const changed = [...difference.updated, ...difference.replaced].map(({ after }) => after.name);
    assert.deepEqual([...new Set(changed)].sort(), ["account-rest-api", "account-rest-deployment"]);
  });

  const rest = { accountId };
  const faulty: [what: string, over: Partial<ApiIngressArgs>, paths: string[]][] = [
    ["a cache of a size that there is none of", { rest: { ...rest, cacheGib: "1" as "0.5" } }, ["rest.cacheGib"]],
    ["a cache that no route uses", { rest: { ...rest, cacheGib: "0.5" }, routes: accountRoutes }, ["rest.cacheGib"]],
    ["answers remembered for a day", { routes: { a: { method: "GET", path: "/a", cacheSeconds: 86_400 } } }, ['routes["a"].cacheSeconds']],
    ["answers to POST remembered", { routes: { a: { method: "POST", path: "/a", cacheSeconds: 5 } } }, ['routes["a"].cacheSeconds']],
    ["answers remembered by an HTTP API", { rest: undefined }, ['routes["limits"].cacheSeconds']],
    ["a plan of nothing", { rest: { ...rest, usagePlans: { none: { rate: 0, burst: 1 } } } }, ['rest.usagePlans["none"].rate']],
    [
      "a plan above the account's burst",
      { rest: { ...rest, usagePlans: { all: { rate: 1, burst: 5_001 } } } },
      ['rest.usagePlans["all"].burst'],
    ],
    ["a plan's name with spaces", { rest: { ...rest, usagePlans: { "a b": { rate: 1, burst: 1 } } } }, ['rest.usagePlans["a b"]']],
    [
      "half a request a day",
      { rest: { ...rest, usagePlans: { a: { rate: 1, burst: 1, requestsPerDay: 0.5 } } } },
      ['rest.usagePlans["a"].requestsPerDay'],
    ],
    ["a firewall that lets nobody ask", { rest: { ...rest, firewall: { requestsPerAddress: 0 } } }, ["rest.firewall.requestsPerAddress"]],
    ["a target without its load balancer", { target: { ...minimal.target, loadBalancerArn: undefined } }, ["target.loadBalancerArn"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(apiWith(over), paths);
    });
  }
});

interface Definition {
  paths: Record<
    string,
    Record<
      string,
      {
        security: Record<string, unknown>[];
        "x-amazon-apigateway-integration": {
          uri: string;
          connectionType: string;
          integrationTarget: string;
          tlsConfig: object;
          requestParameters: Record<string, string>;
          cacheKeyParameters?: string[];
        };
      }
    >
  >;
  components: { securitySchemes: Record<string, { "x-amazon-apigateway-authorizer": { identitySource: string } }> };
}

function definitionOf(graph: ResourceGraph): Definition {
  return JSON.parse(String(graph.get(restApi, "account-rest-api").inputs.body));
}
