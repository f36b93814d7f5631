/** Network paths: every wall on the way counts, and widening any one of them shows. */

import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { recordProgram } from "../../plan";
import { commonPorts, merged, rangeOf, shownPorts, without } from "../../plan/paths/addresses";
import { pathReport } from "../../plan/paths/reach";

/** One hole in the walls of {@link network}, to see that it is found. */
interface Hole {
  /** The database's group admits the whole network instead of the services. */
  wideGroup?: boolean;
  /** The load balancer's group lets everything out. */
  openEgress?: boolean;
  /** The database's subnet routes to the internet gateway. */
  publicRoute?: boolean;
  /** The database has a public address. */
  publicAddress?: boolean;
  /** The database's group admits the world. */
  worldRule?: boolean;
  /** The database's ACL keeps its doors shut to the services. */
  closedAcl?: boolean;
  /** The ACL lets no answer out. */
  noAnswer?: boolean;
}

/** A load balancer in a public subnet, an instance for services in a private one, a database (an instance too) in an isolated one. */
function network(hole: Hole): void {
  const vpc = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
  const internet = new aws.ec2.InternetGateway("net-internet", { vpcId: vpc.id });
  const subnet = (name: string, cidrBlock: string) => new aws.ec2.Subnet(name, { vpcId: vpc.id, cidrBlock });
  const [front, middle, back] = [subnet("front", "10.0.0.0/24"), subnet("middle", "10.0.1.0/24"), subnet("back", "10.0.2.0/24")];
  const route = (name: string, to: aws.ec2.Subnet) => {
    const table = new aws.ec2.RouteTable(`${name}-table`, { vpcId: vpc.id, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: internet.id }] });
    new aws.ec2.RouteTableAssociation(`${name}-association`, { subnetId: to.id, routeTableId: table.id });
  };
  route("public", front);
  if (hole.publicRoute) route("leak", back);

  const group = (name: string) => new aws.ec2.SecurityGroup(name, { vpcId: vpc.id });
  const [door, services, vault] = [group("door"), group("services"), group("vault")];
  const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
  new aws.vpc.SecurityGroupIngressRule("door-world", { securityGroupId: door.id, ...tcp(443), cidrIpv4: "0.0.0.0/0" });
  if (hole.openEgress)
    new aws.vpc.SecurityGroupEgressRule("door-out", { securityGroupId: door.id, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" });
  else
    new aws.vpc.SecurityGroupEgressRule("door-services", {
      securityGroupId: door.id,
      ...tcp(8443),
      referencedSecurityGroupId: services.id,
    });
  new aws.vpc.SecurityGroupIngressRule("services-door", { securityGroupId: services.id, ...tcp(8443), referencedSecurityGroupId: door.id });
  new aws.vpc.SecurityGroupEgressRule("services-vault", {
    securityGroupId: services.id,
    ...tcp(5432),
    referencedSecurityGroupId: vault.id,
  });
  new aws.vpc.SecurityGroupIngressRule("vault-services", {
    securityGroupId: vault.id,
    ...tcp(5432),
    ...(hole.wideGroup ? { cidrIpv4: "10.0.0.0/16" } : { referencedSecurityGroupId: services.id }),
  });
  if (hole.worldRule)
    new aws.vpc.SecurityGroupIngressRule("vault-world", { securityGroupId: vault.id, ...tcp(5432), cidrIpv4: "0.0.0.0/0" });

  const allow = (port: number, to: number, cidrBlock: string) => ({
    protocol: "tcp",
    fromPort: port,
    toPort: to,
    cidrBlock,
    action: "allow",
    ruleNo: 100,
  });
  new aws.ec2.NetworkAcl("back-acl", {
    vpcId: vpc.id,
    subnetIds: [back.id],
    ingress: [
      hole.publicRoute || hole.wideGroup
        ? allow(0, 65_535, "0.0.0.0/0")
        : allow(hole.closedAcl ? 6379 : 5432, hole.closedAcl ? 6379 : 5432, "10.0.1.0/24"),
    ],
    egress: hole.noAnswer ? [] : [allow(1_024, 65_535, "0.0.0.0/0")],
  });

  new aws.lb.LoadBalancer("balancer", { loadBalancerType: "network", subnets: [front.id], securityGroups: [door.id] });
  const machine = (name: string, subnetId: aws.ec2.Subnet, own: aws.ec2.SecurityGroup, associatePublicIpAddress = false) =>
    new aws.ec2.Instance(name, {
      ami: "ami-1",
      instanceType: "m7i.large",
      subnetId: subnetId.id,
      vpcSecurityGroupIds: [own.id],
      associatePublicIpAddress,
    });
  machine("gateway", middle, services);
  machine("database", back, vault, hole.publicAddress);
}

async function pathsWith(hole: Hole): Promise<string[]> {
  const graph = await recordProgram({}, () => network(hole));
  // Two rules may let one connection in.
  return [...new Set(pathReport(graph).paths.map((path) => `${path.from} -> ${path.to} ${path.protocol} ${path.ports}`))];
}

const intended = ["internet -> balancer tcp 443", "gateway -> database tcp 5432", "balancer -> gateway tcp 8443"];

describe("network paths", () => {
  it("are those that the rules intend, and no others", async () => {
    assert.deepEqual(await pathsWith({}), intended);
  });

  const holes: [what: string, hole: Hole, adds: string][] = [
    [
      "a database group opened to the network, with a load balancer that may send anything",
      { wideGroup: true, openEgress: true },
      "balancer -> database tcp 5432",
    ],
    [
      "a public route, a public address and a world rule together",
      { publicRoute: true, publicAddress: true, worldRule: true },
      "internet -> database tcp 5432",
    ],
  ];
  for (const [what, hole, adds] of holes) {
    it(`show ${what}`, async () => {
      const found = await pathsWith(hole);
      assert.deepEqual(
        found.filter((path) => !intended.includes(path)),
        [adds],
      );
    });
  }

  const held: [what: string, hole: Hole][] = [
    ["the database's group, when the load balancer may send anything", { openEgress: true }],
    ["the load balancer's egress, when the database admits the network", { wideGroup: true }],
    ["the missing public address", { publicRoute: true, worldRule: true }],
    ["the missing route", { publicAddress: true, worldRule: true }],
    ["the group, when route and address are public", { publicRoute: true, publicAddress: true }],
  ];
  for (const [what, hole] of held) {
    it(`are held by ${what}`, async () => {
      assert.deepEqual(await pathsWith(hole), intended);
    });
  }

  it("end at a network ACL that admits another port, or lets no answer out", async () => {
    const without = intended.filter((path) => !path.includes("database"));
    assert.deepEqual(await pathsWith({ closedAcl: true }), without);
    assert.deepEqual(await pathsWith({ noAnswer: true }), without);
  });

  it("start at the public endpoint of a Kubernetes API, whatever its subnets", async () => {
    const cluster = (endpointPublicAccess: boolean) => () =>
      void new aws.eks.Cluster("trading", {
        roleArn: "r",
        vpcConfig: { subnetIds: [], endpointPublicAccess, publicAccessCidrs: ["198.51.100.0/24"] },
      });
    const open = pathReport(await recordProgram({}, cluster(true))).paths;
    assert.deepEqual(
      open.map((path) => [path.from, path.to, path.via]),
      [["internet", "trading", "public endpoint for 198.51.100.0/24"]],
    );
    assert.deepEqual(pathReport(await recordProgram({}, cluster(false))).paths, []);
  });
});

describe("network ACL entries", () => {
  /** Ports that the ACL with these entries lets in from everywhere to a database that everybody may call. */
  async function portsWith(entries: { action: string; from: number; to: number; cidr?: string }[]): Promise<string[]> {
    const graph = await recordProgram({}, () => {
      const vpc = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
      const internet = new aws.ec2.InternetGateway("net-internet", { vpcId: vpc.id });
      const subnet = new aws.ec2.Subnet("front", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
      const table = new aws.ec2.RouteTable("table", { vpcId: vpc.id });
      new aws.ec2.Route("out", { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet.id });
      new aws.ec2.RouteTableAssociation("association", { subnetId: subnet.id, routeTableId: table.id });
      const group = new aws.ec2.SecurityGroup("group", {
        vpcId: vpc.id,
        ingress: [{ protocol: "tcp", fromPort: 0, toPort: 65_535, cidrBlocks: ["0.0.0.0/0"] }],
      });
      const acl = new aws.ec2.NetworkAcl("acl", { vpcId: vpc.id });
      entries.forEach(({ action, from, to, cidr }, index) => {
        const rule = {
          networkAclId: acl.id,
          ruleNumber: 10 * (index + 1),
          protocol: "tcp",
          ruleAction: action,
          fromPort: from,
          toPort: to,
        };
        new aws.ec2.NetworkAclRule(`in-${index}`, { ...rule, cidrBlock: cidr ?? "0.0.0.0/0" });
      });
      new aws.ec2.NetworkAclRule("answers", {
        networkAclId: acl.id,
        ruleNumber: 10,
        egress: true,
        protocol: "-1",
        ruleAction: "allow",
        cidrBlock: "0.0.0.0/0",
      });
      new aws.ec2.NetworkAclAssociation("acl-association", { networkAclId: acl.id, subnetId: subnet.id });
      new aws.lb.LoadBalancer("balancer", { subnets: [subnet.id], securityGroups: [group.id] });
    });
    return pathReport(graph).paths.map((path) => path.ports);
  }

  it("decide in the order of their numbers", async () => {
    assert.deepEqual(
      await portsWith([
        { action: "deny", from: 22, to: 22 },
        { action: "allow", from: 20, to: 30 },
      ]),
      ["20-21, 23-30"],
    );
    assert.deepEqual(
      await portsWith([
        { action: "allow", from: 20, to: 30 },
        { action: "deny", from: 22, to: 22 },
      ]),
      ["20-30"],
    );
  });

  it("deny all that none allows", async () => {
    assert.deepEqual(await portsWith([]), []);
  });

  it("deny only what they wholly cover, so that no path is missed", async () => {
    const entries = [
      { action: "deny", from: 443, to: 443, cidr: "198.51.100.0/24" },
      { action: "allow", from: 443, to: 443 },
    ];
    assert.deepEqual(await portsWith(entries), ["443"]);
  });
});

describe("address and port ranges", () => {
  it("are read from IPv4 ranges only", () => {
    assert.deepEqual(rangeOf("10.0.0.0/8"), { family: 4, first: 167_772_160n, last: 184_549_375n });
    assert.deepEqual(rangeOf("10.0.0.9/30"), { family: 4, first: 167_772_168n, last: 167_772_171n });
    assert.deepEqual(rangeOf("::/0"), { family: 6, first: 0n, last: 2n ** 128n - 1n });
    assert.deepEqual(rangeOf("2600:1f18::5/126"), { family: 6, first: (0x26001f18n << 96n) + 4n, last: (0x26001f18n << 96n) + 7n });
    assert.deepEqual(rangeOf("::ffff:10.0.0.0/112"), { family: 6, first: 0xffff0a000000n, last: 0xffff0a00ffffn });
    for (const bad of ["10.0.0.0", "10.0.0.0/33", "300.0.0.0/8", "::/129", "1:2:3/64", undefined, 7]) assert.equal(rangeOf(bad), undefined);
  });

  it("merge, meet and part", () => {
    assert.deepEqual(
      merged([
        [5, 9],
        [1, 3],
        [4, 6],
        [20, 21],
      ]),
      [
        [1, 9],
        [20, 21],
      ],
    );
    assert.deepEqual(
      commonPorts(
        [
          [1, 10],
          [20, 30],
        ],
        [[5, 25]],
      ),
      [
        [5, 10],
        [20, 25],
      ],
    );
    assert.deepEqual(without([[1, 10]], [4, 6]), [
      [1, 3],
      [7, 10],
    ]);
    assert.equal(
      shownPorts([
        [443, 443],
        [8_080, 8_090],
      ]),
      "443, 8080-8090",
    );
    assert.equal(shownPorts([[0, 65_535]]), "all");
  });
});
