/** The stack that exists once. */

import * as aws from "@pulumi/aws";
import { type AlarmReceivers, ExchangeGlobal } from "../components";
import type { GlobalSettings } from "./settings";

export function globalProgram(settings: GlobalSettings): Record<string, unknown> {
  const protection = settings.preset === "production" ? "on" : "off";
  const usEast1 = provider("us-east-1", settings);
  const exchange = new ExchangeGlobal(
    "bourse",
    {
      domain: settings.domain,
      accountId: settings.accountId,
      usEast1,
      standby: provider(settings.standbyRegion, settings),
      account: { host: `account-origin.${settings.domain}`, standbyRegion: settings.standbyRegion },
      receivers: receiversOf(settings.alarmEmails),
      protection,
      tags: stackTags(settings),
    },
    { provider: usEast1 },
  );
  return {
    zoneId: exchange.zone.zoneId,
    nameServers: exchange.edge.nameServers,
    delegationRecord: exchange.edge.delegationRecord,
    distributionId: exchange.edge.distributionId,
    restListenerArn: exchange.ingress.listenerArns.rest,
    socketListenerArn: exchange.ingress.listenerArns.sockets,
    siteBucketName: exchange.edge.siteBucketName,
    originSecrets: exchange.originSecrets,
  };
}

/** A provider that refuses any other account. */
export function provider(region: string, settings: { accountId: string }): aws.Provider {
  return new aws.Provider(`aws-${region}`, { region: region as aws.Region, allowedAccountIds: [settings.accountId] });
}

/** Mail addresses by the part before the @. */
export function receiversOf(addresses: readonly string[]): AlarmReceivers {
  return Object.fromEntries(addresses.map((endpoint) => [endpoint.split("@")[0], { protocol: "email", endpoint }]));
}

/** Tags by which costs are told apart; activate them as cost allocation tags. */
export function stackTags(settings: { preset: string; scope: string }): Record<string, string> {
  return { "bourse:preset": settings.preset, "bourse:scope": settings.scope };
}
