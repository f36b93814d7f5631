/** Pods use no host network, process or path of their node. */

import { listOf, recordOf } from "../../plan/read-inputs";
import { podOf } from "../pods";
import type { Rule } from "../rule";

export const podsNotOnHost: Rule = {
  id: "pods-not-on-host",
  title: "Pods stay off the host",
  checks: "Pods use no host network, process or path of their node.",
  why: "What shares the host sees the credentials and traffic of every pod on it.",
  fix: "Leave hostNetwork, hostPID, hostIPC and hostPath volumes out.",
  severity: "mandatory",
  types: ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet", "kubernetes:batch/v1:Job"],
  check: ({ inputs }) => {
    const pod = podOf(inputs);
    const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((setting) => pod[setting] === true);
    const paths = listOf(pod.volumes).filter((volume) => recordOf(volume).hostPath !== undefined).length;
    return [...shared.map((setting) => `uses ${setting}`), ...(paths > 0 ? [`mounts ${paths} paths of the node`] : [])];
  },
  passing: { type: "kubernetes:apps/v1:Deployment", inputs: { spec: { template: { spec: { containers: [] } } } } },
  failing: { type: "kubernetes:apps/v1:Deployment", inputs: { spec: { template: { spec: { hostNetwork: true, containers: [] } } } } },
};
