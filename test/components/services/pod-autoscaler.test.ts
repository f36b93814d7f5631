/** What the number of pods follows, over every service of the catalog. */

import assert from "node:assert/strict";
import {
  catalog,
  ExchangeServices,
  type ExchangeServicesArgs,
  metricsOf,
  type ServiceName,
  serviceNames,
  stores as storeKinds,
} from "bourse";
import { type RecordedResource, recordProgram } from "bourse/testing";
import { accountId, cluster, image, keyRef, placement, zoneIds } from "../references";

const type = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const everyStore = Object.fromEntries(
  Object.keys(storeKinds).map((store) => [store, { arns: [`arn:aws:example:eu-west-1:${accountId}:its-${store}`], environment: {} }]),
);

const servicesWith = (over: Partial<ExchangeServicesArgs> = {}) =>
  recordProgram(
    {},
    () =>
      new ExchangeServices("run", {
        region: "eu-west-1",
        cluster,
        zoneIds,
        placement,
        networkCidrs: ["10.16.0.0/16"],
        image,
        volumeKey: keyRef("cluster"),
        stores: everyStore,
        ...over,
      }),
  );

interface Trigger {
  type: string;
  metricType: string;
  useCachedMetrics?: boolean;
  authenticationRef?: { name: string };
  metadata: Record<string, string>;
}

function specOf({ inputs }: RecordedResource) {
  return inputs.spec as {
    scaleTargetRef: { kind: string; name: string };
    minReplicaCount: number;
    maxReplicaCount: number;
    triggers: Trigger[];
    advanced: { horizontalPodAutoscalerConfig: { behavior: Record<string, { policies: { value: number }[] }> } };
  };
}

describe("The autoscaler of a service's pods", () => {
  const scaled = serviceNames.filter((name) => (catalog[name].size.production.maxReplicas ?? 0) > catalog[name].size.production.replicas);

  it("follows a figure of the service's own load and processor time, wherever there may be more pods than the least", async () => {
    const graph = await servicesWith();
    assert.deepEqual(
      graph
        .ofType(type)
        .map(({ name }) => name)
        .sort(),
      scaled.map((name) => `run-${name}-autoscaler`).sort(),
    );
    for (const name of scaled) {
      const { scaleTargetRef, minReplicaCount, maxReplicaCount, triggers } = specOf(graph.get(type, `run-${name}-autoscaler`));
      const { replicas, maxReplicas } = catalog[name].size.production;
      assert.deepEqual(
        [scaleTargetRef.kind, scaleTargetRef.name, minReplicaCount, maxReplicaCount],
        ["Deployment", name, replicas, maxReplicas],
      );
      assert.ok(
        triggers.some(({ type: kind }) => kind === "aws-cloudwatch"),
        name,
      );
      const [processor] = triggers.filter(({ type: kind }) => kind === "cpu");
      assert.deepEqual(processor, { type: "cpu", metricType: "Utilization", metadata: { value: "60" } }, name);
    }
  });

  it("names figures that the service sends, as the sum over its pods that one pod may have a part of", async () => {
    const graph = await servicesWith();
    const of = (name: ServiceName) =>
      specOf(graph.get(type, `run-${name}-autoscaler`)).triggers.filter((each) => each.type === "aws-cloudwatch");
    for (const name of scaled) {
      for (const { metadata, metricType } of of(name)) {
        assert.equal(metricType, "AverageValue");
        if (metadata.namespace !== "Bourse") continue;
        assert.ok((metricsOf(name) as string[]).includes(metadata.metricName), `${name} sends ${metadata.metricName}`);
        assert.deepEqual([metadata.dimensionName, metadata.dimensionValue, metadata.metricStat], ["Service", name, "Sum"]);
      }
    }
    const [sockets, requests] = of("gateway");
    assert.deepEqual(sockets, {
      type: "aws-cloudwatch",
      metricType: "AverageValue",
      useCachedMetrics: true,
      authenticationRef: { name: "figures" },
      metadata: {
        awsRegion: "eu-west-1",
        namespace: "Bourse",
        metricName: "OpenSockets",
        dimensionName: "Service",
        dimensionValue: "gateway",
        metricStat: "Sum",
        metricStatPeriod: "60",
        metricCollectionTime: "300",
        targetMetricValue: "10000",
        minMetricValue: "0",
        ignoreNullValues: "false",
      },
    });
    assert.deepEqual([requests.metadata.metricName, requests.metadata.targetMetricValue], ["Requests", "200000"]);
    assert.deepEqual(
      (["order-book", "market-data", "wallet", "history"] as const).map((name) => of(name).map(({ metadata }) => metadata.metricName)),
      [["Queries"], ["Queries"], ["Queries"], ["Queries"]],
    );
  });

  it("follows the queue that notification works off, which is empty when nobody used it for long", async () => {
    const graph = await servicesWith();
    const [waiting] = specOf(graph.get(type, "run-notification-autoscaler")).triggers;
    assert.deepEqual(
      [waiting.metadata.namespace, waiting.metadata.metricName, waiting.metadata.dimensionName, waiting.metadata.dimensionValue],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "its-noticeQueue"],
    );
    assert.deepEqual([waiting.metadata.ignoreNullValues, waiting.metadata.targetMetricValue], ["true", "1000"]);
  });

  it("follows the memory of gateways too, which open sockets take before processor time", async () => {
    const graph = await servicesWith();
    const withMemory = scaled.filter((name) =>
      specOf(graph.get(type, `run-${name}-autoscaler`)).triggers.some(({ type: kind }) => kind === "memory"),
    );
    assert.deepEqual(withMemory, ["gateway"]);
  });

  it("lets pods leave one in ten a minute, and come twice as many", async () => {
    const { advanced } = specOf((await servicesWith()).get(type, "run-gateway-autoscaler"));
    const { scaleUp, scaleDown } = advanced.horizontalPodAutoscalerConfig.behavior;
    assert.deepEqual([scaleUp.policies[0].value, scaleDown.policies[0].value], [100, 10]);
  });

  it("reads figures as KEDA's operator, with no role and no key of its own", async () => {
    const graph = await servicesWith();
    const reader = graph.get("kubernetes:keda.sh/v1alpha1:TriggerAuthentication", "run-figures");
    assert.deepEqual(reader.inputs.spec, { podIdentity: { provider: "aws" } });
    assert.deepEqual((reader.inputs.metadata as { name: string }).name, "figures");
    for (const each of graph.ofType(type)) assert.ok(each.dependencies.includes(reader.urn), each.name);
  });
});
