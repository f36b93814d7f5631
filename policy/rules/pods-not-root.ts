/** Containers run as another user than root, without privileges and without new ones. */

import { recordOf } from "../../plan/read-inputs";
import { containersOf, podOf } from "../pods";
import type { Rule } from "../rule";

export const podsNotRoot: Rule = {
  id: "pods-not-root",
  title: "Pods do not run as root",
  checks: "Containers run as another user than root, without privileges and without new ones.",
  why: "A hole in a service must not be a hole in its node.",
  fix: "Set runAsNonRoot, allowPrivilegeEscalation: false and drop all capabilities.",
  severity: "mandatory",
  types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"],
  check: ({ inputs }) => {
    const pod = recordOf(podOf(inputs).securityContext);
    return containersOf(inputs).flatMap((container) => {
      const context = recordOf(container.securityContext);
      const faults: string[] = [];
      if (context.privileged === true) faults.push(`${container.name} is privileged`);
      if ((context.runAsNonRoot ?? pod.runAsNonRoot) !== true) faults.push(`${container.name} may run as root`);
      if (context.allowPrivilegeEscalation !== false) faults.push(`${container.name} may gain privileges`);
      return faults;
    });
  },
  passing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: {
      spec: {
        template: {
          spec: {
            securityContext: { runAsNonRoot: true },
            containers: [{ name: "gateway", securityContext: { allowPrivilegeEscalation: false } }],
          },
        },
      },
    },
  },
  failing: { type: "kubernetes:apps/v1:Deployment", inputs: { spec: { template: { spec: { containers: [{ name: "gateway" }] } } } } },
};
