import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { NetworkTransit, type NetworkTransitArgs, TransitPeering, type TransitPeeringArgs } from "bourse";
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

const networks: NetworkTransitArgs["networks"] = {
  exchange: {
    vpcId: "vpc-1",
    cidr: "10.0.0.0/16",
    subnetIds: { "use1-az1": "subnet-11", "use1-az4": "subnet-14" },
    routeTableIds: { "private-use1-az1": "rtb-11", "private-use1-az4": "rtb-14" },
  },
  custody: { vpcId: "vpc-2", cidr: "10.1.0.0/16", subnetIds: { "use1-az1": "subnet-21" }, routeTableIds: { private: "rtb-2" } },
};

function transitWith(over: Partial<NetworkTransitArgs> = {}): () => NetworkTransit {
  return () => new NetworkTransit("hub", { asn: 64_512, networks, remoteCidrs: { tokyo: "10.2.0.0/16" }, ...over });
}

const gatewayType = "aws:ec2transitgateway/transitGateway:TransitGateway";

describeComponent("NetworkTransit", transitWith(), (subject) => {
  it("makes a hub with one table, an attachment for each network, and alarms", () => {
    assertResources(subject.graph, {
      [gatewayType]: ["hub-hub"],
      "aws:ec2transitgateway/routeTable:RouteTable": ["hub-routes"],
      "aws:ec2transitgateway/vpcAttachment:VpcAttachment": ["hub-custody", "hub-exchange"],
      "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation": ["hub-custody-sends", "hub-exchange-sends"],
      "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation": ["hub-custody-receives", "hub-exchange-receives"],
      "aws:ec2/route:Route": [
        "hub-custody-to-exchange-private",
        "hub-custody-to-tokyo-private",
        "hub-exchange-to-custody-private-use1-az1",
        "hub-exchange-to-custody-private-use1-az4",
        "hub-exchange-to-tokyo-private-use1-az1",
        "hub-exchange-to-tokyo-private-use1-az4",
      ],
      "aws:cloudwatch/metricAlarm:MetricAlarm": ["hub-blackhole-alarm", "hub-no-route-alarm"],
    });
  });

  it("attaches, associates and routes by name alone", () => {
    assertInputs(subject.graph, gatewayType, "hub-hub", {
      amazonSideAsn: 64_512,
      autoAcceptSharedAttachments: "disable",
      defaultRouteTableAssociation: "disable",
      defaultRouteTablePropagation: "disable",
    });
    assertInputs(subject.graph, "aws:ec2transitgateway/vpcAttachment:VpcAttachment", "hub-exchange", {
      vpcId: "vpc-1",
      subnetIds: ["subnet-11", "subnet-14"],
      transitGatewayDefaultRouteTableAssociation: false,
      transitGatewayDefaultRouteTablePropagation: false,
    });
  });

  it("leads each network to the others and to other regions, once it is attached", () => {
    const attachment = subject.graph.get("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "hub-exchange");
    for (const [name, destinationCidrBlock] of [
      ["hub-exchange-to-custody-private-use1-az1", "10.1.0.0/16"],
      ["hub-exchange-to-tokyo-private-use1-az1", "10.2.0.0/16"],
    ]) {
      const route = assertInputs(subject.graph, "aws:ec2/route:Route", name, { routeTableId: "rtb-11", destinationCidrBlock });
      assert.ok(route.dependencies.includes(attachment.urn));
      assert.deepEqual(
        subject.graph.referencesOf(route, "transitGatewayId").map(({ type }) => type),
        [gatewayType],
      );
    }
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<NonNullable<NetworkTransitArgs["transform"]>>();
    assert.deepEqual(untransformed(await subject.record(transitWith({ transform: probe.transform })), probe), []);
  });
});

describe("NetworkTransit, by argument", () => {
  it("replaces and updates nothing when a network is added", async () => {
    const before = await recordProgram({}, transitWith());
    const more = {
      ...networks,
      audit: { vpcId: "vpc-3", cidr: "10.3.0.0/16", subnetIds: { a: "subnet-31" }, routeTableIds: { a: "rtb-3" } },
    };
    const difference = differenceOf(before, await recordProgram({}, transitWith({ networks: more })));
    assert.deepEqual([difference.replaced, difference.removed, difference.updated], [[], [], []]);
  });

  const one = networks.exchange;
  const cases: [string, Partial<NetworkTransitArgs>, string[]][] = [
    ["a public number", { asn: 16_509 }, ["asn"]],
    ["a number between the private ranges", { asn: 65_535 }, ["asn"]],
    ["no network", { networks: {} }, ["networks"]],
    ["networks that overlap", { networks: { one, other: { ...one, cidr: "10.0.128.0/17" } } }, ["networks.other.cidr"]],
    ["a remote range that overlaps a network", { remoteCidrs: { tokyo: "10.1.4.0/24" } }, ["remoteCidrs.tokyo"]],
    ["text that is no range", { remoteCidrs: { tokyo: "tokyo" } }, ["remoteCidrs.tokyo"]],
    [
      "a network without subnets or tables",
      { networks: { one: { ...one, subnetIds: {}, routeTableIds: {} } } },
      ["networks.one.subnetIds", "networks.one.routeTableIds"],
    ],
    ["a network named with a space", { networks: { "the exchange": one } }, ["networks.the exchange"]],
    [
      "several at once",
      { asn: 0, networks: {}, remoteCidrs: { Tokyo: "x" } },
      ["asn", "networks", "remoteCidrs.Tokyo", "remoteCidrs.Tokyo"],
    ],
  ];
  for (const [what, over, paths] of cases) it(`refuses ${what}`, () => void assertFaults(transitWith(over), paths));
});

function peeringWith(
  over: Partial<Record<"requester" | "accepter", object>> = {},
  transform?: TransitPeeringArgs["transform"],
): () => TransitPeering {
  return () => {
    const provider = new aws.Provider("tokyo", { region: "ap-northeast-1" });
    const requester = {
      transitGatewayId: "tgw-1",
      routeTableId: "tgw-rtb-1",
      cidrs: { exchange: "10.0.0.0/16", custody: "10.1.0.0/16" },
      ...over.requester,
    };
    const accepter = {
      transitGatewayId: "tgw-2",
      routeTableId: "tgw-rtb-2",
      cidrs: { exchange: "10.2.0.0/16" },
      region: "ap-northeast-1",
      provider,
      ...over.accepter,
    };
    return new TransitPeering("link", { requester, accepter, transform });
  };
}

describeComponent("TransitPeering", peeringWith(), (subject) => {
  it("links the hubs of two regions, accepted on the other side", () => {
    assertInputs(subject.graph, "aws:ec2transitgateway/peeringAttachment:PeeringAttachment", "link-attachment", {
      transitGatewayId: "tgw-1",
      peerTransitGatewayId: "tgw-2",
      peerRegion: "ap-northeast-1",
    });
    const accepter = subject.graph.get("aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter", "link-accepter");
    assert.equal(accepter.region, "ap-northeast-1");
  });

  it("routes the ranges of each side to the other, in the hub of its own region", () => {
    const routes = subject.graph
      .ofType("aws:ec2transitgateway/route:Route")
      .map(({ name, region, inputs }) => [name, region, inputs.transitGatewayRouteTableId, inputs.destinationCidrBlock]);
    assert.deepEqual(routes.sort(), [
      ["link-back-custody", "ap-northeast-1", "tgw-rtb-2", "10.1.0.0/16"],
      ["link-back-exchange", "ap-northeast-1", "tgw-rtb-2", "10.0.0.0/16"],
      ["link-out-exchange", "us-east-1", "tgw-rtb-1", "10.2.0.0/16"],
    ]);
    const tables = subject.graph
      .ofType("aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation")
      .map(({ region, inputs }) => [region, inputs.transitGatewayRouteTableId]);
    assert.deepEqual(tables.sort(), [
      ["ap-northeast-1", "tgw-rtb-2"],
      ["us-east-1", "tgw-rtb-1"],
    ]);
  });

  it("hands every child to its transform hook", async () => {
    const probe = probeTransforms<NonNullable<TransitPeeringArgs["transform"]>>();
    assert.deepEqual(untransformed(await subject.record(peeringWith({}, probe.transform)), probe), []);
  });

  const cases: [string, Parameters<typeof peeringWith>[0], string[]][] = [
    ["ranges that overlap across the link", { accepter: { cidrs: { all: "10.0.0.0/8" } } }, ["accepter.cidrs.all"]],
    ["text that is no range", { requester: { cidrs: { a: "ten" } } }, ["requester.cidrs.a"]],
    ["a side without ranges", { requester: { cidrs: {} } }, ["requester.cidrs"]],
    ["a region that is none", { accepter: { region: "tokyo" } }, ["accepter.region"]],
  ];
  for (const [what, over, paths] of cases) {
    it(`refuses ${what}`, async () => {
      await recordProgram({}, () => void assertFaults(peeringWith(over), paths));
    });
  }
});
