/** A pool of connections before an Aurora cluster: RDS Proxy. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  assumedBy,
  BourseComponent,
  type CommonArgs,
  childNameFaults,
  type Fault,
  type KeyRef,
  type NetworkRef,
  nameFaults,
  networkZoneFaults,
  type PolicyStatement,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** What the user chooses; the store adds the rest. */
export interface ProxyChoice {
  /**
   * How the proxy signs in to the database. With `users`, by IAM: no password exists. With `secrets`, by the name and password that each secret holds (JSON with `username`
   * and `password`). Clients sign in to the proxy with IAM either way.
   */
  signIn: { users: string[] } | { secrets: Record<string, { arn: pulumi.Input<string>; key: KeyRef }> };
  /** Two zone ids or more, fixed for the life of the proxy, whatever zones the network gains. Changing them **replaces** it. @default the network's first two */
  zoneIds?: string[];
  /** Share of the cluster's connections that the proxy may hold, in percent: 1 to 100. @default 90, which leaves some to operators */
  maxConnectionsPercent?: pulumi.Input<number>;
  /** Seconds until a silent client is let go: 1 to 28800. @default 1800 */
  idleSeconds?: pulumi.Input<number>;
}

/** Arguments of {@link AuroraProxy}. */
export interface AuroraProxyArgs extends CommonArgs, AlarmedArgs, ProxyChoice {
  clusterIdentifier: pulumi.Input<string>;
  clusterArn: pulumi.Input<string>;
  /** Resource id of the cluster, which `rds-db:connect` names. */
  clusterResourceId: pulumi.Input<string>;
  /** Where it lives: the database tier. Changing its VPC **replaces** the proxy. */
  network: NetworkRef;
  /** The proxy's own group, which admits clients. */
  securityGroupId: pulumi.Input<string>;
  /** The cluster's group, which admits the proxy's. */
  clusterGroupId: pulumi.Input<string>;
  transform?: AuroraProxyTransform;
}

export interface AuroraProxyTransform extends AlarmTransform {
  proxy?: Transform<aws.rds.ProxyArgs>;
  targetGroup?: Transform<aws.rds.ProxyDefaultTargetGroupArgs>;
  target?: Transform<aws.rds.ProxyTargetArgs>;
  readerEndpoint?: Transform<aws.rds.ProxyEndpointArgs>;
  egressRule?: Transform<aws.vpc.SecurityGroupEgressRuleArgs>;
  role?: Transform<aws.iam.RoleArgs>;
  rolePolicy?: Transform<aws.iam.RolePolicyArgs>;
}

/** RDS user guide, "Quotas and limitations for RDS Proxy": secrets of one proxy. */
const mostSecrets = 200;

/** Faults of the arguments, for this component and for those that compose it. @param name name of the component, which the proxy's starts with */
export function auroraProxyFaults(args: ProxyChoice & { network: NetworkRef }, name: string): Fault[] {
  const { signIn } = args;
  const zoneIds = zonesOf(args);
  const path = "users" in signIn ? "signIn.users" : "signIn.secrets";
  const users = "users" in signIn ? signIn.users : Object.keys(signIn.secrets);
  const faults = users.flatMap((user) =>
    nameFaults(`${path}.${user}`, user, {
      longest: 63,
      pattern: /^[a-z_][a-z0-9_-]*$/,
      words: "lower-case letters, digits, underscores and hyphens, no digit first (PostgreSQL identifier)",
    }),
  );
  if (users.length === 0 || users.length > mostSecrets) {
    const allowed = `from 1 to ${mostSecrets} users (RDS Proxy limit)`;
    faults.push({ path, given: users.length, allowed, fix: "name the database users of the services that use the proxy" });
  }
  if (zoneIds.length < 2) {
    const allowed = "at least two zones, as RDS Proxy asks for";
    faults.push({ path: "zoneIds", given: zoneIds, allowed, fix: "name another zone of the network" });
  }
  return [
    ...faults,
    ...networkZoneFaults("zoneIds", zoneIds, args.network),
    ...wholeNumberFaults("maxConnectionsPercent", args.maxConnectionsPercent, 1, 100, "use 90, the default", "RDS limit"),
    ...wholeNumberFaults("idleSeconds", args.idleSeconds, 1, 28_800, "use 1800, the default", "RDS Proxy limit"),
    ...childNameFaults(name, { role: ["-role"] }),
  ];
}

function zonesOf({ zoneIds, network }: ProxyChoice & { network: NetworkRef }): string[] {
  return zoneIds ?? network.zoneIds.slice(0, 2);
}

/** Connections that are shared between many clients and survive a failover, over TLS alone, for IAM identities. */
export class AuroraProxy extends BourseComponent {
  /** Host for reads and writes. */
  readonly endpoint: pulumi.Output<string>;
  /** Host for reads alone. */
  readonly readerEndpoint: pulumi.Output<string>;
  /** Names the proxy in `rds-db:connect` policies of clients. */
  readonly resourceId: pulumi.Output<string>;

  constructor(name: string, args: AuroraProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:AuroraProxy", name, args, auroraProxyFaults(args, name), opts);
    this.reachCluster(args);
    const subnetIds = zonesOf(args).map((zoneId) => args.network.databaseSubnetIds[zoneId]);
    const proxy = this.createProxy(subnetIds, args);
    this.connectCluster(proxy, args);
    const reader = new aws.rds.ProxyEndpoint(
      ...transformed<aws.rds.ProxyEndpointArgs>(
        args.transform?.readerEndpoint,
        `${name}-reader`,
        {
          dbProxyName: proxy.name,
          dbProxyEndpointName: `${name}-reader`,
          targetRole: "READ_ONLY",
          vpcSubnetIds: subnetIds,
          vpcSecurityGroupIds: [args.securityGroupId],
          tags: this.tagsFor(`${name}-reader`),
        },
        this.childOptions(),
      ),
    );
    this.createAlarms(proxyAlarms(proxy.name), args);
    this.endpoint = proxy.endpoint;
    this.readerEndpoint = reader.endpoint;
    this.resourceId = proxy.arn.apply((arn) => arn.split(":").pop()!);
    this.registerOutputs({ endpoint: this.endpoint, readerEndpoint: this.readerEndpoint, resourceId: this.resourceId });
  }

  private createProxy(subnetIds: pulumi.Input<string>[], args: AuroraProxyArgs): aws.rds.Proxy {
    const { signIn } = args;
    const { role, policy } = this.createRole(args);
    return new aws.rds.Proxy(
      ...transformed<aws.rds.ProxyArgs>(
        args.transform?.proxy,
        `${this.name}-pool`,
        {
          name: this.name,
          engineFamily: "POSTGRESQL",
          requireTls: true,
          debugLogging: false,
          idleClientTimeout: args.idleSeconds ?? 1800,
          roleArn: role.arn,
          ...("users" in signIn
            ? { defaultAuthScheme: "IAM_AUTH" }
            : {
                defaultAuthScheme: "NONE",
                auths: Object.entries(signIn.secrets).map(([user, { arn }]) => ({
                  description: `Signs in as ${user}`,
                  authScheme: "SECRETS",
                  iamAuth: "REQUIRED",
                  clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
                  secretArn: arn,
                })),
              }),
          vpcSubnetIds: subnetIds,
          vpcSecurityGroupIds: [args.securityGroupId],
          tags: this.tagsFor(`${this.name}-pool`),
        },
        // A proxy whose role has no rights yet fails its first sign-in and backs off.
        this.childOptions({ dependsOn: [policy] }),
      ),
    );
  }

  private connectCluster(proxy: aws.rds.Proxy, args: AuroraProxyArgs): void {
    const group = new aws.rds.ProxyDefaultTargetGroup(
      ...transformed<aws.rds.ProxyDefaultTargetGroupArgs>(
        args.transform?.targetGroup,
        `${this.name}-connections`,
        {
          dbProxyName: proxy.name,
          connectionPoolConfig: {
            maxConnectionsPercent: args.maxConnectionsPercent ?? 90,
            maxIdleConnectionsPercent: pulumi.output(args.maxConnectionsPercent ?? 90).apply((most) => Math.floor(most / 2)),
            connectionBorrowTimeout: 10,
          },
        },
        this.childOptions(),
      ),
    );
    new aws.rds.ProxyTarget(
      ...transformed<aws.rds.ProxyTargetArgs>(
        args.transform?.target,
        `${this.name}-cluster`,
        { dbProxyName: proxy.name, targetGroupName: group.name, dbClusterIdentifier: args.clusterIdentifier },
        this.childOptions(),
      ),
    );
  }

  /** The proxy calls the cluster and nothing else; RDS reads its secrets and tokens from outside the network. */
  private reachCluster(args: AuroraProxyArgs): void {
    const name = `${this.name}-to-cluster`;
    new aws.vpc.SecurityGroupEgressRule(
      ...transformed<aws.vpc.SecurityGroupEgressRuleArgs>(
        args.transform?.egressRule,
        name,
        {
          securityGroupId: args.securityGroupId,
          referencedSecurityGroupId: args.clusterGroupId,
          ipProtocol: "tcp",
          fromPort: 5432,
          toPort: 5432,
          description: "PostgreSQL of the cluster",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createRole(args: AuroraProxyArgs): { role: aws.iam.Role; policy: aws.iam.RolePolicy } {
    const name = `${this.name}-role`;
    const accountId = pulumi.output(args.clusterArn).apply((arn) => arn.split(":")[4]);
    const role = new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.role,
        name,
        {
          description: "Lets RDS Proxy sign in to its cluster",
          assumeRolePolicy: assumedBy("rds.amazonaws.com", accountId),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
    const policy = new aws.iam.RolePolicy(
      ...transformed<aws.iam.RolePolicyArgs>(
        args.transform?.rolePolicy,
        `${name}-signs-in`,
        { role: role.id, policy: policyDocument(...signInRights(args)) },
        this.childOptions(),
      ),
    );
    return { role, policy };
  }
}

/** RDS user guide, "Setting up database credentials for RDS Proxy" and "Configuring IAM authentication for RDS Proxy". */
function signInRights({ signIn, clusterArn, clusterResourceId }: AuroraProxyArgs): PolicyStatement[] {
  if ("users" in signIn) {
    const place = pulumi.output(clusterArn).apply((arn) => arn.split(":").slice(3, 5).join(":"));
    const databaseUsers = signIn.users.map((user) => pulumi.interpolate`arn:aws:rds-db:${place}:dbuser:${clusterResourceId}/${user}`);
    return [{ Effect: "Allow", Action: "rds-db:connect", Resource: databaseUsers }];
  }
  const secrets = Object.values(signIn.secrets);
  const region = pulumi.output(clusterArn).apply((arn) => arn.split(":")[3]);
  return [
    { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secrets.map(({ arn }) => arn) },
    {
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: secrets.map(({ key }) => key.arn),
      Condition: { StringEquals: { "kms:ViaService": pulumi.interpolate`secretsmanager.${region}.amazonaws.com` } },
    },
  ];
}

/** Figures of the RDS user guide, "Monitoring RDS Proxy metrics with Amazon CloudWatch". */
function proxyAlarms(proxyName: pulumi.Output<string>): Record<string, AlarmSpec> {
  const proxy = { namespace: "AWS/RDS", dimensions: { ProxyName: proxyName } };
  return {
    "borrow-latency": {
      ...proxy,
      metric: "DatabaseConnectionsBorrowLatency",
      statistic: "Average",
      // Microseconds.
      threshold: 100_000,
      description: "Clients wait more than 100 ms for a connection: look for long transactions and pinned sessions.",
    },
    unavailable: {
      ...proxy,
      metric: "AvailabilityPercentage",
      statistic: "Minimum",
      threshold: 100,
      bad: "below",
      description: "The proxy does not reach its cluster at times: look at the cluster, then at the rights of the proxy's role.",
    },
  };
}
