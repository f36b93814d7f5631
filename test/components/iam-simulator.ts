/** Asks an independent simulator of IAM what the recorded roles may do. It knows actions, resources and conditions of AWS by the Service Authorization Reference. */

import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { RecordedResource, ResourceGraph } from "bourse/testing";
import { accountId } from "./references";

export interface Question {
  action: string;
  resource: string;
  /** Context keys of the request, such as `kms:ViaService`. @default none */
  context?: Record<string, string>;
}

type Policy = Record<string, unknown>;

/** Inline policies of a recorded role. */
export function policiesOf(graph: ResourceGraph, role: RecordedResource): Policy[] {
  return graph
    .ofType("aws:iam/rolePolicy:RolePolicy")
    .filter(({ inputs }) => inputs.role === role.id || inputs.role === role.outputs.name)
    .map(({ inputs }) => JSON.parse(inputs.policy as string) as Policy);
}

/** The role named `name`, with its policies. */
export function roleNamed(graph: ResourceGraph, name: string): { role: RecordedResource; policies: Policy[] } {
  const role = graph.get("aws:iam/role:Role", name);
  return { role, policies: policiesOf(graph, role) };
}

/** What a key policy of the library says first: the account's IAM policies decide. */
const accountDecides = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: "kms:*", Resource: "*" }],
};

/** True when `policies` let a role of this account make the call. Throws when AWS knows no such action, or not on such a resource. */
export async function allows(policies: readonly Policy[], { action, resource, context = {} }: Question): Promise<boolean> {
  const simulation = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${accountId}:role/asked`,
        action,
        resource: { resource, accountId },
        contextVariables: context,
      },
      identityPolicies: policies.map((policy, index) => ({ name: `policy-${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith("kms:") ? { resourcePolicy: accountDecides } : {}),
    },
    {},
  );
  if (simulation.resultType === "error") throw new Error(`${action} on ${resource}: ${JSON.stringify(simulation.errors)}`);
  return simulation.overallResult === "Allowed";
}
