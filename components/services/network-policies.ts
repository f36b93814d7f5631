/**
 * Network policies made from the catalog: everything is denied, then each service may be called by its callers and may call its callees, its
 * stores, the name server and the agent that takes figures and spans. AWS-owned addresses are allowed by port, since interface endpoints and gateway endpoints have no selector.
 */

import type * as kubernetes from "@pulumi/kubernetes";
import {
  callersOf,
  catalog,
  hasMembers,
  healthPort,
  metricsAgent,
  type ServiceName,
  type ServiceStore,
  stores,
  storesOpened,
} from "./catalog";
import type { ShardPlace } from "./variables";

type Spec = kubernetes.types.input.networking.v1.NetworkPolicySpec;
type IngressRule = kubernetes.types.input.networking.v1.NetworkPolicyIngressRule;
type EgressRule = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;

/** What the policies need to know of the deployment. */
export interface NetworkPolicyFacts {
  /** Services that are deployed; rules name no other. */
  services: readonly ServiceName[];
  /** Stores that are there. */
  stores: readonly ServiceStore[];
  /** Ranges in which load balancers and stores are: those of the network. */
  networkCidrs: string[];
  /** Services that a load balancer sends to. */
  exposed: readonly ServiceName[];
  /** Where the shard leads, if not only beside its callers. */
  shard?: ShardPlace;
}

/** Where pods get credentials for their role (EKS guide, "Pod Identity agent": 169.254.170.23, port 80). */
const podIdentityAgent: EgressRule = { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [{ protocol: "TCP", port: 80 }] };

const nameServer: EgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

const figures: EgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": metricsAgent.namespace } },
      podSelector: { matchLabels: { "app.kubernetes.io/name": metricsAgent.service } },
    },
  ],
  ports: [metricsAgent.port, metricsAgent.tracesPort].map((port) => ({ protocol: "TCP", port })),
};

/** Denies all traffic of every pod of the namespace that no other policy allows. */
export const denyAll: Spec = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

/** What one service may receive and send. The kubelet's probes come from the node itself and need no rule. */
export function servicePolicySpec(service: ServiceName, facts: NetworkPolicyFacts): Spec {
  const { port, listeners = {}, calls } = catalog[service];
  const others: ServiceName[] = hasMembers(service, facts.stores) ? [service] : [];
  const callers = [...callersOf(service), ...others].filter((caller) => facts.services.includes(caller));
  const ingress: IngressRule[] = callers.map((caller) => ({ from: [podsOf(caller)], ports: [{ protocol: "TCP", port }] }));
  if (facts.exposed.includes(service)) {
    // The gateway's load balancer for sockets keeps client addresses: the source is any, and its security group decides. Others are in the network themselves.
    const sources = service === "gateway" ? ["0.0.0.0/0"] : facts.networkCidrs;
    // The load balancer before the shard asks there which of its members leads.
    const asked = service === "trading" ? [healthPort] : [];
    const ports = [port, ...Object.values(listeners), ...asked].map((each) => ({ protocol: "TCP", port: each }));
    ingress.push({ from: sources.map((cidr) => ({ ipBlock: { cidr } })), ports });
  }

  const callees = [...calls, ...others].filter((callee) => facts.services.includes(callee));
  const egress = egressTo(storesOpened(service, facts.stores), facts.networkCidrs);
  const shardRanges = rangesOfShard(service, facts);
  if (shardRanges.length > 0) {
    egress.push({ to: shardRanges.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: "TCP", port: catalog.trading.port }] });
  }
  egress.push(figures, ...callees.map((callee) => ({ to: [podsOf(callee)], ports: [{ protocol: "TCP", port: catalog[callee].port }] })));
  return { podSelector: { matchLabels: selectorOf(service) }, policyTypes: ["Ingress", "Egress"], ingress, egress };
}

/** Ranges of private networks (RFC 1918), of which the home region does not know those that join it. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Where a service finds the shard of whichever region leads, now or after a failover: the load balancers before it are in that region's network or in this one. None for what finds it beside itself. */
function rangesOfShard(service: ServiceName, { shard, stores: given, networkCidrs }: NetworkPolicyFacts): readonly string[] {
  if (shard === undefined || !(catalog[service].calls.includes("trading") || hasMembers(service, given))) return [];
  if (shard.ledFrom !== undefined) return [...networkCidrs, ...shard.ledFrom];
  return hasMembers(service, given) ? privateRanges : [];
}

/** What every pod needs, and the stores. */
export function egressTo(used: readonly ServiceStore[], networkCidrs: string[]): EgressRule[] {
  return [nameServer, podIdentityAgent, ...storeRules(used, networkCidrs)];
}

/** Labels that select the pods of a service. Selectors of workloads cannot change, so these never do. */
export function selectorOf(service: ServiceName): Record<string, string> {
  return { "app.kubernetes.io/name": service };
}

function podsOf(service: ServiceName) {
  return { podSelector: { matchLabels: selectorOf(service) } };
}

/** One rule for the network's own ports, one for AWS endpoints, whose gateway kind has public addresses. */
function storeRules(used: readonly ServiceStore[], networkCidrs: string[]): EgressRule[] {
  const rules: EgressRule[] = [];
  const inNetwork = [...new Set(used.filter((store) => stores[store].reach === "network").map((store) => stores[store].port as number))];
  if (inNetwork.length > 0) {
    rules.push({
      to: networkCidrs.map((cidr) => ({ ipBlock: { cidr } })),
      ports: inNetwork.sort((a, b) => a - b).map((port) => ({ protocol: "TCP", port })),
    });
  }
  if (used.some((store) => stores[store].reach === "aws")) {
    rules.push({ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ protocol: "TCP", port: 443 }] });
  }
  return rules;
}
