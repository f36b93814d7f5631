/** Cost of data stores and streams. */

import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";
import type { Estimator } from "./bill";
import { hoursAMonth, tableRole } from "./usage";

const hours = hoursAMonth;

function auroraClusterOf(graph: ResourceGraph, instance: RecordedResource): RecordedResource | undefined {
  return graph.withId("aws:rds/cluster:Cluster", instance.inputs.clusterIdentifier);
}

const ioOptimized = (cluster: RecordedResource | undefined): boolean => cluster?.inputs.storageType === "aurora-iopt1";

export const dataEstimators: Readonly<Record<string, Estimator>> = {
  "aws:rds/cluster:Cluster": (cluster, bill) => {
    const size = bill.usage.databaseBytes();
    if (ioOptimized(cluster)) {
      bill.used("storage, I/O included", "aurora", "storage.ioOptimized.gigabyte-month", size, "GB-months");
      return;
    }
    bill.used("storage", "aurora", "storage.gigabyte-month", size, "GB-months");
    bill.used("I/O", "aurora", "million-io", { quantity: 1_000, assumption: "1,000 million I/O" }, "million");
  },
  "aws:rds/clusterInstance:ClusterInstance": (instance, bill) => {
    const cluster = auroraClusterOf(bill.graph, instance);
    const instanceClass = textOf(instance.inputs.instanceClass);
    if (instanceClass === "db.serverless") {
      const range = recordOf(cluster?.inputs.serverlessv2ScalingConfiguration);
      const lowest = numberOf(range.minCapacity, 0.5);
      const key = ioOptimized(cluster) ? "serverless.ioOptimized.acu-hour" : "serverless.acu-hour";
      bill.provisioned(`at least ${lowest} ACU`, "aurora", key, lowest * hours, "ACU-hours");
      const mean = (numberOf(range.maxCapacity, lowest) - lowest) * 0.25;
      bill.used(
        "ACU above the least",
        "aurora",
        key,
        { quantity: mean * hours, assumption: "a quarter of the range on average" },
        "ACU-hours",
      );
      return;
    }
    // I/O-Optimized instances cost 30 % more (Aurora pricing, "Aurora I/O-Optimized").
    const factor = ioOptimized(cluster) ? 1.3 : 1;
    bill.provisioned(
      `${instanceClass}${factor > 1 ? ", I/O-Optimized (x 1.3)" : ""}`,
      "aurora",
      `instance.${instanceClass.replace(/^db\./, "")}`,
      hours * factor,
      "hours",
    );
  },
  "aws:rds/proxy:Proxy": (_proxy, bill) =>
    bill.provisioned("RDS Proxy, its least of 8 ACU of a serverless cluster", "aurora", "proxy.acu-hour", 8 * hours, "ACU-hours"),
  "aws:dynamodb/table:Table": (table, bill) => {
    const role = tableRole(table.name);
    if (textOf(table.inputs.billingMode, "PROVISIONED") === "PAY_PER_REQUEST") {
      bill.used("writes", "dynamodb", "million-write-units", bill.usage.writeUnits(role), "million");
      bill.used("reads", "dynamodb", "million-read-units", bill.usage.readUnits(role), "million");
    }
    bill.used("storage", "dynamodb", "storage.gigabyte-month", bill.usage.tableBytes(role), "GB-months");
    if (recordOf(table.inputs.pointInTimeRecovery).enabled === true) {
      bill.used("point-in-time recovery", "dynamodb", "pitr.gigabyte-month", bill.usage.tableBytes(role), "GB-months");
    }
    for (const _replica of listOf(table.inputs.replicas)) {
      bill.used("replicated writes", "dynamodb", "million-replicated-write-units", bill.usage.writeUnits(role), "million");
    }
  },
  "aws:dynamodb/tableReplica:TableReplica": (replica, bill) => {
    const role = tableRole(replica.name);
    bill.used("replicated writes", "dynamodb", "million-replicated-write-units", bill.usage.writeUnits(role), "million");
    bill.used("storage", "dynamodb", "storage.gigabyte-month", bill.usage.tableBytes(role), "GB-months");
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ inputs }, bill) => {
    const node = textOf(inputs.nodeType, "cache.r7g.large").replace(/^cache\./, "");
    const shards = numberOf(inputs.numNodeGroups, 1);
    const count =
      inputs.numNodeGroups === undefined ? numberOf(inputs.numCacheClusters, 1) : shards * (1 + numberOf(inputs.replicasPerNodeGroup, 0));
    bill.provisioned(`${count} nodes of cache.${node}`, "elasticache", `node.${node}`, count * hours, "hours");
  },
  "aws:elasticache/cluster:Cluster": ({ inputs }, bill) => {
    if (inputs.replicationGroupId !== undefined) return;
    const node = textOf(inputs.nodeType, "cache.r7g.large").replace(/^cache\./, "");
    const count = numberOf(inputs.numCacheNodes, 1);
    bill.provisioned(`${count} nodes of cache.${node}`, "elasticache", `node.${node}`, count * hours, "hours");
  },
  "aws:opensearch/domain:Domain": ({ inputs }, bill) => {
    const cluster = recordOf(inputs.clusterConfig);
    const volume = recordOf(inputs.ebsOptions);
    const count = numberOf(cluster.instanceCount, 1);
    const node = textOf(cluster.instanceType, "r7g.large.search").replace(/\.search$/, "");
    bill.provisioned(`${count} data nodes of ${node}`, "opensearch", `node.${node}`, count * hours, "hours");
    if (cluster.dedicatedMasterEnabled === true) {
      const masters = numberOf(cluster.dedicatedMasterCount, 3);
      const master = textOf(cluster.dedicatedMasterType, "m7g.large.search").replace(/\.search$/, "");
      bill.provisioned(`${masters} dedicated masters of ${master}`, "opensearch", `node.${master}`, masters * hours, "hours");
    }
    bill.provisioned("gp3 storage", "opensearch", "gp3.gigabyte-month", count * numberOf(volume.volumeSize, 0), "GB-months");
  },
  "aws:kinesis/stream:Stream": ({ inputs }, bill) => {
    const bytes = bill.usage.streamBytes();
    if (textOf(recordOf(inputs.streamModeDetails).streamMode, "PROVISIONED") === "ON_DEMAND") {
      bill.provisioned("on-demand stream", "kinesis", "onDemand.stream-hour", hours, "hours");
      bill.used("data in", "kinesis", "onDemand.gigabyte-in", bytes, "GB");
      bill.used("data out", "kinesis", "onDemand.gigabyte-out", bytes, "GB");
      return;
    }
    const shards = numberOf(inputs.shardCount, 1);
    bill.provisioned(`${shards} shards`, "kinesis", "shard.hour", shards * hours, "shard-hours");
    bill.used(
      "put units of 25 KB",
      "kinesis",
      "million-put-units",
      { quantity: (bytes.quantity * 1e9) / 25_000 / 1e6, assumption: bytes.assumption },
      "million",
    );
  },
  "aws:kinesis/streamConsumer:StreamConsumer": (consumer, bill) => {
    const stream = bill.graph.ofType("aws:kinesis/stream:Stream").find((each) => each.outputs.arn === consumer.inputs.streamArn);
    const shards = numberOf(stream?.inputs.shardCount, 4);
    bill.provisioned(`enhanced fan-out of ${shards} shards`, "kinesis", "fanOut.consumer-shard-hour", shards * hours, "shard-hours");
    bill.used("data delivered", "kinesis", "fanOut.gigabyte", bill.usage.streamBytes(), "GB");
  },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ({ inputs }, bill) => {
    bill.used("data delivered", "firehose", "gigabyte", bill.usage.streamBytes(), "GB");
    const target = recordOf(inputs.extendedS3Configuration);
    if (target.dataFormatConversionConfiguration !== undefined) {
      bill.used("conversion to Parquet", "firehose", "conversion.gigabyte", bill.usage.streamBytes(), "GB");
    }
  },
  "aws:kinesisanalyticsv2/application:Application": ({ inputs }, bill) => {
    const flink = recordOf(recordOf(inputs.applicationConfiguration).flinkApplicationConfiguration);
    const parallelism = recordOf(flink.parallelismConfiguration);
    const units = Math.ceil(numberOf(parallelism.parallelism, 1) / numberOf(parallelism.parallelismPerKpu, 1)) + 1;
    bill.provisioned(`${units} KPU, one of them for orchestration`, "flink", "kpu-hour", units * hours, "KPU-hours");
    bill.provisioned("running application storage, 50 GB a KPU", "flink", "storage.gigabyte-month", (units - 1) * 50, "GB-months");
  },
  "aws:redshift/cluster:Cluster": ({ inputs }, bill) => {
    const count = textOf(inputs.clusterType) === "single-node" ? 1 : numberOf(inputs.numberOfNodes, 2);
    const zones = inputs.multiAz === true ? 2 : 1;
    const node = textOf(inputs.nodeType, "ra3.xlplus");
    bill.provisioned(`${count * zones} nodes of ${node}`, "redshift", `node.${node}`, count * zones * hours, "hours");
    bill.used("managed storage", "redshift", "storage.gigabyte-month", { quantity: 10_000, assumption: "10 TB" }, "GB-months");
  },
  "aws:redshiftserverless/workgroup:Workgroup": ({ inputs }, bill) => {
    const capacity = numberOf(inputs.baseCapacity, 128);
    bill.used(
      "RPU while queries run",
      "redshift",
      "serverless.rpu-hour",
      { quantity: capacity * hours * 0.25, assumption: "busy a quarter of the time" },
      "RPU-hours",
    );
  },
  "aws:msk/cluster:Cluster": ({ inputs }, bill) => {
    const count = numberOf(inputs.numberOfBrokerNodes, 3);
    const nodes = recordOf(inputs.brokerNodeGroupInfo);
    const instanceType = textOf(nodes.instanceType, "kafka.m7g.large");
    const express = instanceType.startsWith("express.");
    const key = `${express ? "express" : "broker"}.${instanceType.replace(/^(kafka|express)\./, "")}`;
    bill.provisioned(`${count} brokers of ${instanceType}`, "msk", key, count * hours, "hours");
    if (express) return;
    const size = numberOf(recordOf(recordOf(nodes.storageInfo).ebsStorageInfo).volumeSize, 0);
    bill.provisioned(`storage of ${count} brokers`, "msk", "storage.gigabyte-month", count * size, "GB-months");
    if (inputs.storageMode === "TIERED") {
      const archived = bill.usage.streamBytes();
      bill.used(
        "tiered storage",
        "msk",
        "tieredStorage.gigabyte-month",
        { quantity: archived.quantity, assumption: `one month of ${archived.assumption}` },
        "GB-months",
      );
    }
  },
  "aws:s3/bucket:Bucket": (_bucket, bill) => bill.used("objects", "s3", "standard.gigabyte-month", bill.usage.bucketBytes(), "GB-months"),
  "aws:s3/bucketV2:BucketV2": (_bucket, bill) =>
    bill.used("objects", "s3", "standard.gigabyte-month", bill.usage.bucketBytes(), "GB-months"),
  "aws:backup/vault:Vault": (_vault, bill) =>
    bill.used("recovery points", "backup", "gigabyte-month", bill.usage.databaseBytes(), "GB-months"),
};
