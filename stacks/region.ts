/** The stack of one region. */

import { relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  type BucketCopy,
  type DataLayerArgs,
  ExchangeRegion,
  type ExchangeRegionArgs,
  exchangeBuckets,
  exchangeTables,
  faultsError,
  type LayersBelow,
  type RegionLayer,
  type SecretRef,
  ServiceImage,
} from "../components";
import { provider, receiversOf, stackTags } from "./global";
import { dataOutputs, dataReference, platformOutputs, platformReference } from "./layer-references";
import type { RegionSettings } from "./settings";

/** Domains whose keys other regions have replicas of. */
const replicatedKeys = ["data", "stream", "secret"] as const;

/** Name of the region's components. */
const name = "bourse";

/** @param stack name of the stack, which with `layers` ends in that of its layer */
export function regionProgram(settings: RegionSettings, stack: string): Record<string, unknown> {
  const layer = layerOf(settings, stack);
  const aws = provider(settings.region, settings);
  const tags = stackTags(settings);
  const globalStack = new pulumi.StackReference(settings.globalStack);
  const globalOutput = (name: string) => globalStack.requireOutput(name) as pulumi.Output<string>;
  const runsImage = layer === undefined || layer === "services";
  const built = () => (runsImage ? new ServiceImage("bourse-image", { tags }, { provider: aws }).digestUri : undefined);

  const home = settings.homeStack === "" ? undefined : new pulumi.StackReference(settings.homeStack);
  const homeOutput = (name: string, key: string) => home!.requireOutput(name).apply((value: Record<string, string>) => value[key]);

  const exchange = new ExchangeRegion(
    name,
    {
      accountId: settings.accountId,
      region: settings.region,
      cidr: settings.cidr,
      zoneIds: settings.zones,
      placement: { tier: "hot", zoneId: settings.hotZone, standbyZoneId: settings.hotStandbyZone },
      zone: { zoneId: globalOutput("zoneId"), domain: settings.domain },
      acceleratorListenerArns: { rest: globalOutput("restListenerArn"), sockets: globalOutput("socketListenerArn") },
      image: settings.image === "" ? built() : settings.image,
      layer,
      below: layer === undefined ? undefined : layersBelow(layer, settings, stack),
      preset: settings.preset,
      compute: settings.compute,
      capacity: settings.capacity,
      capacitySizes: settings.sizes,
      parts: settings.parts.length === 0 ? undefined : settings.parts,
      monthlyUsd: settings.monthlyUsd,
      members: settings.members,
      originSecret: settings.parts.includes("account") ? originSecretOf(globalStack, settings.region) : undefined,
      analyticsArchive: settings.analyticsArchive === undefined ? undefined : fromHere(settings.analyticsArchive),
      globalDatabase: settings.globalDatabase || undefined,
      lease: layer === undefined || layer === "data" ? leaseOf(settings) : undefined,
      // What was encrypted at home is read here with replicas of its keys, and its tables are read here too.
      joins:
        home === undefined
          ? undefined
          : {
              home: {
                region: settings.homeRegion,
                cidr: settings.homeCidr,
                vpcId: homeOutput("network", "vpcId"),
                routeTableIds: Object.fromEntries(settings.homeZones.map((zoneId) => [zoneId, homeOutput("routeTableIds", zoneId)])),
                zoneId: homeOutput("link", "zoneId"),
                entranceGroupId: homeOutput("link", "entranceGroupId"),
                rootArn: homeOutput("authority", "rootArn"),
                provider: provider(settings.homeRegion, settings),
              },
              ...(settings.parts.includes("standby")
                ? { lease: { tableName: homeOutput("leadership", "name"), keyArn: homeOutput("leadership", "copiesKeyArn") } }
                : {}),
              keyArns: Object.fromEntries(replicatedKeys.map((domain) => [domain, homeOutput("keyArns", domain)])),
              tableArns: Object.fromEntries(Object.keys(exchangeTables).map((role) => [role, homeOutput("tableArns", role)])),
            },
      ...(settings.stores.length === 0 ? {} : { stores: settings.stores }),
      over: { data: copiesOf(settings) },
      endpoint: settings.clusterCidrs.length === 0 ? "private" : { publicCidrs: settings.clusterCidrs },
      administrators: Object.fromEntries(settings.administrators.map((arn) => [arn.split("/").at(-1)!, arn])),
      receivers: receiversOf(settings.alarmEmails),
      tags,
    },
    { provider: aws },
  );
  const { data, platform } = exchange;
  return {
    ...(layer === undefined || layer === "data"
      ? {
          ...dataOutputs(data),
          // What regions that join read, beside network, link and authority.
          routeTableIds: exchange.routeTableIds,
          keyArns: Object.fromEntries(replicatedKeys.map((domain) => [domain, data.keys[domain].arn])),
          tableArns: exchange.tableArns,
        }
      : {}),
    ...(layer === undefined || layer === "platform" ? { ...platformOutputs(platform!), loadBalancer: exchange.loadBalancerName } : {}),
  };
}

/** In which regions it is written who leads. */
function leaseOf({ lease, accountId }: RegionSettings): ExchangeRegionArgs["lease"] {
  if (lease === undefined) return undefined;
  return { copies: { region: lease.copies, provider: provider(lease.copies, { accountId }) }, witness: lease.witness };
}

/** Copies of the archive and of backups where the settings name a place for them: what is lost with a region, or with an account, is kept there. */
function copiesOf({ archiveCopy, backupCopy }: RegionSettings): Partial<DataLayerArgs> {
  const copy = archiveCopy as unknown as BucketCopy | undefined;
  return {
    ...(copy === undefined ? {} : { lake: { buckets: { ...exchangeBuckets, archive: { ...exchangeBuckets.archive, copy } } } }),
    ...(backupCopy === undefined ? {} : { backups: { copyTo: backupCopy } }),
  };
}

/** The layer that a stack of a region in layers is. */
function layerOf({ layers }: RegionSettings, stack: string): RegionLayer | undefined {
  if (layers.length === 0) return undefined;
  const found = layers.find((layer) => stack.endsWith(`-${layer}`));
  if (found !== undefined) return found;
  const allowed = `a stack whose name ends in ${layers.map((layer) => `-${layer}`).join(", ")}, as the region is in layers`;
  const fix = `select ${stack}-${layers[0]} with --config-file stacks/Pulumi.${stack}.yaml, or remove layers for one stack`;
  throw faultsError("the stack's configuration has faults", [{ path: "layers", given: stack, allowed, fix }]);
}

/** References to the stacks below, which are named alike and belong to the organization of the global one. */
function layersBelow(layer: RegionLayer, settings: RegionSettings, stack: string): LayersBelow {
  const [organization, project] = settings.globalStack.split("/");
  const region = stack.slice(0, -layer.length - 1);
  const stackOf = (each: RegionLayer) => new pulumi.StackReference(`${organization}/${project}/${region}-${each}`);
  return {
    ...(layer === "data" ? {} : { data: dataReference(stackOf("data"), settings) }),
    ...(layer === "services" ? { platform: platformReference(stackOf("platform"), name, settings) } : {}),
  };
}

/** The copy in the region where there is one, else the original. */
function originSecretOf(globalStack: pulumi.StackReference, region: string): SecretRef {
  const secrets = globalStack.requireOutput("originSecrets") as pulumi.Output<Record<string, { arn: string; keyArn: string }>>;
  const own = secrets.apply((byRegion) => byRegion[region] ?? byRegion["us-east-1"]);
  return { arn: own.arn, keyArn: own.keyArn };
}

/** A path below the repository as seen from where the program runs: the Pulumi CLI runs it in `stacks`, the planner where it is called. */
function fromHere(path: string): string {
  return relative(process.cwd(), resolve(__dirname, "..", path));
}
