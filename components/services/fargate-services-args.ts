/** What {@link FargateServices} is told. */

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type {
  AlarmedArgs,
  AlarmTransform,
  CommonArgs,
  KeyRef,
  LogTransform,
  NetworkRef,
  Protection,
  TargetGroupRef,
  TaskClusterRef,
  Transform,
} from "../foundation";
import type { ServiceName, ServiceSize } from "./catalog";
import type { JournalDiskTransform } from "./journal-disk";
import type { DatabaseAdministrator } from "./rollouts";
import type { StoreRefs } from "./service-role";
import type { TaskAccessTransform } from "./task-access";
import type { TaskJobsTransform } from "./task-jobs";
import type { TaskScalingTransform } from "./task-scaling";

/** Arguments of {@link FargateServices}. */
export interface FargateServicesArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Name of this region. */
  region: string;
  cluster: TaskClusterRef;
  network: NetworkRef;
  /** Ranges of the network, in which load balancers are. */
  networkCidrs: string[];
  /** The image of every service, by digest. Another one is rolled out, after the jobs of the release. */
  image: pulumi.Input<string>;
  /** The image of the collector of spans beside each service: the AWS Distro for OpenTelemetry, of another registry or by digest. @default `public.ecr.aws/aws-observability/aws-otel-collector`, at the version in `task-collector.ts` */
  collectorImage?: pulumi.Input<string>;
  /** Private authority that Certificate Manager issues the services' certificates from. Changing it **replaces** them. */
  authorityArn: pulumi.Input<string>;
  /** Group that stores admit, for services that open one in the network. */
  clientGroupId: pulumi.Input<string>;
  /** Encrypts the file system of the shard's log. Changing it **replaces** the file system. */
  volumeKey: KeyRef;
  /** Encrypts the keys with which services log on to the shard. */
  secretKey: KeyRef;
  logKey: KeyRef;
  /** Days that the log of the function that runs jobs is kept. @default 90 */
  logRetentionDays?: number;
  /** Services to run. Plain, since it decides how many children exist. @default those whose stores are all there */
  services?: ServiceName[];
  /** Stores that are there. @default none */
  stores?: StoreRefs;
  /** Makes the services' databases and users, by a task of its own, before tables are brought up to date. @default they are there */
  administrator?: DatabaseAdministrator;
  /** Target groups that tasks of a service join, by listener. Plain keys, since they decide how many children exist. @default none */
  targetGroups?: Partial<Record<ServiceName, Record<string, TargetGroupRef>>>;
  /** Sizes over those of the preset. @default those of the catalog */
  sizes?: Partial<Record<ServiceName, Partial<ServiceSize>>>;
  /** Decides the default sizes. @default "production" */
  preset?: "development" | "production";
  /** @default "on" */
  protection?: Protection;
  transform?: FargateServicesTransform;
}

export interface FargateServicesTransform
  extends AlarmTransform,
    LogTransform,
    TaskAccessTransform,
    TaskJobsTransform,
    TaskScalingTransform,
    JournalDiskTransform {
  executionRole?: Transform<aws.iam.RoleArgs>;
  executionPolicy?: Transform<aws.iam.RolePolicyArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  certificate?: Transform<aws.acm.CertificateArgs>;
  secret?: Transform<aws.secretsmanager.SecretArgs>;
  taskDefinition?: Transform<aws.ecs.TaskDefinitionArgs>;
  discovery?: Transform<aws.servicediscovery.ServiceArgs>;
  service?: Transform<aws.ecs.ServiceArgs>;
}
