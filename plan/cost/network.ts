/** Cost of network resources: NAT gateways, addresses, endpoints, load balancers, accelerators. */

import type { ResourceGraph } from "../graph/resource-graph";
import { listOf, numberOf, recordOf, textOf } from "../read-inputs";
import type { Estimator } from "./bill";
import { hoursAMonth } from "./usage";

const hours = hoursAMonth;

/** Load balancers share the assumed traffic of their type. */
const loadBalancer: Estimator = ({ type, inputs }, bill) => {
  const kind = textOf(inputs.loadBalancerType, "application") === "network" ? "network" : "application";
  const alike = bill.graph
    .ofType(type)
    .filter((other) => (textOf(other.inputs.loadBalancerType, "application") === "network" ? "network" : "application") === kind);
  bill.provisioned(`${kind} load balancer`, "elb", `${kind}.hour`, hours, "hours");
  const units = kind === "network" ? bill.usage.networkUnits() : bill.usage.applicationUnits();
  bill.used(
    "capacity units",
    "elb",
    `${kind}.lcu-hour`,
    {
      quantity: (units.quantity / alike.length) * hours,
      assumption: `${units.assumption}${alike.length > 1 ? `, over ${alike.length} load balancers` : ""}`,
    },
    "unit-hours",
  );
};

/** Pods that a deployment or a set has at least. */
function podsOf(graph: ResourceGraph, name: string, replicas: unknown): number {
  const scaled = graph
    .ofType("kubernetes:keda.sh/v1alpha1:ScaledObject")
    .map(({ inputs }) => recordOf(inputs.spec))
    .find((spec) => recordOf(spec.scaleTargetRef).name === name);
  return numberOf(scaled?.minReplicaCount ?? replicas, 1);
}

/** Pods that are sent what the shard of another region logs or settles, by whether they keep copies of its log. Users open accounts there and follow nothing. */
function followersElsewhere(graph: ResourceGraph): { copies: number; followers: number } {
  const found = { copies: 0, followers: 0 };
  for (const { type, inputs } of graph.resources) {
    if (!/^kubernetes:apps\/v1:(Deployment|StatefulSet)$/.test(type) || !/"BOURSE_TRADING","value":"trading\./.test(JSON.stringify(inputs)))
      continue;
    const name = textOf(recordOf(inputs.metadata).name, "");
    const pods = podsOf(graph, name, recordOf(inputs.spec).replicas);
    if (name === "trading") found.copies += pods;
    else if (name !== "users") found.followers += pods;
  }
  return found;
}

export const networkEstimators: Readonly<Record<string, Estimator>> = {
  "aws:ec2/natGateway:NatGateway": (_resource, bill) => {
    bill.provisioned("NAT gateway", "vpc", "natGateway.hour", hours, "hours");
    bill.used("NAT traffic", "vpc", "natGateway.gigabyte", bill.usage.natBytes(), "GB");
  },
  "aws:ec2/eip:Eip": (_resource, bill) => bill.provisioned("public IPv4 address", "vpc", "publicAddress.hour", hours, "hours"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ inputs }, bill) => {
    if (textOf(inputs.vpcEndpointType, "Gateway") !== "Interface") return;
    const zones = Math.max(1, listOf(inputs.subnetIds).length);
    bill.provisioned(`interface endpoint in ${zones} zones`, "privatelink", "interfaceEndpoint.hour", hours * zones, "zone-hours");
    bill.used("endpoint traffic", "privatelink", "interfaceEndpoint.gigabyte", bill.usage.endpointBytes(), "GB");
  },
  // Whoever sends pays; prices differ little between the two regions.
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ({ region, inputs }, bill) => {
    if (textOf(inputs.peerRegion, region) === region) return;
    const traffic = bill.usage.regionBytes(followersElsewhere(bill.graph));
    bill.used("traffic between regions", "ec2", "transfer.other-region.gigabyte", traffic, "GB");
  },
  "aws:ec2/flowLog:FlowLog": (_resource, bill) => bill.used("flow logs delivered", "vpc", "flowLogs.gigabyte", bill.usage.logBytes(), "GB"),
  "aws:ec2transitgateway/vpcAttachment:VpcAttachment": (_resource, bill) =>
    bill.provisioned("transit gateway attachment", "transitGateway", "attachment.hour", hours, "hours"),
  "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": (_resource, bill) =>
    bill.provisioned("transit gateway peering", "transitGateway", "attachment.hour", hours, "hours"),
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:alb/loadBalancer:LoadBalancer": loadBalancer,
};
