/** The catalog's services as `FargateCluster` takes them. */

import type * as pulumi from "@pulumi/pulumi";
import { catalog, type ServiceName, type ServiceSize, type ServiceStore, stores } from "./catalog";
import { grantedPermissions, type StoreRefs, servicePolicy } from "./service-role";
import { storeVariables } from "./variables";

/** What is chosen of the services, the same choices as on Kubernetes. */
export interface FargateChoice {
  services: readonly ServiceName[];
  stores: StoreRefs;
  preset: "development" | "production";
  sizes?: Partial<Record<ServiceName, Partial<ServiceSize>>>;
  /** Secret with certificate and key of each service. */
  certificateSecretArns: Readonly<Record<ServiceName, pulumi.Input<string>>>;
  /** Target groups by service and listener. */
  targetGroupArns?: Partial<Record<ServiceName, Record<string, pulumi.Input<string>>>>;
}

/**
 * One entry a service. The shard runs here only on the replicated log, since a task's disk ends with the task: without `commandLog` among the stores it is an error.
 */
export function fargateServices(choice: FargateChoice) {
  if (choice.services.includes("trading") && choice.stores.commandLog === undefined) {
    throw new Error(
      'the service "trading" was given no commandLog; allowed on Fargate: the replicated log alone, since a task\'s disk ends with the task; fix: pass stores.commandLog, or run on EKS',
    );
  }
  return Object.fromEntries(
    choice.services.map((service) => {
      const { entry, port, calls, uses, drainSeconds, size } = catalog[service];
      const { replicas, maxReplicas, milliCpu, memoryMib } = { ...size[choice.preset], ...choice.sizes?.[service] };
      // A leader and a standby, as on Kubernetes.
      const min = service === "trading" ? Math.max(2, replicas) : replicas;
      const used = uses.filter((store) => choice.stores[store] !== undefined);
      const journal: Record<string, string> = service === "trading" ? { BOURSE_JOURNAL: "kafka" } : {};
      const environment: Record<string, pulumi.Input<string>> = { ...journal, ...storeVariables(service, choice.stores) };
      return [
        service,
        {
          entry,
          port,
          milliCpu,
          memoryMib,
          min,
          max: Math.max(min, maxReplicas ?? min),
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
