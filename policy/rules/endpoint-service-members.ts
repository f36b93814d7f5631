/** PrivateLink endpoint services admit named accounts, each accepted by an operator. */

import { listOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

const serviceType = "aws:ec2/vpcEndpointService:VpcEndpointService";
const principalType = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple";

const member = (principalArn: string) => ({
  type: principalType,
  name: "member",
  inputs: { principalArn },
  references: { vpcEndpointServiceId: ["example"] },
});

export const endpointServiceMembers: Rule = {
  id: "endpoint-service-members",
  title: "PrivateLink is for members",
  checks: "Endpoint services ask for acceptance of every connection, and allow no principal *.",
  why: "An endpoint service without a list is the order entry of the exchange, inside its network, for every customer of AWS.",
  fix: "Set acceptanceRequired, and name the accounts in aws.ec2.VpcEndpointServiceAllowedPrinciple.",
  severity: "mandatory",
  needsGraph: true,
  types: [serviceType],
  check: (service, graph) => {
    const faults: string[] = [];
    if (service.inputs.acceptanceRequired !== true) faults.push("accepts connections by itself");
    const listed = listOf(service.inputs.allowedPrincipals);
    const allowed = graph.referrersOf(service, principalType, "vpcEndpointServiceId").map(({ inputs }) => textOf(inputs.principalArn));
    if ([...listed, ...allowed].includes("*")) faults.push("allows every account");
    return faults;
  },
  passing: { type: serviceType, inputs: { acceptanceRequired: true }, others: [member("arn:aws:iam::123456789012:root")] },
  failing: { type: serviceType, inputs: { acceptanceRequired: true }, others: [member("*")] },
};
