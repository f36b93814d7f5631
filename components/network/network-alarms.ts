/** Recommended alarms of a network. Figures of the CloudWatch guide, "Recommended alarms", by service. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";

/** Alarms on the NAT gateway of a zone. */
export function natAlarms(zoneId: string, natGatewayId: pulumi.Output<string>): Record<string, AlarmSpec> {
  const gateway = { namespace: "AWS/NATGateway", dimensions: { NatGatewayId: natGatewayId } };
  return {
    [`nat-${zoneId}-ports`]: {
      ...gateway,
      metric: "ErrorPortAllocation",
      statistic: "Sum",
      threshold: 0,
      description: `The NAT gateway of ${zoneId} has no port left for a destination: spread calls over more addresses, or use an endpoint.`,
    },
    [`nat-${zoneId}-drops`]: {
      ...gateway,
      metric: "PacketsDropCount",
      statistic: "Sum",
      threshold: 100,
      description: `The NAT gateway of ${zoneId} drops packets: look at the AWS Health Dashboard, then at its load.`,
    },
  };
}

/** Alarms on an interface endpoint. @param service last part of its service name */
export function endpointAlarms(
  service: string,
  vpcId: pulumi.Input<string>,
  endpointId: pulumi.Output<string>,
  serviceName: pulumi.Output<string>,
): Record<string, AlarmSpec> {
  return {
    [`${service}-drops`]: {
      namespace: "AWS/PrivateLinkEndpoints",
      metric: "PacketsDropped",
      statistic: "Sum",
      threshold: 100,
      dimensions: {
        "VPC Id": vpcId,
        "VPC Endpoint Id": endpointId,
        "Endpoint Type": "Interface",
        "Service Name": serviceName,
      },
      description: `The private way to ${service} drops packets: calls of it fail or wait; look at the AWS Health Dashboard.`,
    },
  };
}
