/** What the exchange has once: its edge, its addresses and its zone. Regions join it, it never lists them. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ExchangeEdge, type ExchangeEdgeArgs, exchangeEdgeFaults } from "../edge";
import { BourseComponent, type CommonArgs, type Fault, type HostedZoneRef, type Protection } from "../foundation";
import { GlobalIngress, type GlobalIngressArgs, globalIngressFaults } from "../ingress";
import { KeyRing, keyRingFaults } from "../security";

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
  account?: ExchangeEdgeArgs["account"];
  /** @default "on" */
  protection?: Protection;
  /** Arguments of the parts over those made here. */
  over?: { edge?: Partial<ExchangeEdgeArgs>; ingress?: Partial<GlobalIngressArgs> };
}

export function exchangeGlobalFaults(name: string, args: ExchangeGlobalArgs): Fault[] {
  // The key does not exist before its ring does; faults do not depend on it.
  const logKey = { arn: "", keyId: "" };
  const { accountId, domain, over } = args;
  const edge = exchangeEdgeFaults({ ...args, logKey, ...over?.edge });
  const ingress = globalIngressFaults(`${name}-ingress`, { accountId, zone: { zoneId: "", domain }, ...over?.ingress });
  // The domain is an argument of both; the edge has named its faults.
  return [...edge, ...ingress.filter(({ path }) => path !== "zone.domain"), ...keyRingFaults({ accountId, domains: ["log"] })];
}

/** The edge (distribution, firewall, zone), the accelerators, and the key that encrypts its logs. */
export class ExchangeGlobal extends BourseComponent {
  readonly zone: HostedZoneRef;
  readonly edge: ExchangeEdge;
  readonly ingress: GlobalIngress;

  constructor(name: string, args: ExchangeGlobalArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:global:ExchangeGlobal", name, args, exchangeGlobalFaults(name, args), opts);
    const { accountId, protection, tags, usEast1 } = args;

    const keys = new KeyRing(`${name}-keys`, { accountId, domains: ["log"], protection, tags }, { parent: this, provider: usEast1 });
    this.edge = new ExchangeEdge(
      `${name}-edge`,
      {
        domain: args.domain,
        accountId,
        usEast1,
        standby: args.standby,
        logKey: keys.key("log"),
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
    this.registerOutputs({ zoneId: this.zone.zoneId, domain: this.zone.domain });
  }
}
