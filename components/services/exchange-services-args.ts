/** What {@link ExchangeServices} is told. */

import type * as aws from "@pulumi/aws";
import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterRef, CommonArgs, HotPlacement, KeyRef, Protection, TargetGroupRef, Transform } from "../foundation";
import type { ServiceName, ServiceSize } from "./catalog";
import type { PrivateAuthorityRef } from "./certificates";
import type { Canary, DatabaseAdministrator } from "./rollouts";
import type { StoreRefs } from "./service-role";
import type { ShardPlace } from "./variables";

/** Arguments of {@link ExchangeServices}. */
export interface ExchangeServicesArgs extends CommonArgs {
  /** Name of this region. */
  region: string;
  /** The cluster to run on, with the definitions of {@link PodScaling}. Its name identifies the Kubernetes provider; another name **replaces** every object. */
  cluster: ClusterRef;
  /** Zone ids of the cluster's nodes. */
  zoneIds: string[];
  /** Where hot services run. */
  placement: HotPlacement;
  /** Ranges of the network, in which stores are. */
  networkCidrs: string[];
  /** The image of every service, by digest. */
  image: pulumi.Input<string>;
  /** Encrypts the disks of services that have them. Changing it **replaces** the storage class, and applies to new disks. */
  volumeKey: KeyRef;
  /** Private authority of the services' certificates; the cluster must have its connector. Changing it issues them anew. @default an authority of the cluster's own */
  authority?: PrivateAuthorityRef;
  /** The shard's name between regions, and whether another one leads; needs `authority`, whose root they share. @default the exchange has this region alone */
  shard?: ShardPlace;
  /** Services to run. Plain, since it decides how many children exist. @default those whose stores are all there, but for those of the home region where another one leads */
  services?: ServiceName[];
  /** Stores that are there. A service gets environment, network path and permissions for those it uses. @default none */
  stores?: StoreRefs;
  /** Makes the services' databases and users, by a job of its own, before tables are brought up to date. @default they are there */
  administrator?: DatabaseAdministrator;
  /** Target groups that pods of a service join, by listener. Plain keys, since they decide how many children exist. @default none */
  targetGroups?: Partial<Record<ServiceName, Record<string, TargetGroupRef>>>;
  /** Sizes over those of the preset. @default those of the catalog */
  sizes?: Partial<Record<ServiceName, Partial<ServiceSize>>>;
  /**
   * Pods of the next release beside those of this one, of services without disks. Plain keys, since they decide how many children exist. Promote it by making its image `image`
   * and leaving it out. @default none
   */
  canaries?: Partial<Record<ServiceName, Canary>>;
  /** Decides the default sizes. @default "production" */
  preset?: "development" | "production";
  /** **Replaces** every object. @default "bourse" */
  namespace?: string;
  /** `"off"` also forgets objects of a cluster that is gone. @default "on" */
  protection?: Protection;
  transform?: {
    provider?: Transform<kubernetes.ProviderArgs>;
    namespace?: Transform<kubernetes.core.v1.NamespaceArgs>;
    networkPolicy?: Transform<kubernetes.networking.v1.NetworkPolicyArgs>;
    storageClass?: Transform<kubernetes.storage.v1.StorageClassArgs>;
    certificate?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
    role?: Transform<aws.iam.RoleArgs>;
    rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
    podIdentity?: Transform<aws.eks.PodIdentityAssociationArgs>;
    serviceAccount?: Transform<kubernetes.core.v1.ServiceAccountArgs>;
    service?: Transform<kubernetes.core.v1.ServiceArgs>;
    deployment?: Transform<kubernetes.apps.v1.DeploymentArgs>;
    statefulSet?: Transform<kubernetes.apps.v1.StatefulSetArgs>;
    disruptionBudget?: Transform<kubernetes.policy.v1.PodDisruptionBudgetArgs>;
    migrations?: Transform<kubernetes.batch.v1.JobArgs>;
    autoscaler?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
    figureReader?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
    targetGroupBinding?: Transform<kubernetes.apiextensions.CustomResourceArgs>;
  };
}
