/** Cost of network resources: NAT gateways, addresses, endpoints, load balancers, accelerators. */

import { listOf, textOf } from "../read-inputs";
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
  "aws:ec2/flowLog:FlowLog": (_resource, bill) => bill.used("flow logs delivered", "vpc", "flowLogs.gigabyte", bill.usage.logBytes(), "GB"),
  "aws:ec2transitgateway/vpcAttachment:VpcAttachment": (_resource, bill) =>
    bill.provisioned("transit gateway attachment", "transitGateway", "attachment.hour", hours, "hours"),
  "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": (_resource, bill) =>
    bill.provisioned("transit gateway peering", "transitGateway", "attachment.hour", hours, "hours"),
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:alb/loadBalancer:LoadBalancer": loadBalancer,
};
