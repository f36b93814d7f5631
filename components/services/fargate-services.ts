/** The catalog's services as `FargateCluster` takes them. */

import type * as pulumi from "@pulumi/pulumi";
import { catalog, type ServiceName, type ServiceSize, type ServiceStore, stores } from "./catalog";
import { grantedPermissions, type StoreRefs, servicePolicy } from "./service-role";
import { serviceVariables } from "./variables";

/** What is chosen of the services, the same choices as on Kubernetes. */
export interface FargateChoice {
  services: readonly ServiceName[];
  stores: StoreRefs;
  /** Ranges of the network, in which load balancers are. */
  networkCidrs: readonly string[];
  preset: "development" | "production";
  sizes?: Partial<Record<ServiceName, Partial<ServiceSize>>>;
  /** Secret with certificate and key of each service. */
  certificateSecretArns: Readonly<Record<ServiceName, pulumi.Input<string>>>;
  /** Target groups by service and listener. */
  targetGroupArns?: Partial<Record<ServiceName, Record<string, pulumi.Input<string>>>>;
}

/**
 * One entry a service. The shard is refused: its log is a file on a disk that outlives the process, and a task's disk ends with the task.
 */
export function fargateServices(choice: FargateChoice) {
  if (choice.services.includes("trading")) {
    throw new Error(
      'the service "trading" was asked for on Fargate; allowed: the services without a disk, since a task\'s disk ends with the task and the log with it; fix: run it on EKS',
    );
  }
  return Object.fromEntries(
    choice.services.map((service) => {
      const { entry, port, listeners, calls, uses, drainSeconds, size } = catalog[service];
      const { replicas, maxReplicas, milliCpu, memoryMib } = { ...size[choice.preset], ...choice.sizes?.[service] };
      const used = uses.filter((store) => choice.stores[store] !== undefined);
      const environment = serviceVariables(service, choice.stores, choice.networkCidrs);
      return [
        service,
        {
          entry,
          port,
          ...(listeners === undefined ? {} : { listeners }),
          milliCpu,
          memoryMib,
          min: replicas,
          max: Math.max(replicas, maxReplicas ?? replicas),
          calls: calls.filter((callee) => choice.services.includes(callee)),
          storePorts: networkPorts(used),
          environment,
          ...(grantedPermissions(service, choice.stores).length > 0 ? { policy: servicePolicy(service, choice.stores) } : {}),
          certificateSecretArn: choice.certificateSecretArns[service],
          ...(choice.targetGroupArns?.[service] ? { targetGroupArns: choice.targetGroupArns[service] } : {}),
          drainSeconds,
        },
      ];
    }),
  );
}

function networkPorts(used: readonly ServiceStore[]): number[] {
  const ports = used.filter((store) => stores[store].reach === "network").map((store) => stores[store].port as number);
  return [...new Set(ports)].sort((first, second) => first - second);
}
