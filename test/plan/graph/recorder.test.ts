import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as eks from "@pulumi/eks";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { differenceOf, RecordingError, recordProgram, UNKNOWN } from "../../../plan/graph";

class Pair extends pulumi.ComponentResource {
  constructor(name: string, childNames: string[], opts?: pulumi.ComponentResourceOptions, childParent = true) {
    super("test:index:Pair", name, {}, opts);
    for (const childName of childNames) new aws.sqs.Queue(childName, {}, childParent ? { parent: this } : {});
    this.registerOutputs({});
  }
}

describe("Recording a program", () => {
  it("captures inputs, options, dependencies and the type chain of every resource", async () => {
    const graph = await recordProgram({ project: "shop", stack: "dev" }, () => {
      const key = new aws.kms.Key("key", { description: "first" }, { protect: true });
      const topic = new aws.sns.Topic(
        "topic",
        { kmsMasterKeyId: key.keyId },
        {
          ignoreChanges: ["displayName"],
          aliases: [{ name: "old" }],
          dependsOn: [key],
          retainOnDelete: true,
          deleteBeforeReplace: true,
          import: "an-id",
        },
      );
      new Pair("pair", ["pair-queue"]);
      return { arn: topic.arn };
    });
    const key = graph.get("aws:kms/key:Key", "key");
    const topic = graph.get("aws:sns/topic:Topic", "topic");
    assert.equal(key.protect, true);
    assert.deepEqual(topic.ignoreChanges, ["displayName"]);
    assert.deepEqual(topic.aliases, [{ name: "old", parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev" }]);
    assert.deepEqual(topic.dependencies, [key.urn]);
    assert.deepEqual(topic.propertyDependencies, { kmsMasterKeyId: [key.urn] });
    assert.deepEqual(graph.referencesOf(topic, "kmsMasterKeyId"), [key]);
    assert.equal(topic.inputs.kmsMasterKeyId, key.id);
    assert.deepEqual([topic.retainOnDelete, topic.deleteBeforeReplace, topic.importId], [true, true, "an-id"]);
    assert.equal(
      graph.get("aws:sqs/queue:Queue", "pair-queue").urn,
      "urn:pulumi:dev::shop::test:index:Pair$aws:sqs/queue:Queue::pair-queue",
    );
    assert.deepEqual(graph.stackOutputs, { arn: "arn:aws:sns:us-east-1:123456789012:topic" });
  });

  it("marks what only the provider can tell when outputs are unknown", async () => {
    const graph = await recordProgram({ known: false }, () => {
      const key = new aws.kms.Key("key", { description: "first" });
      new aws.sns.Topic("topic", { kmsMasterKeyId: key.keyId, displayName: key.description });
    });
    assert.deepEqual(graph.get("aws:sns/topic:Topic", "topic").inputs, { kmsMasterKeyId: UNKNOWN, displayName: "first" });
    assert.equal(graph.get("aws:kms/key:Key", "key").id, undefined);
  });

  it("lists where secrets are", async () => {
    const graph = await recordProgram(
      { config: { "shop:password": "hunter2" }, secretConfigKeys: ["shop:password"], project: "shop" },
      () => {
        new aws.ssm.Parameter("parameter", { type: "SecureString", value: new pulumi.Config().requireSecret("password") });
      },
    );
    const parameter = graph.get("aws:ssm/parameter:Parameter", "parameter");
    assert.equal(parameter.inputs.value, "hunter2");
    assert.deepEqual(parameter.secretPaths, ["value"]);
  });

  it("routes each resource to the region of its provider", async () => {
    const graph = await recordProgram({ config: { "aws:region": "eu-west-1" } }, () => {
      const tokyo = new aws.Provider("tokyo", { region: "ap-northeast-1" });
      new aws.sns.Topic("home", {});
      new aws.sns.Topic("away", {}, { provider: tokyo });
      new Pair("pair", ["pair-queue"], { providers: { aws: tokyo } });
      new aws.sns.Topic("named", { region: "us-west-2" });
    });
    const regions = graph.resources
      .filter((resource) => resource.custom && !resource.type.startsWith("pulumi:"))
      .map(({ name, region }) => [name, region]);
    assert.deepEqual(Object.fromEntries(regions), {
      home: "eu-west-1",
      away: "ap-northeast-1",
      "pair-queue": "ap-northeast-1",
      named: "us-west-2",
    });
  });

  it("shows objects of a cluster in the region of what they are made beside, where the program is in several", async () => {
    const graph = await recordProgram({}, () => {
      const tokyo = new aws.Provider("tokyo", { region: "ap-northeast-1" });
      const pair = new Pair("pair", ["pair-queue"], { providers: { aws: tokyo } });
      const cluster = new kubernetes.Provider("pair-cluster", { kubeconfig: "{}" }, { parent: pair });
      new kubernetes.core.v1.Namespace("pair-space", {}, { parent: pair, provider: cluster });
      new aws.sns.Topic("away", {}, { provider: new aws.Provider("oregon", { region: "us-west-2" }) });
    });
    const region = (name: string) => graph.resources.find((resource) => resource.name === name)?.region;
    assert.deepEqual(["pair-cluster", "pair-space", "away"].map(region), ["ap-northeast-1", "ap-northeast-1", "us-west-2"]);
  });

  it("answers the data sources that programs ask for", async () => {
    const graph = await recordProgram({ config: { "aws:region": "ap-southeast-1" } }, async () => ({
      account: (await aws.getCallerIdentity()).accountId,
      zones: (await aws.getAvailabilityZones()).zoneIds,
      partition: (await aws.getPartition()).partition,
      region: (await aws.getRegion()).region,
    }));
    assert.deepEqual(graph.stackOutputs, {
      account: "123456789012",
      zones: ["apse1-az1", "apse1-az2", "apse1-az3"],
      partition: "aws",
      region: "ap-southeast-1",
    });
    assert.equal(graph.invokes.length, 4);
  });

  it("gives awsx.ec2.Vpc and eks.Cluster the outputs that their plugins would make", async () => {
    const graph = await recordProgram({}, () => {
      const vpc = new awsx.ec2.Vpc("vpc", { availabilityZoneNames: ["us-east-1a", "us-east-1b"] });
      const cluster = new eks.Cluster("cluster", { privateSubnetIds: vpc.privateSubnetIds });
      return {
        subnets: vpc.privateSubnetIds.apply((ids) => ids.length),
        cluster: cluster.eksCluster.name,
        server: cluster.kubeconfigJson.apply((text) => JSON.parse(text).clusters.length),
      };
    });
    assert.deepEqual(graph.stackOutputs, { subnets: 2, cluster: "cluster", server: 1 });
    assert.equal((graph.get("eks:index:Cluster", "cluster").inputs.privateSubnetIds as string[]).length, 2);
  });

  it("keeps runs in one process apart, even when they are started together", async () => {
    const program = () => {
      new aws.sns.Topic("topic", { displayName: new pulumi.Config("shop").get("name") ?? "unset" });
      return { stack: pulumi.getStack() };
    };
    const graphs = await Promise.all([
      recordProgram({ stack: "one", config: { "shop:name": "first" } }, program),
      recordProgram({ stack: "two" }, program),
    ]);
    assert.deepEqual(
      graphs.map((graph) => [graph.stackOutputs.stack, graph.get("aws:sns/topic:Topic", "topic").inputs.displayName]),
      [
        ["one", "first"],
        ["two", "unset"],
      ],
    );
  });

  it("waits for resources that are made after the program has returned", async () => {
    const graph = await recordProgram({}, () => {
      const key = new aws.kms.Key("key", {});
      key.arn.apply(async (arn) => {
        await new Promise((resolve) => setImmediate(resolve));
        new aws.sns.Topic("late", { displayName: arn });
      });
    });
    assert.equal(graph.ofType("aws:sns/topic:Topic").length, 1);
  });
});

describe("Recording refuses a program", () => {
  async function faultsOf(program: () => unknown): Promise<readonly string[]> {
    const error = await recordProgram({ timeoutMs: 2000 }, program).then(
      () => assert.fail("the program was accepted"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RecordingError, String(error));
    return error.faults;
  }

  it("with two resources of one URN", async () => {
    const faults = await faultsOf(() => {
      new aws.sns.Topic("topic", {});
      new aws.sns.Topic("topic", {});
    });
    assert.deepEqual(faults, [
      "urn:pulumi:test::bourse::aws:sns/topic:Topic::topic is registered twice; give the second resource another name",
    ]);
  });

  it("with a child that lacks its component's name", async () => {
    const [fault] = await faultsOf(() => new Pair("pair", ["queue"]));
    assert.match(fault, /"queue" is a child of "pair"; its name must start with "pair-"/);
  });

  it("with a child that was not given its parent", async () => {
    const [fault] = await faultsOf(() => new Pair("pair", ["pair-queue"], {}, false));
    assert.match(fault, /"pair-queue" has no parent, yet its name belongs to test:index:Pair "pair"/);
  });

  it("with a text into which an output was written that does not exist", async () => {
    const [fault] = await faultsOf(() => {
      const topic = new aws.sns.Topic("topic", {});
      new aws.sqs.Queue("queue", { policy: pulumi.interpolate`of ${topic.fifoThroughputScope}` });
    });
    assert.match(fault, /aws:sqs\/queue:Queue "queue" has "undefined" in its policy: "of undefined"/);
  });

  it("with a rejection that nobody handles", async () => {
    const [fault] = await faultsOf(() => {
      void Promise.reject(new Error("nobody is listening"));
    });
    assert.equal(fault, "nobody is listening");
  });

  it("with a failing apply whose result a resource needs", async () => {
    const faults = await faultsOf(() => {
      const key = new aws.kms.Key("key", {});
      new aws.sns.Topic("topic", {
        displayName: key.arn.apply((): string => {
          throw new Error("cannot derive the name");
        }),
      });
    });
    assert.match(faults.join(), /cannot derive the name/);
  });

  it("with a data source that has no answer, and says how to give one", async () => {
    const error = await recordProgram({}, () => aws.ec2.getSpotPrice({})).catch((reason: Error) => reason);
    assert.match(String(error), /no answer for the data source aws:ec2\/getSpotPrice:getSpotPrice; pass one in the option "invokes"/);
  });

  it("that never settles", async () => {
    const [fault] = await faultsOf(() => {
      new aws.sns.Topic("topic", { displayName: new Promise<string>(() => undefined) });
    });
    assert.match(fault, /did not settle within 2000 ms, after no resource/);
  });

  it("that throws, with the program's own error, and runs the next one cleanly", async () => {
    const error = new Error("no such zone");
    await assert.rejects(
      recordProgram({}, () => {
        throw error;
      }),
      error,
    );
    const graph = await recordProgram({}, () => void new aws.sns.Topic("topic", {}));
    assert.equal(graph.resources.length, 1);
  });
});

describe("The difference of two graphs", () => {
  const network = (zones: Record<string, string>) => () => {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    for (const [zone, cidrBlock] of Object.entries(zones)) {
      new aws.ec2.Subnet(`subnet-${zone}`, {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZoneId: zone,
        tags: { count: String(Object.keys(zones).length) },
      });
    }
  };

  it("tells what is added, removed, replaced and updated, with the properties at fault", async () => {
    const before = await recordProgram({}, network({ "use1-az1": "10.0.0.0/24", "use1-az2": "10.0.1.0/24" }));
    const after = await recordProgram({}, network({ "use1-az1": "10.0.9.0/24", "use1-az4": "10.0.1.0/24", "use1-az5": "10.0.2.0/24" }));
    const difference = differenceOf(before, after);
    assert.deepEqual(
      difference.added.map((resource) => resource.name),
      ["subnet-use1-az4", "subnet-use1-az5"],
    );
    assert.deepEqual(
      difference.removed.map((resource) => resource.name),
      ["subnet-use1-az2"],
    );
    assert.deepEqual(
      difference.replaced.map(({ after: { name }, properties }) => [name, properties]),
      [["subnet-use1-az1", ["cidrBlock"]]],
    );
    assert.deepEqual(difference.updated, []);
  });

  it("follows aliases and honours ignoreChanges", async () => {
    const before = await recordProgram({}, () => void new aws.sns.Topic("old", { displayName: "a", tags: { a: "b" } }));
    const after = await recordProgram({}, () => {
      new aws.sns.Topic("new", { displayName: "b", tags: {} }, { aliases: [{ name: "old" }], ignoreChanges: ["displayName"] });
    });
    const difference = differenceOf(before, after);
    assert.deepEqual([difference.added, difference.removed, difference.replaced], [[], [], []]);
    assert.deepEqual(
      difference.updated.map(({ properties }) => properties),
      [["tags"]],
    );
  });
});
