/** The layer `services` of a region: all that runs the image. A new image changes nothing below it. */

import type * as pulumi from "@pulumi/pulumi";
import { coreDataStores, Delivery, deliveryOf } from "../data";
import type { ExchangeServices, FargateServices } from "../services";
import { type AccountPart, createAccountPart } from "./account-part";
import { createServices } from "./compute";
import { dataLayerArgs } from "./data-part";
import type { ExchangeRegionArgs } from "./exchange-region";
import type { RegionDataRef, RegionPlatformRef } from "./region-layers";
import { coreRegionParts } from "./region-parts";
import { servicesOf } from "./region-services";
import { databaseAdministrator, storeRefs } from "./store-refs";

/** Components of the layer. */
export interface ServicesPart {
  services: ExchangeServices | FargateServices;
  delivery?: Delivery;
  account?: AccountPart;
}

/** @param first what pods need when the layers are in one stack: nodes, add-ons, the controller that binds them, and target groups with listeners */
export function createServicesPart(
  name: string,
  args: ExchangeRegionArgs,
  { data, platform }: { data: RegionDataRef; platform: RegionPlatformRef },
  first: pulumi.Resource[],
  inside: pulumi.ComponentResourceOptions,
): ServicesPart {
  const { accountId, region, zone, protection, tags, over } = args;
  const { network, keys, alarms } = data;
  const { cluster, tasks, certificateArn, targetGroups, shardTargetGroup } = platform;
  const image = args.image!;
  const chosen = { stores: args.stores ?? coreDataStores, parts: args.parts ?? coreRegionParts };
  const services = servicesOf(args);
  const stores = storeRefs(data, args, `${name}/exchange`);

  const delivery = chosen.stores.includes("delivery")
    ? new Delivery(`${name}-data-delivery`, deliveryOf(dataLayerArgs(args, data), deliverySources(data)), inside)
    : undefined;
  const account = chosen.parts.includes("account")
    ? createAccountPart(
        {
          name,
          accountId,
          region,
          zone,
          network,
          serviceGroupId: data.clientGroupIds.services,
          podGroupId: cluster?.securityGroupId ?? tasks!.targetSecurityGroupId,
          certificateArn,
          image,
          keys,
          stores,
          originSecret: args.originSecret!,
          alarms,
          place: data.link && (args.joins === undefined ? "primary" : "secondary"),
          protection,
          tags,
          over: over?.account,
        },
        inside,
      )
    : undefined;
  return {
    delivery,
    account,
    services: createServices(
      name,
      args,
      { data, platform },
      {
        services,
        stores,
        ...(args.joins === undefined
          ? { administrator: databaseAdministrator(data, region, keys.data, over?.data?.sql?.databaseName) }
          : {}),
        targetGroups: {
          ...(services.includes("gateway") ? { gateway: targetGroups } : {}),
          ...(services.includes("trading") && shardTargetGroup !== undefined ? { trading: { shard: shardTargetGroup } } : {}),
          ...(account === undefined ? {} : { users: { account: account.targetGroup } }),
        },
      },
      { ...inside, dependsOn: first },
    ),
  };
}

function deliverySources({ streams, buckets, search }: RegionDataRef) {
  return { streams, buckets, searchArn: search?.arn, callerGroupId: search?.callerGroupId };
}
