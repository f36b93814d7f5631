/** Containers name their image by digest. */

import { textOf } from "../../plan/read-inputs";
import { containersOf } from "../pods";
import type { Rule } from "../rule";

export const podsImageByDigest: Rule = {
  id: "pods-image-by-digest",
  title: "Images are named by digest",
  checks: "Containers name their image by digest.",
  why: "A tag can point to another image tomorrow, on some nodes and not on others.",
  fix: "Use repository@sha256:<digest>.",
  severity: "advisory",
  types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"],
  check: ({ inputs }) =>
    containersOf(inputs)
      .filter((container) => !textOf(container.image).includes("@sha256:"))
      .map((container) => `${container.name} runs ${textOf(container.image, "no image")}`),
  passing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: { spec: { template: { spec: { containers: [{ name: "gateway", image: "repository@sha256:aa" }] } } } },
  },
  failing: {
    type: "kubernetes:apps/v1:Deployment",
    inputs: { spec: { template: { spec: { containers: [{ name: "gateway", image: "repository:latest" }] } } } },
  },
};
