/** The architecture as a graph: one node a component, one edge where resources of one refer to resources of another. */

import { total } from "../cost/money";
import type { RecordedResource, ResourceGraph } from "../graph/resource-graph";
import { byLayer, componentOf, layerOf, managed } from "../inventory";
import type { CostReport, Diagram, DiagramEdge, DiagramNode } from "../plan";

/** Types that say what a component is for, and those that only carry others; the former are named first, the latter last. */
const telling =
  /^(Cluster|ClusterInstance|ReplicationGroup|Domain|Stream|Table|Broker|Queue|Topic|Distribution|WebAcl|Zone|Record|Accelerator|LoadBalancer|Api|RestApi|Function|Vpc|Subnet|NatGateway|VpcEndpoint|NodeGroup|PlacementGroup|Key|Secret|Deployment|StatefulSet|ScaledObject|Dashboard|Bucket|Repository|FlowLog|Detector|Trail|Application|FirehoseDeliveryStream|Vault|CertificateAuthority)$/;
const plain =
  /^(Policy|RolePolicy|RolePolicyAttachment|Role|Alias|Tag|Route|RouteTable|RouteTableAssociation|NetworkAclAssociation|NetworkAcl|SecurityGroup.*|DefaultSecurityGroup|DefaultNetworkAcl|Bucket.+|ParameterGroup|ClusterParameterGroup|SubnetGroup|Permission|CertificateValidation|MetricAlarm|LogGroup|Eip|.*Association)$/;

/** Contents shown in a node. */
const shownContents = 4;

/** Nodes by layer and name, edges by their ends. Components that hold nothing but other components are left out. */
export function diagramOf(graph: ResourceGraph, cost: CostReport): Diagram {
  const members = new Map<string, RecordedResource[]>();
  for (const resource of managed(graph)) {
    const component = componentOf(graph, resource)?.urn ?? "stack";
    members.set(component, [...(members.get(component) ?? []), resource]);
  }
  const nodes = [...members].map(([id, resources]) => nodeOf(graph, id, resources, cost));
  nodes.sort((a, b) => byLayer(a.layer, b.layer) || compare(a.name, b.name) || compare(a.id, b.id));
  return { nodes, edges: edgesOf(graph) };
}

function nodeOf(graph: ResourceGraph, id: string, resources: readonly RecordedResource[], cost: CostReport): DiagramNode {
  const component = graph.find(id);
  const urns = new Set(resources.map((resource) => resource.urn));
  const counts = new Map<string, number>();
  for (const resource of resources) {
    const type = resource.type.split(":").slice(-1)[0];
    const label = `${moduleOf(resource.type)} ${type}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const contents = [...counts].map(([type, count]) => ({ type, count }));
  contents.sort((a, b) => rankOf(a.type) - rankOf(b.type) || b.count - a.count || compare(a.type, b.type));
  return {
    id,
    title: component?.type.split(":")[2] ?? "Stack",
    name: component?.name ?? graph.stack,
    layer: component === undefined ? "stack" : layerOf(graph, component),
    resources: resources.length,
    monthlyUsd: total(cost.lines.filter((line) => urns.has(line.urn)).map((line) => line.monthlyUsd)),
    contents: contents.slice(0, shownContents),
  };
}

/** `aws:ec2/vpc:Vpc` -> `ec2`, `kubernetes:apps/v1:Deployment` -> `apps`, `eks:index:Cluster` -> `eks`. */
function moduleOf(type: string): string {
  const [provider, module] = type.split(":");
  return module === "index" ? provider : (module?.split("/")[0] ?? "");
}

function rankOf(label: string): number {
  const type = label.split(" ")[1];
  return telling.test(type) ? 0 : plain.test(type) ? 2 : 1;
}

function edgesOf(graph: ResourceGraph): DiagramEdge[] {
  const weights = new Map<string, DiagramEdge>();
  for (const resource of managed(graph)) {
    const from = componentOf(graph, resource)?.urn ?? "stack";
    for (const urn of new Set(Object.values(resource.propertyDependencies).flat())) {
      const target = graph.find(urn);
      if (target === undefined || target.type.startsWith("pulumi:providers:")) continue;
      const to = componentOf(graph, target)?.urn ?? "stack";
      if (from === to || !target.custom) continue;
      const key = `${from} ${to}`;
      const edge = weights.get(key) ?? { from, to, weight: 0 };
      edge.weight++;
      weights.set(key, edge);
    }
  }
  return [...weights.values()].sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
