import assert from "node:assert/strict";
import { ExchangeNetwork, type ExchangeNetworkArgs, overlap, parseRange, subnetRange, tiers } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertTagged,
  describeComponent,
  differenceOf,
  probeTransforms,
  type ResourceGraph,
  recordProgram,
  untransformed,
} from "bourse/testing";
import * as fastCheck from "fast-check";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
const zoneIds = ["use1-az1", "use1-az4", "use1-az6"];
const minimal: ExchangeNetworkArgs = { accountId: "123456789012", cidr: "10.0.0.0/16", zoneIds, logKey: { arn: keyArn, keyId: "log" } };

function networkWith(over: Partial<ExchangeNetworkArgs> = {}): () => ExchangeNetwork {
  return () => new ExchangeNetwork("net", { ...minimal, ...over });
}

describeComponent("ExchangeNetwork", networkWith(), (subject) => {
  it("makes a public, a private and a database subnet in each zone, each with its own route table association and ACL", () => {
    const names = tiers.flatMap((tier) => zoneIds.map((zoneId) => `net-${tier}-${zoneId}`));
    const { graph } = subject;
    assert.deepEqual(namesOf(graph, "aws:ec2/subnet:Subnet"), [...names].sort());
    assert.deepEqual(namesOf(graph, "aws:ec2/networkAclAssociation:NetworkAclAssociation"), names.map((name) => `${name}-acl`).sort());
    assert.equal(graph.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation").length, 9);
  });

  it("gives nothing a public address by being launched", () => {
    for (const { name } of subject.graph.ofType("aws:ec2/subnet:Subnet")) {
      assertInputs(subject.graph, "aws:ec2/subnet:Subnet", name, { mapPublicIpOnLaunch: false });
    }
  });

  it("sends the private tier out through a NAT gateway of its own zone", () => {
    assert.deepEqual(
      namesOf(subject.graph, "aws:ec2/natGateway:NatGateway"),
      zoneIds.map((zoneId) => `net-nat-${zoneId}`),
    );
    for (const zoneId of zoneIds) {
      const route = subject.graph.get("aws:ec2/route:Route", `net-private-${zoneId}-nat`);
      assert.deepEqual(
        subject.graph.referencesOf(route, "natGatewayId").map(({ name }) => name),
        [`net-nat-${zoneId}`],
      );
    }
  });

  it("routes only the public tier to the internet gateway, and the database tier nowhere", () => {
    const routes = subject.graph.ofType("aws:ec2/route:Route");
    const tables = routes.map((route) => subject.graph.referencesOf(route, "routeTableId")[0].name);
    assert.deepEqual([...new Set(tables)].sort(), [...zoneIds.map((zoneId) => `net-private-${zoneId}-routes`), "net-public-routes"]);
    assert.deepEqual(
      routes.filter(({ inputs }) => inputs.gatewayId !== undefined).map(({ name }) => name),
      ["net-public-internet"],
    );
  });

  it("admits to the database tier the private tier alone, on the ports of stores", () => {
    const { ingress, egress } = subject.graph.get("aws:ec2/networkAcl:NetworkAcl", "net-database-acl").inputs as Record<string, AclEntry[]>;
    assert.deepEqual([...new Set(ingress.map(({ cidrBlock }) => cidrBlock))], ["10.0.0.0/17", "10.0.160.0/19"]);
    assert.deepEqual(
      ingress.filter(({ cidrBlock }) => cidrBlock === "10.0.0.0/17").map(({ fromPort, toPort }) => [fromPort, toPort]),
      [443, 5432, 5439, 5671, 6379, 9094, 9098, 11211, 61617].map((port) => [port, port]),
    );
    assert.deepEqual([...new Set(egress.map(({ cidrBlock }) => cidrBlock))], ["10.0.0.0/17", "10.0.160.0/19"]);
  });

  it("refuses remote administration from the internet before it admits anything", () => {
    for (const tier of ["public", "private"]) {
      const { ingress } = subject.graph.get("aws:ec2/networkAcl:NetworkAcl", `net-${tier}-acl`).inputs as Record<string, AclEntry[]>;
      const firstAllowed = Math.min(...ingress.filter(({ action }) => action === "allow").map(({ ruleNo }) => ruleNo));
      const denied = ingress.filter(({ action, ruleNo }) => action === "deny" && ruleNo < firstAllowed).map(({ fromPort }) => fromPort);
      assert.deepEqual(denied, [22, 3389]);
    }
  });

  it("closes the security group, the ACL and the route table that AWS makes by default", () => {
    assertInputs(subject.graph, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default-group", { ingress: [], egress: [] });
    assertInputs(subject.graph, "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "net-default-acl", { ingress: [], egress: [] });
    assertInputs(subject.graph, "aws:ec2/defaultRouteTable:DefaultRouteTable", "net-default-routes", { routes: [] });
  });

  it("logs accepted and rejected traffic to an encrypted group that expires", () => {
    assertInputs(subject.graph, "aws:ec2/flowLog:FlowLog", "net-flow-traffic", { trafficType: "ALL", maxAggregationInterval: 60 });
    assertInputs(subject.graph, "aws:cloudwatch/logGroup:LogGroup", "net-flow-group", { kmsKeyId: keyArn, retentionInDays: 90 });
  });

  it("lets the flow log write to its own log group and nowhere else", () => {
    const logGroup = subject.graph.get("aws:cloudwatch/logGroup:LogGroup", "net-flow-group");
    assertInputs(subject.graph, "aws:iam/rolePolicy:RolePolicy", "net-flow-role-writes", {
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: `${logGroup.outputs.arn}:*`,
          },
        ],
      },
    });
    assertInputs(subject.graph, "aws:iam/role:Role", "net-flow-role", {
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "vpc-flow-logs.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: { StringEquals: { "aws:SourceAccount": minimal.accountId } },
          },
        ],
      },
    });
  });

  it("lets each client role reach the network, and the internet over HTTPS alone", () => {
    for (const role of ["engine", "services", "functions"]) {
      const rule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
      assertInputs(subject.graph, rule, `net-${role}-clients-network`, { ipProtocol: "-1", cidrIpv4: "10.0.0.0/16" });
      assertInputs(subject.graph, rule, `net-${role}-clients-https`, {
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: "0.0.0.0/0",
      });
    }
  });

  it("reaches S3 and DynamoDB without leaving the network, from the private and the database tier", () => {
    const associations = namesOf(subject.graph, "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation");
    const tables = ["database", ...zoneIds.map((zoneId) => `private-${zoneId}`)];
    assert.deepEqual(
      associations,
      ["dynamodb", "s3"].flatMap((service) => tables.map((table) => `net-endpoints-${service}-${table}`)).sort(),
    );
  });

  it("opens interface endpoints to the private tier on port 443 alone, and to callers of this account alone", () => {
    assertInputs(subject.graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "net-endpoints-access-clients", {
      cidrIpv4: "10.0.0.0/17",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    assertInputs(subject.graph, "aws:ec2/vpcEndpoint:VpcEndpoint", "net-endpoints-kms", {
      privateDnsEnabled: true,
      policy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OwnPrincipals",
            Effect: "Allow",
            Principal: "*",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalAccount": "123456789012" } },
          },
        ],
      },
    });
  });

  it("protects the network from deletion", () => {
    assert.equal(subject.graph.get("aws:ec2/vpc:Vpc", "net-vpc").protect, true);
  });
});

describe("ExchangeNetwork, as it changes", () => {
  it("replaces and removes nothing when a zone is added, and updates the interface endpoints alone", async () => {
    const before = await recordProgram({}, networkWith());
    for (const wider of [
      ["use1-az5", ...zoneIds],
      [...zoneIds, "use1-az2"],
    ]) {
      const difference = differenceOf(before, await recordProgram({}, networkWith({ zoneIds: wider })));
      assert.deepEqual([difference.replaced, difference.removed], [[], []]);
      assert.deepEqual(
        [...new Set(difference.updated.map(({ after, properties }) => `${after.type} ${properties}`))],
        ["aws:ec2/vpcEndpoint:VpcEndpoint subnetIds"],
      );
      assert.equal(difference.added.filter(({ type }) => type === "aws:ec2/subnet:Subnet").length, 3);
    }
  });

  it("removes only what stands in a zone that is given up", async () => {
    const before = await recordProgram({}, networkWith());
    const difference = differenceOf(before, await recordProgram({}, networkWith({ zoneIds: ["use1-az1", "use1-az6"] })));
    assert.deepEqual(difference.replaced, []);
    assert.deepEqual(
      difference.removed.filter(({ name }) => !name.includes("use1-az4")),
      [],
    );
  });

  it("shares one NAT gateway between all zones when asked to", async () => {
    const graph = await recordProgram({}, networkWith({ nat: "shared" }));
    assert.deepEqual(namesOf(graph, "aws:ec2/natGateway:NatGateway"), ["net-nat-use1-az1"]);
    assert.equal(graph.ofType("aws:ec2/route:Route").filter(({ inputs }) => inputs.natGatewayId !== undefined).length, 3);
  });

  it("leaves the private tier without a way out when asked to", async () => {
    const graph = await recordProgram({}, networkWith({ nat: "none" }));
    assert.deepEqual(namesOf(graph, "aws:ec2/route:Route"), ["net-public-internet"]);
    assert.deepEqual(graph.ofType("aws:ec2/eip:Eip"), []);
    // What no route leads to, no rule admits: S3 and DynamoDB alone, by their endpoints.
    const rules = graph.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
    assert.deepEqual([...new Set(rules.map(({ inputs }) => inputs.cidrIpv4).filter((range) => range !== undefined))], ["10.0.0.0/16"]);
    for (const service of ["s3", "dynamodb"]) {
      const { prefixListId } = graph.get("aws:ec2/vpcEndpoint:VpcEndpoint", `net-endpoints-${service}`).outputs;
      const rule = rules.find(({ name }) => name === `net-services-clients-${service}`);
      assert.deepEqual([rule?.inputs.prefixListId, rule?.inputs.fromPort, rule?.inputs.toPort], [prefixListId, 443, 443]);
    }
  });

  it("gives the public and private tiers IPv6 ranges that do not overlap, and the private tier a way out that admits nothing", async () => {
    const graph = await recordProgram({}, networkWith({ ipv6: true }));
    const blocks = graph.ofType("aws:ec2/subnet:Subnet").flatMap(({ inputs }) => inputs.ipv6CidrBlock ?? []);
    assert.equal(new Set(blocks).size, 6);
    for (const block of blocks) assert.match(String(block), /^2600:1f18:1234:56[0-9a-f]{2}::\/64$/);
    for (const zoneId of zoneIds) {
      const route = graph.get("aws:ec2/route:Route", `net-private-${zoneId}-egress-ipv6`);
      assert.ok(route.inputs.egressOnlyGatewayId);
      assert.equal(graph.get("aws:ec2/subnet:Subnet", `net-database-${zoneId}`).inputs.ipv6CidrBlock, undefined);
    }
  });

  it("admits over IPv6 what it admits over IPv4, and nothing to the database tier", async () => {
    const graph = await recordProgram({}, networkWith({ ipv6: true }));
    const own = graph.get("aws:ec2/vpc:Vpc", "net-vpc").outputs.ipv6CidrBlock;
    const over6 = (tier: string, direction: string) =>
      (graph.get("aws:ec2/networkAcl:NetworkAcl", `net-${tier}-acl`).inputs as Record<string, AclEntry[]>)[direction]
        .filter(({ ipv6CidrBlock }) => ipv6CidrBlock !== undefined)
        .map(({ ruleNo, action, protocol, ipv6CidrBlock, fromPort, toPort }) => [
          ruleNo,
          action,
          protocol,
          ipv6CidrBlock,
          fromPort,
          toPort,
        ]);
    const closed = [
      [20, "deny", "tcp", "::/0", 22, 22],
      [21, "deny", "tcp", "::/0", 3389, 3389],
      [300, "allow", "-1", own, 0, 0],
      [400, "allow", "tcp", "::/0", 1024, 65535],
      [410, "allow", "udp", "::/0", 1024, 65535],
    ];
    assert.deepEqual(over6("private", "ingress"), closed);
    assert.deepEqual(over6("public", "ingress"), [
      ...closed,
      [310, "allow", "tcp", "::/0", 443, 443],
      [311, "allow", "tcp", "::/0", 80, 80],
    ]);
    for (const tier of ["public", "private"]) assert.deepEqual(over6(tier, "egress"), [[300, "allow", "-1", "::/0", 0, 0]]);
    assert.deepEqual([over6("database", "ingress"), over6("database", "egress")], [[], []]);
    const rule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
    for (const role of ["engine", "services", "functions"]) {
      assertInputs(graph, rule, `net-${role}-clients-network-ipv6`, { ipProtocol: "-1", cidrIpv6: own });
      assertInputs(graph, rule, `net-${role}-clients-https-ipv6`, { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv6: "::/0" });
    }
  });

  it("stays within twenty entries an ACL and direction, whatever it is asked for", async () => {
    const ports = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const peers = ports.map((peer) => `10.${peer}.0.0/16`);
    for (const over of [
      { publicPorts: ports, peerCidrs: peers },
      { publicPorts: ports.slice(0, 4), peerCidrs: peers.slice(0, 8), ipv6: true },
    ]) {
      const graph = await recordProgram({}, networkWith(over));
      for (const { inputs } of graph.ofType("aws:ec2/networkAcl:NetworkAcl")) {
        // What AWS denies at the end counts: one entry for each family.
        const fixed = over.ipv6 === true ? 2 : 1;
        for (const direction of ["ingress", "egress"]) assert.ok(((inputs[direction] as AclEntry[]) ?? []).length + fixed <= 20);
      }
    }
  });

  it("is warned of NAT gateways without ports and of endpoints that drop packets", async () => {
    const graph = await recordProgram({}, networkWith({ alarms: { topicArn: "arn:topic" } }));
    assertInputs(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "net-nat-use1-az4-ports-alarm", {
      metricName: "ErrorPortAllocation",
      dimensions: { NatGatewayId: graph.get("aws:ec2/natGateway:NatGateway", "net-nat-use1-az4").id },
      threshold: 0,
      alarmActions: ["arn:topic"],
    });
    assertInputs(graph, "aws:cloudwatch/metricAlarm:MetricAlarm", "net-endpoints-kms-drops-alarm", {
      metricName: "PacketsDropped",
      dimensions: {
        "VPC Id": graph.get("aws:ec2/vpc:Vpc", "net-vpc").id,
        "VPC Endpoint Id": graph.get("aws:ec2/vpcEndpoint:VpcEndpoint", "net-endpoints-kms").id,
        "Endpoint Type": "Interface",
        "Service Name": "com.amazonaws.us-east-1.kms",
      },
      alarmActions: ["arn:topic"],
    });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<ExchangeNetworkArgs["transform"]>();
    const graph = await recordProgram({}, networkWith({ ipv6: true, transform: probe.transform }));
    assert.deepEqual(untransformed(graph, probe), []);
  });

  it("puts the caller's tags on everything", async () => {
    const graph = await recordProgram({}, networkWith({ tags: { team: "markets" } }));
    assertTagged(graph, ["Name", "bourse:component", "team"]);
  });
});

describe("ExchangeNetwork refuses", () => {
  const cases: [string, Partial<ExchangeNetworkArgs>, string[]][] = [
    ["text that is no range", { cidr: "10.0.0.0" }, ["cidr"]],
    ["a range that starts within another", { cidr: "10.0.1.0/16" }, ["cidr"]],
    ["an octet above 255", { cidr: "10.256.0.0/16" }, ["cidr"]],
    ["a range larger than a VPC can be", { cidr: "10.0.0.0/8" }, ["cidr"]],
    ["a range too small for three tiers", { cidr: "10.0.0.0/24" }, ["cidr"]],
    ["a single zone", { zoneIds: ["use1-az1"] }, ["zoneIds"]],
    ["no zone", { zoneIds: [] }, ["zoneIds"]],
    ["a zone name", { zoneIds: ["us-east-1a", "use1-az2"] }, ["zoneIds[0]"]],
    ["a local zone", { zoneIds: ["use1-az1", "use1-bos1-az1"] }, ["zoneIds[1]"]],
    ["a zone twice", { zoneIds: ["use1-az1", "use1-az1"] }, ["zoneIds[1]"]],
    ["zones of two regions", { zoneIds: ["use1-az1", "euw1-az2"] }, ["zoneIds[1]"]],
    ["an unknown kind of NAT", { nat: "instance" as "zone" }, ["nat"]],
    ["SSH from the internet", { publicPorts: [443, 22] }, ["publicPorts[1]"]],
    ["a port that is open anyway", { publicPorts: [9443] }, ["publicPorts[0]"]],
    ["a port twice", { publicPorts: [443, 443] }, ["publicPorts[1]"]],
    ["more ports than the ACL holds", { publicPorts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }, ["publicPorts"]],
    ["more ports than a dual-stack ACL holds", { ipv6: true, publicPorts: [1, 2, 3, 4, 5] }, ["publicPorts"]],
    [
      "more peers than a dual-stack ACL holds",
      { ipv6: true, peerCidrs: Array.from({ length: 9 }, (_, peer) => `10.${peer + 1}.0.0/16`) },
      ["peerCidrs"],
    ],
    ["a peer that overlaps", { peerCidrs: ["10.0.128.0/20"] }, ["peerCidrs[0]"]],
    ["peers that overlap one another", { peerCidrs: ["10.1.0.0/16", "10.1.2.0/24"] }, ["peerCidrs[1]"]],
    ["a peer that is no range", { peerCidrs: ["peer"] }, ["peerCidrs[0]"]],
    ["more peers than the ACL holds", { peerCidrs: Array.from({ length: 11 }, (_, peer) => `10.${peer + 1}.0.0/16`) }, ["peerCidrs"]],
    ["a whole service name as endpoint", { endpoints: { interfaces: ["com.amazonaws.us-east-1.kms"] } }, ["endpoints.interfaces[0]"]],
    ["a paid endpoint to S3", { endpoints: { interfaces: ["kms", "s3"] } }, ["endpoints.interfaces[1]"]],
    ["an endpoint twice", { endpoints: { interfaces: ["kms", "kms"] } }, ["endpoints.interfaces[1]"]],
    ["a retention that CloudWatch does not know", { flowLogDays: 100 }, ["flowLogDays"]],
    [
      "several at once",
      { cidr: "x", zoneIds: ["a"], nat: "y" as "zone", flowLogDays: 2 },
      ["cidr", "zoneIds", "zoneIds[0]", "nat", "flowLogDays"],
    ],
  ];
  for (const [what, over, paths] of cases) {
    it(what, () => {
      const reasons = assertFaults(networkWith(over), paths);
      for (const reason of Object.values(reasons)) assert.match(reason, /^given .+; allowed: .+; fix: .+$/);
    });
  }
});

describe("The address plan", () => {
  it("gives subnets that lie within the network and never overlap, for every network and any zones", () => {
    const network = fastCheck
      .record({ prefix: fastCheck.integer({ min: 16, max: 20 }), place: fastCheck.integer({ min: 0, max: 0xffff }) })
      .map(({ prefix, place }) => ({ prefix, first: Math.floor((place * 2 ** 16) / 2 ** (32 - prefix)) * 2 ** (32 - prefix) }));
    fastCheck.assert(
      fastCheck.property(network, (range) => {
        const subnets = tiers.flatMap((tier) => [1, 2, 3, 4, 5, 6, 7, 8].map((zone) => subnetRange(range, tier, `use1-az${zone}`)));
        subnets.forEach((subnet, index) => {
          assert.ok(subnet.first >= range.first && subnet.first + 2 ** (32 - subnet.prefix) <= range.first + 2 ** (32 - range.prefix));
          assert.ok(subnet.prefix <= 28, "AWS allows no subnet smaller than /28");
          assert.deepEqual(
            subnets.slice(index + 1).filter((other) => overlap(subnet, other)),
            [],
          );
        });
      }),
    );
  });

  it("reads CIDR notation strictly", () => {
    assert.deepEqual(parseRange("10.1.0.0/16"), { first: 10 * 2 ** 24 + 2 ** 16, prefix: 16 });
    for (const text of ["10.0.0.0/33", "10.0.0/16", "10.0.0.1/16", "10.0.0.0/", "0x0a.0.0.0/8", " 10.0.0.0/16"])
      assert.equal(parseRange(text), undefined, text);
  });
});

interface AclEntry {
  ruleNo: number;
  action: string;
  protocol: string;
  cidrBlock: string;
  ipv6CidrBlock?: string;
  fromPort: number;
  toPort: number;
}

function namesOf(graph: ResourceGraph, type: string): string[] {
  return graph
    .ofType(type)
    .map(({ name }) => name)
    .sort();
}
