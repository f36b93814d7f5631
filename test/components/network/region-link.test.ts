import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { type HomeNetworkRef, RegionLink, type RegionLinkArgs } from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const minimal: RegionLinkArgs = {
  region: "us-east-1",
  cidr: "10.16.0.0/16",
  vpcId: "vpc-here",
  routeTableIds: { "use1-az1": "rtb-1", "use1-az4": "rtb-4" },
  domain: "exchange.example",
  shardPort: 7400,
};

function linkWith(over: Partial<RegionLinkArgs> = {}): () => RegionLink {
  return () => new RegionLink("link", { ...minimal, ...over });
}

/** A region that joins another. */
function joinedWith(home: Partial<HomeNetworkRef> = {}, over: Partial<RegionLinkArgs> = {}): () => RegionLink {
  return () => {
    const provider = new aws.Provider("home", { region: "us-west-2" });
    const given: HomeNetworkRef = {
      region: "us-west-2",
      cidr: "10.17.0.0/16",
      vpcId: "vpc-home",
      routeTableIds: { "usw2-az1": "rtb-home" },
      zoneId: "ZHOME",
      entranceGroupId: "sg-home",
      provider,
      ...home,
    };
    return linkWith({ home: given, ...over })();
  };
}

describeComponent("RegionLink", linkWith(), (subject) => {
  it("is a private zone of names in the home region, and a group that admits nobody as yet", () => {
    assertResources(subject.graph, { "aws:route53/zone:Zone": ["link-names"], "aws:ec2/securityGroup:SecurityGroup": ["link-entrance"] });
    const zone = assertInputs(subject.graph, "aws:route53/zone:Zone", "link-names", {
      name: "internal.exchange.example",
      vpcs: [{ vpcId: "vpc-here", vpcRegion: "us-east-1" }],
    });
    assert.deepEqual(zone.ignoreChanges, ["vpcs"], "regions that join are not thrown out");
    assertInputs(subject.graph, "aws:ec2/securityGroup:SecurityGroup", "link-entrance", {
      vpcId: "vpc-here",
      ingress: undefined,
      egress: undefined,
    });
  });

  it("hands every child to its transform hook, with a home region too", async () => {
    const probe = probeTransforms<NonNullable<RegionLinkArgs["transform"]>>();
    const { transform } = probe;
    const graph = await recordProgram({}, () => {
      joinedWith({}, { transform })();
      new RegionLink("own", { ...minimal, transform });
    });
    const made = graph.resources.filter(({ type }) => !type.startsWith("pulumi:"));
    assert.deepEqual(untransformed(Object.assign(graph, { resources: made }), probe), []);
  });
});

describeComponent("RegionLink of a region that joins", joinedWith(), (subject) => {
  it("peers the two networks, with routes of their private subnets both ways, and has the home region's names resolve here", () => {
    assertInputs(subject.graph, "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "link-peering-connection", {
      vpcId: "vpc-here",
      peerVpcId: "vpc-home",
      peerRegion: "us-west-2",
    });
    const routes = subject.graph.ofType("aws:ec2/route:Route");
    assert.deepEqual(routes.map(({ region, inputs }) => [region, inputs.routeTableId, inputs.destinationCidrBlock]).sort(), [
      ["us-east-1", "rtb-1", "10.17.0.0/16"],
      ["us-east-1", "rtb-4", "10.17.0.0/16"],
      ["us-west-2", "rtb-home", "10.16.0.0/16"],
    ]);
    assertInputs(subject.graph, "aws:route53/zoneAssociation:ZoneAssociation", "link-names", {
      zoneId: "ZHOME",
      vpcId: "vpc-here",
      vpcRegion: "us-east-1",
    });
    assert.deepEqual(subject.graph.ofType("aws:route53/zone:Zone"), [], "the zone is the home region's");
  });

  it("lets each region's range to the other's shard, on its port alone", () => {
    const rules = subject.graph.ofType(ingressRule).map(({ name, region, inputs }) => {
      const { securityGroupId, cidrIpv4, ipProtocol, fromPort, toPort } = inputs;
      return [name, region, cidrIpv4, ipProtocol, fromPort, toPort, securityGroupId === "sg-home"];
    });
    assert.deepEqual(rules.sort(), [
      ["link-from-us-west-2", "us-east-1", "10.17.0.0/16", "tcp", 7400, 7400, false],
      ["link-to-us-west-2", "us-west-2", "10.16.0.0/16", "tcp", 7400, 7400, true],
    ]);
    const own = subject.graph.get(ingressRule, "link-from-us-west-2");
    assert.deepEqual(
      subject.graph.referencesOf(own, "securityGroupId").map(({ name }) => name),
      ["link-entrance"],
    );
  });

  const cases: [string, Partial<HomeNetworkRef>, Partial<RegionLinkArgs>, string[]][] = [
    ["a home region whose range overlaps", { cidr: "10.16.128.0/17" }, {}, ["home.cidr"]],
    ["a home region whose addresses end as those here", { cidr: "172.16.0.0/16" }, {}, ["home.cidr"]],
    ["the same with the larger range here", { cidr: "11.17.128.0/17" }, { cidr: "10.17.0.0/16" }, ["home.cidr"]],
    ["a home region without a range", { cidr: "ten" }, {}, ["home.cidr"]],
    ["a home region without routes back", { routeTableIds: {} }, {}, ["home.routeTableIds"]],
    ["itself as its home", { region: "us-east-1" }, {}, ["home.region"]],
    ["a home region that does not exist", { region: "west" }, {}, ["home.region"]],
    ["a domain that is none", {}, { domain: "exchange" }, ["domain"]],
    ["a region that does not exist", {}, { region: "east" }, ["region"]],
    ["all of it at once", { region: "us-east-1", cidr: "10.16.0.0/20" }, { domain: "-" }, ["domain", "home.cidr", "home.region"]],
  ];
  for (const [what, home, over, paths] of cases) {
    it(`refuses ${what}`, async () => {
      await recordProgram({}, () => void assertFaults(joinedWith(home, over), paths));
    });
  }

  it("takes ranges side by side, and whatever lies between addresses that end apart", async () => {
    for (const cidr of ["10.15.0.0/16", "10.17.0.0/16", "172.17.0.0/16", "172.15.0.0/16"]) {
      const graph = await recordProgram({}, joinedWith({ cidr }));
      assert.equal(graph.ofType("aws:ec2/vpcPeeringConnection:VpcPeeringConnection").length, 1, cidr);
    }
  });
});
