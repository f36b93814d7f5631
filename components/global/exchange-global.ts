/** What the exchange has once: its edge, its addresses and its zone. Regions join it, it never lists them. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type AccountOrigin, ExchangeEdge, type ExchangeEdgeArgs, exchangeEdgeFaults, originAnnouncement } from "../edge";
import {
  BourseComponent,
  type CommonArgs,
  type Fault,
  type HostedZoneRef,
  type Protection,
  regionFaults,
  type SecretRef,
} from "../foundation";
import { GlobalIngress, type GlobalIngressArgs, globalIngressFaults } from "../ingress";
import { type AlarmReceivers, AlarmTopic, alarmTopicFaults } from "../observability";
import { KeyRing, keyRingFaults, SecretStore } from "../security";

/** The account API, which regions answer under one host. */
export interface GlobalAccount extends AccountOrigin {
  /**
   * Region of `standby`, in which the secret of the origin header has a copy. Regions read the copy in their own, or that of us-east-1. Plain, since it decides how many children
   * exist. @default no copy
   */
  standbyRegion?: string;
}

/** Arguments of {@link ExchangeGlobal}. */
export interface ExchangeGlobalArgs extends CommonArgs {
  /** Domain of the exchange, without trailing dot. Changing it **replaces** zone and certificate. */
  domain: string;
  accountId: pulumi.Input<string>;
  /** Provider of us-east-1, where CloudFront's certificate, firewall and logs are. */
  usEast1: aws.Provider;
  /** Provider of the region that holds the standby copy of the site. */
  standby: aws.Provider;
  /** The account API, which regions answer. @default no account path */
  account?: GlobalAccount;
  /** Who is told of alarms, by a name for each. @default nobody; alarms show in CloudWatch */
  receivers?: AlarmReceivers;
  /** @default "on" */
  protection?: Protection;
  /** Arguments of the parts over those made here. */
  over?: { edge?: Partial<ExchangeEdgeArgs>; ingress?: Partial<GlobalIngressArgs> };
}

export function exchangeGlobalFaults(name: string, args: ExchangeGlobalArgs): Fault[] {
  // The key does not exist before its ring does; faults do not depend on it.
  const logKey = { arn: "", keyId: "" };
  const { accountId, domain, over } = args;
  const edge = exchangeEdgeFaults({ ...args, logKey, ...over?.edge }, `${name}-edge`);
  const ingress = globalIngressFaults(`${name}-ingress`, { accountId, zone: { zoneId: "", domain }, ...over?.ingress });
  // The domain is an argument of both; the edge has named its faults.
  const standby = args.account?.standbyRegion;
  return [
    ...edge,
    ...ingress.filter(({ path }) => path !== "zone.domain"),
    ...keyRingFaults({ accountId, domains: ["log", "stream"] }),
    ...alarmTopicFaults(args),
    ...(standby === undefined ? [] : regionFaults("account.standbyRegion", standby)),
  ];
}

/** The edge (distribution, firewall, zone), the accelerators, the secret between edge and account API, their alarms' topic, and the keys of all these. */
export class ExchangeGlobal extends BourseComponent {
  readonly zone: HostedZoneRef;
  readonly edge: ExchangeEdge;
  readonly ingress: GlobalIngress;
  /** The secret of the account API's origin header, by the region to read it in; none without an account API. */
  readonly originSecrets: Readonly<Record<string, SecretRef>>;

  constructor(name: string, args: ExchangeGlobalArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:global:ExchangeGlobal", name, args, exchangeGlobalFaults(name, args), opts);
    const { accountId, protection, tags, usEast1 } = args;

    const domains = args.account === undefined ? (["log", "stream"] as const) : (["log", "stream", "secret"] as const);
    const keys = new KeyRing(`${name}-keys`, { accountId, domains: [...domains], protection, tags }, { parent: this, provider: usEast1 });
    // Metrics of CloudFront, Route 53 and what else is global are in us-east-1, and an alarm tells a topic of its own region.
    const alarms = new AlarmTopic(
      `${name}-alarms`,
      { accountId, key: keys.key("stream"), receivers: args.receivers, tags },
      { parent: this, provider: usEast1 },
    );
    this.edge = new ExchangeEdge(
      `${name}-edge`,
      {
        domain: args.domain,
        accountId,
        usEast1,
        standby: args.standby,
        logKey: keys.key("log"),
        alarms,
        account: args.account,
        protection,
        tags,
        ...args.over?.edge,
      },
      { parent: this },
    );

    this.zone = this.edge.zone;
    this.ingress = new GlobalIngress(
      `${name}-ingress`,
      { accountId, zone: this.zone, protection, tags, ...args.over?.ingress },
      { parent: this, provider: usEast1 },
    );
    this.originSecrets = this.createOriginSecret(keys, alarms, args);
    this.registerOutputs({ zoneId: this.zone.zoneId, domain: this.zone.domain });
  }
  /** Made, renewed and written into CloudFront by a function; no program and no person sees it. */
  private createOriginSecret(keys: KeyRing, alarms: AlarmTopic, args: ExchangeGlobalArgs): Record<string, SecretRef> {
    const { account, accountId, protection, tags, usEast1, standby } = args;
    if (account === undefined) return {};
    const key = keys.key("secret");
    const { standbyRegion } = account;
    const copies =
      standbyRegion === undefined
        ? {}
        : {
            [standbyRegion]: new KeyRing(
              `${this.name}-standby-keys`,
              { accountId, domains: ["secret"], primaryArns: { secret: key.arn }, protection, tags },
              { parent: this, provider: standby },
            ).key("secret"),
          };
    const secrets = new SecretStore(
      `${this.name}-secrets`,
      {
        accountId,
        key,
        logKey: keys.key("log"),
        secrets: { origin: { description: "Value of the header by which the account API knows CloudFront" } },
        replicaKeys: copies,
        announcement: originAnnouncement(this.edge.originProof!),
        alarms,
        protection,
        tags,
      },
      { parent: this, provider: usEast1 },
    );
    const arn = secrets.secretArns.origin;
    return {
      "us-east-1": { arn, keyArn: key.arn },
      // A copy has the ARN of the original but for the region (Secrets Manager guide, "Replicate secrets across Regions").
      ...Object.fromEntries(
        Object.entries(copies).map(([region, { arn: keyArn }]) => [
          region,
          { arn: arn.apply((text) => text.replace(":us-east-1:", `:${region}:`)), keyArn },
        ]),
      ),
    };
  }
}
