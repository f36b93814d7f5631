/** The stack of one region. */

import * as pulumi from "@pulumi/pulumi";
import { ExchangeRegion, ServiceImage } from "../components";
import { provider, stackTags } from "./global";
import type { RegionSettings } from "./settings";

export function regionProgram(settings: RegionSettings): Record<string, unknown> {
  const aws = provider(settings.region, settings);
  const tags = stackTags(settings);
  const globalStack = new pulumi.StackReference(settings.globalStack);
  const globalOutput = (name: string) => globalStack.requireOutput(name) as pulumi.Output<string>;
  const image = settings.image === "" ? new ServiceImage("bourse-image", { tags }, { provider: aws }).digestUri : settings.image;

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
      ...(settings.stores.length === 0 ? {} : { stores: settings.stores }),
      endpoint: settings.clusterCidrs.length === 0 ? "private" : { publicCidrs: settings.clusterCidrs },
      administrators: Object.fromEntries(settings.administrators.map((arn) => [arn.split("/").at(-1)!, arn])),
      receivers: Object.fromEntries(settings.alarmEmails.map((endpoint) => [endpoint.split("@")[0], { protocol: "email", endpoint }])),
      tags,
    },
    { provider: aws },
  );
  return {
    vpcId: exchange.network.vpcId,
    clusterName: exchange.cluster.clusterName,
    kubeconfig: exchange.cluster.kubeconfigJson,
    loadBalancer: exchange.ingress.dnsName,
    alarmTopicArn: exchange.observability.topicArn,
  };
}
