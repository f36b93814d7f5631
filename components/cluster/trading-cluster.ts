/** The Kubernetes cluster that the exchange runs on. */

import * as aws from "@pulumi/aws";
import type * as eks from "@pulumi/eks";
import type * as pulumi from "@pulumi/pulumi";
import {
  BourseComponent,
  type ClusterRef,
  type CommonArgs,
  childNameFaults,
  type HotPlacement,
  type KeyRef,
  type NetworkRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { type AddonDefinition, type AddonName, addonDefinitions } from "./addons";
import { type ControlPlane, controlPlaneArgs, createControlPlane } from "./control-plane";
import { type HotNodeSize, type NodeGroupSize, type NodeSizes, nodeSizes } from "./node-sizes";
import { hotKubelet, type KubeletSettings, nodeUserData, sharedKubelet } from "./node-user-data";
import { assumedBy, encryptedVolumes, nodePolicies } from "./roles";
import { tradingClusterFaults } from "./trading-cluster-faults";

/** Arguments of {@link TradingCluster}. */
export interface TradingClusterArgs extends CommonArgs {
  /** Where it lives; nodes are in the private subnets. A zone more is a node group more of each shared tier, and replaces nothing. */
  network: NetworkRef;
  /** The zone of the trading path and its standby. Another zone means hot nodes there and none in the old one. */
  placement: HotPlacement;
  /**
   * Zones of the control plane's network interfaces: two or more, fixed at creation, since EKS takes subnets of the first set of zones
   * alone. Other zones **replace** the cluster. @default the zones of the placement
   */
  controlPlaneZoneIds?: string[];
  /**
   * Encrypts Kubernetes secrets in etcd and the disks of nodes and pods. Its policy must let EC2 Auto Scaling use it, as that of the
   * `cluster` key of a `KeyRing` does. Changing it **replaces** the cluster.
   */
  key: KeyRef;
  /** Encrypts the control plane's logs. Its policy must let the CloudWatch Logs service use it. */
  logKey: KeyRef;
  /** Fixed, since its log group must exist before the cluster does. Changing it **replaces** the cluster. @default the component's name */
  clusterName?: string;
  /** Kubernetes minor version; `addonVersions` go with it. @default "1.34" */
  version?: pulumi.Input<string>;
  /** `"private"`: reachable from the network alone. Otherwise also from the listed ranges of the internet. @default "private" */
  endpoint?: "private" | { publicCidrs: string[] };
  /** IAM roles with cluster administration, by a name for each. @default none but the creating role */
  administrators?: Record<string, pulumi.Input<string>>;
  /** Sizes of the node groups. @default {@link nodeSizes} of the preset */
  nodes?: Partial<NodeSizes>;
  /** Decides the default sizes. @default "production" */
  preset?: "development" | "production";
  /** Security groups that nodes of a tier have besides the cluster's, by which stores know their clients. @default none */
  nodeSecurityGroupIds?: Partial<Record<NodeTier, pulumi.Input<string>[]>>;
  /** On-demand capacity reservations for hot nodes, made in the placement group, by zone id. @default none */
  capacityReservationIds?: Record<string, pulumi.Input<string>>;
  /** Versions other than the pinned ones. @default {@link addonDefinitions} */
  addonVersions?: Partial<Record<AddonName, string>>;
  /** How long control-plane logs are kept. @default 365 */
  logRetentionDays?: number;
  /** @default "on" */
  protection?: Protection;
  transform?: {
    controlPlane?: Transform<eks.ClusterOptions>;
    logGroup?: Transform<aws.cloudwatch.LogGroupArgs>;
    nodeRole?: Transform<aws.iam.RoleArgs>;
    nodeRolePolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
    placementGroup?: Transform<aws.ec2.PlacementGroupArgs>;
    launchTemplate?: Transform<aws.ec2.LaunchTemplateArgs>;
    nodeGroup?: Transform<aws.eks.NodeGroupArgs>;
    addon?: Transform<aws.eks.AddonArgs>;
    addonRole?: Transform<aws.iam.RoleArgs>;
    addonRolePolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
    addonKeyPolicy?: Transform<aws.iam.RolePolicyArgs>;
    accessEntry?: Transform<aws.eks.AccessEntryArgs>;
    accessPolicy?: Transform<aws.eks.AccessPolicyAssociationArgs>;
  };
}

/** Tiers of nodes. The label `bourse/tier` carries it; hot and system nodes also refuse pods that do not ask for them. */
export type NodeTier = "hot" | "warm" | "system";

/**
 * EKS: a private control plane with every log, secrets encrypted under your key, access by entries of the EKS API alone, pinned add-ons; a
 * hot node group in each of two zones (placement group, whole cores for a container), warm and system node groups in each.
 */
export class TradingCluster extends BourseComponent implements ClusterRef {
  readonly clusterName: string;
  readonly securityGroupId: pulumi.Output<string>;
  readonly kubeconfigJson: pulumi.Output<string>;
  /** The role of every node. */
  readonly nodeRoleArn: pulumi.Output<string>;

  constructor(name: string, args: TradingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const role = addonDefinitions.filter((addon) => "identity" in addon).map((addon) => `-${addon.name}-role`);
    super("bourse:cluster:TradingCluster", name, args, [...tradingClusterFaults(name, args), ...childNameFaults(name, { role })], opts);
    this.clusterName = args.clusterName ?? name;

    // EKS would make the group itself, without encryption and kept for ever.
    const logGroup = this.createLogGroup("control-plane-logs", args, args.logRetentionDays ?? 365, `/aws/eks/${this.clusterName}/cluster`);
    const controlPlane = this.createControlPlane(args, logGroup);
    this.securityGroupId = controlPlane.securityGroupId;
    this.kubeconfigJson = controlPlane.kubeconfigJson;
    const first = addonDefinitions.filter((addon) => addon.beforeNodes);
    const second = addonDefinitions.filter((addon) => !addon.beforeNodes);
    const beforeNodes = first.map((addon) => this.createAddon(addon, args, [controlPlane.resource]));

    const nodeRole = this.createNodeRole(args);
    const sizes = { ...nodeSizes[args.preset ?? "production"], ...args.nodes };
    for (const zoneId of [args.placement.zoneId, args.placement.standbyZoneId]) {
      this.createHotGroup(zoneId, sizes.hot, args, nodeRole, beforeNodes);
    }
    const systemNodes: pulumi.Resource[] = [];
    for (const zoneId of args.network.zoneIds) {
      this.createSharedGroup("warm", zoneId, sizes.warm, args, nodeRole, beforeNodes);
      systemNodes.push(this.createSharedGroup("system", zoneId, sizes.system, args, nodeRole, beforeNodes));
    }
    for (const addon of second) this.createAddon(addon, args, systemNodes);
    for (const [key, roleArn] of Object.entries(args.administrators ?? {})) this.createAdministrator(key, roleArn, args, controlPlane);

    this.nodeRoleArn = nodeRole.arn;
    this.registerOutputs({ clusterName: this.clusterName, securityGroupId: this.securityGroupId, nodeRoleArn: this.nodeRoleArn });
  }

  private createControlPlane(args: TradingClusterArgs, logGroup: aws.cloudwatch.LogGroup): ControlPlane {
    const name = `${this.name}-control-plane`;
    const protect = (args.protection ?? "on") === "on";
    return createControlPlane(
      ...transformed<eks.ClusterOptions>(
        args.transform?.controlPlane,
        name,
        controlPlaneArgs({
          clusterName: this.clusterName,
          version: args.version ?? "1.34",
          vpcId: args.network.vpcId,
          subnetIds: controlPlaneZones(args).map((zoneId) => args.network.privateSubnetIds[zoneId]!),
          secretsKeyArn: args.key.arn,
          publicCidrs: args.endpoint === undefined || args.endpoint === "private" ? [] : args.endpoint.publicCidrs,
          deletionProtection: protect,
          tags: this.tagsFor(name),
        }),
        this.childOptions({ protect, dependsOn: [logGroup] }),
      ),
    );
  }

  private createAddon(addon: AddonDefinition, args: TradingClusterArgs, dependsOn: pulumi.Resource[]): aws.eks.Addon {
    const name = `${this.name}-addon-${addon.name}`;
    const role = addon.identity && this.createAddonRole(`${this.name}-${addon.name}-role`, addon.identity, args);
    return new aws.eks.Addon(
      ...transformed<aws.eks.AddonArgs>(
        args.transform?.addon,
        name,
        {
          clusterName: this.clusterName,
          addonName: addon.name,
          addonVersion: args.addonVersions?.[addon.name as AddonName] ?? addon.version,
          resolveConflictsOnCreate: "OVERWRITE",
          resolveConflictsOnUpdate: "OVERWRITE",
          ...(addon.configuration ? { configurationValues: JSON.stringify(addon.configuration) } : {}),
          ...(role && addon.identity
            ? { podIdentityAssociations: [{ roleArn: role.arn, serviceAccount: addon.identity.serviceAccount }] }
            : {}),
          tags: this.tagsFor(name),
        },
        this.childOptions({ dependsOn }),
      ),
    );
  }

  private createAddonRole(name: string, identity: NonNullable<AddonDefinition["identity"]>, args: TradingClusterArgs): aws.iam.Role {
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.addonRole,
        name,
        { assumeRolePolicy: assumedBy("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicyAttachment(
      ...transformed<aws.iam.RolePolicyAttachmentArgs>(
        args.transform?.addonRolePolicy,
        `${name}-policy`,
        { role: role.name, policyArn: identity.managedPolicy },
        this.childOptions(),
      ),
    );
    if (identity.usesKey) {
      new aws.iam.RolePolicy(
        ...transformed<aws.iam.RolePolicyArgs>(
          args.transform?.addonKeyPolicy,
          `${name}-key`,
          { role: role.name, policy: encryptedVolumes(args.key.arn) },
          this.childOptions(),
        ),
      );
    }
    return role;
  }

  private createNodeRole(args: TradingClusterArgs): aws.iam.Role {
    const name = `${this.name}-node-role`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.nodeRole,
        name,
        { assumeRolePolicy: assumedBy("ec2.amazonaws.com", ["sts:AssumeRole"]), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
    for (const [key, policyArn] of Object.entries(nodePolicies)) {
      new aws.iam.RolePolicyAttachment(
        ...transformed<aws.iam.RolePolicyAttachmentArgs>(
          args.transform?.nodeRolePolicy,
          `${name}-${key}`,
          { role: role.name, policyArn },
          this.childOptions(),
        ),
      );
    }
    return role;
  }

  /** Hot nodes of one zone: a placement group of their own, a fixed number, one instance type. */
  private createHotGroup(
    zoneId: string,
    size: HotNodeSize,
    args: TradingClusterArgs,
    nodeRole: aws.iam.Role,
    dependsOn: pulumi.Resource[],
  ): aws.eks.NodeGroup {
    const name = `${this.name}-hot-${zoneId}`;
    const placementGroup = new aws.ec2.PlacementGroup(
      ...transformed<aws.ec2.PlacementGroupArgs>(
        args.transform?.placementGroup,
        `${name}-placement`,
        { strategy: "cluster", tags: this.tagsFor(`${name}-placement`) },
        this.childOptions(),
      ),
    );
    const reservation = args.capacityReservationIds?.[zoneId];
    const template = this.createLaunchTemplate(name, "hot", hotKubelet, size.volumeGib, args, {
      // CPU options belong to a type, so the type is named here and not in the node group (EKS takes it in one place only).
      instanceType: size.instanceType,
      placement: { groupName: placementGroup.name },
      ...(size.cores === undefined ? {} : { cpuOptions: { coreCount: size.cores, threadsPerCore: 1 } }),
      ...(reservation === undefined
        ? {}
        : { capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: reservation } } }),
    });
    return this.createNodeGroup(name, args, template, nodeRole, dependsOn, {
      tier: "hot",
      subnetIds: [args.network.privateSubnetIds[zoneId]!],
      scaling: { minSize: size.count, maxSize: size.count, desiredSize: size.count },
      taint: { key: "bourse/tier", value: "hot", effect: "NO_SCHEDULE" },
    });
  }

  /** Nodes of one zone, whose number the Cluster Autoscaler changes. A group over several zones could not take another, and loses count of disks. */
  private createSharedGroup(
    tier: "warm" | "system",
    zoneId: string,
    size: NodeGroupSize,
    args: TradingClusterArgs,
    nodeRole: aws.iam.Role,
    dependsOn: pulumi.Resource[],
  ): aws.eks.NodeGroup {
    const name = `${this.name}-${tier}-${zoneId}`;
    const template = this.createLaunchTemplate(name, tier, sharedKubelet, size.volumeGib, args, {});
    return this.createNodeGroup(name, args, template, nodeRole, dependsOn, {
      tier,
      subnetIds: [args.network.privateSubnetIds[zoneId]!],
      instanceTypes: size.instanceTypes,
      scaling: { minSize: size.min, maxSize: size.max, desiredSize: size.min },
      ...(tier === "system" ? { taint: { key: "CriticalAddonsOnly", value: "true", effect: "NO_SCHEDULE" } } : {}),
    });
  }

  private createLaunchTemplate(
    groupName: string,
    tier: NodeTier,
    kubelet: KubeletSettings,
    volumeGib: number | undefined,
    args: TradingClusterArgs,
    special: aws.ec2.LaunchTemplateArgs,
  ): aws.ec2.LaunchTemplate {
    const name = `${groupName}-template`;
    // A template with groups of its own does not get the cluster's by itself (EKS guide, "Customize managed nodes with launch templates").
    const groups = args.nodeSecurityGroupIds?.[tier];
    return new aws.ec2.LaunchTemplate(
      ...transformed<aws.ec2.LaunchTemplateArgs>(
        args.transform?.launchTemplate,
        name,
        {
          // Version 2 of the metadata service, and one hop, so that no pod can read the node's credentials.
          metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
          blockDeviceMappings: [
            {
              deviceName: "/dev/xvda",
              ebs: {
                volumeType: "gp3",
                volumeSize: volumeGib ?? 100,
                encrypted: "true",
                kmsKeyId: args.key.arn,
                deleteOnTermination: "true",
              },
            },
          ],
          monitoring: { enabled: true },
          userData: nodeUserData(kubelet),
          tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
            resourceType,
            tags: this.tagsFor(groupName),
          })),
          updateDefaultVersion: true,
          tags: this.tagsFor(name),
          ...(groups === undefined ? {} : { vpcSecurityGroupIds: [this.securityGroupId, ...groups] }),
          ...special,
        },
        this.childOptions(),
      ),
    );
  }

  private createNodeGroup(
    name: string,
    args: TradingClusterArgs,
    template: aws.ec2.LaunchTemplate,
    nodeRole: aws.iam.Role,
    dependsOn: pulumi.Resource[],
    group: {
      tier: NodeTier;
      subnetIds: pulumi.Input<string>[];
      instanceTypes?: string[];
      scaling: { minSize: number; maxSize: number; desiredSize: number };
      taint?: { key: string; value: string; effect: string };
    },
  ): aws.eks.NodeGroup {
    return new aws.eks.NodeGroup(
      ...transformed<aws.eks.NodeGroupArgs>(
        args.transform?.nodeGroup,
        name,
        {
          clusterName: this.clusterName,
          nodeRoleArn: nodeRole.arn,
          subnetIds: group.subnetIds,
          amiType: "AL2023_x86_64_STANDARD",
          version: args.version ?? "1.34",
          capacityType: "ON_DEMAND",
          ...(group.instanceTypes ? { instanceTypes: group.instanceTypes } : {}),
          launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
          scalingConfig: group.scaling,
          updateConfig: { maxUnavailable: 1 },
          nodeRepairConfig: { enabled: true },
          labels: { "bourse/tier": group.tier },
          ...(group.taint ? { taints: [group.taint] } : {}),
          tags: this.tagsFor(name),
        },
        // The autoscaler owns the number of nodes of the shared groups: an update must not undo it.
        this.childOptions({ dependsOn, ...(group.tier === "hot" ? {} : { ignoreChanges: ["scalingConfig.desiredSize"] }) }),
      ),
    );
  }

  private createAdministrator(key: string, roleArn: pulumi.Input<string>, args: TradingClusterArgs, controlPlane: ControlPlane): void {
    const name = `${this.name}-administrator-${key}`;
    const entry = new aws.eks.AccessEntry(
      ...transformed<aws.eks.AccessEntryArgs>(
        args.transform?.accessEntry,
        name,
        { clusterName: this.clusterName, principalArn: roleArn, type: "STANDARD", tags: this.tagsFor(name) },
        this.childOptions({ dependsOn: [controlPlane.resource] }),
      ),
    );
    new aws.eks.AccessPolicyAssociation(
      ...transformed<aws.eks.AccessPolicyAssociationArgs>(
        args.transform?.accessPolicy,
        `${name}-policy`,
        {
          clusterName: this.clusterName,
          principalArn: entry.principalArn,
          policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
          accessScope: { type: "cluster" },
        },
        this.childOptions(),
      ),
    );
  }
}

/** Zones of the control plane. */
export function controlPlaneZones(args: Pick<TradingClusterArgs, "controlPlaneZoneIds" | "placement">): string[] {
  return args.controlPlaneZoneIds ?? [args.placement.zoneId, args.placement.standbyZoneId];
}
