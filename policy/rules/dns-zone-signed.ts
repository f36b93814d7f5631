/** Public hosted zones are signed with DNSSEC. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const dnsZoneSigned: Rule = {
  id: "dns-zone-signed",
  title: "Public zones are signed",
  checks: "Public hosted zones are signed with DNSSEC.",
  why: "A forged answer sends customers, with their passwords, elsewhere.",
  fix: "Add a HostedZoneDnsSec with a key signing key.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:route53/zone:Zone"],
  check: (zone, graph) => {
    if (listOf(zone.inputs.vpcs).length > 0) return [];
    return graph.referrersOf(zone, "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec", "hostedZoneId").length > 0 ? [] : ["is not signed"];
  },
  passing: {
    type: "aws:route53/zone:Zone",
    inputs: {},
    others: [
      { type: "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec", name: "signing", inputs: {}, references: { hostedZoneId: ["example"] } },
    ],
  },
  failing: { type: "aws:route53/zone:Zone", inputs: {} },
};
