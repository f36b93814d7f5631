/** How traffic enters the exchange: fixed addresses near every client, and the hosts that lead to them. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  domainFaults,
  type Fault,
  type HostedZoneRef,
  LogBucket,
  type LogBucketTransform,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { socketListeners } from "./socket-listeners";

/** What has an accelerator of its own, since both listen on port 443 and lead to different load balancers. */
export const acceleratorKinds = ["rest", "sockets"] as const;
export type AcceleratorKind = (typeof acceleratorKinds)[number];

/** Hosts of each accelerator, below the domain. */
export const acceleratorHosts: Readonly<Record<AcceleratorKind, readonly string[]>> = {
  rest: ["api"],
  sockets: ["ws-api", "stream", "binary"],
};

const defaultPorts: Readonly<Record<AcceleratorKind, readonly number[]>> = {
  rest: [443],
  sockets: Object.values(socketListeners).map(({ port }) => port),
};

/** Arguments of {@link GlobalIngress}. */
export interface GlobalIngressArgs extends CommonArgs {
  accountId: pulumi.Input<string>;
  zone: HostedZoneRef;
  /** TCP ports of each accelerator. Plain, since policies and regions agree on them. @default 443, and for sockets the ports of {@link socketListeners} */
  ports?: Partial<Record<AcceleratorKind, number[]>>;
  /** Whether a client keeps coming to the same load balancer. @default "NONE", since gateways keep nothing of a client */
  clientAffinity?: "NONE" | "SOURCE_IP";
  /** @default "on" */
  protection?: Protection;
  transform?: {
    accelerator?: Transform<aws.globalaccelerator.AcceleratorArgs>;
    listener?: Transform<aws.globalaccelerator.ListenerArgs>;
    record?: Transform<aws.route53.RecordArgs>;
    logs?: LogBucketTransform;
  };
}

export function globalIngressFaults(name: string, args: GlobalIngressArgs): Fault[] {
  const long = childNameFaults(name, { accelerator: ["-sockets"], bucket: ["-logs-bucket"] });
  const faults = [...domainFaults("zone.domain", args.zone.domain), ...long];
  for (const [kind, ports] of Object.entries(args.ports ?? {})) {
    if (!acceleratorKinds.includes(kind as AcceleratorKind)) {
      faults.push({ path: `ports["${kind}"]`, given: kind, allowed: acceleratorKinds.join(" or "), fix: "correct the name" });
    }
    // Port ranges of a listener: 10 (Global Accelerator quotas).
    if (ports.length < 1 || ports.length > 10) {
      faults.push({ path: `ports["${kind}"]`, given: ports, allowed: "1 to 10 ports", fix: "leave it out for 443" });
    }
    ports.forEach((port, index) => {
      const path = `ports["${kind}"][${index}]`;
      if (!(Number.isInteger(port) && port >= 1 && port <= 65535)) {
        faults.push({ path, given: port, allowed: "a port from 1 to 65535", fix: "use the listener's port" });
      } else if (ports.indexOf(port) !== index) {
        faults.push({ path, given: port, allowed: "each port once", fix: "remove the repetition" });
      }
    });
  }
  return faults;
}

/**
 * Two accelerators, each with two fixed addresses announced from every edge: one for the REST API, one for sockets. They never list regions: a region adds its own
 * endpoint group to the listeners, and leaves them the same way.
 */
export class GlobalIngress extends BourseComponent {
  /** What regions add their endpoint groups to. */
  readonly listenerArns: Readonly<Record<AcceleratorKind, pulumi.Output<string>>>;
  readonly dnsNames: Readonly<Record<AcceleratorKind, pulumi.Output<string>>>;

  constructor(name: string, args: GlobalIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:ingress:GlobalIngress", name, args, globalIngressFaults(name, args), opts);
    const logs = new LogBucket(
      `${name}-logs`,
      { accountId: args.accountId, protection: args.protection, tags: args.tags, transform: args.transform?.logs },
      { parent: this },
    );
    const listenerArns = {} as Record<AcceleratorKind, pulumi.Output<string>>;
    const dnsNames = {} as Record<AcceleratorKind, pulumi.Output<string>>;
    for (const kind of acceleratorKinds) {
      const accelerator = this.createAccelerator(kind, args, logs);
      listenerArns[kind] = this.createListener(kind, args, accelerator).arn;
      for (const host of acceleratorHosts[kind]) this.createRecord(host, args, accelerator);
      dnsNames[kind] = accelerator.dnsName;
    }
    this.listenerArns = listenerArns;
    this.dnsNames = dnsNames;
    this.registerOutputs({ listenerArns, dnsNames });
  }

  private createAccelerator(kind: AcceleratorKind, args: GlobalIngressArgs, logs: LogBucket): aws.globalaccelerator.Accelerator {
    const name = `${this.name}-${kind}`;
    return new aws.globalaccelerator.Accelerator(
      ...transformed<aws.globalaccelerator.AcceleratorArgs>(
        args.transform?.accelerator,
        name,
        {
          enabled: true,
          ipAddressType: "IPV4",
          attributes: { flowLogsEnabled: true, flowLogsS3Bucket: logs.bucketName, flowLogsS3Prefix: kind },
          tags: this.tagsFor(name),
        },
        // Its addresses are in clients' firewalls and cannot be had again.
        this.childOptions({ protect: (args.protection ?? "on") === "on", dependsOn: [logs.writable] }),
      ),
    );
  }

  private createListener(
    kind: AcceleratorKind,
    args: GlobalIngressArgs,
    accelerator: aws.globalaccelerator.Accelerator,
  ): aws.globalaccelerator.Listener {
    return new aws.globalaccelerator.Listener(
      ...transformed<aws.globalaccelerator.ListenerArgs>(
        args.transform?.listener,
        `${this.name}-${kind}-listener`,
        {
          acceleratorArn: accelerator.arn,
          protocol: "TCP",
          clientAffinity: args.clientAffinity ?? "NONE",
          portRanges: (args.ports?.[kind] ?? defaultPorts[kind]).map((port) => ({ fromPort: port, toPort: port })),
        },
        this.childOptions(),
      ),
    );
  }

  private createRecord(host: string, args: GlobalIngressArgs, accelerator: aws.globalaccelerator.Accelerator): void {
    new aws.route53.Record(
      ...transformed<aws.route53.RecordArgs>(
        args.transform?.record,
        `${this.name}-${host}`,
        {
          zoneId: args.zone.zoneId,
          name: `${host}.${args.zone.domain}`,
          type: "A",
          aliases: [{ name: accelerator.dnsName, zoneId: accelerator.hostedZoneId, evaluateTargetHealth: true }],
        },
        this.childOptions(),
      ),
    );
  }
}
