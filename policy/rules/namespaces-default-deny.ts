/** Every namespace has a network policy that selects all pods and allows nothing. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const namespacesDefaultDeny: Rule = {
  id: "namespaces-default-deny",
  title: "Namespaces deny traffic by default",
  checks: "Every namespace has a network policy that selects all pods and allows nothing.",
  why: "Without it, any pod may talk to any other, and to the internet.",
  fix: "Add a NetworkPolicy with an empty podSelector and both policy types.",
  severity: "mandatory",
  needsGraph: true,
  types: ["kubernetes:core/v1:Namespace"],
  check: (namespace, graph) => {
    const own = textOf(recordOf(namespace.inputs.metadata).name);
    const denies = graph.ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy").some(({ inputs }) => {
      const spec = recordOf(inputs.spec);
      const types = listOf(spec.policyTypes);
      const selectsAll = Object.keys(recordOf(spec.podSelector)).length === 0;
      const nothing = listOf(spec.ingress).length === 0 && listOf(spec.egress).length === 0;
      return (
        textOf(recordOf(inputs.metadata).namespace) === own &&
        selectsAll &&
        nothing &&
        types.includes("Ingress") &&
        types.includes("Egress")
      );
    });
    return denies ? [] : ["no network policy denies by default"];
  },
  passing: {
    type: "kubernetes:core/v1:Namespace",
    inputs: { metadata: { name: "exchange" } },
    others: [
      {
        type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        name: "deny",
        inputs: { metadata: { namespace: "exchange" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
      },
    ],
  },
  failing: { type: "kubernetes:core/v1:Namespace", inputs: { metadata: { name: "exchange" } } },
};
