/** The layer `data` of a region: keys, the alarms' topic, network, stores, messages and mail. */

import type * as pulumi from "@pulumi/pulumi";
import { DataLayer, type DataLayerArgs, TableReplica } from "../data";
import type { KeyRef } from "../foundation";
import { ExchangeNetwork } from "../network";
import { AlarmTopic } from "../observability";
import { type KeyDomain, KeyRing, keyDomains } from "../security";
import type { ExchangeRegionArgs } from "./exchange-region";
import { createMessageParts } from "./message-parts";
import type { RegionDataRef } from "./region-layers";
import { dataChoices } from "./region-sizes";

/** Components of the layer, and what it gives. */
export interface DataPart {
  keys: KeyRing;
  alarms: AlarmTopic;
  network: ExchangeNetwork;
  stores: DataLayer;
  /** Replicas of the home region's tables. */
  tableReplica?: TableReplica;
  reference: RegionDataRef;
}

export function createDataPart(name: string, args: ExchangeRegionArgs, inside: pulumi.ComponentResourceOptions): DataPart {
  const { accountId, cidr, zoneIds, protection, tags, over, joins } = args;
  const shared = { protection, tags };
  const keys = new KeyRing(`${name}-keys`, { accountId, primaryArns: joins?.keyArns, ...shared }, inside);
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
      : new TableReplica(`${name}-replicas`, { tableArns: joins.tableArns, key: keys.key("data"), alarms, ...shared }, inside);
  return {
    keys,
    alarms,
    network,
    stores,
    tableReplica,
    reference: {
      network,
      clientGroupIds,
      keys: keyRefs,
      alarms,
      ...storesGiven(stores),
      ...createMessageParts({ name, args, network, serviceGroupId: services, keys: keyRefs, alarms }, inside),
    },
  };
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

function storesGiven({ sql, cache, events, sources }: DataLayer): Pick<RegionDataRef, "sql" | "cache" | "streams" | "buckets" | "search"> {
  const { buckets, searchArn, callerGroupId } = sources;
  return {
    ...(sql === undefined ? {} : { sql: { endpoint: sql.endpoint, resourceId: sql.resourceId, adminSecretArn: sql.adminSecretArn } }),
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
