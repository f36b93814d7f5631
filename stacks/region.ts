/** The stack of one region. */

import { relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ExchangeRegion, exchangeTables, type SecretRef, ServiceImage } from "../components";
import { provider, receiversOf, stackTags } from "./global";
import type { RegionSettings } from "./settings";

/** Domains whose keys other regions have replicas of. */
const replicatedKeys = ["data", "stream", "secret"] as const;

export function regionProgram(settings: RegionSettings): Record<string, unknown> {
  const aws = provider(settings.region, settings);
  const tags = stackTags(settings);
  const globalStack = new pulumi.StackReference(settings.globalStack);
  const globalOutput = (name: string) => globalStack.requireOutput(name) as pulumi.Output<string>;
  const image = settings.image === "" ? new ServiceImage("bourse-image", { tags }, { provider: aws }).digestUri : settings.image;

  const home = settings.homeStack === "" ? undefined : new pulumi.StackReference(settings.homeStack);
  const homeOutput = (name: string, key: string) => home!.requireOutput(name).apply((value: Record<string, string>) => value[key]);

  const exchange = new ExchangeRegion(
    "bourse",
    {
      accountId: settings.accountId,
      region: settings.region,
      cidr: settings.cidr,
      zoneIds: settings.zones,
      placement: { tier: "hot", zoneId: settings.hotZone, standbyZoneId: settings.hotStandbyZone },
      zone: { zoneId: globalOutput("zoneId"), domain: settings.domain },
      acceleratorListenerArns: { rest: globalOutput("restListenerArn"), sockets: globalOutput("socketListenerArn") },
      image,
      preset: settings.preset,
      capacity: settings.capacity,
      capacitySizes: settings.sizes,
      parts: settings.parts.length === 0 ? undefined : settings.parts,
      monthlyUsd: settings.monthlyUsd,
      members: settings.members,
      originSecret: settings.parts.includes("account") ? originSecretOf(globalStack, settings.region) : undefined,
      analyticsArchive: settings.analyticsArchive === undefined ? undefined : fromHere(settings.analyticsArchive),
      globalDatabase: settings.globalDatabase || undefined,
      // What was encrypted at home is read here with replicas of its keys, and its tables are read here too.
      joins:
        home === undefined
          ? undefined
          : {
              keyArns: Object.fromEntries(replicatedKeys.map((domain) => [domain, homeOutput("keyArns", domain)])),
              tableArns: Object.fromEntries(Object.keys(exchangeTables).map((role) => [role, homeOutput("tableArns", role)])),
            },
      ...(settings.stores.length === 0 ? {} : { stores: settings.stores }),
      endpoint: settings.clusterCidrs.length === 0 ? "private" : { publicCidrs: settings.clusterCidrs },
      administrators: Object.fromEntries(settings.administrators.map((arn) => [arn.split("/").at(-1)!, arn])),
      receivers: receiversOf(settings.alarmEmails),
      tags,
    },
    { provider: aws },
  );
  return {
    keyArns: Object.fromEntries(replicatedKeys.map((domain) => [domain, exchange.keys.key(domain).arn])),
    tableArns: Object.fromEntries(Object.entries(exchange.data.tables?.tables ?? {}).map(([role, { arn }]) => [role, arn])),
    vpcId: exchange.network.vpcId,
    clusterName: exchange.cluster.clusterName,
    kubeconfig: exchange.cluster.kubeconfigJson,
    loadBalancer: exchange.ingress.dnsName,
    alarmTopicArn: exchange.alarms.topicArn,
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
