/** Containers have a read-only root file system. */

import { recordOf } from "../../plan/read-inputs";
import { containersOf } from "../pods";
import type { Rule } from "../rule";

export const podsReadOnlyRoot: Rule = {
  id: "pods-read-only-root",
  title: "Containers cannot change their files",
  checks: "Containers have a read-only root file system.",
  why: "An intruder else installs tools next to the service.",
  fix: "Set readOnlyRootFilesystem: true and mount what is written.",
  severity: "mandatory",
  types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"],
  check: ({ inputs }) =>
    containersOf(inputs)
      .filter((container) => recordOf(container.securityContext).readOnlyRootFilesystem !== true)
      .map((container) => `${container.name} can write to its root`),
  passing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: { spec: { template: { spec: { containers: [{ name: "gateway", securityContext: { readOnlyRootFilesystem: true } }] } } } },
  },
  failing: { type: "kubernetes:apps/v1:Deployment", inputs: { spec: { template: { spec: { containers: [{ name: "gateway" }] } } } } },
};
