import assert from "node:assert/strict";
import {
  catalog,
  denyAll,
  hasMembers,
  metricsAgent,
  type NetworkPolicyFacts,
  type ServiceName,
  type ServiceStore,
  serviceNames,
  servicePolicySpec,
  stores,
  storesOpened,
} from "bourse";

const facts: NetworkPolicyFacts = {
  services: serviceNames,
  stores: Object.keys(stores) as ServiceStore[],
  networkCidrs: ["10.16.0.0/16"],
  exposed: ["gateway"],
};

/** Whom a service calls: those of the catalog, and members of the shard each other. */
const callsOf = (service: ServiceName) => [...catalog[service].calls, ...(hasMembers(service, facts.stores) ? [service] : [])];

/** In the order of the catalog. */
const inCatalog = (one: string, other: string) => serviceNames.indexOf(one as ServiceName) - serviceNames.indexOf(other as ServiceName);

/** Ports on which anything of the exchange listens, and some on which nothing does. */
const portsOf = (service: ServiceName) => [catalog[service].port, ...Object.values(catalog[service].listeners ?? {})];
const ports = [...new Set([...serviceNames.flatMap(portsOf), 22, 80, 443, 8080, 9000])];

describe("Network policies", () => {
  it("let a pod reach another on exactly the ports that the catalog says it calls", () => {
    for (const from of serviceNames) {
      for (const to of serviceNames) {
        for (const port of ports) {
          const intended = callsOf(from).includes(to) && catalog[to].port === port;
          assert.equal(podReaches(from, to, port), intended, `${from} to ${to}:${port}`);
        }
      }
    }
  });

  it("name callers where a service is called and callees where it calls, so that either side alone would keep others out", () => {
    const named = (rules: { peers: Peer[]; ports: Port[] }[], port: (service: string) => number) =>
      rules.flatMap(({ peers, ports: opened }) =>
        // Peers with a namespace are of the cluster, not of ours.
        peers.flatMap(({ podSelector, namespaceSelector }) => {
          if (namespaceSelector !== undefined) return [];
          const service = podSelector?.matchLabels?.["app.kubernetes.io/name"];
          assert.ok(podSelector === undefined || Object.keys(podSelector.matchLabels ?? {}).length > 0, "a selector of every pod");
          return service !== undefined && opens(opened, port(service)) ? [service] : [];
        }),
      );
    for (const service of serviceNames) {
      const callers = serviceNames.filter((caller) => callsOf(caller).includes(service));
      const incoming = ingressRules(service).map(({ from, ports: opened }) => ({ peers: from, ports: opened }));
      assert.deepEqual(named(incoming, () => catalog[service].port).sort(inCatalog), callers, `callers of ${service}`);
      const outgoing = egressRules(service).map(({ to, ports: opened }) => ({ peers: to, ports: opened }));
      assert.deepEqual(
        named(outgoing, (callee) => catalog[callee as ServiceName].port),
        callsOf(service),
        `callees of ${service}`,
      );
    }
  });

  it("let no pod of another namespace and no address but clients of the gateway in", () => {
    for (const service of serviceNames) {
      for (const port of ports) {
        const open = ingressRules(service).some((rule) => admitsAddress(rule.from, "203.0.113.9") && opens(rule.ports, port));
        assert.equal(open, service === "gateway" && portsOf("gateway").includes(port), `${service}:${port}`);
      }
      assert.ok(ingressRules(service).every((rule) => rule.from.every((peer) => peer.namespaceSelector === undefined)));
    }
  });

  it("let each service out to its own stores, and to no other port of the network", () => {
    const storePorts = [...new Set(Object.values(stores).map(({ port }) => port as number))];
    for (const service of serviceNames) {
      const uses = storesOpened(service, Object.keys(stores) as ServiceStore[]).map((store) => stores[store]);
      for (const port of [...storePorts, 22, 3306]) {
        const toNetwork = egressRules(service).some((rule) => admitsAddress(rule.to, "10.16.200.7") && opens(rule.ports, port));
        const viaAws = port === 443 && uses.some((store) => store.reach === "aws");
        const intended = viaAws || uses.some((store) => store.reach === "network" && store.port === port);
        assert.equal(toNetwork, intended, `${service} to the network:${port}`);
      }
    }
  });

  it("let no service out to the internet but for AWS's own endpoints on 443, and none to the node's metadata", () => {
    for (const service of serviceNames) {
      const usesAws = storesOpened(service, facts.stores).some((store) => stores[store].reach === "aws");
      for (const port of [25, 53, 80, 443, 8443]) {
        const out = egressRules(service).some((rule) => admitsAddress(rule.to, "203.0.113.9") && opens(rule.ports, port));
        assert.equal(out, usesAws && port === 443, `${service} to the internet:${port}`);
        const metadata = egressRules(service).some((rule) => admitsAddress(rule.to, "169.254.169.254") && opens(rule.ports, port));
        assert.equal(metadata, false, `${service} to the metadata service:${port}`);
      }
    }
  });

  it("let every service send figures and spans to the agent's pods alone", () => {
    for (const [service, port] of serviceNames.flatMap((name) =>
      [metricsAgent.port, metricsAgent.tracesPort].map((each) => [name, each] as const),
    )) {
      const toAgent = egressRules(service).filter((rule) => opens(rule.ports, port));
      assert.deepEqual(
        toAgent.flatMap(({ to }) => to),
        [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "amazon-cloudwatch" } },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudwatch-agent" } },
          },
        ],
        service,
      );
    }
  });

  it("let every service ask the name server and the pod identity agent", () => {
    for (const service of serviceNames) {
      assert.ok(
        egressRules(service).some((rule) => admitsAddress(rule.to, "169.254.170.23") && opens(rule.ports, 80)),
        service,
      );
      const dns = egressRules(service).find((rule) => rule.to.some((peer) => peer.podSelector?.matchLabels?.["k8s-app"] === "kube-dns"));
      assert.deepEqual(dns?.ports, [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ]);
    }
  });

  it("let a lone shard reach no other, and nothing of AWS", () => {
    const alone = servicePolicySpec("trading", { ...facts, stores: facts.stores.filter((store) => store !== "leadership") });
    assert.doesNotMatch(JSON.stringify([alone.egress, alone.ingress]), /"trading"|443/);
  });

  it("deny what no policy of a service allows", () => {
    assert.deepEqual(denyAll, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
  });

  it("name no service that does not run and no store that is not there", () => {
    const small: NetworkPolicyFacts = { services: ["gateway", "trading"], stores: [], networkCidrs: ["10.16.0.0/16"], exposed: [] };
    const text = JSON.stringify(servicePolicySpec("gateway", small));
    assert.ok(text.includes('"trading"') && !text.includes('"wallet"') && !text.includes("10.16.0.0/16"));
  });
});

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> };
  namespaceSelector?: object;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Port {
  protocol: string;
  port: number;
}

function ingressRules(service: ServiceName): { from: Peer[]; ports: Port[] }[] {
  return (servicePolicySpec(service, facts) as { ingress: { from: Peer[]; ports: Port[] }[] }).ingress;
}

function egressRules(service: ServiceName): { to: Peer[]; ports: Port[] }[] {
  return (servicePolicySpec(service, facts) as { egress: { to: Peer[]; ports: Port[] }[] }).egress;
}

/** Kubernetes: a connection needs the sender's egress and the receiver's ingress. A pod's address is of the network, but address blocks are for what is outside the cluster. */
function podReaches(from: ServiceName, to: ServiceName, port: number): boolean {
  const out = egressRules(from).some((rule) => rule.to.some((peer) => selects(peer, to)) && opens(rule.ports, port));
  const into = ingressRules(to).some((rule) => rule.from.some((peer) => selects(peer, from)) && opens(rule.ports, port));
  return out && into;
}

function selects(peer: Peer, service: ServiceName): boolean {
  const labels: Record<string, string> = { "app.kubernetes.io/name": service };
  if (peer.podSelector === undefined || peer.namespaceSelector !== undefined) return false;
  return Object.entries(peer.podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

function opens(allowed: Port[], port: number): boolean {
  return allowed.some((each) => each.protocol === "TCP" && each.port === port);
}

function admitsAddress(peers: Peer[], address: string): boolean {
  return peers.some(
    ({ ipBlock }) => ipBlock !== undefined && within(ipBlock.cidr, address) && !ipBlock.except?.some((cidr) => within(cidr, address)),
  );
}

function within(cidr: string, address: string): boolean {
  const [base, length] = cidr.split("/");
  const shift = 32 - Number(length);
  return shift === 32 || numberOf(base) >>> shift === numberOf(address) >>> shift;
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
