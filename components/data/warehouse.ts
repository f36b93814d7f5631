/** Redshift. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  admitClients,
  assumedBy,
  BourseComponent,
  type ClientAccess,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  childNameFaults,
  clientFaults,
  type Fault,
  isPlain,
  type KeyRef,
  type NetworkRef,
  nameFaults,
  networkSpreadFaults,
  type PolicyStatement,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** Arguments of {@link Warehouse}. */
export interface WarehouseArgs extends CommonArgs, AlarmedArgs {
  accountId: pulumi.Input<string>;
  /** Where it lives: the private tier, from which it reads S3 and streams. Changing it **replaces** the warehouse. */
  network: NetworkRef;
  /** Encrypts data and credentials: the `data` key of a `KeyRing`. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /**
   * Streams of JSON records, by the name of the materialised view that holds them within seconds, with their keys: each view keeps `approximate_arrival_timestamp`,
   * `partition_key`, `shard_id`, `sequence_number` and `record` (SUPER). A view that is no longer named stays until it is dropped by hand, since it may hold the only
   * copy. Plain keys. @default none
   */
  streams?: Record<string, { streamArn: pulumi.Input<string>; key: KeyRef }>;
  /** Buckets from which rows may be copied (`copy ... iam_role`), by name, with their keys. Plain keys. @default none */
  buckets?: Record<string, { arn: pulumi.Input<string>; key: KeyRef }>;
  /** Nodes in each of two zones: 2 to 32. @default 2 */
  nodes?: pulumi.Input<number>;
  /** @default "ra3.xlplus" */
  nodeType?: pulumi.Input<string>;
  /** Days that automatic snapshots are kept: 1 to 35. @default 35 */
  snapshotDays?: pulumi.Input<number>;
  /** @default "on" */
  protection?: Protection;
  transform?: WarehouseTransform;
}

export interface WarehouseTransform extends AlarmTransform {
  cluster?: Transform<aws.redshift.ClusterArgs>;
  subnetGroup?: Transform<aws.redshift.SubnetGroupArgs>;
  parameterGroup?: Transform<aws.redshift.ParameterGroupArgs>;
  logging?: Transform<aws.redshift.LoggingArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
  /** The schema of streams and each view. */
  statement?: Transform<aws.redshiftdata.StatementArgs>;
  access?: ClientAccessTransform;
}

export function warehouseFaults(args: WarehouseArgs, name: string): Fault[] {
  const nodeType: Fault[] =
    !isPlain(args.nodeType) || /^ra3\.(xlplus|4xlarge|16xlarge)$/.test(args.nodeType)
      ? []
      : [
          {
            path: "nodeType",
            given: args.nodeType,
            allowed: "ra3.xlplus, ra3.4xlarge or ra3.16xlarge, which span two zones",
            fix: "use ra3.xlplus",
          },
        ];
  return [
    ...nameFaults("name", name, {
      longest: 57,
      pattern: /^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/,
      words: "lower-case letters, digits and single hyphens, a letter first",
    }),
    ...childNameFaults(name, { role: ["-reader"] }),
    ...networkSpreadFaults(args.network, 3, "Redshift guide, Multi-AZ"),
    ...wholeNumberFaults("nodes", args.nodes, 2, 32, "use 2, the default", "Redshift limit of a warehouse in two zones"),
    ...wholeNumberFaults("snapshotDays", args.snapshotDays, 1, 35, "use 35, the default", "Redshift limit"),
    ...nodeType,
    ...clientFaults("clients", args.clients),
    ...Object.keys(args.streams ?? {}).flatMap((view) =>
      nameFaults(`streams.${view}`, view, {
        longest: 63,
        pattern: /^[a-z][a-z0-9_-]*$/,
        words: "lower-case letters, digits, - and _, a letter first",
      }),
    ),
  ];
}

/** A warehouse in two zones at once, over TLS alone, that holds what streams carry within seconds, and may copy from the lake. */
export class Warehouse extends BourseComponent {
  /** Host and port. */
  readonly endpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  /** Role to name in `copy` and `create external schema`. */
  readonly readerRoleArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: WarehouseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:Warehouse", name, args, warehouseFaults(args, name), opts);
    const access = admitClients(this, "Redshift", { sql: 5439 }, args);
    const role = this.createReader(args);
    const reads = this.letRead(role, args);
    const cluster = this.createCluster(access, role, args);
    this.createViews(cluster, role, reads, args);
    new aws.redshift.Logging(
      ...transformed<aws.redshift.LoggingArgs>(
        args.transform?.logging,
        `${name}-logging`,
        {
          clusterIdentifier: cluster.clusterIdentifier,
          logDestinationType: "cloudwatch",
          logExports: ["connectionlog", "userlog", "useractivitylog"],
        },
        this.childOptions(),
      ),
    );
    this.createAlarms(warehouseAlarms(cluster.clusterIdentifier), args);
    this.endpoint = cluster.endpoint;
    this.arn = cluster.arn;
    this.readerRoleArn = role.arn;
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ endpoint: this.endpoint, arn: this.arn, readerRoleArn: this.readerRoleArn });
  }

  private createCluster(access: ClientAccess, role: aws.iam.Role, args: WarehouseArgs): aws.redshift.Cluster {
    const name = `${this.name}-cluster`;
    const protect = (args.protection ?? "on") === "on";
    return new aws.redshift.Cluster(
      ...transformed<aws.redshift.ClusterArgs>(
        args.transform?.cluster,
        name,
        {
          clusterIdentifier: this.name,
          databaseName: "bourse",
          masterUsername: "administrator",
          manageMasterPassword: true,
          masterPasswordSecretKmsKeyId: args.key.arn,
          nodeType: args.nodeType ?? "ra3.xlplus",
          clusterType: "multi-node",
          numberOfNodes: args.nodes ?? 2,
          multiAz: true,
          encrypted: "true",
          kmsKeyId: args.key.arn,
          publiclyAccessible: false,
          enhancedVpcRouting: true,
          clusterSubnetGroupName: this.createSubnetGroup(args).name,
          clusterParameterGroupName: this.createParameterGroup(args).name,
          vpcSecurityGroupIds: [access.securityGroupId],
          iamRoles: [role.arn],
          allowVersionUpgrade: true,
          automatedSnapshotRetentionPeriod: args.snapshotDays ?? 35,
          skipFinalSnapshot: !protect,
          ...(protect ? { finalSnapshotIdentifier: `${this.name}-final` } : {}),
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
  }

  private createSubnetGroup(args: WarehouseArgs): aws.redshift.SubnetGroup {
    const name = `${this.name}-subnets`;
    return new aws.redshift.SubnetGroup(
      ...transformed<aws.redshift.SubnetGroupArgs>(
        args.transform?.subnetGroup,
        name,
        { description: "Private tier", subnetIds: Object.values(args.network.privateSubnetIds), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createParameterGroup(args: WarehouseArgs): aws.redshift.ParameterGroup {
    const name = `${this.name}-parameters`;
    const parameters = { require_ssl: "true", enable_user_activity_logging: "true", statement_timeout: "3600000" };
    return new aws.redshift.ParameterGroup(
      ...transformed<aws.redshift.ParameterGroupArgs>(
        args.transform?.parameterGroup,
        name,
        {
          description: "TLS only, statements logged",
          family: "redshift-2.0",
          parameters: Object.entries(parameters).map(([parameter, value]) => ({ name: parameter, value })),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createReader(args: WarehouseArgs): aws.iam.Role {
    const name = `${this.name}-reader`;
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "What the warehouse may read",
          assumeRolePolicy: assumedBy("redshift.amazonaws.com", args.accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    return role;
  }

  /** Actions of the Redshift guide, "Getting started with streaming ingestion from Amazon Kinesis Data Streams"; AWS knows no resource for `ListStreams`. */
  private letRead(role: aws.iam.Role, args: WarehouseArgs): aws.iam.RolePolicy | undefined {
    const streams = Object.values(args.streams ?? {});
    const buckets = Object.values(args.buckets ?? {});
    if (streams.length + buckets.length === 0) return undefined;
    const statements: PolicyStatement[] = [];
    if (streams.length > 0)
      statements.push(
        {
          Effect: "Allow",
          Action: [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
          ],
          Resource: streams.map(({ streamArn }) => streamArn),
        },
        { Effect: "Allow", Action: "kinesis:ListStreams", Resource: "*" },
      );
    if (buckets.length > 0)
      statements.push(
        { Effect: "Allow", Action: ["s3:GetBucketLocation", "s3:ListBucket"], Resource: buckets.map(({ arn }) => arn) },
        { Effect: "Allow", Action: "s3:GetObject", Resource: buckets.map(({ arn }) => pulumi.interpolate`${arn}/*`) },
      );
    statements.push({ Effect: "Allow", Action: "kms:Decrypt", Resource: [...streams, ...buckets].map(({ key }) => key.arn) });
    return new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${this.name}-reader-reads`,
        { role: role.id, policy: policyDocument(...statements) },
        this.childOptions(),
      ),
    );
  }

  /** Run once each, with the administrator's password, which nobody sees (Redshift Data API). The views' text never changes, since a view cannot be made twice. */
  private createViews(cluster: aws.redshift.Cluster, role: aws.iam.Role, reads: aws.iam.RolePolicy | undefined, args: WarehouseArgs): void {
    const streams = Object.entries(args.streams ?? {});
    if (streams.length === 0) return;
    const run = (key: string, sql: pulumi.Input<string>, dependsOn: pulumi.Resource[]) =>
      new aws.redshiftdata.Statement(
        ...transformed<aws.redshiftdata.StatementArgs>(
          args.transform?.statement,
          `${this.name}-${key}`,
          {
            clusterIdentifier: cluster.clusterIdentifier,
            database: cluster.databaseName,
            secretArn: cluster.masterPasswordSecretArn,
            statementName: `${this.name}-${key}`,
            sql,
          },
          this.childOptions({ dependsOn }),
        ),
      );
    const schema = run(
      "streams",
      pulumi.interpolate`create external schema if not exists streams from kinesis iam_role '${role.arn}'`,
      reads === undefined ? [] : [reads],
    );
    for (const [view, { streamArn }] of streams) run(`view-${view}`, viewOf(view, streamArn), [schema]);
  }
}

/** Records that are no JSON are left out, since one of them would stop the view (Redshift guide, "Streaming ingestion to a materialized view"). */
function viewOf(view: string, streamArn: pulumi.Input<string>): pulumi.Output<string> {
  const stream = pulumi.output(streamArn).apply((arn) => arn.slice(arn.indexOf("/") + 1));
  return pulumi.interpolate`create materialized view "${view}" auto refresh yes as select approximate_arrival_timestamp, partition_key, shard_id, sequence_number, json_parse(kinesis_data) as record from streams."${stream}" where can_json_parse(kinesis_data)`;
}

/** Figures of the Redshift guide, "Performance data in Amazon Redshift". */
function warehouseAlarms(clusterIdentifier: pulumi.Output<string>): Record<string, AlarmSpec> {
  const cluster = { namespace: "AWS/Redshift", dimensions: { ClusterIdentifier: clusterIdentifier } };
  return {
    health: {
      ...cluster,
      metric: "HealthStatus",
      statistic: "Minimum",
      threshold: 1,
      bad: "below",
      silence: "bad",
      description: "The warehouse does not answer: look at its events.",
    },
    cpu: {
      ...cluster,
      metric: "CPUUtilization",
      statistic: "Average",
      threshold: 90,
      period: 300,
      description: "The warehouse has been above 90 % CPU for a quarter of an hour: look at its queries.",
    },
    storage: {
      ...cluster,
      metric: "PercentageDiskSpaceUsed",
      statistic: "Maximum",
      threshold: 80,
      description: "Local storage is above 80 %: large sorts will fail; look at its queries, then add nodes.",
    },
  };
}
