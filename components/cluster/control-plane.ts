/**
 * The thin adapter over `eks.Cluster`: the control plane alone, without node groups, security groups or add-ons of its own. Only the flat
 * outputs are used, because the nested ones are missing when the component is recorded instead of run.
 */

import * as eks from "@pulumi/eks";
import type * as pulumi from "@pulumi/pulumi";

/** Every control-plane log that EKS has (EKS guide, "Send control plane logs to CloudWatch Logs"). */
export const controlPlaneLogs = ["api", "audit", "authenticator", "controllerManager", "scheduler"] as const;

export interface ControlPlaneArgs {
  clusterName: string;
  version: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  subnetIds: pulumi.Input<string>[];
  /** Encrypts Kubernetes secrets in etcd. */
  secretsKeyArn: pulumi.Input<string>;
  /** CIDRs that may reach the public endpoint; none makes the endpoint private. */
  publicCidrs: string[];
  deletionProtection: boolean;
  tags: Record<string, pulumi.Input<string>>;
}

/** What the rest of the component may use of the control plane. */
export interface ControlPlane {
  /** The group that EKS makes for the cluster and puts on every managed node. */
  securityGroupId: pulumi.Output<string>;
  kubeconfigJson: pulumi.Output<string>;
  /** To depend on. */
  resource: pulumi.Resource;
}

/** Arguments of `eks.Cluster` for a control plane and nothing else. */
export function controlPlaneArgs(args: ControlPlaneArgs): eks.ClusterOptions {
  return {
    name: args.clusterName,
    version: args.version,
    vpcId: args.vpcId,
    subnetIds: args.subnetIds,
    // "API": who may do what is access entries of the EKS API, never the aws-auth ConfigMap.
    authenticationMode: "API",
    endpointPrivateAccess: true,
    endpointPublicAccess: args.publicCidrs.length > 0,
    ...(args.publicCidrs.length > 0 ? { publicAccessCidrs: args.publicCidrs } : {}),
    enabledClusterLogTypes: [...controlPlaneLogs],
    encryptionConfigKeyArn: args.secretsKeyArn,
    deletionProtection: args.deletionProtection,
    skipDefaultNodeGroup: true,
    skipDefaultSecurityGroups: true,
    // Pods get their roles by pod identity, so no OpenID provider is needed.
    createOidcProvider: false,
    // Add-ons are resources of their own with pinned versions; eks.Cluster would look up the newest at every run.
    bootstrapSelfManagedAddons: false,
    useDefaultVpcCni: true,
    corednsAddonOptions: { enabled: false },
    kubeProxyAddonOptions: { enabled: false },
    tags: args.tags,
  };
}

export function createControlPlane(name: string, args: eks.ClusterOptions, opts: pulumi.ComponentResourceOptions): ControlPlane {
  const cluster = new eks.Cluster(name, args, opts);
  return { securityGroupId: cluster.clusterSecurityGroupId, kubeconfigJson: cluster.kubeconfigJson, resource: cluster };
}
