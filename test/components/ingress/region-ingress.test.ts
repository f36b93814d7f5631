import assert from "node:assert/strict";
import { catalog, RegionIngress, type RegionIngressArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  differenceOf,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";
import { accountId, keyRef, network, zoneIds } from "../references";

const loadBalancer = "aws:lb/loadBalancer:LoadBalancer";
const listener = "aws:lb/listener:Listener";
const targetGroup = "aws:lb/targetGroup:TargetGroup";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const record = "aws:route53/record:Record";

const minimal: RegionIngressArgs = {
  network,
  region: "us-east-1",
  accountId,
  zone: { zoneId: "Z1", domain: "exchange.example" },
  targetSecurityGroupId: "sg-pods",
  logKey: keyRef("log"),
};

function ingressWith(over: Partial<RegionIngressArgs> = {}): () => RegionIngress {
  return () => new RegionIngress("entry", { ...minimal, ...over });
}

const hosts = ["api", "ws-api", "stream", "binary", "reads", "reads-standby"];

describeComponent("RegionIngress", ingressWith(), (subject) => {
  it("makes a load balancer for sockets and one for the REST API with a firewall, a certificate, target groups, listeners, a log bucket and host records, and nothing else", () => {
    assertResources(subject.graph, {
      [loadBalancer]: ["entry-rest-alb", "entry-sockets"],
      [listener]: ["entry-binary-listener", "entry-gateway-listener", "entry-rest-listener"],
      [targetGroup]: ["entry-binary", "entry-gateway", "entry-rest-pods"],
      "aws:wafv2/webAcl:WebAcl": ["entry-rest-firewall-acl"],
      "aws:wafv2/webAclAssociation:WebAclAssociation": ["entry-rest-guard"],
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ["entry-rest-firewall-logging"],
      "aws:cloudwatch/logGroup:LogGroup": ["entry-rest-firewall-logs"],
      "aws:ec2/securityGroup:SecurityGroup": ["entry-access", "entry-rest-access"],
      [ingressRule]: [
        "entry-binary-from-0.0.0.0/0",
        "entry-binary-pods",
        "entry-gateway-from-0.0.0.0/0",
        "entry-gateway-pods",
        "entry-rest-clients-from-0.0.0.0/0",
        "entry-rest-clients-pods",
      ],
      [egressRule]: ["entry-binary-to-pods", "entry-gateway-to-pods", "entry-rest-clients-to-pods"],
      "aws:acm/certificate:Certificate": ["entry-certificate"],
      "aws:acm/certificateValidation:CertificateValidation": ["entry-certificate-validation"],
      [record]: hosts.map((host) => `entry-${host}`),
      "aws:s3/bucket:Bucket": ["entry-logs-bucket"],
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["entry-logs-ownership"],
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["entry-logs-public-access"],
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["entry-logs-encryption"],
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["entry-logs-lifecycle"],
      "aws:s3/bucketPolicy:BucketPolicy": ["entry-logs-policy"],
    });
  });

  it("has a security group from birth, keeps traffic in its zone, logs and cannot be deleted by accident", () => {
    const resource = assertInputs(subject.graph, loadBalancer, "entry-sockets", {
      loadBalancerType: "network",
      internal: false,
      subnets: zoneIds.map((zoneId) => `subnet-public-${zoneId}`),
      enableCrossZoneLoadBalancing: false,
      enableZonalShift: true,
      enableDeletionProtection: true,
    });
    assert.deepEqual(
      subject.graph.referencesOf(resource, "securityGroups").map(({ name }) => name),
      ["entry-access"],
    );
    assert.deepEqual(
      subject.graph.referencesOf(resource, "accessLogs").map(({ name }) => name),
      ["entry-logs-bucket"],
    );
    assert.equal((resource.inputs.accessLogs as { enabled: boolean }).enabled, true);
    assert.equal(resource.protect, true);
  });

  it("ends TLS 1.2 or newer with the certificate of the domain, and starts TLS again to the pods", () => {
    const resource = assertInputs(subject.graph, listener, "entry-gateway-listener", {
      protocol: "TLS",
      port: 443,
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    });
    assert.deepEqual(
      subject.graph.referencesOf(resource, "certificateArn").map(({ name }) => name),
      ["entry-certificate-validation"],
    );
    assertInputs(subject.graph, targetGroup, "entry-gateway", {
      protocol: "TLS",
      port: 8443,
      targetType: "ip",
      preserveClientIp: "true",
      healthCheck: {
        enabled: true,
        protocol: "HTTPS",
        path: "/api/v3/ping",
        port: "traffic-port",
        interval: 10,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        matcher: "200",
      },
    });
  });

  it("takes binary orders over TLS 1.3 alone on a port of their own, and asks the gateway's HTTP port whether a pod is healthy", () => {
    assertInputs(subject.graph, listener, "entry-binary-listener", {
      protocol: "TLS",
      port: 9443,
      sslPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06",
    });
    const { inputs } = assertInputs(subject.graph, targetGroup, "entry-binary", {
      protocol: "TLS",
      port: catalog.gateway.listeners?.binary,
      preserveClientIp: "true",
    });
    const { protocol, port, path } = inputs.healthCheck as Record<string, unknown>;
    assert.deepEqual([protocol, port, path], ["HTTPS", String(catalog.gateway.port), "/api/v3/ping"]);
  });

  it("leaves the certificate's record to the global stack, so that no region can delete it from under another", () => {
    assertInputs(subject.graph, "aws:acm/certificate:Certificate", "entry-certificate", {
      domainName: "exchange.example",
      subjectAlternativeNames: ["*.exchange.example"],
      validationMethod: "DNS",
    });
    assert.deepEqual(
      subject.graph.ofType(record).filter(({ inputs }) => inputs.type !== "A"),
      [],
    );
  });

  it("opens the listener's port to clients and the pods' port between load balancer and pods, and nothing wider", () => {
    const rules = [...subject.graph.ofType(ingressRule), ...subject.graph.ofType(egressRule)].map(({ name, inputs }) => [
      name,
      inputs.cidrIpv4 ?? "group",
      inputs.ipProtocol,
      inputs.fromPort,
      inputs.toPort,
    ]);
    assert.deepEqual(rules.sort(), [
      ["entry-binary-from-0.0.0.0/0", "0.0.0.0/0", "tcp", 9443, 9443],
      ["entry-binary-pods", "group", "tcp", 9443, 9443],
      ["entry-binary-to-pods", "group", "tcp", 9443, 9443],
      ["entry-gateway-from-0.0.0.0/0", "0.0.0.0/0", "tcp", 443, 443],
      ["entry-gateway-pods", "group", "tcp", 8443, 8443],
      ["entry-gateway-to-pods", "group", "tcp", 8443, 8443],
      ["entry-rest-clients-from-0.0.0.0/0", "0.0.0.0/0", "tcp", 443, 443],
      ["entry-rest-clients-pods", "group", "tcp", 8443, 8443],
      ["entry-rest-clients-to-pods", "group", "tcp", 8443, 8443],
    ]);
    assertInputs(subject.graph, ingressRule, "entry-gateway-pods", { securityGroupId: "sg-pods" });
    assertInputs(subject.graph, egressRule, "entry-gateway-to-pods", { referencedSecurityGroupId: "sg-pods" });
  });

  it("puts the REST API behind a firewall that logs, refuses malformed requests, and speaks TLS to both sides", () => {
    const resource = assertInputs(subject.graph, loadBalancer, "entry-rest-alb", {
      loadBalancerType: "application",
      desyncMitigationMode: "strictest",
      dropInvalidHeaderFields: true,
      enableDeletionProtection: true,
    });
    assert.equal(resource.protect, true);
    const guard = subject.graph.get("aws:wafv2/webAclAssociation:WebAclAssociation", "entry-rest-guard");
    assert.deepEqual(
      subject.graph.referencesOf(guard, "resourceArn").map(({ name }) => name),
      ["entry-rest-alb"],
    );
    assert.deepEqual(
      subject.graph.referencesOf(guard, "webAclArn").map(({ name }) => name),
      ["entry-rest-firewall-acl"],
    );
    assertInputs(subject.graph, "aws:wafv2/webAcl:WebAcl", "entry-rest-firewall-acl", { scope: "REGIONAL" });
    assertInputs(subject.graph, targetGroup, "entry-rest-pods", { protocol: "HTTPS", port: 8443, targetType: "ip" });
    const { inputs } = assertInputs(subject.graph, listener, "entry-rest-listener", {
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      routingHttpResponseServerEnabled: false,
    });
    assert.match(String(inputs.routingHttpResponseStrictTransportSecurityHeaderValue), /^max-age=63072000/);
  });

  it("leads the REST API and CloudFront's reads to the one load balancer, and sockets to the other", () => {
    for (const host of hosts) {
      const [balancer] = subject.graph.referencesOf(subject.graph.get(record, `entry-${host}`), "aliases");
      assert.equal(balancer.name, ["ws-api", "stream", "binary"].includes(host) ? "entry-sockets" : "entry-rest-alb", host);
    }
  });

  it("leads each host to the nearest region with healthy pods", () => {
    for (const host of hosts) {
      const { inputs } = assertInputs(subject.graph, record, `entry-${host}`, {
        zoneId: "Z1",
        name: `${host}.exchange.example`,
        type: "A",
        setIdentifier: "us-east-1",
        latencyRoutingPolicies: [{ region: "us-east-1" }],
      });
      assert.equal((inputs.aliases as { evaluateTargetHealth: boolean }[])[0].evaluateTargetHealth, true);
    }
  });

  it("keeps access logs private, encrypted, a year, and takes them over TLS from this account's load balancers alone", () => {
    assertInputs(subject.graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "entry-logs-public-access", {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    assertInputs(
      subject.graph,
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "entry-logs-encryption",
      { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    );
    if (!subject.known) return;
    const policy = JSON.parse(String(subject.graph.get("aws:s3/bucketPolicy:BucketPolicy", "entry-logs-policy").inputs.policy));
    const [tls, ...writers] = policy.Statement as { Effect: string; Condition: object; Principal: { Service: string } }[];
    assert.deepEqual([tls.Effect, tls.Condition], ["Deny", { Bool: { "aws:SecureTransport": "false" } }]);
    for (const writer of writers) assert.ok(JSON.stringify(writer.Condition).includes(accountId), writer.Principal.Service);
  });
});

describe("RegionIngress arguments", () => {
  it("reach every child through transform hooks", async () => {
    const probe = probeTransforms<RegionIngressArgs["transform"]>();
    const acceleratorListenerArns = { rest: "arn:rest" };
    const graph = await recordProgram({}, ingressWith({ transform: probe.transform, acceleratorListenerArns }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("use a certificate that exists instead of one of their own", async () => {
    const certificateArn = `arn:aws:acm:us-east-1:${accountId}:certificate/own`;
    const graph = await recordProgram({}, ingressWith({ certificateArn }));
    assert.deepEqual(graph.ofType("aws:acm/certificate:Certificate"), []);
    assertInputs(graph, listener, "entry-gateway-listener", { certificateArn });
  });

  it("admit the listed clients alone", async () => {
    const graph = await recordProgram({}, ingressWith({ clientCidrs: ["198.51.100.0/24"] }));
    assertInputs(graph, ingressRule, "entry-gateway-from-198.51.100.0/24", { cidrIpv4: "198.51.100.0/24" });
    const ranges = graph.ofType(ingressRule).flatMap(({ inputs }) => inputs.cidrIpv4 ?? []);
    assert.deepEqual(ranges, Array(3).fill("198.51.100.0/24"));
  });

  it("take the REST API on the network load balancer where its latency counts more than a firewall", async () => {
    const graph = await recordProgram({}, ingressWith({ rest: "network" }));
    assert.deepEqual(
      graph.ofType(loadBalancer).map(({ name }) => name),
      ["entry-sockets"],
    );
    const [balancer] = graph.referencesOf(graph.get(record, "entry-api"), "aliases");
    assert.equal(balancer.name, "entry-sockets");
  });

  it("join the accelerators with the region's load balancers, keep client addresses, and leave them their hosts", async () => {
    const acceleratorListenerArns = { rest: "arn:rest", sockets: "arn:sockets" };
    const graph = await recordProgram({}, ingressWith({ acceleratorListenerArns, trafficDial: 25 }));
    const endpoints = "aws:globalaccelerator/endpointGroup:EndpointGroup";
    for (const [kind, balancer] of [
      ["rest", "entry-rest-alb"],
      ["sockets", "entry-sockets"],
    ]) {
      const group = assertInputs(graph, endpoints, `entry-${kind}-endpoints`, {
        listenerArn: `arn:${kind}`,
        endpointGroupRegion: "us-east-1",
        trafficDialPercentage: 25,
      });
      assert.deepEqual(
        graph.referencesOf(group, "endpointConfigurations").map(({ name }) => name),
        [balancer],
      );
      const [{ clientIpPreservationEnabled }] = group.inputs.endpointConfigurations as { clientIpPreservationEnabled: boolean }[];
      assert.equal(clientIpPreservationEnabled, true);
    }
    assert.deepEqual(
      graph
        .ofType(record)
        .map(({ name }) => name)
        .sort(),
      ["entry-reads", "entry-reads-standby"],
    );
  });

  it("add a listener without touching the others", async () => {
    const gateway = { port: 443, targetPort: 8443, healthPath: "/api/v3/ping" };
    const orders = { port: 9443, targetPort: 9444, healthPath: "/ready" };
    const before = await recordProgram({}, ingressWith({ listeners: { gateway } }));
    const difference = differenceOf(before, await recordProgram({}, ingressWith({ listeners: { gateway, orders } })));
    assert.deepEqual([difference.removed, difference.replaced, difference.updated].flat(), []);
    assert.equal(difference.added.length, 5);
  });

  const listeners = { port: 443, targetPort: 8443, healthPath: "/" };
  const faulty: [what: string, over: Partial<RegionIngressArgs>, paths: string[]][] = [
    ["a region that is none", { region: "us-east1" }, ["region"]],
    ["one zone", { zoneIds: ["use1-az1"] }, ["zoneIds"]],
    ["a zone without public subnet", { zoneIds: ["use1-az1", "use1-az9"] }, ["zoneIds[1]"]],
    ["no listener", { listeners: {} }, ["listeners"]],
    ["a port above 65535", { listeners: { a: { ...listeners, port: 65536 } } }, ['listeners["a"].port']],
    ["a port that is a fraction", { listeners: { a: { ...listeners, targetPort: 80.5 } } }, ['listeners["a"].targetPort']],
    ["one port twice", { listeners: { a: listeners, b: listeners } }, ['listeners["b"].port']],
    ["a health path without slash", { listeners: { a: { ...listeners, healthPath: "ping" } } }, ['listeners["a"].healthPath']],
    [
      "health asked on a port that no listener opens",
      { listeners: { a: { ...listeners, healthPort: 9000 } } },
      ['listeners["a"].healthPort'],
    ],
    ["TLS that is too old", { listeners: { a: { ...listeners, oldestTls: "1.1" as never } } }, ['listeners["a"].oldestTls']],
    ["a listener named in capitals", { listeners: { A: listeners } }, ['listeners["A"]']],
    [
      "a listener's name too long for a target group",
      { listeners: { abcdefghijklmnopqrst: listeners } },
      ['listeners["abcdefghijklmnopqrst"]'],
    ],
    ["nobody who may connect", { clientCidrs: [] }, ["clientCidrs"]],
    ["a range that is none", { clientCidrs: ["everyone"] }, ["clientCidrs[0]"]],
    ["a certificate that is none", { certificateArn: "arn:aws:iam::1:server-certificate/x" }, ["certificateArn"]],
    ["a domain with a trailing dot", { zone: { zoneId: "Z1", domain: "exchange.example." } }, ["zone.domain"]],
    ["a dial above a hundred", { trafficDial: 101 }, ["trafficDial"]],
    ["an accelerator that does not exist", { acceleratorListenerArns: { web: "arn" } as never }, ['acceleratorListenerArns["web"]']],
    ["a listener with the REST API's name", { listeners: { rest: listeners } }, ['listeners["rest"]']],
    ["a rate below WAF's least", { firewall: { requestsPerKey: 1 } }, ["firewall.requestsPerKey"]],
    ["a host of two labels", { hosts: ["api.v2"] }, ["hosts[0]"]],
  ];
  for (const [what, over, paths] of faulty) {
    it(`are refused with ${what}`, () => {
      assertFaults(ingressWith(over), paths);
    });
  }

  it("are refused under a name that makes names too long for AWS, saying by how much", () => {
    const reasons = assertFaults(
      () => new RegionIngress("production-us-east-1-ingress", minimal),
      ["name", 'listeners["gateway"]', 'listeners["binary"]'],
    );
    assert.match(reasons.name, /at most 24 characters.*shorten the component's name by 1[0-9]/);
  });
});
