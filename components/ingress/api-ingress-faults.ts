/** Faults of the arguments of ApiIngress. */

import { childNameFaults, domainFaults, type Fault, isPlain, logRetentionFaults } from "../foundation";
import type { ApiIngressArgs } from "./api-ingress";
import { type ApiRoute, accountRoutes, routeFaults } from "./api-routes";
import { type RestChoice, restChoiceFaults } from "./rest-choice";

export function apiIngressFaults(args: ApiIngressArgs, name: string): Fault[] {
  const faults: Fault[] = [...routeFaults("routes", args.routes ?? accountRoutes), ...domainFaults("zone.domain", args.zone.domain)];
  const routes = args.routes ?? accountRoutes;
  if (args.rest !== undefined) {
    const trustStore = args.clientAuthorities === undefined ? [] : ["-rest-front-ca"];
    faults.push(...childNameFaults(name, { loadBalancer: ["-rest-front-alb"], targetGroup: ["-rest-front-api"], trustStore }));
  }
  const versions = args.versions ?? ["v1"];
  if (versions.length === 0) faults.push({ path: "versions", given: [], allowed: "one version or more", fix: 'use ["v1"]' });
  versions.forEach((version, index) => {
    if (/^v\d{1,3}$/.test(version) && versions.indexOf(version) === index) return;
    faults.push({ path: `versions[${index}]`, given: version, allowed: "v and a number, each once", fix: "write for example v2" });
  });
  faults.push(...failoverFaults(args));
  const ttl = args.authorizationTtlSeconds;
  if (ttl !== undefined && !(Number.isInteger(ttl) && ttl >= 0 && ttl <= 3600)) {
    const allowed = "whole seconds from 0 to 3600";
    faults.push({ path: "authorizationTtlSeconds", given: ttl, allowed, fix: "use 5, the time within which a revoked key is dead" });
  }
  if (!Number.isInteger(args.target.port) || args.target.port < 1 || args.target.port > 65535) {
    faults.push({ path: "target.port", given: args.target.port, allowed: "a port from 1 to 65535", fix: "use the listener's port" });
  }
  faults.push(...domainFaults("target.serverName", args.target.serverName));
  if (isPlain(args.clientAuthorities) && !/^s3:\/\/[a-z0-9.-]+\/.+$/.test(args.clientAuthorities)) {
    const allowed = "an S3 location as s3://bucket/key";
    faults.push({ path: "clientAuthorities", given: args.clientAuthorities, allowed, fix: "upload the certificates as one PEM file" });
  }
  if (args.logRetentionDays !== undefined) faults.push(...logRetentionFaults("logRetentionDays", args.logRetentionDays));
  faults.push(...(args.rest === undefined ? cacheFaults(routes) : restFaults(args, args.rest, routes)));
  return faults;
}

function failoverFaults({ failover, rest }: ApiIngressArgs): Fault[] {
  if (failover === undefined) return [];
  const { place, alarmName } = failover;
  if (rest !== undefined) {
    const allowed = "nothing for a REST API, which has no public host";
    return [{ path: "failover", given: place, allowed, fix: "leave it out, or leave rest out" }];
  }
  if (place !== "primary" && place !== "secondary") {
    const fix = "primary in the region that takes writes, secondary in the other";
    return [{ path: "failover.place", given: place, allowed: '"primary" or "secondary"', fix }];
  }
  if ((place === "primary") === (alarmName !== undefined)) return [];
  const allowed =
    place === "primary"
      ? "the alarm that tells the health of the primary"
      : "nothing, since the secondary answers when the primary does not";
  return [
    {
      path: "failover.alarmName",
      given: alarmName,
      allowed,
      fix: place === "primary" ? "pass alarmName of ServiceBalancer" : "leave it out",
    },
  ];
}

/** What only a REST API has. */
function cacheFaults(routes: Readonly<Record<string, ApiRoute>>): Fault[] {
  return Object.entries(routes)
    .filter(([, route]) => route.cacheSeconds !== undefined)
    .map(([key, { cacheSeconds }]) => ({
      path: `routes["${key}"].cacheSeconds`,
      given: cacheSeconds,
      allowed: "nothing for an HTTP API, which has no cache",
      fix: "leave it out, or choose rest",
    }));
}

function restFaults(args: ApiIngressArgs, rest: RestChoice, routes: Readonly<Record<string, ApiRoute>>): Fault[] {
  const faults = restChoiceFaults("rest", rest, routes);
  if (args.target.loadBalancerArn === undefined) {
    const allowed = "the load balancer's ARN, which the link of a REST API names";
    faults.push({ path: "target.loadBalancerArn", given: undefined, allowed, fix: "pass the ARN of the listener's load balancer" });
  }
  return faults;
}
