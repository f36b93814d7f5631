/** No Kubernetes Service of type LoadBalancer and no Ingress object. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const kubernetesNoLoadBalancers: Rule = {
  id: "kubernetes-no-load-balancers",
  title: "Pods never create load balancers",
  checks: "No Kubernetes Service of type LoadBalancer and no Ingress object.",
  why: "A load balancer made by a controller is in no plan, no policy and no cost estimate, and dies with the object.",
  fix: "Make the load balancer in Pulumi and bind pods with a TargetGroupBinding.",
  severity: "mandatory",
  types: ["kubernetes:core/v1:Service", "kubernetes:networking.k8s.io/v1:Ingress"],
  check: ({ type, inputs }) => {
    if (type === "kubernetes:networking.k8s.io/v1:Ingress") return ["is an Ingress"];
    return recordOf(inputs.spec).type === "LoadBalancer" ? ["is of type LoadBalancer"] : [];
  },
  passing: { type: "kubernetes:core/v1:Service", inputs: { spec: { type: "ClusterIP" } } },
  failing: { type: "kubernetes:core/v1:Service", inputs: { spec: { type: "LoadBalancer" } } },
};
