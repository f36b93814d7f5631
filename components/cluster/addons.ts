/**
 * EKS managed add-ons, each with its pinned version. A version that floats would change previews by itself, so an upgrade is a change to
 * this table or to `addonVersions`.
 */

/** Add-ons in the order of creation. `beforeNodes`: nodes do not become ready without it. */
export interface AddonDefinition {
  name: string;
  /** For Kubernetes 1.34, of `aws eks describe-addon-versions --kubernetes-version 1.34`. */
  version: string;
  beforeNodes: boolean;
  /** Values of the add-on's configuration schema. */
  configuration?: Record<string, unknown>;
  /** The service account that calls AWS, with the AWS managed policy made for it, and whether it also needs the cluster's key. */
  identity?: { serviceAccount: string; managedPolicy: string; usesKey?: boolean };
}

/** System pods run on system nodes, which refuse others. */
const systemPlacement = {
  nodeSelector: { "bourse/tier": "system" },
  tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
};

export const addonDefinitions = [
  {
    name: "vpc-cni",
    version: "v1.21.1-eksbuild.1",
    beforeNodes: true,
    // Network policies are enforced by the CNI only when told so. Prefixes give a node 16 addresses an interface slot (VPC CNI guide).
    configuration: { enableNetworkPolicy: "true", env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" } },
    identity: { serviceAccount: "aws-node", managedPolicy: "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" },
  },
  { name: "kube-proxy", version: "v1.34.1-eksbuild.2", beforeNodes: true },
  { name: "eks-pod-identity-agent", version: "v1.3.10-eksbuild.2", beforeNodes: true },
  {
    name: "coredns",
    version: "v1.12.4-eksbuild.1",
    beforeNodes: false,
    configuration: { ...systemPlacement, autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 10 } },
  },
  {
    name: "aws-ebs-csi-driver",
    version: "v1.54.0-eksbuild.1",
    beforeNodes: false,
    configuration: { controller: systemPlacement },
    identity: {
      serviceAccount: "ebs-csi-controller-sa",
      managedPolicy: "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy",
      usesKey: true,
    },
  },
  // The driver and the provider that mounts values of Secrets Manager and Parameter Store into pods, read with the pod's own identity.
  { name: "aws-secrets-store-csi-driver-provider", version: "v2.2.2-eksbuild.1", beforeNodes: false },
  { name: "metrics-server", version: "v0.8.0-eksbuild.5", beforeNodes: false, configuration: systemPlacement },
  {
    name: "cert-manager",
    version: "v1.19.1-eksbuild.1",
    beforeNodes: false,
    configuration: { ...systemPlacement, webhook: systemPlacement, cainjector: systemPlacement },
  },
  {
    name: "amazon-cloudwatch-observability",
    version: "v4.5.0-eksbuild.1",
    beforeNodes: false,
    // The agent is an OpenTelemetry collector: it takes figures of services (embedded metric format), spans (OTLP) and logs, and watches nodes and pods.
    configuration: {
      agent: {
        config: {
          logs: { metrics_collected: { emf: {}, kubernetes: { enhanced_container_insights: true } } },
          // Pods reach it by its service, which leads to the agent of their own node; without addresses it would listen to its own pod alone.
          traces: { traces_collected: { otlp: { grpc_endpoint: "0.0.0.0:4317", http_endpoint: "0.0.0.0:4318" } } },
        },
      },
      containerLogs: { enabled: true },
      tolerations: [{ operator: "Exists" }],
    },
    identity: { serviceAccount: "cloudwatch-agent", managedPolicy: "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy" },
  },
] as const satisfies readonly AddonDefinition[];

export type AddonName = (typeof addonDefinitions)[number]["name"];
