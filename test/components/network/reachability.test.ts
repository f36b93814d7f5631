import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { DataLayer, type DataLayerArgs, dataStoreNames, ExchangeNetwork, type ExchangeNetworkArgs } from "bourse";
import { literalKey, type ResourceGraph, recordProgram } from "bourse/testing";
import { pathReport } from "../../../plan/paths/reach";
import { archive, image } from "../references";

const accountId = "123456789012";
const region = "us-east-1";

interface Changes {
  network?: ExchangeNetworkArgs["transform"];
  data?: Partial<DataLayerArgs>;
  ipv6?: boolean;
  /** Registers what widens the network, given what is in it. */
  more?: (network: ExchangeNetwork) => void;
}

/** A network with every store, a load balancer for the internet, and a machine for each role. */
function exchange(changes: Changes = {}): () => void {
  return () => {
    const network = new ExchangeNetwork("net", {
      accountId,
      cidr: "10.0.0.0/16",
      zoneIds: ["use1-az1", "use1-az4", "use1-az6"],
      logKey: literalKey("log"),
      ipv6: changes.ipv6,
      transform: changes.network,
    });
    changes.more?.(network);
    const { engine, services, functions } = network.clientGroupIds;
    new DataLayer("data", {
      accountId,
      region,
      network,
      keys: { data: literalKey(), log: literalKey("log"), stream: literalKey("stream") },
      clients: { engine, services },
      ...(changes.data === undefined && changes.network === undefined ? { image, archive } : {}),
      stores: changes.data === undefined && changes.network === undefined ? dataStoreNames : ["sql", "cache"],
      ...changes.data,
    });
    for (const [role, group] of Object.entries({ engine, services, functions })) {
      new aws.ec2.Instance(role, {
        subnetId: network.privateSubnetIds["use1-az1"],
        vpcSecurityGroupIds: [group],
        ami: "ami-1",
        instanceType: "m7g.large",
      });
    }
    const front = new aws.ec2.SecurityGroup("front", { vpcId: network.vpcId });
    new aws.vpc.SecurityGroupIngressRule("front-https", {
      securityGroupId: front.id,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: "0.0.0.0/0",
    });
    new aws.vpc.SecurityGroupEgressRule("front-out", {
      securityGroupId: front.id,
      ipProtocol: "tcp",
      fromPort: 8443,
      toPort: 8443,
      referencedSecurityGroupId: services,
    });
    new aws.vpc.SecurityGroupIngressRule("services-from-front", {
      securityGroupId: services,
      ipProtocol: "tcp",
      fromPort: 8443,
      toPort: 8443,
      referencedSecurityGroupId: front.id,
    });
    new aws.lb.LoadBalancer("front", {
      loadBalancerType: "network",
      subnets: Object.values(network.publicSubnetIds),
      securityGroups: [front.id],
    });
  };
}

/** Paths as `from -> to:ports`, those to the endpoints of AWS services aside. */
function paths(graph: ResourceGraph): string[] {
  const { endpoints, paths: all } = pathReport(graph);
  const services = new Set(endpoints.filter(({ type }) => type === "aws:ec2/vpcEndpoint:VpcEndpoint").map(({ name }) => name));
  return [
    ...new Set(
      all.filter(({ from, to }) => !services.has(to) && !services.has(from)).map(({ from, to, ports }) => `${from} -> ${to}:${ports}`),
    ),
  ].sort();
}

const stores: Record<string, string> = {
  "data-sql-cluster": "5432",
  "data-log-cluster": "9098",
  "data-cache-group": "6379",
  "data-objects-cluster": "11211",
  "data-search-domain": "443",
  "data-warehouse-cluster": "5439",
};

describe("What can reach what in the network", () => {
  let whole: ResourceGraph;
  before(async () => {
    whole = await recordProgram({}, exchange());
  });

  it("is the internet and the private tier to load balancers, load balancers to services, and clients to stores, on their ports, and nothing else", () => {
    const clients = ["engine", "services"].flatMap((client) =>
      Object.entries(stores).map(([store, port]) => `${client} -> ${store}:${port}`),
    );
    // The stream application calls AWS over HTTPS, and so could call any listener that admits everybody; no store admits it.
    const toFront = ["data-analytics-application", "engine", "functions", "services"].map((client) => `${client} -> front:443`);
    assert.deepEqual(paths(whole), ["front -> services:8443", "internet -> front:443", ...toFront, ...clients].sort());
  });

  it("puts stores in the database tier, but for the warehouse, and nothing but load balancers in the public tier", () => {
    const { endpoints } = pathReport(whole);
    const tiers = Object.fromEntries(endpoints.map(({ name, tier }) => [name, tier]));
    for (const store of Object.keys(stores)) assert.equal(tiers[store], store === "data-warehouse-cluster" ? "private" : "isolated", store);
    assert.deepEqual(
      endpoints.filter(({ tier }) => tier === "public").map(({ name }) => name),
      ["front"],
    );
  });

  const widened: [string, Changes, string][] = [
    [
      "a store that admits the whole network",
      { data: { sql: { transform: { access: { clientRule: openTo("10.0.0.0/16") } } } } },
      "functions -> data-sql-cluster:5432",
    ],
    [
      "a store that admits one more role",
      { data: { cache: { clients: { every: "sg-every" }, transform: { access: { clientRule: openTo("10.0.0.0/17") } } } } },
      "functions -> data-cache-group:6379",
    ],
  ];
  for (const [what, changes, path] of widened) {
    it(`shows ${what}`, async () => {
      assert.ok(paths(await recordProgram({}, exchange(changes))).includes(path));
    });
  }

  it("loses a store when the ACL of its tier closes its port", async () => {
    const closed: ExchangeNetworkArgs["transform"] = {
      networkAcl: (args, _opts, name) => {
        if (name !== "net-database-acl") return;
        args.ingress = (args.ingress as aws.types.input.ec2.NetworkAclIngress[]).filter(
          ({ fromPort }) => fromPort !== 5432 && fromPort !== 0,
        );
      },
    };
    const left = paths(await recordProgram({}, exchange({ network: closed })));
    assert.deepEqual(
      left.filter((path) => path.includes("data-sql-cluster")),
      [],
    );
    assert.ok(left.includes("services -> data-cache-group:6379"));
  });

  it("shows a database tier that is given a way to the internet as public", async () => {
    const graph = await recordProgram({}, () => {
      exchange({ data: {} })();
      const routeTableId = whole.get("aws:ec2/routeTable:RouteTable", "net-database-routes").id!;
      const gatewayId = whole.get("aws:ec2/internetGateway:InternetGateway", "net-internet").id!;
      new aws.ec2.Route("leak", { routeTableId, destinationCidrBlock: "0.0.0.0/0", gatewayId });
    });
    const { endpoints } = pathReport(graph);
    assert.equal(endpoints.find(({ name }) => name === "data-sql-cluster")?.tier, "public");
  });
});

describe("What can reach what in a dual-stack network", () => {
  /** The services listen to everybody on this port, as far as their group goes. */
  const listens = (network: ExchangeNetwork, port: number) =>
    new aws.vpc.SecurityGroupIngressRule("services-from-everybody", {
      securityGroupId: network.clientGroupIds.services,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
      cidrIpv6: "::/0",
    });
  /** Gives the private tier a way in: an internet gateway in place of the one that only lets out. */
  const leak: ExchangeNetworkArgs["transform"] = {
    route: (args, _opts, name) => {
      if (!/^net-private-.*-egress-ipv6$/.test(name)) return;
      args.gatewayId = "igw-1";
      delete args.egressOnlyGatewayId;
    },
  };
  const atInternetGateway = (network: ExchangeNetwork) => new aws.ec2.InternetGateway("leak", { vpcId: network.vpcId });
  const toServices = (graph: ResourceGraph) => paths(graph).filter((path) => path.startsWith("internet -> services"));
  const record = (changes: Changes) => recordProgram({}, exchange({ ipv6: true, data: {}, ...changes }));

  it("is what it is over IPv4 alone: the internet reaches load balancers, and no store has an IPv6 address", async () => {
    const [over4, both] = [await recordProgram({}, exchange({ data: {} })), await record({})];
    assert.deepEqual(paths(both), paths(over4));
    assert.ok(paths(both).includes("internet -> front:443"));
    const addressed = both.ofType("aws:ec2/subnet:Subnet").filter(({ inputs }) => inputs.ipv6CidrBlock !== undefined);
    assert.deepEqual([...new Set(addressed.map(({ inputs }) => (inputs.tags as Record<string, string>)["bourse:tier"]))].sort(), [
      "private",
      "public",
    ]);
  });

  it("includes no way from the internet to services whose group admits everybody, since their gateway only lets out", async () => {
    assert.deepEqual(toServices(await record({ more: (network) => listens(network, 8443) })), []);
  });

  it("shows services that an internet gateway leads to once their group admits everybody, but on ports that the ACL closes", async () => {
    const widened = (port: number, network: ExchangeNetworkArgs["transform"] = leak) =>
      record({ network, more: (made) => [listens(made, port), atInternetGateway(made)] });
    const gateway = (await widened(8443)).get("aws:ec2/internetGateway:InternetGateway", "leak").id;
    const leaking = {
      route: (args: aws.ec2.RouteArgs, opts: object, name: string) => {
        (leak.route as (args: aws.ec2.RouteArgs, opts: object, name: string) => void)(args, opts, name);
        if (args.gatewayId === "igw-1") args.gatewayId = gateway;
      },
    } as ExchangeNetworkArgs["transform"];
    assert.deepEqual(toServices(await widened(8443, leaking)), ["internet -> services:8443"]);
    assert.deepEqual(toServices(await widened(443, leaking)), []);
    const open: ExchangeNetworkArgs["transform"] = {
      ...leaking,
      networkAcl: (args, _opts, name) => {
        if (name !== "net-private-acl") return;
        const everything = { ruleNo: 1, action: "allow", protocol: "-1", ipv6CidrBlock: "::/0", fromPort: 0, toPort: 0 };
        args.ingress = [...(args.ingress as aws.types.input.ec2.NetworkAclIngress[]), everything];
      },
    };
    assert.deepEqual(toServices(await widened(443, open)), ["internet -> services:443"]);
  });

  it("shows a dual-stack load balancer that admits IPv6 from everywhere, once", async () => {
    const graph = await recordProgram({}, () => {
      const network = new ExchangeNetwork("net", {
        accountId,
        cidr: "10.0.0.0/16",
        zoneIds: ["use1-az1", "use1-az4"],
        logKey: literalKey("log"),
        ipv6: true,
      });
      const group = new aws.ec2.SecurityGroup("front", { vpcId: network.vpcId });
      for (const [name, range] of Object.entries({ four: { cidrIpv4: "0.0.0.0/0" }, six: { cidrIpv6: "::/0" } }))
        new aws.vpc.SecurityGroupIngressRule(`front-${name}`, {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: 443,
          toPort: 443,
          ...range,
        });
      const common = { loadBalancerType: "network", subnets: Object.values(network.publicSubnetIds), securityGroups: [group.id] };
      new aws.lb.LoadBalancer("both", { ...common, ipAddressType: "dualstack" });
      new aws.lb.LoadBalancer("four", common);
    });
    const { paths: all } = pathReport(graph);
    assert.deepEqual(
      all.filter(({ from }) => from === "internet").map(({ to, via }) => `${to} ${via}`),
      ["both front-four", "both front-six", "four front-four"],
    );
  });
});

function openTo(cidrIpv4: string) {
  return (args: aws.vpc.SecurityGroupIngressRuleArgs) => {
    delete args.referencedSecurityGroupId;
    args.cidrIpv4 = cidrIpv4;
  };
}
