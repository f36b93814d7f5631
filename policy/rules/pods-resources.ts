/** Containers request CPU and memory and limit memory. */

import { recordOf } from "../../plan/read-inputs";
import { containersOf } from "../pods";
import type { Rule } from "../rule";

export const podsResources: Rule = {
  id: "pods-resources",
  title: "Pods say what they need",
  checks: "Containers request CPU and memory and limit memory.",
  why: "A pod without requests is placed anywhere and starves the matching engine beside it.",
  fix: "Set resources.requests and resources.limits.memory.",
  severity: "mandatory",
  types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"],
  check: ({ inputs }) =>
    containersOf(inputs).flatMap((container) => {
      const resources = recordOf(container.resources);
      const requests = recordOf(resources.requests);
      const missing = [
        requests.cpu === undefined && "cpu request",
        requests.memory === undefined && "memory request",
        recordOf(resources.limits).memory === undefined && "memory limit",
      ];
      const named = missing.filter((each) => each !== false);
      return named.length === 0 ? [] : [`${container.name} has no ${named.join(", ")}`];
    }),
  passing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: {
      spec: {
        template: {
          spec: { containers: [{ name: "gateway", resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } } }] },
        },
      },
    },
  },
  failing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: { spec: { template: { spec: { containers: [{ name: "gateway", resources: { limits: { memory: "1Gi" } } }] } } } },
  },
};
