/** The Cluster Autoscaler: adds nodes to the shared groups when pods wait for room, and takes idle ones away. */

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { onSystemNodes } from "./system-pods";

type PolicyRule = kubernetes.types.input.rbac.v1.PolicyRule;

export const clusterAutoscaler = {
  name: "cluster-autoscaler",
  namespace: "kube-system",
  /** Its minor version is that of Kubernetes (Cluster Autoscaler, "Releases"). */
  image: "registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.0",
};

const { name, namespace } = clusterAutoscaler;
const labels = { "app.kubernetes.io/name": name };

/** EKS puts this tag on the Auto Scaling group of every managed node group (EKS guide, "Managed node groups"). */
function ownedTag(clusterName: string): string {
  return `k8s.io/cluster-autoscaler/${clusterName}`;
}

/** Sees all groups, changes those of this cluster alone. Describe calls have no resources (Service Authorization Reference, "Amazon EC2 Auto Scaling"). */
export function autoscalerPolicy(clusterName: string): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "See",
        Effect: "Allow",
        Action: [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeLaunchConfigurations",
          "autoscaling:DescribeScalingActivities",
          "autoscaling:DescribeTags",
          "ec2:DescribeImages",
          "ec2:DescribeInstanceTypes",
          "ec2:DescribeLaunchTemplateVersions",
          "ec2:GetInstanceTypesFromInstanceRequirements",
        ],
        Resource: "*",
      },
      {
        Sid: "SeeOwnNodeGroups",
        Effect: "Allow",
        Action: ["eks:DescribeNodegroup"],
        Resource: `arn:aws:eks:*:*:nodegroup/${clusterName}/*/*`,
      },
      {
        Sid: "ChangeOwnGroups",
        Effect: "Allow",
        Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        Resource: "*",
        Condition: { StringEquals: { [`aws:ResourceTag/${ownedTag(clusterName)}`]: "owned" } },
      },
    ],
  });
}

/** What it may do in Kubernetes: see what is scheduled, evict from nodes that it empties. */
export const autoscalerRules: PolicyRule[] = [
  {
    apiGroups: [""],
    resources: ["namespaces", "pods", "services", "replicationcontrollers", "persistentvolumeclaims", "persistentvolumes"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "update", "delete"] },
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  { apiGroups: [""], resources: ["pods/status"], verbs: ["update"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["apps"], resources: ["daemonsets", "replicasets", "statefulsets"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["get", "list", "watch"] },
  {
    apiGroups: ["storage.k8s.io"],
    resources: ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities", "volumeattachments"],
    verbs: ["get", "list", "watch"],
  },
  {
    apiGroups: ["resource.k8s.io"],
    resources: ["deviceclasses", "resourceclaims", "resourceslices"],
    verbs: ["get", "list", "watch"],
  },
];

/** Leader election and status, in its own namespace. */
export const autoscalerNamespaceRules: PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "get", "update"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "list", "watch", "update", "delete"] },
];

export function autoscalerDeployment(clusterName: string, region: string): kubernetes.apps.v1.DeploymentArgs {
  return {
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          ...onSystemNodes,
          securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "autoscaler",
              image: clusterAutoscaler.image,
              command: ["./cluster-autoscaler"],
              args: [
                "--cloud-provider=aws",
                `--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,${ownedTag(clusterName)}`,
                // A group is one zone: grow them evenly, so that pods that spread over zones find room.
                "--balance-similar-node-groups=true",
                "--balancing-ignore-label=topology.k8s.aws/zone-id",
                "--expander=least-waste",
                "--skip-nodes-with-system-pods=false",
                "--scale-down-unneeded-time=10m",
                "--stderrthreshold=info",
              ],
              env: [{ name: "AWS_REGION", value: region }],
              resources: { requests: { cpu: "100m", memory: "600Mi" }, limits: { memory: "600Mi" } },
              securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
              livenessProbe: { httpGet: { path: "/health-check", port: 8085, scheme: "HTTP" }, initialDelaySeconds: 60 },
            },
          ],
        },
      },
    },
  };
}
