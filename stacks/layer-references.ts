/** What the stacks of a region's layers tell each other: narrow references as outputs, read back with the shape that the settings give them. */

import type * as pulumi from "@pulumi/pulumi";
import {
  type ClusterRef,
  exchangeBuckets,
  exchangeStreams,
  type KeyRef,
  keyDomains,
  type NetworkRef,
  privateDomain,
  type RegionDataRef,
  type RegionPlatformRef,
  socketListeners,
  type TargetGroupRef,
  type TaskClusterRef,
} from "../components";
import type { RegionSettings } from "./settings";

/** The layer `data` as outputs: ids, ARNs and names, without the components behind them. */
export function dataOutputs({ network, keys, alarms, authority, link, ...stores }: RegionDataRef): Record<string, unknown> {
  return {
    network: networkOutput(network),
    ...(authority === undefined ? {} : { authority: { issuingArn: authority.issuingArn, rootArn: authority.rootArn } }),
    ...(link === undefined ? {} : { link: { zoneId: link.zone.zoneId, entranceGroupId: link.entranceGroupId } }),
    keys: Object.fromEntries(keyDomains.map((domain) => [domain, { arn: keys[domain].arn, keyId: keys[domain].keyId }])),
    alarms: { topicArn: alarms.topicArn },
    ...stores,
  };
}

function networkOutput({ vpcId, vpcCidr, zoneIds, publicSubnetIds, privateSubnetIds, databaseSubnetIds }: NetworkRef): NetworkRef {
  return { vpcId, vpcCidr, zoneIds, publicSubnetIds, privateSubnetIds, databaseSubnetIds };
}

/** The layer `platform` as outputs. */
export function platformOutputs({ cluster, tasks, ...entries }: RegionPlatformRef): Record<string, unknown> {
  if (tasks === undefined) {
    const { clusterName, securityGroupId, kubeconfigJson } = cluster!;
    return { cluster: { clusterName, securityGroupId, kubeconfigJson } satisfies ClusterRef, ...entries };
  }
  const { clusterName, clusterArn, namespace, namespaceId, logGroupName, logGroupArn, targetSecurityGroupId } = tasks;
  const kept: TaskClusterRef = { clusterName, clusterArn, namespace, namespaceId, logGroupName, logGroupArn, targetSecurityGroupId };
  return { tasks: kept, ...entries };
}

/** The layer `data` as its stack gives it. What there is to read follows from the settings, so that it is known before any value is. */
export function dataReference(stack: pulumi.StackReference, settings: RegionSettings): RegionDataRef {
  const { cidr, zones, stores, parts, domain } = settings;
  const at = reader(stack);
  const named = (path: string, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, at(`${path}.${name}`)]));
  const subnets = (tier: string) => named(`network.${tier}SubnetIds`, zones);
  const pairs = (path: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { arn: at(`${path}.${name}.arn`), name: at(`${path}.${name}.name`) }]));
  return {
    network: {
      vpcId: at("network.vpcId"),
      vpcCidr: cidr,
      zoneIds: zones,
      publicSubnetIds: subnets("public"),
      privateSubnetIds: subnets("private"),
      databaseSubnetIds: subnets("database"),
    },
    clientGroupIds: { engine: at("clientGroupIds.engine"), services: at("clientGroupIds.services") },
    keys: Object.fromEntries(
      keyDomains.map((domain): [string, KeyRef] => [domain, { arn: at(`keys.${domain}.arn`), keyId: at(`keys.${domain}.keyId`) }]),
    ) as RegionDataRef["keys"],
    alarms: { topicArn: at("alarms.topicArn") },
    ...(parts.includes("authority") ? { authority: { issuingArn: at("authority.issuingArn"), rootArn: at("authority.rootArn") } } : {}),
    ...(parts.includes("regions")
      ? { link: { zone: { zoneId: at("link.zoneId"), domain: privateDomain(domain) }, entranceGroupId: at("link.entranceGroupId") } }
      : {}),
    ...(stores.length === 0 || stores.includes("sql")
      ? {
          sql: {
            endpoint: at("sql.endpoint"),
            ...(settings.homeStack === "" ? {} : { promotedEndpoint: at("sql.promotedEndpoint") }),
            resourceId: at("sql.resourceId"),
            adminSecretArn: at("sql.adminSecretArn"),
          },
        }
      : {}),
    ...(stores.includes("cache") ? { cache: { endpoint: at("cache.endpoint"), arn: at("cache.arn"), userArn: at("cache.userArn") } } : {}),
    streams: stores.includes("events") ? pairs("streams", Object.keys(exchangeStreams)) : {},
    buckets: stores.includes("lake") ? pairs("buckets", Object.keys(exchangeBuckets)) : {},
    ...(stores.includes("search") && stores.includes("delivery")
      ? { search: { arn: at("search.arn"), callerGroupId: at("search.callerGroupId") } }
      : {}),
    ...(parts.includes("standby")
      ? { leadership: { arn: at("leadership.arn"), name: at("leadership.name"), keyArn: at("leadership.keyArn") } }
      : {}),
    ...(parts.length === 0 || parts.includes("messaging")
      ? {
          notices: {
            queueArn: at("notices.queueArn"),
            queueUrl: at("notices.queueUrl"),
            deadLettersArn: at("notices.deadLettersArn"),
            topicArn: at("notices.topicArn"),
          },
        }
      : {}),
    ...(parts.includes("mail")
      ? { mail: { identityArn: at("mail.identityArn"), configurationSetName: at("mail.configurationSetName") } }
      : {}),
  };
}

/** The layer `platform` as its stack gives it. @param name of the region's components: names of clusters are made of it, and are plain, since names of log groups and metrics are made of those */
export function platformReference(stack: pulumi.StackReference, name: string, { compute, parts }: RegionSettings): RegionPlatformRef {
  const at = reader(stack);
  const group = (path: string): TargetGroupRef => ({
    arn: at(`${path}.arn`),
    sourceSecurityGroupId: at(`${path}.sourceSecurityGroupId`),
  });
  return {
    ...(compute === "eks" ? { cluster: clusterReference(`${name}-cluster`, at) } : { tasks: tasksReference(`${name}-tasks`, at) }),
    ...(parts.includes("regions") ? { shardTargetGroup: group("shardTargetGroup") } : {}),
    targetGroups: Object.fromEntries([...Object.keys(socketListeners), "rest"].map((key) => [key, group(`targetGroups.${key}`)])),
    certificateArn: at("certificateArn"),
  };
}

function clusterReference(clusterName: string, at: (path: string) => pulumi.Output<string>): ClusterRef {
  return { clusterName, securityGroupId: at("cluster.securityGroupId"), kubeconfigJson: at("cluster.kubeconfigJson") };
}

function tasksReference(clusterName: string, at: (path: string) => pulumi.Output<string>): TaskClusterRef {
  const of = (key: string) => at(`tasks.${key}`);
  return {
    clusterName,
    // As `FargateCluster` names it.
    namespace: `${clusterName}.internal`,
    clusterArn: of("clusterArn"),
    namespaceId: of("namespaceId"),
    logGroupName: of("logGroupName"),
    logGroupArn: of("logGroupArn"),
    targetSecurityGroupId: of("targetSecurityGroupId"),
  };
}

/** Reads one text of the stack's outputs by its path. */
function reader(stack: pulumi.StackReference): (path: string) => pulumi.Output<string> {
  return (path) => {
    const [name, ...keys] = path.split(".");
    return stack.requireOutput(name).apply((output) => keys.reduce((value, key) => value?.[key], output)) as pulumi.Output<string>;
  };
}
