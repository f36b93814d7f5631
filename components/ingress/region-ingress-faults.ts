/** Faults of the arguments of RegionIngress. */

import { childNameFaults, cidrFaults, domainFaults, type Fault, isPlain, regionFaults, webAclFaults } from "../foundation";
import { type AcceleratorKind, acceleratorKinds } from "./global-ingress";
import type { RegionIngressArgs } from "./region-ingress";
import { socketListenerFaults, socketListeners } from "./socket-listeners";

export function regionIngressFaults(name: string, args: RegionIngressArgs): Fault[] {
  const listeners = args.listeners ?? socketListeners;
  const faults: Fault[] = socketListenerFaults("listeners", listeners);
  const targetGroup = args.rest === "network" ? [] : ["-rest-pods"];
  faults.push(...childNameFaults(name, { loadBalancer: ["-sockets"], targetGroup, bucket: ["-logs-bucket"] }));
  for (const key of Object.keys(listeners)) {
    faults.push(...childNameFaults(name, { targetGroup: [`-${key}`] }, `listeners["${key}"]`));
  }
  faults.push(...webAclFaults("firewall", args.firewall ?? {}));
  if ("rest" in listeners) {
    const allowed = "any name but rest, which the REST API's target group has";
    faults.push({ path: 'listeners["rest"]', given: "rest", allowed, fix: "rename the listener" });
  }
  const dial = args.trafficDial;
  if (dial !== undefined && !(dial >= 0 && dial <= 100)) {
    faults.push({ path: "trafficDial", given: dial, allowed: "a percentage from 0 to 100", fix: "use 100, or 0 to drain the region" });
  }
  for (const kind of Object.keys(args.acceleratorListenerArns ?? {})) {
    if (acceleratorKinds.includes(kind as AcceleratorKind)) continue;
    const path = `acceleratorListenerArns["${kind}"]`;
    faults.push({ path, given: kind, allowed: acceleratorKinds.join(" or "), fix: "correct the name" });
  }
  const zoneIds = args.zoneIds ?? args.network.zoneIds;
  if (zoneIds.length < 2) {
    faults.push({ path: "zoneIds", given: zoneIds, allowed: "two zones or more, so that one may fail", fix: "add a zone" });
  }
  zoneIds.forEach((zoneId, index) => {
    if (args.network.publicSubnetIds[zoneId] !== undefined) return;
    faults.push({
      path: `zoneIds[${index}]`,
      given: zoneId,
      allowed: `a zone with a public subnet: ${Object.keys(args.network.publicSubnetIds).join(", ")}`,
      fix: "add the subnet to the network or leave the zone out",
    });
  });
  const cidrs = args.clientCidrs ?? ["0.0.0.0/0"];
  cidrs.forEach((cidr, index) => {
    faults.push(...cidrFaults(`clientCidrs[${index}]`, cidr));
  });
  if (cidrs.length === 0) {
    faults.push({ path: "clientCidrs", given: [], allowed: "one range or more", fix: 'write ["0.0.0.0/0"] for a public exchange' });
  }
  if (isPlain(args.certificateArn) && !/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/.test(args.certificateArn)) {
    faults.push({
      path: "certificateArn",
      given: args.certificateArn,
      allowed: "the ARN of a certificate of ACM in this region",
      fix: "leave it out to have one made",
    });
  }
  faults.push(...domainFaults("zone.domain", args.zone.domain), ...regionFaults("region", args.region));
  args.hosts?.forEach((host, index) => {
    if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host)) return;
    const allowed = "one label of lower-case letters, digits and hyphens";
    faults.push({ path: `hosts[${index}]`, given: host, allowed, fix: "leave the domain out, as in api" });
  });
  return faults;
}
