/** The layer `data` of a region: keys, the alarms' topic, network, stores, messages and mail. */

import * as pulumi from "@pulumi/pulumi";
import { DataLayer, type DataLayerArgs, TableReplica, TableStore } from "../data";
import type { AlarmTarget, KeyRef } from "../foundation";
import { ExchangeNetwork, RegionLink } from "../network";
import { AlarmTopic } from "../observability";
import { type KeyDomain, KeyRing, keyDomains, PrivateAuthority } from "../security";
import { catalog } from "../services";
import type { ExchangeRegionArgs } from "./exchange-region";
import { createMessageParts } from "./message-parts";
import type { RegionDataRef } from "./region-layers";
import { coreRegionParts } from "./region-parts";
import { dataChoices } from "./region-sizes";

/** Components of the layer, and what it gives. */
export interface DataPart {
  keys: KeyRing;
  alarms: AlarmTopic;
  network: ExchangeNetwork;
  stores: DataLayer;
  /** Replicas of the home region's tables. */
  tableReplica?: TableReplica;
  /** With the part `authority`. */
  authority?: PrivateAuthority;
  /** With the part `regions`. */
  link?: RegionLink;
  reference: RegionDataRef;
}

export function createDataPart(name: string, args: ExchangeRegionArgs, inside: pulumi.ComponentResourceOptions): DataPart {
  const { accountId, cidr, zoneIds, protection, tags, over, joins } = args;
  const shared = { protection, tags };
  const backupsCopiedTo = over?.data?.backups?.copyTo;
  const keys = new KeyRing(`${name}-keys`, { accountId, primaryArns: joins?.keyArns, backupsCopiedTo, ...shared }, inside);
  // Before everything that brings alarms.
  const alarms = new AlarmTopic(`${name}-alarms`, { accountId, key: keys.key("stream"), receivers: args.receivers, tags }, inside);
  const network = new ExchangeNetwork(
    `${name}-network`,
    { accountId, cidr, zoneIds, logKey: keys.key("log"), alarms, ...shared, ...over?.network },
    inside,
  );
  const { engine, services } = network.clientGroupIds;
  const clientGroupIds = { engine, services };
  const keyRefs = Object.fromEntries(keyDomains.map((domain) => [domain, keys.key(domain)])) as Record<KeyDomain, KeyRef>;
  const layerArgs = dataLayerArgs(args, { network, clientGroupIds, keys: keyRefs, alarms });
  const stores = new DataLayer(`${name}-data`, layerArgs, inside);
  const tableReplica =
    joins?.tableArns === undefined
      ? undefined
      : new TableReplica(
          `${name}-replicas`,
          { region: args.region, tableArns: joins.tableArns, key: keys.key("data"), alarms, ...shared },
          inside,
        );
  const authority = createAuthority(name, args, alarms, inside);
  const link = createLink(name, args, network, inside);
  return {
    keys,
    alarms,
    network,
    stores,
    tableReplica,
    authority,
    link,
    reference: {
      network,
      clientGroupIds,
      keys: keyRefs,
      alarms,
      ...(authority === undefined ? {} : { authority: { issuingArn: authority.issuingArn, rootArn: authority.rootArn } }),
      ...(link === undefined ? {} : { link: { zone: link.zone, entranceGroupId: link.entranceGroupId } }),
      ...storesGiven(stores, joins !== undefined),
      ...createLeadership(name, args, { key: keyRefs.data, alarms }, inside),
      ...createMessageParts({ name, args, network, serviceGroupId: services, keys: keyRefs, alarms }, inside),
    },
  };
}

/** The authority of internal certificates, where it was chosen. Certificate Manager issues what tasks fetch; cert-manager asks for short-lived ones itself. */
function createAuthority(
  name: string,
  { compute, parts = coreRegionParts, zone, joins, protection, tags }: ExchangeRegionArgs,
  alarms: AlarmTarget,
  inside: pulumi.ComponentResourceOptions,
): PrivateAuthority | undefined {
  if (!parts.includes("authority")) return undefined;
  const issues = compute === "fargate" ? "managed" : "short-lived";
  const root = joins === undefined ? undefined : { arn: joins.home.rootArn, provider: joins.home.provider };
  return new PrivateAuthority(`${name}-authority`, { organization: zone.domain, issues, root, alarms, protection, tags }, inside);
}

/**
 * The table of who leads the shard. Its record is changed by comparing, so it is of one region alone, or strongly consistent over three: a write then waits for two of them, and whichever is lost,
 * the other two know who leads. A region that joins has the home region's.
 */
function createLeadership(
  name: string,
  { accountId, region, parts = coreRegionParts, lease, joins, protection, tags }: ExchangeRegionArgs,
  { key, alarms }: { key: KeyRef; alarms: AlarmTarget },
  inside: pulumi.ComponentResourceOptions,
): Pick<RegionDataRef, "leadership"> {
  if (!parts.includes("standby")) return {};
  if (joins !== undefined) {
    const { tableName, keyArn } = joins.lease!;
    return { leadership: { arn: pulumi.interpolate`arn:aws:dynamodb:${region}:${accountId}:table/${tableName}`, name: tableName, keyArn } };
  }
  // As `workloads/stores/leadership` reads and writes it.
  const shards = { key: { hash: { name: "name", type: "S" } }, stream: "off" } as const;
  const shared = { region, key, alarms, tables: { shards }, protection, tags };
  const storeName = `${name}-leadership`;
  if (lease === undefined) {
    const { tables } = new TableStore(storeName, shared, inside);
    return { leadership: { arn: tables.shards.arn, name: tables.shards.name, keyArn: key.arn } };
  }
  // The region that joins makes replicas of this one's keys itself, of which it can have one each: this key is another.
  const { copies, witness } = lease;
  const there = { ...inside, provider: copies.provider };
  const copiesKey = new KeyRing(`${storeName}-keys`, { accountId, domains: ["data"], multiRegion: false, protection, tags }, there).key(
    "data",
  );
  const replication = { consistency: "strong" as const, regions: [copies.region], witness };
  const { tables } = new TableStore(storeName, { ...shared, replication, replicaKeys: { [copies.region]: copiesKey } }, inside);
  return { leadership: { arn: tables.shards.arn, name: tables.shards.name, keyArn: key.arn, copiesKeyArn: copiesKey.arn } };
}

/** Tables of the private subnets, by zone id. */
export function privateTables({ zoneIds, routeTableIds }: ExchangeNetwork): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(zoneIds.map((zoneId) => [zoneId, routeTableIds[`private-${zoneId}`]]));
}

/** The link to the home region, or what regions that join will link to. */
function createLink(
  name: string,
  { region, cidr, zone, parts = coreRegionParts, joins, tags }: ExchangeRegionArgs,
  network: ExchangeNetwork,
  inside: pulumi.ComponentResourceOptions,
): RegionLink | undefined {
  if (!parts.includes("regions")) return undefined;
  return new RegionLink(
    `${name}-link`,
    {
      region,
      cidr,
      vpcId: network.vpcId,
      routeTableIds: privateTables(network),
      domain: zone.domain,
      shardPort: catalog.trading.port,
      home: joins?.home,
      tags,
    },
    inside,
  );
}

/** Arguments of the stores. What delivers is made by the layer `services`, as it runs the image. */
export function dataLayerArgs(
  args: ExchangeRegionArgs,
  { network, clientGroupIds, keys, alarms }: Pick<RegionDataRef, "network" | "clientGroupIds" | "keys" | "alarms">,
): DataLayerArgs {
  const { accountId, region, protection, tags } = args;
  return {
    accountId,
    region,
    network,
    keys: { data: keys.data, log: keys.log, stream: keys.stream },
    clients: clientGroupIds,
    image: args.image,
    archive: args.analyticsArchive,
    delivers: false,
    alarms,
    ...(args.stores === undefined ? {} : { stores: args.stores }),
    protection,
    tags,
    ...dataChoices(args),
  };
}

/** @param copies whether the database is a copy of another region's, whose readers alone answer (Aurora guide, "Amazon Aurora global database") */
function storesGiven(
  { sql, cache, events, sources }: DataLayer,
  copies: boolean,
): Pick<RegionDataRef, "sql" | "cache" | "streams" | "buckets" | "search"> {
  const { buckets, searchArn, callerGroupId } = sources;
  return {
    ...(sql === undefined
      ? {}
      : {
          sql: {
            ...(copies ? { endpoint: sql.readerEndpoint, promotedEndpoint: sql.endpoint } : { endpoint: sql.endpoint }),
            resourceId: sql.resourceId,
            adminSecretArn: sql.adminSecretArn,
          },
        }),
    ...cacheGiven(cache),
    streams: events?.streams ?? {},
    buckets,
    ...(searchArn === undefined || callerGroupId === undefined ? {} : { search: { arn: searchArn, callerGroupId } }),
  };
}

/** A cache whose users are others than the exchange's own is not for the services. */
function cacheGiven(cache: DataLayer["cache"]): Pick<RegionDataRef, "cache"> {
  const userArn = cache?.userArns.services;
  return cache === undefined || userArn === undefined ? {} : { cache: { endpoint: cache.endpoint, arn: cache.arn, userArn } };
}
