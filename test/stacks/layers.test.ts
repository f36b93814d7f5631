/** A region in layers: three stacks that together are the one stack, read each other by narrow references, and change apart. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputPropertiesError } from "@pulumi/pulumi";
import { regionLayers } from "bourse";
import { differenceOf, type ResourceGraph, recordProgram, stackReferenceType } from "bourse/testing";
import { parse, stringify } from "yaml";
import { findProject, type Plan, type Project, planStack } from "../../plan";
import { program } from "../../stacks";
import { managed, planParts } from "./layer-comparison";
import { recordLayers, stackFile, valuesOf } from "./stack-files";

const root = join(__dirname, "../..");
const image = (digit: string) => `registry.example/exchange@sha256:${digit.repeat(64)}`;
const settings = (stack: string): Record<string, unknown> => ({ ...valuesOf(stack), image: image("a") });

// A region is some 800 resources; a busy machine takes seconds to record one.
describe("A region in layers", function () {
  this.timeout(300_000);

  it("tells the shard in the layer services of the table in the layer data, in which it is written who of its two members leads", async () => {
    const layers = await recordLayers("us-east-1", settings("us-east-1"));
    const [set] = layers[2].ofType("kubernetes:apps/v1:StatefulSet");
    const { name } = layers[0].stackOutputs.leadership as Record<string, string>;
    assert.equal((set.inputs.spec as { replicas: number }).replicas, 2);
    assert.ok(JSON.stringify(set.inputs).includes(`"dynamodb:us-east-1/${name}"`));
  });

  for (const stack of ["us-east-1", "us-west-2"]) {
    describe(stack, () => {
      let layers: ResourceGraph[];
      before(async () => {
        layers = await recordLayers(stack, settings(stack));
      });

      it("is what its file asks for", () => {
        assert.deepEqual(valuesOf(stack).layers, [...regionLayers]);
      });

      it("has the resources of the one stack, each once and with the same inputs", async () => {
        const { layers: _layers, ...values } = settings(stack);
        const whole = await recordProgram({ stack, accountId: "111122223333" }, () => program(values, stack));
        assert.deepEqual(managed(...layers), managed(whole));
      });

      it("registers the same before anything exists", async () => {
        const unknown = await recordLayers(stack, settings(stack), layers);
        const urns = (graph: ResourceGraph) => graph.resources.map(({ urn }) => urn).sort();
        assert.deepEqual(unknown.map(urns), layers.map(urns));
      });

      it("gives no secret as an output", () => {
        for (const { secretOutputPaths, stackOutputs } of layers) {
          assert.deepEqual(secretOutputPaths, []);
          assert.ok(!JSON.stringify(stackOutputs).includes("password"));
        }
        assert.ok(Object.keys(layers[0].stackOutputs).length > 5);
      });

      it("keeps stores and keys below, and what runs the image above", () => {
        const layerWith = (type: string) => layers.flatMap((graph, index) => (graph.ofType(type).length > 0 ? regionLayers[index] : []));
        for (const type of ["aws:rds/cluster:Cluster", "aws:msk/cluster:Cluster", "aws:ec2/vpc:Vpc", "aws:mq/broker:Broker"])
          assert.deepEqual(layerWith(type), ["data"], type);
        for (const type of ["eks:index:Cluster", "aws:globalaccelerator/endpointGroup:EndpointGroup", "aws:guardduty/detector:Detector"])
          assert.deepEqual(layerWith(type), ["platform"], type);
        for (const type of ["kubernetes:apps/v1:Deployment", "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"])
          assert.deepEqual(
            layerWith(type).filter((layer) => layer !== "platform"),
            ["services"],
            type,
          );
      });

      it("changes only its services with the image, and replaces only jobs", async () => {
        const rolled = await recordLayers(stack, { ...settings(stack), image: image("b") });
        const [data, platform, services] = layers.map((graph, index) => differenceOf(graph, rolled[index]));
        const nothing = { added: [], removed: [], replaced: [], updated: [] };
        assert.deepEqual([data, platform], [nothing, nothing]);
        const touched = new Set(services.updated.map(({ after }) => after.type));
        assert.ok(touched.has("kubernetes:apps/v1:Deployment") && touched.has("aws:lambda/function:Function"));
        const others = [...services.replaced.map(({ after }) => after), ...services.removed, ...services.added];
        assert.deepEqual(
          others.filter(({ type }) => type !== "kubernetes:batch/v1:Job").map(({ urn }) => urn),
          [],
        );
      });
    });
  }

  it("is refused under a stack's name that is no layer's, and with layers left out", () => {
    const refused = (path: string) => (error: unknown) => InputPropertiesError.isInstance(error) && error.errors?.[0].propertyPath === path;
    assert.throws(() => program(settings("us-east-1"), "us-east-1"), refused("layers"));
    assert.throws(() => program({ ...settings("us-east-1"), layers: ["data", "services"] }, "us-east-1-data"), refused("layers"));
  });
});

describe("The plan of a region in layers", function () {
  this.timeout(300_000);
  const project = findProject(root);
  const configFolder = mkdtempSync(join(tmpdir(), "bourse-one-stack-"));
  const options = { day: "2026-01-01" };
  let together: Plan;
  let whole: Plan;

  before(async () => {
    const { config } = parse(readFileSync(stackFile("us-east-1"), "utf8"));
    delete config["bourse:layers"];
    writeFileSync(join(configFolder, "Pulumi.us-east-1.yaml"), stringify({ config }));
    const oneStack: Project = { ...project, configFolder, stacks: ["us-east-1"] };
    together = await planStack(project, "us-east-1", options);
    whole = await planStack(oneStack, "us-east-1", options);
  });
  after(() => rmSync(configFolder, { recursive: true }));

  for (const [what, of] of Object.entries(planParts)) {
    it(`has the ${what} of the one stack`, () => {
      const found = of(together);
      assert.deepEqual(found, of(whole));
      assert.ok(JSON.stringify(found).length > 100);
    });
  }

  it("refers across stacks to what gave the value, and to no reference between them", () => {
    const services = together.resources.filter(({ urn }) => urn.startsWith("urn:pulumi:us-east-1-services::"));
    const provider = services.find(({ name }) => name === "bourse-services-kubernetes");
    assert.deepEqual(
      provider?.references.kubeconfig?.map((urn) => urn.split("::").at(-1)),
      ["bourse-cluster-control-plane"],
    );
    const binding = services.find(({ name }) => name === "bourse-services-gateway-gateway-binding");
    assert.ok(
      binding?.references.spec?.some(
        (urn) => urn.startsWith("urn:pulumi:us-east-1-platform::") && urn.endsWith("::bourse-ingress-gateway"),
      ),
    );
    const references = together.resources.filter(({ type }) => type === stackReferenceType).map(({ name }) => name);
    assert.deepEqual([...new Set(references)], ["organization/bourse/global"]);
  });

  it("can be of one layer alone", async () => {
    const services = await planStack(project, "us-east-1-services", options);
    assert.ok(services.resources.length < together.resources.length / 2);
    assert.ok(services.resources.every(({ urn }) => urn.startsWith("urn:pulumi:us-east-1-services::")));
    assert.ok(!services.resources.some(({ type }) => type.startsWith("aws:rds/")));
  });
});
