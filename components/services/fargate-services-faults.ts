/** Faults of the arguments of FargateServices. */

import { type Fault, imageFaults, isPlain, logRetentionFaults } from "../foundation";
import { catalog, runnableServices, type ServiceName, type ServiceStore } from "./catalog";
import { serviceChoiceFaults } from "./exchange-services-faults";
import type { FargateServicesArgs } from "./fargate-services-args";
import { fargateSize } from "./fargate-sizes";

export function fargateServicesFaults(args: FargateServicesArgs): Fault[] {
  const running = args.services ?? runnableServices(Object.keys(args.stores ?? {}) as ServiceStore[]);
  const faults = [...imageFaults("image", args.image), ...serviceChoiceFaults(args, running)];
  for (const service of running.filter((each) => each in catalog)) faults.push(...taskFaults(service, args));
  if (args.stores?.leadership !== undefined) {
    const allowed = "no leadership: the members of a shard have names of their own, which tasks of one service do not have";
    faults.push({ path: 'stores["leadership"]', given: "leadership", allowed, fix: "leave it out, or run the services on EKS" });
  }
  if (args.network.zoneIds.length === 0) {
    faults.push({ path: "network.zoneIds", given: [], allowed: "one zone or more", fix: "pass a network with private subnets" });
  }
  if (isPlain(args.authorityArn) && !args.authorityArn.startsWith("arn:")) {
    const allowed = "the ARN of a private authority from which Certificate Manager may issue";
    faults.push({
      path: "authorityArn",
      given: args.authorityArn,
      allowed,
      fix: 'pass `issuingArn` of a PrivateAuthority with issues: "managed"',
    });
  }
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  return faults;
}

/** What a task cannot be. */
function taskFaults(service: ServiceName, args: FargateServicesArgs): Fault[] {
  const faults: Fault[] = [];
  const { milliCpu, memoryMib } = { ...catalog[service].size[args.preset ?? "production"], ...args.sizes?.[service] };
  if (fargateSize(milliCpu, memoryMib) === undefined) {
    const given = `${milliCpu} thousandths of a core, ${memoryMib} MiB`;
    const allowed = "at most 16 cores and 120 GiB (ECS guide, Task CPU and memory)";
    faults.push({ path: `sizes["${service}"]`, given, allowed, fix: "run the service on EKS, or split its load" });
  }
  const groups = Object.keys(args.targetGroups?.[service] ?? {}).length;
  if (groups > 5) {
    const allowed = "at most 5 target groups a service (ECS guide, Service load balancing)";
    faults.push({ path: `targetGroups["${service}"]`, given: groups, allowed, fix: "leave listeners out" });
  }
  return faults;
}
