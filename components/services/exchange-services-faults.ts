/** Faults of the arguments of ExchangeServices. */

import {
  cidrFaults,
  domainFaults,
  type Fault,
  hotPlacementFaults,
  imageFaults,
  isPlain,
  regionFaults,
  wholeNumberFaults,
} from "../foundation";
import {
  catalog,
  hasMembers,
  homeServices,
  runnableServices,
  runsAway,
  type ServiceName,
  type ServiceSize,
  type ServiceStore,
  serviceNames,
  shardMembers,
  singleServices,
  stores,
} from "./catalog";
import type { ExchangeServicesArgs } from "./exchange-services-args";
import type { Canary } from "./rollouts";
import { regionOf } from "./variables";

export function exchangeServicesFaults(args: ExchangeServicesArgs): Fault[] {
  const faults: Fault[] = [];
  faults.push(...imageFaults("image", args.image));
  if (args.namespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(args.namespace)) {
    const allowed = "1 to 63 lower-case letters, digits and hyphens (RFC 1123 label)";
    faults.push({ path: "namespace", given: args.namespace, allowed, fix: 'use "bourse", the default' });
  }
  const given = Object.keys(args.stores ?? {}) as ServiceStore[];
  const running = args.services ?? runnableServices(given, regionOf(args.shard));
  faults.push(...regionFaults("region", args.region), ...hotPlacementFaults("placement", args.placement, args.zoneIds));
  faults.push(...serviceChoiceFaults(args, running), ...shardFaults(args, running));
  for (const [service, canary] of Object.entries(args.canaries ?? {})) faults.push(...canaryFaults(service, canary, running));
  return faults;
}

/** Faults of where the shard leads. Two logs would be two exchanges, so no shard runs where another region's leads but for copies of that one. */
function shardFaults({ shard, authority, stores = {} }: ExchangeServicesArgs, running: readonly ServiceName[]): Fault[] {
  if (shard === undefined) return [];
  const faults = domainFaults("shard.host", shard.host);
  if (authority === undefined) {
    const allowed = "the private authority beside shard: services of other regions trust its root alone";
    faults.push({ path: "authority", given: undefined, allowed, fix: "give it, or leave shard out" });
  }
  if (shard.ledFrom === undefined) return faults;
  if (shard.ledFrom.length === 0) {
    faults.push({
      path: "shard.ledFrom",
      given: [],
      allowed: "the ranges of the region that leads",
      fix: "leave it out where this one does",
    });
  }
  shard.ledFrom.forEach((cidr, index) => {
    faults.push(...cidrFaults(`shard.ledFrom[${index}]`, cidr));
  });
  const given = Object.keys(stores) as ServiceStore[];
  running.forEach((service, index) => {
    if (runsAway(service, given)) return;
    const allowed = `services of a region that does not lead: none of ${homeServices.join(", ")}, of which there is one log or place each, but for a shard beside stores.leadership`;
    faults.push({ path: `services[${index}]`, given: service, allowed, fix: "leave it out; it runs in the region that leads" });
  });
  return faults;
}

/** What is chosen of services, stores and sizes, the same wherever they run. */
export function serviceChoiceFaults(
  args: Pick<ExchangeServicesArgs, "stores" | "sizes" | "targetGroups">,
  running: readonly ServiceName[],
): Fault[] {
  const given = Object.keys(args.stores ?? {}) as ServiceStore[];
  const faults = serviceListFaults(running, given);
  for (const [store, ref] of Object.entries(args.stores ?? {})) faults.push(...storeFaults(store, ref));
  for (const [service, size] of Object.entries(args.sizes ?? {})) faults.push(...sizeFaults(service, size, given));
  for (const service of Object.keys(args.targetGroups ?? {})) {
    if (running.includes(service as ServiceName)) continue;
    faults.push({
      path: `targetGroups["${service}"]`,
      given: service,
      allowed: `a service that is deployed: ${running.join(", ")}`,
      fix: "deploy the service or leave the target group out",
    });
  }
  return faults;
}

function canaryFaults(service: string, canary: Canary | undefined, running: readonly ServiceName[]): Fault[] {
  const path = `canaries["${service}"]`;
  if (!running.includes(service as ServiceName)) {
    return [
      { path, given: service, allowed: `a service that is deployed: ${running.join(", ")}`, fix: "deploy it or leave the canary out" },
    ];
  }
  const faults: Fault[] = [];
  if (singleServices.includes(service as ServiceName)) {
    const allowed = "a service of which two processes may work: not one with a log or a place in a stream";
    faults.push({ path, given: service, allowed, fix: "roll the release out, or try it on a log of its own" });
  }
  if (isPlain(canary?.image) && !/^[^\s@]+@sha256:[0-9a-f]{64}$/.test(canary.image)) {
    const allowed = "an image by digest, as that of the release";
    faults.push({ path: `${path}.image`, given: canary.image, allowed, fix: "write repository@sha256:<64 hexadecimal digits>" });
  }
  faults.push(...wholeNumberFaults(`${path}.replicas`, canary?.replicas, 1, 100, "use 1, the default"));
  return faults;
}

function serviceListFaults(services: readonly ServiceName[], given: readonly ServiceStore[]): Fault[] {
  const faults: Fault[] = [];
  const allowed = `each of ${serviceNames.join(", ")} at most once`;
  if (services.length === 0) faults.push({ path: "services", given: [], allowed: "one service or more", fix: "leave it out for all" });
  services.forEach((service, index) => {
    const path = `services[${index}]`;
    if (!serviceNames.includes(service)) faults.push({ path, given: service, allowed, fix: "use a listed service" });
    const missing = serviceNames.includes(service) ? catalog[service].uses.filter((store) => !given.includes(store)) : [];
    if (missing.length > 0) {
      const needs = `a service whose stores are there; ${service} needs ${missing.join(" and ")}`;
      faults.push({ path, given: service, allowed: needs, fix: `pass ${missing.map((store) => `stores.${store}`).join(" and ")}` });
    }
    if (services.indexOf(service) !== index) faults.push({ path, given: service, allowed, fix: "remove the repetition" });
  });
  return faults;
}

function storeFaults(store: string, ref: { arns: unknown[]; environment: Record<string, unknown> } | undefined): Fault[] {
  const path = `stores["${store}"]`;
  if (!(store in stores)) {
    return [{ path, given: store, allowed: `one of ${Object.keys(stores).join(", ")}`, fix: "correct the store's name" }];
  }
  const faults: Fault[] = [];
  const granted = serviceNames.some((service) =>
    catalog[service].permissions.some((permission) => permission.store === (store as ServiceStore)),
  );
  if (granted && ref?.arns.length === 0) {
    faults.push({ path: `${path}.arns`, given: [], allowed: "one ARN or more, since services have permissions on it", fix: "add its ARN" });
  }
  for (const variable of Object.keys(ref?.environment ?? {})) {
    if (!/^BOURSE_[A-Z0-9_]+$/.test(variable)) {
      const allowed = "upper-case names that start with BOURSE_";
      faults.push({ path: `${path}.environment["${variable}"]`, given: variable, allowed, fix: `use BOURSE_${variable.toUpperCase()}` });
    }
    if (/PASSWORD|SECRET$|TOKEN$|PRIVATE_KEY/.test(variable)) {
      const allowed = "no secret: environment variables are readable in the pod's specification";
      faults.push({ path: `${path}.environment["${variable}"]`, given: variable, allowed, fix: "pass the ARN of a secret instead" });
    }
  }
  return faults;
}

function sizeFaults(service: string, size: Partial<ServiceSize> | undefined, given: readonly ServiceStore[]): Fault[] {
  const path = `sizes["${service}"]`;
  const definition = catalog[service as ServiceName];
  if (definition === undefined) {
    return [{ path, given: service, allowed: `one of ${serviceNames.join(", ")}`, fix: "correct the service's name" }];
  }
  if (size === undefined) return [];
  const faults: Fault[] = [];
  const bounds = {
    replicas: [1, 1000],
    maxReplicas: [1, 1000],
    milliCpu: [10, 192_000],
    memoryMib: [64, 1_572_864],
    diskGib: [1, 65_536],
  } as const;
  for (const [field, [low, high]] of Object.entries(bounds)) {
    const number = size[field as keyof ServiceSize];
    if (number === undefined || (Number.isInteger(number) && number >= low && number <= high)) continue;
    faults.push({
      path: `${path}.${field}`,
      given: number,
      allowed: `a whole number from ${low} to ${high}`,
      fix: "use a value in that range",
    });
  }
  if (definition.tier === "hot" && size.milliCpu !== undefined && size.milliCpu % 1000 !== 0) {
    const allowed = "whole cores (multiples of 1000), since the kubelet gives a hot pod cores of its own only then";
    faults.push({ path: `${path}.milliCpu`, given: size.milliCpu, allowed, fix: `use ${Math.ceil(size.milliCpu / 1000) * 1000}` });
  }
  for (const field of ["replicas", "maxReplicas"] as const) {
    const most = field === "replicas" && hasMembers(service as ServiceName, given) ? shardMembers : 1;
    if (!singleServices.includes(service as ServiceName) || (size[field] ?? 1) <= most) continue;
    const allowed =
      most > 1
        ? `at most ${most}: a member for each zone of the placement`
        : "1: a second process would keep a log, or a place in a stream, of its own";
    faults.push({ path: `${path}.${field}`, given: size[field], allowed, fix: "leave it out, and give the one more processor time" });
  }
  if (size.replicas !== undefined && size.maxReplicas !== undefined && size.maxReplicas < size.replicas) {
    faults.push({ path: `${path}.maxReplicas`, given: size.maxReplicas, allowed: `replicas (${size.replicas}) or more`, fix: "raise it" });
  }
  return faults;
}
