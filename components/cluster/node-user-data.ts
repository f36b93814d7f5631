/**
 * User data of nodes: the kubelet settings that EKS merges into its own. The image's own bootstrap (nodeadm) reads MIME parts of type
 * `application/node.eks.aws`; EKS adds the part that joins the cluster when the launch template names no image.
 */

/** Kubelet settings of a tier, as `KubeletConfiguration` fields (Kubernetes reference, kubelet.config.k8s.io/v1beta1). */
export type KubeletSettings = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string>>>>;

/**
 * Hot nodes: whole cores belong to one container each, all of a pod's cores and memory come from one NUMA node, and core 0 is left to the
 * system, because the static policy needs a non-empty reservation (Kubernetes, "Control CPU Management Policies on the Node").
 */
export const hotKubelet: KubeletSettings = {
  cpuManagerPolicy: "static",
  cpuManagerPolicyOptions: { "full-pcpus-only": "true" },
  topologyManagerPolicy: "single-numa-node",
  reservedSystemCPUs: "0",
  shutdownGracePeriod: "60s",
  shutdownGracePeriodCriticalPods: "20s",
};

/** Other nodes: pods are told to drain before the machine stops. */
export const sharedKubelet: KubeletSettings = { shutdownGracePeriod: "60s", shutdownGracePeriodCriticalPods: "20s" };

/** The user data of a launch template: base64 of a MIME document with one node configuration. */
export function nodeUserData(kubelet: KubeletSettings): string {
  // JSON is YAML, and its key order is the object's, so the text is the same on every machine.
  const configuration = { apiVersion: "node.eks.aws/v1alpha1", kind: "NodeConfig", spec: { kubelet: { config: kubelet } } };
  const document = [
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="//"',
    "",
    "--//",
    "Content-Type: application/node.eks.aws",
    "",
    JSON.stringify(configuration, null, 2),
    "--//--",
    "",
  ].join("\r\n");
  return Buffer.from(document, "utf8").toString("base64");
}
