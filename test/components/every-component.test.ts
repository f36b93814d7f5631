/** What holds for every component of the library, whoever wrote it: asserted over the specimens. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import { assertTagged, differenceOf, probeTransforms, type ResourceGraph, recordProgram, untransformed } from "bourse/testing";
import { type Over, specimens, storeSpecimens } from "./specimens";

const folder = join(__dirname, "../../components");
const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** Classes that extend `BourseComponent`, with their type tokens, read from the sources. */
function declared(): Map<string, string> {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  return new Map(
    sources.flatMap((source) =>
      [...source.matchAll(/^export class (\w+) extends BourseComponent\b[\s\S]*?super\(\s*"(bourse:[^"]+)"/gm)].map(
        ([, name, token]) => [name, token] as const,
      ),
    ),
  );
}

/** Graphs of the specimens as they are, each recorded once. */
const plain = new Map<string, Promise<ResourceGraph>>();

function record(name: string, over: Over = {}, known = true): Promise<ResourceGraph> {
  const run = () => recordProgram({ known }, () => void specimens[name](over));
  if (!known || Object.keys(over).length > 0) return run();
  const recorded = plain.get(name) ?? run();
  plain.set(name, recorded);
  return recorded;
}

/** Components that hold nothing that CloudWatch has a figure for, or whose figure belongs to what stands around them. */
const withoutAlarms: Record<string, string> = {
  AuditBucket: "the trail that writes is watched",
  CallerGroup: "security groups have no metrics",
  ClientAccess: "security groups have no metrics",
  ConfigRecorder: "its findings reach Security Hub, whose severe ones are routed",
  FlowLog: "log groups have no figure of their own health",
  KeyRing: "keys made by KMS have no metric; their loss is an event that the audit trail watches",
  LogBucket: "S3 has no metric without paid request metrics",
  NetworkPeering: "peering connections have no metrics",
  RegionLink: "nor have private zones and groups",
  TransitPeering: "its packets count at the hubs, which are watched",
  UserRules: "IAM has no metrics; its events are watched by the audit trail",
  WebFirewall: "its figures are watched by the observability plane",
  WorkloadIdentity: "IAM has no metrics",
};

// The larger specimens take seconds to record on a busy machine.
describe("Every component", function () {
  this.timeout(120_000);

  it("has a specimen, alone or within another", async () => {
    const graphs = await Promise.all(Object.keys(specimens).map((name) => record(name)));
    const made = new Set(graphs.flatMap(({ resources }) => resources.map(({ type }) => type)));
    const tokens = declared();
    assert.ok(tokens.size >= 50);
    assert.deepEqual(
      [...tokens].filter(([, token]) => !made.has(token)).map(([name]) => name),
      [],
    );
    assert.deepEqual(
      Object.keys(specimens).filter((name) => !tokens.has(name)),
      [],
    );
  });

  it("has a type token of its own", () => {
    const tokens = [...declared().values()];
    assert.deepEqual(tokens.length, new Set(tokens).size);
  });

  for (const name of Object.keys(specimens)) {
    it(`${name} registers the same whether outputs are known or not`, async () => {
      const [known, unknown] = [await record(name), await record(name, {}, false)];
      const urns = ({ resources }: ResourceGraph) => resources.map(({ urn }) => urn).sort();
      assert.deepEqual(urns(unknown), urns(known));
    });

    it(`${name} puts its own tags and the caller's on everything that takes tags`, async () => {
      assertTagged(await record(name, { tags: { team: "markets" } }), ["Name", "bourse:component", "team"]);
    });
  }

  // Compositions pass hooks on by the name of what they are made of.
  for (const name of Object.keys(specimens).filter((each) => !["DataLayer", "ExchangeGlobal", "ExchangeRegion"].includes(each))) {
    it(`${name} hands every child to its transform hook`, async () => {
      const probe = probeTransforms<object>();
      assert.deepEqual(untransformed(await record(name, { transform: probe.transform }), probe), []);
    });
  }
});

describe("Every component of network, security, data and messaging", function () {
  this.timeout(120_000);

  for (const name of Object.keys(storeSpecimens)) {
    it(`${name} ${name in withoutAlarms ? "has nothing to be warned of" : "is watched by default, by alarms that are routed or left out"}`, async () => {
      const alarms = (await record(name)).ofType(alarmType);
      if (name in withoutAlarms) {
        assert.deepEqual(alarms, []);
        return;
      }
      assert.ok(alarms.length > 0);
      for (const { inputs } of alarms) {
        assert.deepEqual(inputs.alarmActions, []);
        assert.match(String(inputs.alarmDescription), /^.{25,}\.$/);
      }
      const topicArn = "arn:aws:sns:us-east-1:123456789012:on-call";
      const routed = (await record(name, { alarms: { topicArn } })).ofType(alarmType);
      assert.deepEqual(routed.map(({ urn }) => urn).sort(), alarms.map(({ urn }) => urn).sort());
      for (const { inputs } of routed) assert.deepEqual([inputs.alarmActions, inputs.okActions], [[topicArn], [topicArn]]);
      assert.deepEqual((await record(name, { alarms: "off" })).ofType(alarmType), []);
    });

    it(`${name} makes everything with the provider and in the region that it is given, but what belongs to another region`, async () => {
      const graph = await recordProgram({}, () => {
        const zoneIds = ["apne1-az1", "apne1-az2", "apne1-az3"];
        storeSpecimens[name]({ zoneIds }, { provider: new aws.Provider("tokyo", { region: "ap-northeast-1" }) });
      });
      const made = graph.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
      const elsewhere = made.filter(({ provider }) => !provider?.includes("::tokyo"));
      const accepters = ["NetworkPeering", "RegionLink", "TransitPeering"].includes(name)
        ? elsewhere.filter(({ provider }) => provider?.includes("::far"))
        : [];
      assert.deepEqual(elsewhere, accepters);
      for (const resource of made.filter((each) => !accepters.includes(each))) assert.equal(resource.region, "ap-northeast-1");
      assert.ok(made.length > accepters.length);
    });
  }
});

/** Updates that a new zone causes: what spans all zones learns of the new subnet. Services with zones of their own are not among them. */
const updatesOfZone: Record<string, string[]> = {
  ExchangeNetwork: ["aws:ec2/vpcEndpoint:VpcEndpoint subnetIds"],
  NetworkEndpoints: ["aws:ec2/vpcEndpoint:VpcEndpoint subnetIds"],
  NetworkTransit: ["aws:ec2transitgateway/vpcAttachment:VpcAttachment subnetIds"],
  AuroraStore: ["aws:rds/subnetGroup:SubnetGroup subnetIds"],
  RedisCache: ["aws:elasticache/subnetGroup:SubnetGroup subnetIds"],
  ObjectCache: ["aws:elasticache/subnetGroup:SubnetGroup subnetIds"],
  StreamAnalytics: ["aws:kinesisanalyticsv2/application:Application applicationConfiguration"],
  Warehouse: ["aws:redshift/subnetGroup:SubnetGroup subnetIds"],
  DataLayer: [
    "aws:elasticache/subnetGroup:SubnetGroup subnetIds",
    "aws:kinesisanalyticsv2/application:Application applicationConfiguration",
    "aws:rds/subnetGroup:SubnetGroup subnetIds",
    "aws:redshift/subnetGroup:SubnetGroup subnetIds",
  ],
};

describe("A zone more in the network", function () {
  this.timeout(120_000);

  for (const name of Object.keys(storeSpecimens)) {
    it(`replaces and removes nothing of ${name}, and updates ${updatesOfZone[name] === undefined ? "nothing" : "only what is listed"}`, async () => {
      const zones = ["use1-az1", "use1-az4", "use1-az6"];
      const difference = differenceOf(await record(name, { zoneIds: zones }), await record(name, { zoneIds: [...zones, "use1-az2"] }));
      assert.deepEqual([difference.replaced.map(({ after }) => after.urn), difference.removed], [[], []]);
      const updated = new Set(difference.updated.map(({ after, properties }) => `${after.type} ${properties.join(", ")}`));
      assert.deepEqual([...updated].sort(), updatesOfZone[name] ?? []);
    });
  }
});
