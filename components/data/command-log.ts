/** The replicated log of commands: Kafka on MSK. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  admitClients,
  BourseComponent,
  type ClientAccess,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  choiceFaults,
  clientFaults,
  type Fault,
  isPlain,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type NetworkRef,
  nameFaults,
  networkZoneFaults,
  type Protection,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";
import { commandLogAlarms } from "./command-log-alarms";

/** One topic of the log. */
export interface LogTopic {
  /** Logs that are written side by side, each in an order of its own; it may grow, not shrink. @default 1 */
  partitions?: number;
  /** Hours that brokers' own volumes keep what tiered storage has too. @default 24, for which `Capacity` sizes the volumes */
  localHours?: number;
}

/** The commands of the shard, in the one order in which it takes them. */
export const logTopics: Record<string, LogTopic> = { commands: {} };

/** Arguments of {@link CommandLog}. */
export interface CommandLogArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  /** Where it lives. Changing it **replaces** the cluster. */
  network: NetworkRef;
  /** Three zone ids, fixed for the life of the cluster, whatever zones the network gains. Changing them **replaces** it. @default the network's first three */
  zoneIds?: string[];
  /** Encrypts what brokers store: the `stream` key of a `KeyRing`. Changing it **replaces** the cluster. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** Brokers in each zone. Plain, since it decides how many are watched; it may grow, not shrink. @default 1 */
  brokersPerZone?: number;
  /** @default "kafka.m7g.2xlarge" */
  instanceType?: pulumi.Input<string>;
  /** GiB of storage of each broker, 1 to 16384; grows by itself to four times that, never shrinks. @default 1000 */
  storageGib?: number;
  /** MiB/s that each broker's volume is guaranteed, 250 to 2375 by the size of the instance; from `kafka.m5.4xlarge` upward alone. @default what the volume has by itself */
  storageThroughput?: pulumi.Input<number>;
  /** @default "3.8.x" */
  kafkaVersion?: pulumi.Input<string>;
  /** Topics by name. Plain, since it decides how many children exist. @default {@link logTopics} */
  topics?: Record<string, LogTopic>;
  /** Further broker settings, over the component's own. @default none */
  settings?: Record<string, string>;
  /** @default "on" */
  protection?: Protection;
  transform?: CommandLogTransform;
}

export interface CommandLogTransform extends AlarmTransform, LogTransform {
  cluster?: Transform<aws.msk.ClusterArgs>;
  configuration?: Transform<aws.msk.ConfigurationArgs>;
  topic?: Transform<aws.msk.TopicArgs>;
  scalingTarget?: Transform<aws.appautoscaling.TargetArgs>;
  scalingPolicy?: Transform<aws.appautoscaling.PolicyArgs>;
  access?: ClientAccessTransform;
}

/**
 * Durability before availability: an append is acknowledged by two of three zones, a replica that missed records never leads, and a misspelt topic is an error. The log
 * is kept: what is older than a day is in tiered storage alone, and stays there until the archive holds it.
 */
const durableSettings: Record<string, string> = {
  "auto.create.topics.enable": "false",
  "default.replication.factor": "3",
  "min.insync.replicas": "2",
  "unclean.leader.election.enable": "false",
  "offsets.topic.replication.factor": "3",
  "transaction.state.log.replication.factor": "3",
  "transaction.state.log.min.isr": "2",
  "message.max.bytes": "1048588",
  "log.retention.ms": "-1",
  "num.partitions": "1",
};

/** Settings on which the durability of acknowledged orders rests. */
const fixedSettings = ["auto.create.topics.enable", "default.replication.factor", "min.insync.replicas", "unclean.leader.election.enable"];

export function commandLogFaults(args: CommandLogArgs, name: string): Fault[] {
  const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, 3);
  return [
    ...nameFaults("name", name, { longest: 64, pattern: /^[A-Za-z0-9][A-Za-z0-9-]*$/, words: "letters, digits and hyphens" }),
    ...networkZoneFaults("zoneIds", zoneIds, args.network),
    ...(zoneIds.length === 3
      ? []
      : [
          {
            path: "zoneIds",
            given: zoneIds,
            allowed: "three zones, so that two are left to acknowledge when one is lost",
            fix: "name three zones of the network",
          },
        ]),
    ...wholeNumberFaults("brokersPerZone", args.brokersPerZone, 1, 30, "use what the load needs", "30 brokers a cluster, more on request"),
    ...wholeNumberFaults("storageGib", args.storageGib, 1, 16_384, "use 1000, the default", "MSK limit"),
    ...wholeNumberFaults("storageThroughput", args.storageThroughput, 250, 2375, "leave it out", "MSK limit"),
    ...instanceFaults(args.instanceType),
    ...fixedSettings.flatMap((setting) => choiceFaults(`settings.${setting}`, args.settings?.[setting], [durableSettings[setting]])),
    ...Object.entries(args.topics ?? logTopics).flatMap(([topic, spec]) => topicFaults(topic, spec)),
    ...clientFaults("clients", args.clients),
  ];
}

function topicFaults(topic: string, { partitions, localHours }: LogTopic): Fault[] {
  const path = `topics.${topic}`;
  return [
    // Kafka's own limit; a name of two underscores in front is Kafka's or MSK's.
    ...nameFaults(path, topic, {
      longest: 249,
      pattern: /^(?!__)[A-Za-z0-9._-]+$/,
      words: "letters, digits, dots, hyphens and underscores",
    }),
    ...wholeNumberFaults(`${path}.partitions`, partitions, 1, 4000, "use 1, the default", "partitions a broker, MSK best practices"),
    ...wholeNumberFaults(`${path}.localHours`, localHours, 1, 8760, "use 24, the default"),
  ];
}

function instanceFaults(instanceType: CommandLogArgs["instanceType"]): Fault[] {
  if (!isPlain(instanceType) || /^kafka\.(m5|m7g)\.\d*(x?large)$/.test(instanceType)) return [];
  return [
    {
      path: "instanceType",
      given: instanceType,
      allowed: "a standard broker such as kafka.m7g.2xlarge; tiered storage is for those alone",
      fix: "use kafka.m7g.2xlarge",
    },
  ];
}

/** Kafka in three zones: every append is on the disks of two before it is acknowledged, over TLS, by IAM identities that its clients have. */
export class CommandLog extends BourseComponent {
  readonly clusterArn: pulumi.Output<string>;
  /** `host:port` of brokers, comma-separated, for TLS with IAM authentication. */
  readonly bootstrapBrokers: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: CommandLogArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:CommandLog", name, args, commandLogFaults(args, name), opts);
    const access = admitClients(this, "Kafka", { iam: 9098 }, args);
    const cluster = this.createCluster(access, args);
    for (const [topic, spec] of Object.entries(args.topics ?? logTopics)) this.createTopic(topic, spec, cluster, args);
    this.growStorage(cluster, args);
    this.createAlarms(commandLogAlarms(cluster.clusterName, 3 * (args.brokersPerZone ?? 1)), args);

    this.clusterArn = cluster.arn;
    this.bootstrapBrokers = cluster.bootstrapBrokersSaslIam;
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ clusterArn: this.clusterArn, bootstrapBrokers: this.bootstrapBrokers, securityGroupId: this.securityGroupId });
  }

  private createCluster(access: ClientAccess, args: CommandLogArgs): aws.msk.Cluster {
    const name = `${this.name}-cluster`;
    const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, 3);
    const configuration = this.createConfiguration(args);
    const brokerLog = this.createLogGroup("broker-log", args, 90);
    return new aws.msk.Cluster(
      ...transformed<aws.msk.ClusterArgs>(
        args.transform?.cluster,
        name,
        {
          clusterName: this.name,
          kafkaVersion: args.kafkaVersion ?? "3.8.x",
          numberOfBrokerNodes: zoneIds.length * (args.brokersPerZone ?? 1),
          brokerNodeGroupInfo: {
            instanceType: args.instanceType ?? "kafka.m7g.2xlarge",
            clientSubnets: zoneIds.map((zoneId) => args.network.databaseSubnetIds[zoneId]),
            securityGroups: [access.securityGroupId],
            connectivityInfo: { publicAccess: { type: "DISABLED" } },
            storageInfo: { ebsStorageInfo: { volumeSize: args.storageGib ?? 1000, ...throughput(args.storageThroughput) } },
          },
          storageMode: "TIERED",
          configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
          encryptionInfo: { encryptionAtRestKmsKeyArn: args.key.arn, encryptionInTransit: { clientBroker: "TLS", inCluster: true } },
          clientAuthentication: { sasl: { iam: true, scram: false }, unauthenticated: false },
          enhancedMonitoring: "PER_TOPIC_PER_BROKER",
          openMonitoring: { prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } } },
          loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: brokerLog.name } } },
          tags: this.tagsFor(name),
        },
        this.childOptions({
          protect: (args.protection ?? "on") === "on",
          // Storage grows by itself.
          ignoreChanges: ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"],
        }),
      ),
    );
  }

  /**
   * Tiered storage is a topic's own matter: without these settings brokers keep everything on their volumes for ever, whatever the cluster's storage mode (MSK guide,
   * "Guidelines for Amazon MSK tiered storage topic-level configuration").
   */
  private createTopic(topic: string, spec: LogTopic, cluster: aws.msk.Cluster, args: CommandLogArgs): aws.msk.Topic {
    const configs = {
      "remote.storage.enable": "true",
      "local.retention.ms": String((spec.localHours ?? 24) * 3_600_000),
      "retention.ms": "-1",
      "min.insync.replicas": "2",
      "cleanup.policy": "delete",
    };
    return new aws.msk.Topic(
      ...transformed<aws.msk.TopicArgs>(
        args.transform?.topic,
        `${this.name}-topic-${topic}`,
        {
          clusterArn: cluster.arn,
          name: topic,
          partitionCount: spec.partitions ?? 1,
          replicationFactor: 3,
          configs: JSON.stringify(configs),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on" }),
      ),
    );
  }

  private createConfiguration(args: CommandLogArgs): aws.msk.Configuration {
    const settings = { ...durableSettings, ...args.settings };
    return new aws.msk.Configuration(
      ...transformed<aws.msk.ConfigurationArgs>(
        args.transform?.configuration,
        `${this.name}-configuration`,
        {
          description: "Acknowledged by two of three zones",
          serverProperties: Object.entries(settings)
            .map(([setting, value]) => `${setting}=${value}\n`)
            .join(""),
        },
        this.childOptions(),
      ),
    );
  }

  /** Four fifths full, a volume grows; it cannot shrink (MSK guide, "Automatic scaling for clusters"). */
  private growStorage(cluster: aws.msk.Cluster, args: CommandLogArgs): void {
    const least = args.storageGib ?? 1000;
    const dimension = { resourceId: cluster.arn, scalableDimension: "kafka:broker-storage:VolumeSize", serviceNamespace: "kafka" };
    const target = new aws.appautoscaling.Target(
      ...transformed<aws.appautoscaling.TargetArgs>(
        args.transform?.scalingTarget,
        `${this.name}-storage`,
        { ...dimension, minCapacity: 1, maxCapacity: Math.min(16_384, 4 * least), tags: this.tagsFor(`${this.name}-storage`) },
        this.childOptions(),
      ),
    );
    new aws.appautoscaling.Policy(
      ...transformed<aws.appautoscaling.PolicyArgs>(
        args.transform?.scalingPolicy,
        `${this.name}-storage-growth`,
        {
          ...dimension,
          resourceId: target.resourceId,
          policyType: "TargetTrackingScaling",
          targetTrackingScalingPolicyConfiguration: {
            predefinedMetricSpecification: { predefinedMetricType: "KafkaBrokerStorageUtilization" },
            targetValue: 80,
            disableScaleIn: true,
          },
        },
        this.childOptions(),
      ),
    );
  }
}

function throughput(volumeThroughput: CommandLogArgs["storageThroughput"]) {
  return volumeThroughput === undefined ? {} : { provisionedThroughput: { enabled: true, volumeThroughput } };
}
