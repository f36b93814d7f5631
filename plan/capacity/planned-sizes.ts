/** The size that each hop has in a graph, beside the size that the load asks for. */

import type { Size, SizeName } from "../../components/capacity";
import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { managed } from "../inventory";
import type { PlannedSize } from "../plan";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";

/** How a hop's size is read from resources of these types. Hops that several resources share are added up, at their largest. */
interface Reading {
  types: string[];
  where?: (resource: RecordedResource) => boolean;
  of: (resource: RecordedResource) => number;
}

const one = () => 1;
const named = (pattern: RegExp) => (resource: RecordedResource) => pattern.test(resource.name);
const isNetwork = (resource: RecordedResource) => resource.inputs.loadBalancerType === "network";
const nodeGroup = (tier: string): Reading => ({
  types: ["aws:eks/nodeGroup:NodeGroup"],
  where: ({ inputs }) => recordOf(inputs.labels)["bourse/tier"] === tier,
  of: ({ inputs }) => numberOf(recordOf(inputs.scalingConfig).maxSize, 0),
});
const shardsOf = (pattern: RegExp): Reading => ({
  types: ["aws:kinesis/stream:Stream"],
  where: named(pattern),
  of: ({ inputs }) => numberOf(inputs.shardCount, 0),
});
/** @param least what a new on-demand table takes at once (DynamoDB guide, "Initial throughput for on-demand capacity mode") */
const warm = (table: RegExp, units: string, least: number): Reading => ({
  types: ["aws:dynamodb/table:Table"],
  where: named(table),
  of: ({ inputs }) => numberOf(recordOf(inputs.warmThroughput)[units], least),
});

/** Processors of an instance of the families of which brokers are: a large one has two (EC2 guide, "CPU options"). */
function vcpuOf(instanceType: string): number {
  const [, factor, size] = /\.(\d*)(x?large)$/.exec(instanceType) ?? [];
  if (size === undefined) return 1;
  return size === "large" ? 2 : 4 * Number(factor || 1);
}

/**
 * Readings by hop. The three kinds of gateways are one deployment, at its largest.
 * Load balancer units count only where they are reserved; a load balancer without a reservation scales by itself.
 */
const readings: Partial<Record<SizeName, Reading>> = {
  restLoadBalancers: { types: ["aws:lb/loadBalancer:LoadBalancer"], where: (each) => !isNetwork(each), of: one },
  restLoadBalancerUnits: {
    types: ["aws:lb/loadBalancer:LoadBalancer"],
    where: (each) => !isNetwork(each) && each.inputs.minimumLoadBalancerCapacity !== undefined,
    of: ({ inputs }) => numberOf(recordOf(inputs.minimumLoadBalancerCapacity).capacityUnits, 0),
  },
  socketLoadBalancers: { types: ["aws:lb/loadBalancer:LoadBalancer"], where: isNetwork, of: one },
  gateways: {
    types: ["kubernetes:keda.sh/v1alpha1:ScaledObject", "aws:appautoscaling/target:Target"],
    where: named(/-gateway-/),
    of: ({ inputs }) => numberOf(inputs.maxCapacity ?? recordOf(inputs.spec).maxReplicaCount, 0),
  },
  shards: { types: ["kubernetes:apps/v1:StatefulSet"], where: named(/-trading-/), of: one },
  hotNodes: nodeGroup("hot"),
  warmNodes: nodeGroup("warm"),
  logBrokers: { types: ["aws:msk/cluster:Cluster"], of: ({ inputs }) => numberOf(inputs.numberOfBrokerNodes, 0) },
  logStorageGib: {
    types: ["aws:msk/cluster:Cluster"],
    of: ({ inputs }) => {
      const { storageInfo } = recordOf(inputs.brokerNodeGroupInfo);
      return numberOf(recordOf(recordOf(storageInfo).ebsStorageInfo).volumeSize, 0);
    },
  },
  brokerVcpu: { types: ["aws:mq/broker:Broker"], of: ({ inputs }) => vcpuOf(textOf(inputs.hostInstanceType)) },
  tradeStreamShards: shardsOf(/trade/i),
  orderStreamShards: shardsOf(/order/i),
  priceStreamShards: shardsOf(/price|market/i),
  historyWriteUnits: warm(/histor/i, "writeUnitsPerSecond", 4_000),
  historyReadUnits: warm(/histor/i, "readUnitsPerSecond", 12_000),
  sessionWriteUnits: warm(/session/i, "writeUnitsPerSecond", 4_000),
  sessionReadUnits: warm(/session/i, "readUnitsPerSecond", 12_000),
  auroraAcu: {
    types: ["aws:rds/cluster:Cluster"],
    of: ({ inputs }) => numberOf(recordOf(inputs.serverlessv2ScalingConfiguration).maxCapacity, 0),
  },
  redisShards: { types: ["aws:elasticache/replicationGroup:ReplicationGroup"], of: ({ inputs }) => numberOf(inputs.numNodeGroups, 1) },
  objectCacheNodes: {
    types: ["aws:elasticache/cluster:Cluster"],
    where: ({ inputs }) => inputs.engine === "memcached",
    of: ({ inputs }) => numberOf(inputs.numCacheNodes, 0),
  },
  searchDataNodes: {
    types: ["aws:opensearch/domain:Domain"],
    of: ({ inputs }) => numberOf(recordOf(inputs.clusterConfig).instanceCount, 1),
  },
  searchStorageGib: {
    types: ["aws:opensearch/domain:Domain"],
    of: ({ inputs }) => numberOf(recordOf(inputs.ebsOptions).volumeSize, 0),
  },
  warehouseNodes: { types: ["aws:redshift/cluster:Cluster"], of: ({ inputs }) => numberOf(inputs.numberOfNodes, 1) },
  analyticsUnits: {
    types: ["aws:kinesisanalyticsv2/application:Application"],
    of: ({ inputs }) => {
      const flink = recordOf(recordOf(inputs.applicationConfiguration).flinkApplicationConfiguration);
      const parallelism = recordOf(flink.parallelismConfiguration);
      return Math.ceil(numberOf(parallelism.parallelism, 1) / numberOf(parallelism.parallelismPerKpu, 1));
    },
  },
};

/** Each size with what the graph has of it: the sum over its resources, or over those of one zone for the hot nodes. */
export function plannedSizes(graph: ResourceGraph, sizes: readonly Size[]): PlannedSize[] {
  const resources = managed(graph);
  return sizes.map((size): PlannedSize => {
    const reading = readings[size.name];
    const found =
      reading === undefined ? [] : resources.filter((each) => reading.types.includes(each.type) && (reading.where?.(each) ?? true));
    if (reading === undefined || found.length === 0 || found.every(scalesByItself)) return { ...size, state: "absent" };
    const figures = found.map(reading.of);
    // The hot size is for each zone, and each zone has a group of its own.
    const planned = size.name === "hotNodes" ? Math.min(...figures) : figures.reduce((sum, figure) => sum + figure, 0);
    return { ...size, planned, state: planned >= size.value ? "enough" : "below" };
  });
}

/** On-demand streams and provisioned database instances have no size of this kind. */
function scalesByItself({ type, inputs }: RecordedResource): boolean {
  if (type === "aws:kinesis/stream:Stream") return textOf(recordOf(inputs.streamModeDetails).streamMode) === "ON_DEMAND";
  return type === "aws:rds/cluster:Cluster" && listOf([inputs.serverlessv2ScalingConfiguration]).every((range) => range === undefined);
}
