/** Hosts seen from outside: a check from many places for each, and an alarm on what clients would notice. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  BourseComponent,
  type CommonArgs,
  type Fault,
  type Transform,
  transformed,
} from "../foundation";
import { inProvider } from "./zone-signing";

/** Arguments of {@link HostHealth}. */
export interface HostHealthArgs extends CommonArgs, AlarmedArgs {
  domain: string;
  /** Path by host below the domain, asked over HTTPS on port 443. Plain, since it decides how many children exist. */
  paths: Readonly<Record<string, string>>;
  /** Provider of us-east-1, where Route 53's metrics are. */
  usEast1: aws.Provider;
  transform?: HostHealthTransform;
}

export interface HostHealthTransform extends AlarmTransform {
  check?: Transform<aws.route53.HealthCheckArgs>;
}

/** Hosts of the exchange by what answers while they work. */
export const watchedHosts: Readonly<Record<string, string>> = {
  www: "/",
  "data-api": "/api/v3/ping",
  api: "/api/v3/ping",
  "ws-api": "/api/v3/ping",
  stream: "/api/v3/ping",
};

export function hostPathFaults(path: string, paths: Readonly<Record<string, string>>): Fault[] {
  return Object.entries(paths).flatMap(([host, asked]) => {
    const faults: Fault[] = [];
    const at = `${path}["${host}"]`;
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host)) {
      const allowed = "one label of lower-case letters, digits and hyphens";
      faults.push({ path: at, given: host, allowed, fix: "leave the domain out, as in api" });
    }
    // Route 53 API, HealthCheckConfig: ResourcePath has at most 255 characters.
    if (!/^\/[\x21-\x7e]{0,254}$/.test(asked)) {
      const allowed = "a path that starts with / and has at most 255 characters";
      faults.push({ path: at, given: asked, allowed, fix: "write for example /api/v3/ping" });
    }
    return faults;
  });
}

/** One health check a host, from all of Route 53's regions, and an alarm that also tells when a check is silent. */
export class HostHealth extends BourseComponent {
  constructor(name: string, args: HostHealthArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:edge:HostHealth", name, args, hostPathFaults("paths", args.paths), opts);
    const specs: Record<string, AlarmSpec> = {};
    const ids: Record<string, pulumi.Output<string>> = {};
    for (const [host, path] of Object.entries(args.paths)) {
      const check = new aws.route53.HealthCheck(
        ...transformed<aws.route53.HealthCheckArgs>(
          args.transform?.check,
          `${name}-${host}`,
          {
            type: "HTTPS",
            fqdn: `${host}.${args.domain}`,
            port: 443,
            resourcePath: path,
            enableSni: true,
            measureLatency: true,
            // Three failures of ten seconds: known within half a minute, and one lost request is no failure.
            requestInterval: 10,
            failureThreshold: 3,
            tags: this.tagsFor(`${name}-${host}`),
          },
          this.childOptions(),
        ),
      );
      ids[host] = check.id;
      specs[host] = {
        description: `${host}.${args.domain}${path} does not answer from outside: clients cannot reach it`,
        namespace: "AWS/Route53",
        metric: "HealthCheckStatus",
        dimensions: { HealthCheckId: check.id },
        statistic: "Minimum",
        threshold: 1,
        bad: "below",
        silence: "bad",
        periods: 1,
      };
    }
    this.createAlarms(specs, { ...args, transform: { alarm: inProvider(args.transform?.alarm, args.usEast1) } });
    this.registerOutputs({ healthCheckIds: ids });
  }
}
