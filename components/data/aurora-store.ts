/** PostgreSQL. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  ClientAccess,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type NetworkRef,
  type Protection,
  type Transform,
  transformed,
} from "../foundation";
import { auroraAlarms } from "./aurora-alarms";
import { AuroraProxy, type AuroraProxyTransform, type ProxyChoice } from "./aurora-proxy";
import { auroraStoreFaults } from "./aurora-store-faults";

/** An instance of the cluster. */
export interface AuroraInstance {
  /** Zone id. Changing it **replaces** the instance, not the data. */
  zoneId: string;
  /** Order in which instances take over as writer, 0 first. @default 0 in the network's first zone, 1 elsewhere */
  promotionTier?: number;
}

/** The cluster's part in a global database. */
export interface GlobalMembership {
  /** `"primary"` makes the global database and writes; `"secondary"` joins it and serves reads. Roles move at a failover; keep the arguments, they say who made what. */
  role: "primary" | "secondary";
  /** Identifier of the global database, the same in all regions. Changing it **replaces** the global database. */
  identifier: string;
}

/** Arguments of {@link AuroraStore}. */
export interface AuroraStoreArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  /** Where it lives. Changing it **replaces** the cluster. */
  network: NetworkRef;
  /** Encrypts storage, backups, insights and credentials: the `data` key of a `KeyRing`. Changing it **replaces** the cluster. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** Instances by name, at least two zones. Plain, since it decides how many children exist. @default one in each zone of the network, named by it */
  instances?: Record<string, AuroraInstance>;
  /** Range of a serverless instance in ACU (2 GiB each), or the class of provisioned ones. @default 2 to 64 ACU */
  compute?: { minAcu: pulumi.Input<number>; maxAcu: pulumi.Input<number> } | { instanceClass: pulumi.Input<string> };
  /** PostgreSQL major version; minor versions are applied by AWS in the maintenance window. @default "17" */
  majorVersion?: string;
  /** First database. Changing it **replaces** the cluster. @default "bourse" */
  databaseName?: string;
  /** `"io-optimized"` costs more an hour and nothing a request: right above a quarter of the bill in I/O (Aurora pricing page). @default "io-optimized" */
  storage?: "io-optimized" | "standard";
  /** Days that point-in-time recovery reaches back: 1 to 35. @default 35 */
  backupDays?: pulumi.Input<number>;
  /** Further server parameters, over the component's own. @default none */
  parameters?: Record<string, string>;
  /** @default not part of a global database */
  global?: GlobalMembership;
  /** A pool of connections before the cluster, for clients that come and go. @default none */
  proxy?: ProxyChoice;
  /** @default "on" */
  protection?: Protection;
  transform?: AuroraTransform;
}

export interface AuroraTransform extends AlarmTransform, LogTransform {
  cluster?: Transform<aws.rds.ClusterArgs>;
  instance?: Transform<aws.rds.ClusterInstanceArgs>;
  globalCluster?: Transform<aws.rds.GlobalClusterArgs>;
  subnetGroup?: Transform<aws.rds.SubnetGroupArgs>;
  parameterGroup?: Transform<aws.rds.ClusterParameterGroupArgs>;
  monitoringRole?: Transform<aws.iam.RoleArgs>;
  monitoringPolicy?: Transform<aws.iam.RolePolicyAttachmentArgs>;
  access?: ClientAccessTransform;
  proxy?: AuroraProxyTransform;
  proxyAccess?: ClientAccessTransform;
}

/**
 * Server parameters: TLS is forced, passwords are never stored with MD5, statements above a second and waits for locks are logged, and a transaction left open does
 * not hold locks for ever.
 */
const ownParameters: Record<string, string> = {
  "rds.force_ssl": "1",
  password_encryption: "scram-sha-256",
  log_min_duration_statement: "1000",
  log_lock_waits: "1",
  idle_in_transaction_session_timeout: "60000",
};

/** PostgreSQL for users, accounts and the ledger: encrypted, spread over zones, backed up, reachable by its clients alone, with IAM authentication and TLS only. */
export class AuroraStore extends BourseComponent {
  /** Host that writes go to. */
  readonly endpoint: pulumi.Output<string>;
  /** Host that spreads connections over readers. */
  readonly readerEndpoint: pulumi.Output<string>;
  readonly port = 5432;
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterIdentifier: pulumi.Output<string>;
  /** Names the cluster in `rds-db:connect` policies. */
  readonly resourceId: pulumi.Output<string>;
  /** Secret with the administrator's password, kept and rotated by RDS; absent in a secondary. */
  readonly adminSecretArn: pulumi.Output<string | undefined>;
  readonly securityGroupId: pulumi.Output<string>;
  /** The pool, when one was asked for. */
  readonly proxy: AuroraProxy | undefined;

  constructor(name: string, args: AuroraStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:AuroraStore", name, args, auroraStoreFaults(args, name), opts);

    const proxyAccess =
      args.proxy === undefined ? undefined : this.admit("proxy-access", "RDS Proxy", args.clients, args, args.transform?.proxyAccess);
    const clients = proxyAccess === undefined ? args.clients : { ...args.clients, proxy: proxyAccess.securityGroupId };
    const access = this.admit("access", "PostgreSQL", clients, args, args.transform?.access);
    const globalCluster = args.global?.role === "primary" ? this.createGlobalCluster(args.global, args) : undefined;
    const cluster = this.createCluster(access, globalCluster, args);
    const monitoring = this.createMonitoringRole(args);
    const instances = args.instances ?? Object.fromEntries(args.network.zoneIds.map((zoneId) => [zoneId, { zoneId }]));
    for (const [key, instance] of Object.entries(instances)) this.createInstance(`${name}-${key}`, instance, cluster, monitoring, args);
    this.createAlarms(auroraAlarms(cluster.clusterIdentifier, args), args);
    this.proxy = proxyAccess === undefined ? undefined : this.createProxy(cluster, access, proxyAccess, args);

    this.endpoint = cluster.endpoint;
    this.readerEndpoint = cluster.readerEndpoint;
    this.clusterArn = cluster.arn;
    this.clusterIdentifier = cluster.clusterIdentifier;
    this.resourceId = cluster.clusterResourceId;
    this.adminSecretArn = cluster.masterUserSecrets.apply((secrets) => secrets?.[0]?.secretArn);
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({
      endpoint: this.endpoint,
      readerEndpoint: this.readerEndpoint,
      clusterArn: this.clusterArn,
      resourceId: this.resourceId,
    });
  }

  private admit(role: string, service: string, clients: Clients, args: AuroraStoreArgs, transform?: ClientAccessTransform): ClientAccess {
    return new ClientAccess(
      `${this.name}-${role}`,
      { service, vpcId: args.network.vpcId, ports: { sql: this.port }, clients, tags: args.tags, transform },
      { parent: this },
    );
  }

  private createProxy(cluster: aws.rds.Cluster, access: ClientAccess, proxyAccess: ClientAccess, args: AuroraStoreArgs): AuroraProxy {
    return new AuroraProxy(
      `${this.name}-proxy`,
      {
        ...args.proxy!,
        clusterIdentifier: cluster.clusterIdentifier,
        clusterArn: cluster.arn,
        clusterResourceId: cluster.clusterResourceId,
        network: args.network,
        securityGroupId: proxyAccess.securityGroupId,
        clusterGroupId: access.securityGroupId,
        alarms: args.alarms,
        tags: args.tags,
        transform: args.transform?.proxy,
      },
      { parent: this },
    );
  }

  private createGlobalCluster(membership: GlobalMembership, args: AuroraStoreArgs): aws.rds.GlobalCluster {
    const name = `${this.name}-global`;
    const protect = (args.protection ?? "on") === "on";
    return new aws.rds.GlobalCluster(
      ...transformed<aws.rds.GlobalClusterArgs>(
        args.transform?.globalCluster,
        name,
        {
          globalClusterIdentifier: membership.identifier,
          engine: "aurora-postgresql",
          engineVersion: args.majorVersion ?? "17",
          storageEncrypted: true,
          deletionProtection: protect,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect, ignoreChanges: ["engineVersion"] }),
      ),
    );
  }

  private createCluster(access: ClientAccess, globalCluster: aws.rds.GlobalCluster | undefined, args: AuroraStoreArgs): aws.rds.Cluster {
    const name = `${this.name}-cluster`;
    const protect = (args.protection ?? "on") === "on";
    const compute = args.compute ?? { minAcu: 2, maxAcu: 64 };
    const secondary = args.global?.role === "secondary";
    const origin = secondary
      ? {}
      : {
          databaseName: args.databaseName ?? "bourse",
          masterUsername: "administrator",
          manageMasterUserPassword: true,
          masterUserSecretKmsKeyId: args.key.keyId,
        };
    return new aws.rds.Cluster(
      ...transformed<aws.rds.ClusterArgs>(
        args.transform?.cluster,
        name,
        {
          clusterIdentifier: this.name,
          engine: "aurora-postgresql",
          engineVersion: args.majorVersion ?? "17",
          ...origin,
          ...(args.global === undefined ? {} : { globalClusterIdentifier: globalCluster?.id ?? args.global.identifier }),
          ...("minAcu" in compute
            ? { serverlessv2ScalingConfiguration: { minCapacity: compute.minAcu, maxCapacity: compute.maxAcu } }
            : {}),
          ...(args.storage === "standard" ? {} : { storageType: "aurora-iopt1" }),
          storageEncrypted: true,
          kmsKeyId: args.key.arn,
          port: this.port,
          dbSubnetGroupName: this.createSubnetGroup(args).name,
          dbClusterParameterGroupName: this.createParameterGroup(args).name,
          vpcSecurityGroupIds: [access.securityGroupId],
          iamDatabaseAuthenticationEnabled: true,
          backupRetentionPeriod: args.backupDays ?? 35,
          copyTagsToSnapshot: true,
          deletionProtection: protect,
          deleteAutomatedBackups: !protect,
          skipFinalSnapshot: !protect,
          ...(protect ? { finalSnapshotIdentifier: `${this.name}-final` } : {}),
          enabledCloudwatchLogsExports: ["postgresql"],
          databaseInsightsMode: "advanced",
          performanceInsightsEnabled: true,
          performanceInsightsKmsKeyId: args.key.arn,
          performanceInsightsRetentionPeriod: insightsDays,
          tags: this.tagsFor(name),
        },
        this.childOptions({
          protect,
          // Made before RDS would make it, which would neither expire nor use the key.
          dependsOn: [this.createLogGroup("log", args, 90, `/aws/rds/cluster/${this.name}/postgresql`)],
          // A failover of the global database changes what follows what; that is an operation, not a change of this program.
          ignoreChanges: args.global === undefined ? [] : ["globalClusterIdentifier", "replicationSourceIdentifier"],
        }),
      ),
    );
  }

  private createInstance(
    name: string,
    instance: AuroraInstance,
    cluster: aws.rds.Cluster,
    monitoring: aws.iam.Role,
    args: AuroraStoreArgs,
  ): void {
    const compute = args.compute;
    new aws.rds.ClusterInstance(
      ...transformed<aws.rds.ClusterInstanceArgs>(
        args.transform?.instance,
        name,
        {
          clusterIdentifier: cluster.id,
          engine: "aurora-postgresql",
          instanceClass: compute !== undefined && "instanceClass" in compute ? compute.instanceClass : "db.serverless",
          availabilityZone: aws.getAvailabilityZoneOutput({ zoneId: instance.zoneId }, { parent: this }).name,
          promotionTier: instance.promotionTier ?? (instance.zoneId === args.network.zoneIds[0] ? 0 : 1),
          publiclyAccessible: false,
          autoMinorVersionUpgrade: true,
          monitoringInterval: 15,
          monitoringRoleArn: monitoring.arn,
          performanceInsightsEnabled: true,
          performanceInsightsKmsKeyId: args.key.arn,
          performanceInsightsRetentionPeriod: insightsDays,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createSubnetGroup(args: AuroraStoreArgs): aws.rds.SubnetGroup {
    const name = `${this.name}-subnets`;
    return new aws.rds.SubnetGroup(
      ...transformed<aws.rds.SubnetGroupArgs>(
        args.transform?.subnetGroup,
        name,
        { description: "Database tier", subnetIds: Object.values(args.network.databaseSubnetIds), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createParameterGroup(args: AuroraStoreArgs): aws.rds.ClusterParameterGroup {
    const name = `${this.name}-parameters`;
    const parameters = Object.entries({ ...ownParameters, ...args.parameters }).map(([parameter, value]) => ({
      name: parameter,
      value,
      applyMethod: "pending-reboot",
    }));
    return new aws.rds.ClusterParameterGroup(
      ...transformed<aws.rds.ClusterParameterGroupArgs>(
        args.transform?.parameterGroup,
        name,
        {
          description: "TLS only, slow statements logged",
          family: `aurora-postgresql${args.majorVersion ?? "17"}`,
          parameters,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createMonitoringRole(args: AuroraStoreArgs): aws.iam.Role {
    const name = `${this.name}-monitoring`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.monitoringRole,
        name,
        {
          description: "Lets RDS publish operating system metrics",
          assumeRolePolicy: assumedBy("monitoring.rds.amazonaws.com"),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    new aws.iam.RolePolicyAttachment(
      ...transformed<aws.iam.RolePolicyAttachmentArgs>(
        args.transform?.monitoringPolicy,
        `${name}-metrics`,
        { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
        this.childOptions(),
      ),
    );
    return role;
  }
}

/** What the advanced mode of Database Insights requires (RDS API reference, `DatabaseInsightsMode`). */
const insightsDays = 465;
