import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import {
  AccessPort,
  type AccessPortArgs,
  type AdoptedNetworkArgs,
  AuroraStore,
  adoptNetwork,
  NetworkPeering,
  type NetworkPeeringArgs,
} from "bourse";
import {
  assertFaults,
  assertInputs,
  assertResources,
  describeComponent,
  literalKey,
  probeTransforms,
  recordProgram,
  untransformed,
} from "bourse/testing";

const members = { alpha: "111111111111", beta: "222222222222" };
const loadBalancerArn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/orders/1234";

function portWith(over: Partial<AccessPortArgs> = {}): () => AccessPort {
  return () => new AccessPort("port", { loadBalancerArn, members, ...over });
}

describeComponent("AccessPort", portWith(), (subject) => {
  it("makes an endpoint service and a shared placement group, each open to its members alone", () => {
    assertResources(subject.graph, {
      "aws:ec2/vpcEndpointService:VpcEndpointService": ["port-service"],
      "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": ["port-service-alpha", "port-service-beta"],
      "aws:ec2/placementGroup:PlacementGroup": ["port-placement"],
      "aws:ram/resourceShare:ResourceShare": ["port-placement-share"],
      "aws:ram/resourceAssociation:ResourceAssociation": ["port-placement-shared"],
      "aws:ram/principalAssociation:PrincipalAssociation": ["port-placement-alpha", "port-placement-beta"],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["port-resets-alarm"],
    });
  });

  it("has an operator accept every endpoint, of listed accounts only", () => {
    assertInputs(subject.graph, "aws:ec2/vpcEndpointService:VpcEndpointService", "port-service", {
      acceptanceRequired: true,
      networkLoadBalancerArns: [loadBalancerArn],
    });
    assertInputs(subject.graph, "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple", "port-service-alpha", {
      principalArn: "arn:aws:iam::111111111111:root",
    });
    assertInputs(subject.graph, "aws:ec2/placementGroup:PlacementGroup", "port-placement", { strategy: "cluster" });
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<AccessPortArgs["transform"]>();
    assert.deepEqual(untransformed(await subject.record(portWith({ transform: probe.transform })), probe), []);
  });

  const cases: [string, Partial<AccessPortArgs>, string[]][] = [
    ["an account id of eleven digits", { members: { alpha: "11111111111" } }, ["members.alpha"]],
    ["an account twice", { members: { alpha: "111111111111", beta: "111111111111" } }, ["members.beta"]],
    ["a member's name with a space", { members: { "alpha trading": "111111111111" } }, ["members.alpha trading"]],
    ["a port without anything", { loadBalancerArn: undefined, placement: false }, ["loadBalancerArn"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(portWith(over), paths));
  }
});

function peeringWith(
  over: Partial<Record<"requester" | "accepter", object>> = {},
  transform?: NetworkPeeringArgs["transform"],
): () => NetworkPeering {
  return () => {
    const provider = new aws.Provider("tokyo", { region: "ap-northeast-1" });
    const requester = { vpcId: "vpc-1", cidr: "10.0.0.0/16", routeTableIds: { a: "rtb-1a", b: "rtb-1b" }, ...over.requester };
    const accepter = {
      vpcId: "vpc-2",
      cidr: "10.1.0.0/16",
      routeTableIds: { a: "rtb-2a" },
      region: "ap-northeast-1",
      provider,
      ...over.accepter,
    };
    return new NetworkPeering("link", { requester, accepter, transform });
  };
}

describeComponent("NetworkPeering", peeringWith(), (subject) => {
  it("connects two regions and routes each to the other's range", () => {
    assertInputs(subject.graph, "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "link-connection", {
      vpcId: "vpc-1",
      peerVpcId: "vpc-2",
      peerRegion: "ap-northeast-1",
    });
    const routes = subject.graph
      .ofType("aws:ec2/route:Route")
      .map(({ name, region, inputs }) => [name, region, inputs.routeTableId, inputs.destinationCidrBlock]);
    assert.deepEqual(routes.sort(), [
      ["link-back-a", "ap-northeast-1", "rtb-2a", "10.0.0.0/16"],
      ["link-out-a", "us-east-1", "rtb-1a", "10.1.0.0/16"],
      ["link-out-b", "us-east-1", "rtb-1b", "10.1.0.0/16"],
    ]);
  });

  it("accepts the connection in the other region", () => {
    const accepter = assertInputs(subject.graph, "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", "link-accepter", {
      autoAccept: true,
    });
    assert.equal(accepter.region, "ap-northeast-1");
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<NonNullable<NetworkPeeringArgs["transform"]>>();
    assert.deepEqual(untransformed(await subject.record(peeringWith({}, probe.transform)), probe), []);
  });

  const cases: [string, Parameters<typeof peeringWith>[0], string[]][] = [
    ["ranges that overlap", { accepter: { cidr: "10.0.128.0/17" } }, ["accepter.cidr"]],
    ["text that is no range", { requester: { cidr: "ten" } }, ["requester.cidr"]],
    ["a region that does not exist", { accepter: { region: "tokyo" } }, ["accepter.region"]],
    ["a side without routes", { accepter: { routeTableIds: {} } }, ["accepter.routeTableIds"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, async () => {
      await recordProgram({}, () => void assertFaults(peeringWith(over), paths));
    });
  }
});

describe("An adopted network", () => {
  const zoneIds = ["use1-az1", "use1-az4"];
  const literal: AdoptedNetworkArgs = {
    vpcId: "vpc-1",
    cidr: "10.0.0.0/16",
    zoneIds,
    publicSubnetIds: ["subnet-1", "subnet-2"],
    privateSubnetIds: ["subnet-3", "subnet-4"],
    databaseSubnetIds: ["subnet-5", "subnet-6"],
  };

  it("carries stores, whether named by ids or made by awsx", async () => {
    for (const known of [true, false]) {
      const graph = await recordProgram({ known }, () => {
        const vpc = new awsx.ec2.Vpc("vpc", { availabilityZoneNames: ["us-east-1a", "us-east-1d"] });
        const made = adoptNetwork({
          vpcId: vpc.vpcId,
          cidr: "10.0.0.0/16",
          zoneIds,
          publicSubnetIds: vpc.publicSubnetIds,
          privateSubnetIds: vpc.privateSubnetIds,
          databaseSubnetIds: vpc.isolatedSubnetIds,
        });
        new AuroraStore("made", { network: made, key: literalKey(), clients: {} });
        new AuroraStore("named", { network: adoptNetwork(literal), key: literalKey(), clients: {} });
      });
      assertInputs(graph, "aws:rds/subnetGroup:SubnetGroup", "named-subnets", { subnetIds: ["subnet-5", "subnet-6"] });
      const vpc = graph.get("awsx:ec2:Vpc", "vpc");
      assert.deepEqual(graph.referencesOf(graph.get("aws:rds/subnetGroup:SubnetGroup", "made-subnets"), "subnetIds"), [vpc]);
      if (known) assertInputs(graph, "aws:rds/subnetGroup:SubnetGroup", "made-subnets", { subnetIds: vpc.outputs.isolatedSubnetIds });
    }
  });

  const cases: [string, Partial<AdoptedNetworkArgs>, string[]][] = [
    ["a single zone", { zoneIds: ["use1-az1"], publicSubnetIds: ["a"], privateSubnetIds: ["b"], databaseSubnetIds: ["c"] }, ["zoneIds"]],
    ["zones of two regions", { zoneIds: ["use1-az1", "euw1-az2"] }, ["zoneIds[1]"]],
    ["a subnet twice", { databaseSubnetIds: ["subnet-5", "subnet-5"] }, ["databaseSubnetIds"]],
    ["fewer subnets than zones", { databaseSubnetIds: ["subnet-5"] }, ["databaseSubnetIds"]],
    ["a zone name", { zoneIds: ["us-east-1a", "use1-az4"] }, ["zoneIds[0]"]],
    ["a zone twice", { zoneIds: ["use1-az4", "use1-az4"] }, ["zoneIds[1]"]],
    ["text that is no range", { cidr: "ten" }, ["cidr"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, () => void assertFaults(() => adoptNetwork({ ...literal, ...over }), paths));
  }
});
