import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { ExchangeEdge, type ExchangeEdgeArgs } from "bourse";
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
import { accountId, keyRef } from "../references";

const distribution = "aws:cloudfront/distribution:Distribution";
const record = "aws:route53/record:Record";

function edgeWith(over: Partial<ExchangeEdgeArgs> = {}): () => ExchangeEdge {
  return () =>
    new ExchangeEdge("edge", {
      domain: "exchange.example",
      accountId,
      usEast1: new aws.Provider("us-east-1", { region: "us-east-1" }),
      standby: new aws.Provider("us-west-2", { region: "us-west-2" }),
      logKey: keyRef("log"),
      account: { host: "account-origin.exchange.example" },
      ...over,
    });
}

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
/** The hosts of the exchange that clients use without signing in. */
const watched = ["api", "data-api", "stream", "ws-api", "www"];
const hosts = ["apex", "www", "data-api", "account"];

describeComponent("ExchangeEdge", edgeWith(), (subject) => {
  it("makes a distribution with its firewall, certificate, zone, records, two site buckets and logs, and nothing else", () => {
    const buckets = ["edge-site", "edge-site-standby"];
    const named = (suffix: string) => buckets.map((name) => `${name}-${suffix}`);
    assertResources(subject.graph, {
      "pulumi:providers:aws": ["us-east-1", "us-west-2"],
      [distribution]: ["edge-distribution"],
      "aws:cloudfront/monitoringSubscription:MonitoringSubscription": ["edge-distribution-metrics"],
      "aws:cloudfront/originAccessControl:OriginAccessControl": ["edge-site-access"],
      "aws:cloudfront/function:Function": ["edge-origin-function"],
      "aws:cloudfront/cachePolicy:CachePolicy": ["edge-reads-cache"],
      "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ["edge-api-headers", "edge-site-headers"],
      "aws:wafv2/webAcl:WebAcl": ["edge-firewall-acl"],
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["edge-firewall-logging"],
      "aws:cloudwatch/logGroup:LogGroup": ["edge-firewall-logs"],
      "aws:acm/certificate:Certificate": ["edge-certificate"],
      "aws:acm/certificateValidation:CertificateValidation": ["edge-certificate-validation"],
      "aws:route53/zone:Zone": ["edge-zone"],
      [record]: [
        ...hosts.flatMap((host) => [`edge-${host}-a`, `edge-${host}-aaaa`]),
        "edge-certificate-authority",
        "edge-certificate-record",
      ],
      "aws:cloudwatch/logDelivery:LogDelivery": ["edge-access-log"],
      "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": ["edge-access-log-destination"],
      "aws:cloudwatch/logDeliverySource:LogDeliverySource": ["edge-access-log-source"],
      "aws:s3/bucket:Bucket": [...named("bucket"), "edge-logs-bucket"],
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [...named("ownership"), "edge-logs-ownership"],
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [...named("public-access"), "edge-logs-public-access"],
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
        ...named("encryption"),
        "edge-logs-encryption",
      ],
      "aws:s3/bucketVersioning:BucketVersioning": named("versioning"),
      "aws:s3/bucketPolicy:BucketPolicy": [...named("policy"), "edge-logs-policy"],
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["edge-logs-lifecycle"],
      "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ["edge-replication"],
      "aws:iam/role:Role": ["edge-replication-role"],
      "aws:kms/key:Key": ["edge-dnssec-key"],
      "aws:route53/keySigningKey:KeySigningKey": ["edge-dnssec-signing-key"],
      "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": ["edge-dnssec-signed"],
      "aws:route53/healthCheck:HealthCheck": watched.map((host) => `edge-health-${host}`),
      [alarm]: [
        ...watched.map((host) => `edge-health-${host}-alarm`),
        "edge-dnssec-key-needs-action-alarm",
        "edge-dnssec-signing-failed-alarm",
      ],
      "aws:iam/rolePolicy:RolePolicy": ["edge-replication-policy"],
    });
  });

  it("speaks TLS 1.2 or newer with the validated certificate, behind the firewall", () => {
    const resource = subject.graph.get(distribution, "edge-distribution");
    const certificate = resource.inputs.viewerCertificate as Record<string, unknown>;
    assert.deepEqual([certificate.minimumProtocolVersion, certificate.sslSupportMethod], ["TLSv1.2_2021", "sni-only"]);
    assert.deepEqual(namesReferredTo(subject.graph, "viewerCertificate"), ["edge-certificate-validation"]);
    assert.deepEqual(namesReferredTo(subject.graph, "webAclId"), ["edge-firewall-acl"]);
    assert.equal(resource.protect, true);
  });

  it("never answers a viewer in the clear", () => {
    const policies = behaviours(subject.graph).map(({ pathPattern, viewerProtocolPolicy }) => [pathPattern ?? "*", viewerProtocolPolicy]);
    assert.deepEqual(policies, [
      ["*", "redirect-to-https"],
      ["/api/*", "https-only"],
      ["/account/*", "https-only"],
    ]);
  });

  it("fails reads over to a second origin and writes to none, since a write may have been done", () => {
    const { originGroups } = subject.graph.get(distribution, "edge-distribution").inputs as { originGroups: OriginGroup[] };
    assert.deepEqual(
      originGroups.map(({ originId, members }) => [originId, ...members.map((member) => member.originId)]),
      [
        ["site-group", "site", "site-standby"],
        ["reads-group", "reads", "reads-standby"],
      ],
    );
    const groups = originGroups.map(({ originId }) => originId);
    for (const { targetOriginId, allowedMethods, pathPattern } of behaviours(subject.graph)) {
      const writes = allowedMethods.some((method) => !["GET", "HEAD", "OPTIONS"].includes(method));
      assert.equal(groups.includes(targetOriginId), !writes, pathPattern);
    }
  });

  it("fetches from services over TLS 1.2 alone and from the site's buckets by signed requests alone", () => {
    const { origins } = subject.graph.get(distribution, "edge-distribution").inputs as { origins: Origin[] };
    for (const { originId, customOriginConfig: custom } of origins.filter((origin) => origin.customOriginConfig !== undefined)) {
      assert.deepEqual([custom!.originProtocolPolicy, custom!.originSslProtocols], ["https-only", ["TLSv1.2"]], originId);
    }
    assert.equal(origins.filter(({ originAccessControlId }) => originAccessControlId !== undefined).length, 2);
    assertInputs(subject.graph, "aws:cloudfront/originAccessControl:OriginAccessControl", "edge-site-access", {
      signingBehavior: "always",
      signingProtocol: "sigv4",
    });
  });

  it("proves to the account API alone that a request came through it, by a function that is closed until it has a value", () => {
    const proof = subject.graph.get("aws:cloudfront/function:Function", "edge-origin-function");
    assert.match(String(proof.inputs.code), /statusCode: 503/);
    assert.deepEqual(proof.ignoreChanges, ["code"], "a later up does not put the closed code back");
    for (const { pathPattern, functionAssociations } of behaviours(subject.graph)) {
      const events = functionAssociations?.map(({ eventType }) => eventType);
      assert.deepEqual(events, pathPattern === "/account/*" ? ["viewer-request"] : undefined, pathPattern);
    }
    if (subject.known) assert.deepEqual(behaviours(subject.graph)[2].functionAssociations?.[0].functionArn, proof.outputs.arn);
  });

  it("keys the cache of market data by the query alone, for a second", () => {
    assertInputs(subject.graph, "aws:cloudfront/cachePolicy:CachePolicy", "edge-reads-cache", {
      defaultTtl: 1,
      parametersInCacheKeyAndForwardedToOrigin: {
        cookiesConfig: { cookieBehavior: "none" },
        headersConfig: { headerBehavior: "none" },
        queryStringsConfig: { queryStringBehavior: "all" },
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
      },
    });
  });

  it("caches nothing of the account API", () => {
    const account = behaviours(subject.graph).find(({ pathPattern }) => pathPattern === "/account/*")!;
    assert.equal(account.cachePolicyId, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
  });

  it("sends strict transport security everywhere, and forbids frames and foreign scripts on the site", () => {
    for (const name of ["edge-site-headers", "edge-api-headers"]) {
      const { securityHeadersConfig } = subject.graph.get("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", name).inputs as {
        securityHeadersConfig: Record<string, Record<string, unknown>>;
      };
      const hsts = securityHeadersConfig.strictTransportSecurity;
      assert.ok(Number(hsts.accessControlMaxAgeSec) >= 31_536_000 && hsts.includeSubdomains === true, name);
    }
    const { securityHeadersConfig: site } = subject.graph.get(
      "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
      "edge-site-headers",
    ).inputs as { securityHeadersConfig: Record<string, Record<string, unknown>> };
    assert.equal(site.frameOptions.frameOption, "DENY");
    assert.match(
      String(site.contentSecurityPolicy.contentSecurityPolicy),
      /^default-src 'self'; .*object-src 'none'; .*frame-ancestors 'none'$/,
    );
  });

  it("keeps both copies of the site private, versioned, and readable by this distribution alone", () => {
    for (const bucket of ["edge-site", "edge-site-standby"]) {
      assertInputs(subject.graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", `${bucket}-public-access`, {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      assertInputs(subject.graph, "aws:s3/bucketVersioning:BucketVersioning", `${bucket}-versioning`, {
        versioningConfiguration: { status: "Enabled" },
      });
      assertInputs(subject.graph, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", `${bucket}-ownership`, {
        rule: { objectOwnership: "BucketOwnerEnforced" },
      });
      assertInputs(
        subject.graph,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        `${bucket}-encryption`,
        { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      );
      if (!subject.known) continue;
      const { Statement } = JSON.parse(String(subject.graph.get("aws:s3/bucketPolicy:BucketPolicy", `${bucket}-policy`).inputs.policy));
      const [denied, ...allowed] = Statement;
      const { arn } = subject.graph.get("aws:s3/bucket:Bucket", `${bucket}-bucket`).outputs;
      assert.deepEqual(
        [denied.Effect, denied.Resource, denied.Condition],
        ["Deny", [arn, `${arn}/*`], { Bool: { "aws:SecureTransport": "false" } }],
      );
      assert.equal(allowed.length, 1);
      assert.equal(allowed[0].Action, "s3:GetObject");
      const { outputs } = subject.graph.get(distribution, "edge-distribution");
      assert.deepEqual(allowed[0].Condition, { StringEquals: { "aws:SourceArn": outputs.arn } });
    }
  });

  it("protects zone, distribution, site and logs", () => {
    for (const type of ["aws:route53/zone:Zone", distribution, "aws:s3/bucket:Bucket"]) {
      for (const { name, protect } of subject.graph.ofType(type)) assert.equal(protect, true, name);
    }
    for (const { name } of subject.graph.ofType("aws:s3/bucket:Bucket"))
      assertInputs(subject.graph, "aws:s3/bucket:Bucket", name, { forceDestroy: false });
  });

  it("has certificate, firewall and logs in us-east-1, and the standby copy of the site elsewhere", () => {
    const regions = Object.fromEntries(subject.graph.resources.map(({ name, region }) => [name, region]));
    for (const name of [
      "certificate",
      "certificate-validation",
      "firewall-acl",
      "firewall-logs",
      "firewall-logging",
      "access-log-source",
    ]) {
      assert.equal(regions[`edge-${name}`], "us-east-1", name);
    }
    assert.equal(regions["edge-site-bucket"], "us-east-1");
    assert.equal(regions["edge-site-standby-bucket"], "us-west-2");
    assert.equal(regions["edge-site-standby-policy"], "us-west-2");
  });

  it("checks one record for the domain and every host below it, and lets no other authority issue certificates", () => {
    assertInputs(subject.graph, "aws:acm/certificate:Certificate", "edge-certificate", {
      domainName: "exchange.example",
      subjectAlternativeNames: ["*.exchange.example"],
      validationMethod: "DNS",
    });
    assertInputs(subject.graph, record, "edge-certificate-authority", {
      type: "CAA",
      records: ['0 issue "amazon.com"', '0 issuewild "amazon.com"'],
    });
  });

  it("leads the domain and its hosts to the distribution over IPv4 and IPv6", () => {
    for (const host of hosts) {
      for (const type of ["A", "AAAA"]) {
        const name = host === "apex" ? "exchange.example" : `${host}.exchange.example`;
        assertInputs(subject.graph, record, `edge-${host}-${type.toLowerCase()}`, { name, type });
      }
    }
    const { aliases } = subject.graph.get(distribution, "edge-distribution").inputs;
    assert.deepEqual(aliases, ["exchange.example", "www.exchange.example", "data-api.exchange.example", "account.exchange.example"]);
  });

  it("logs the firewall without keys and signatures, encrypted, and every request of the distribution", () => {
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "edge-firewall-logs", {
      name: "aws-waf-logs-edge-firewall",
      kmsKeyId: keyRef("log").arn,
      retentionInDays: 90,
    });
    const { redactedFields } = subject.graph.get(
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
      "edge-firewall-logging",
    ).inputs;
    assert.equal((redactedFields as object[]).length, 5);
    assertInputs(subject.graph, "aws:cloudwatch/logDeliverySource:LogDeliverySource", "edge-access-log-source", { logType: "ACCESS_LOGS" });
  });

  it("gives replication no more than reading one bucket and writing the other, on behalf of this account alone", () => {
    assertInputs(subject.graph, "aws:iam/role:Role", "edge-replication-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "s3.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
          },
        ],
      },
    });
    if (!subject.known) return;
    const { Statement } = JSON.parse(String(subject.graph.get("aws:iam/rolePolicy:RolePolicy", "edge-replication-policy").inputs.policy));
    const resources = Statement.map(({ Resource }: { Resource: string }) => Resource);
    assert.deepEqual(resources, [
      "arn:aws:s3:::edge-site-bucket",
      "arn:aws:s3:::edge-site-bucket/*",
      "arn:aws:s3:::edge-site-standby-bucket/*",
    ]);
  });
});

describeComponent("Signing and health of ExchangeEdge", edgeWith(), (subject) => {
  it("signs the zone with a key of us-east-1 that Route 53 may use for this zone alone", () => {
    const key = assertInputs(subject.graph, "aws:kms/key:Key", "edge-dnssec-key", {
      customerMasterKeySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
    });
    assert.equal(key.region, "us-east-1");
    assert.equal(key.protect, true);
    assertInputs(subject.graph, "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec", "edge-dnssec-signed", { signingStatus: "SIGNING" });
    assertInputs(subject.graph, "aws:route53/keySigningKey:KeySigningKey", "edge-dnssec-signing-key", { status: "ACTIVE" });
    if (!subject.known) return;
    const statements: { Principal: { Service?: string }; Condition?: Record<string, Record<string, string>> }[] = JSON.parse(
      String(key.inputs.policy),
    ).Statement;
    const route53 = statements.filter(({ Principal }) => Principal.Service === "dnssec-route53.amazonaws.com");
    assert.equal(route53.length, 2);
    for (const { Condition } of route53) {
      assert.equal(Condition?.StringEquals["aws:SourceAccount"], accountId);
      assert.match(Condition?.ArnEquals["aws:SourceArn"] ?? "", /^arn:aws:route53:::hostedzone\/Z/);
    }
  });

  it("asks each host from outside over TLS, and alarms in us-east-1 when it does not answer or nothing is told", () => {
    for (const host of watched) {
      assertInputs(subject.graph, "aws:route53/healthCheck:HealthCheck", `edge-health-${host}`, {
        type: "HTTPS",
        fqdn: `${host}.exchange.example`,
        port: 443,
        enableSni: true,
        resourcePath: host === "www" ? "/" : "/api/v3/ping",
      });
      const { region } = assertInputs(subject.graph, alarm, `edge-health-${host}-alarm`, {
        namespace: "AWS/Route53",
        metricName: "HealthCheckStatus",
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        treatMissingData: "breaching",
      });
      assert.equal(region, "us-east-1");
    }
  });
});

describe("ExchangeEdge arguments", () => {
  it("leave the zone unsigned where the registrar cannot take the record", async () => {
    const graph = await recordProgram({}, edgeWith({ dnssec: "off" }));
    assert.deepEqual(graph.ofType("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"), []);
  });

  it("reach an account API inside a network by its VPC origin, with the proof all the same", async () => {
    const account = { host: "account-origin.exchange.example", vpcOriginId: "vo_1" };
    const graph = await recordProgram({}, edgeWith({ account }));
    const origins = graph.get(distribution, "edge-distribution").inputs.origins as Record<string, unknown>[];
    const origin = origins.find(({ originId }) => originId === "account")!;
    assert.equal(origin.customOriginConfig, undefined);
    assert.equal((origin.vpcOriginConfig as { vpcOriginId: string }).vpcOriginId, "vo_1");
    assert.equal(behaviours(graph)[2].functionAssociations?.length, 1);
  });

  it("add a watched host without touching the others", async () => {
    const difference = differenceOf(
      await recordProgram({}, edgeWith({ watched: { api: "/api/v3/ping" } })),
      await recordProgram({}, edgeWith({ watched: { api: "/api/v3/ping", docs: "/docs" } })),
    );
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.deepEqual(difference.added.map(({ name }) => name).sort(), ["edge-health-docs", "edge-health-docs-alarm"]);
  });

  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<ExchangeEdgeArgs["transform"]>();
    const graph = await recordProgram({}, edgeWith({ transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("leave the account path out where there is no account API", async () => {
    const graph = await recordProgram({}, edgeWith({ account: undefined }));
    assert.deepEqual(
      behaviours(graph).map(({ pathPattern }) => pathPattern),
      [undefined, "/api/*"],
    );
  });

  const faulty: [what: string, over: Partial<ExchangeEdgeArgs>, paths: string[]][] = [
    ["a domain with a trailing dot", { domain: "exchange.example." }, ["domain"]],
    ["a domain in capitals", { domain: "Exchange.example" }, ["domain"]],
    ["a domain of one label", { domain: "localhost" }, ["domain"]],
    ["one host for both reads", { reads: { host: "a.exchange.example", standbyHost: "a.exchange.example" } }, ["reads.standbyHost"]],
    ["a host that is a URL", { reads: { host: "https://a.example", standbyHost: "b.exchange.example" } }, ["reads.host"]],
    ["an account host that is none", { account: { host: "account origin" } }, ["account.host"]],
    ["DNSSEC that is neither on nor off", { dnssec: "yes" as "on" }, ["dnssec"]],
    ["a watched host with a dot", { watched: { "api.eu": "/" } }, ['watched["api.eu"]']],
    ["a watched path without slash", { watched: { api: "ping" } }, ['watched["api"]']],
    ["an unknown price class", { priceClass: "PriceClass_50" as "PriceClass_100" }, ["priceClass"]],
    ["logs kept for no time", { logRetentionDays: 0 }, ["logRetentionDays"]],
    ["a firewall log kept for a time that CloudWatch does not have", { firewallLogRetentionDays: 91 }, ["firewallLogRetentionDays"]],
    ["a rate below WAF's least", { firewall: { requestsPerAddress: 1 } }, ["firewall.requestsPerAddress"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, async () => {
      await recordProgram({}, () => {
        assertFaults(edgeWith(over), paths);
      });
    });
  }
});

interface Behaviour {
  pathPattern?: string;
  targetOriginId: string;
  viewerProtocolPolicy: string;
  allowedMethods: string[];
  cachePolicyId: string;
  functionAssociations?: { eventType: string; functionArn: string }[];
}

interface OriginGroup {
  originId: string;
  members: { originId: string }[];
}

interface Origin {
  originId: string;
  originAccessControlId?: string;
  customOriginConfig?: { originProtocolPolicy: string; originSslProtocols: string[] };
}

function behaviours(graph: ResourceGraph): Behaviour[] {
  const { defaultCacheBehavior, orderedCacheBehaviors } = graph.get(distribution, "edge-distribution").inputs;
  return [defaultCacheBehavior as Behaviour, ...(orderedCacheBehaviors as Behaviour[])];
}

function namesReferredTo(graph: ResourceGraph, property: string): string[] {
  return graph.referencesOf(graph.get(distribution, "edge-distribution"), property).map(({ name }) => name);
}
