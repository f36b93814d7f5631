/** A region of Fargate in layers: like one of EKS, its three stacks are together the one stack, and read each other by references that all exist. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { regionLayers } from "bourse";
import { differenceOf, type ResourceGraph, recordProgram, stackReferenceType } from "bourse/testing";
import { stringify } from "yaml";
import { findProject, type Plan, planStack } from "../../plan";
import { program } from "../../stacks";
import { managed, planParts } from "./layer-comparison";
import { recordLayers, valuesOf } from "./stack-files";

const stack = "fargate";
const image = (digit: string) => `registry.example/exchange@sha256:${digit.repeat(64)}`;
const whole = { ...valuesOf(stack), image: image("a") };
const inLayers: Record<string, unknown> = { ...whole, layers: [...regionLayers] };

// A busy machine takes seconds to record a region.
describe("A region of Fargate in layers", function () {
  this.timeout(300_000);
  let layers: ResourceGraph[];
  before(async () => {
    layers = await recordLayers(stack, inLayers);
  });

  it("has the resources of the one stack, each once and with the same inputs", async () => {
    const together = await recordProgram({ stack, accountId: "111122223333" }, () => program(whole, stack));
    assert.deepEqual(managed(...layers), managed(together));
  });

  it("registers the same before anything exists", async () => {
    const unknown = await recordLayers(stack, inLayers, layers);
    const urns = (graph: ResourceGraph) => graph.resources.map(({ urn }) => urn).sort();
    assert.deepEqual(unknown.map(urns), layers.map(urns));
  });

  it("gives no secret as an output, and nothing of a cluster of EKS", () => {
    for (const { secretOutputPaths, stackOutputs } of layers) {
      assert.deepEqual(secretOutputPaths, []);
      assert.doesNotMatch(JSON.stringify(stackOutputs), /password|kubeconfig/);
    }
    assert.ok(Object.keys(layers[0].stackOutputs).length > 5);
    const { tasks } = layers[1].stackOutputs as { tasks: Record<string, unknown> };
    for (const [key, value] of Object.entries(tasks)) assert.ok(typeof value === "string" && value !== "", key);
  });

  it("keeps stores and keys below, and the tasks and what they are known by above", () => {
    const layersWith = (type: string) => regionLayers.filter((_, index) => layers[index].ofType(type).length > 0);
    for (const [type, layer] of [
      ["aws:rds/cluster:Cluster", "data"],
      ["aws:ec2/vpc:Vpc", "data"],
      ["aws:ecs/cluster:Cluster", "platform"],
      ["aws:acmpca/certificateAuthority:CertificateAuthority", "data"],
      ["aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "platform"],
      ["aws:ecs/service:Service", "services"],
      ["aws:ecs/taskDefinition:TaskDefinition", "services"],
      ["aws:efs/fileSystem:FileSystem", "services"],
    ])
      assert.deepEqual(layersWith(type), [layer], type);
  });

  it("watches tasks, and nothing of nodes and pods that it does not have", () => {
    const watched = layers.flatMap((graph) => graph.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")).map(({ inputs }) => inputs.namespace);
    assert.ok(watched.includes("AWS/ECS") && watched.includes("ECS/ContainerInsights") && !watched.includes("ContainerInsights"));
    const drawn = layers
      .flatMap((graph) => graph.ofType("aws:cloudwatch/dashboard:Dashboard"))
      .map(({ inputs }) => String(inputs.dashboardBody));
    assert.ok(drawn.some((body) => body.includes("{AWS/ECS,")));
    assert.ok(!drawn.some((body) => body.includes('"ContainerInsights"')));
  });

  it("changes only its services with the image: tasks of another definition, and jobs that run again", async () => {
    const rolled = await recordLayers(stack, { ...inLayers, image: image("b") });
    const [data, platform, services] = layers.map((graph, index) => differenceOf(graph, rolled[index]));
    const nothing = { added: [], removed: [], replaced: [], updated: [] };
    assert.deepEqual([data, platform], [nothing, nothing]);
    const changed = [...services.updated, ...services.replaced].map(({ after }) => after.type);
    assert.ok(changed.includes("aws:ecs/taskDefinition:TaskDefinition"));
    assert.ok(!changed.some((type) => /^aws:(efs|acm|secretsmanager|ec2)\//.test(type)), changed.join(", "));
    assert.deepEqual([...services.added, ...services.removed], []);
  });
});

describe("A region of Fargate in layers with a cache, a lake, search and deliveries to them", function () {
  this.timeout(300_000);
  const stores = ["sql", "events", "tables", "cache", "lake", "search", "delivery"];
  let layers: ResourceGraph[];
  before(async () => {
    layers = await recordLayers(stack, { ...inLayers, stores });
  });

  it("has the resources of the one stack, before anything exists and afterwards", async () => {
    const together = await recordProgram({ stack, accountId: "111122223333" }, () => program({ ...whole, stores }, stack));
    assert.deepEqual(managed(...layers), managed(together));
    const unknown = await recordLayers(stack, { ...inLayers, stores }, layers);
    const urns = (graph: ResourceGraph) => graph.resources.map(({ urn }) => urn).sort();
    assert.deepEqual(unknown.map(urns), layers.map(urns));
  });

  it("tells tasks where the cache is, and lets the gateway alone sign in to it, by what the layer below has given", () => {
    const [data, , services] = layers;
    const { cache } = data.stackOutputs as { cache: { endpoint: string; arn: string } };
    const task = services.get("aws:ecs/taskDefinition:TaskDefinition", "bourse-services-gateway-task");
    assert.ok(cache.endpoint.length > 0 && String(task.inputs.containerDefinitions).includes(cache.endpoint));
    const signingIn = services
      .ofType("aws:iam/rolePolicy:RolePolicy")
      .filter(({ inputs }) => String(inputs.policy).includes("elasticache:Connect"));
    assert.deepEqual(
      signingIn.map(({ name }) => name),
      ["bourse-services-gateway-role-policy"],
    );
    assert.ok(String(signingIn[0].inputs.policy).includes(cache.arn));
  });

  it("delivers to the lake and to search from the layer of services, over stores of the layer of data", () => {
    const layersWith = (type: string) => regionLayers.filter((_, index) => layers[index].ofType(type).length > 0);
    assert.deepEqual(layersWith("aws:opensearch/domain:Domain"), ["data"]);
    assert.deepEqual(layersWith("aws:elasticache/replicationGroup:ReplicationGroup"), ["data"]);
    assert.deepEqual(layersWith("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"), ["services"]);
  });
});

describe("The plan of a region of Fargate in layers", function () {
  this.timeout(300_000);
  const folders: string[] = [];
  let together: Plan;
  let one: Plan;

  async function planned(values: Record<string, unknown>): Promise<Plan> {
    const configFolder = mkdtempSync(join(tmpdir(), "bourse-fargate-"));
    folders.push(configFolder);
    const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`bourse:${key}`, value]));
    writeFileSync(join(configFolder, `Pulumi.${stack}.yaml`), stringify({ config }));
    return planStack({ ...findProject(join(__dirname, "../..")), configFolder, stacks: [stack] }, stack, { day: "2026-01-01" });
  }

  before(async () => {
    together = await planned(inLayers);
    one = await planned(whole);
  });
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  for (const [what, of] of Object.entries(planParts)) {
    it(`has the ${what} of the one stack`, () => {
      assert.deepEqual(of(together), of(one));
      assert.ok(JSON.stringify(of(one)).length > 100);
    });
  }

  it("refers across stacks to what gave the value, and to no reference between them", () => {
    const gateway = together.resources.find(({ type, name }) => type === "aws:ecs/service:Service" && name === "bourse-services-gateway");
    assert.ok(gateway?.urn.startsWith("urn:pulumi:fargate-services::"));
    assert.deepEqual(
      gateway?.references.cluster,
      together.resources.filter(({ type }) => type === "aws:ecs/cluster:Cluster").map(({ urn }) => urn),
    );
    const references = together.resources.filter(({ type }) => type === stackReferenceType).map(({ name }) => name);
    assert.deepEqual([...new Set(references)], ["organization/bourse/global"]);
  });
});
