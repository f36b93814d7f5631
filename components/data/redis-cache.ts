/** Redis, by Valkey, its open continuation. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmSpec,
  type AlarmTransform,
  admitClients,
  BourseComponent,
  type ClientAccess,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  choiceFaults,
  clientFaults,
  type Fault,
  isPlain,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type NetworkRef,
  nameFaults,
  networkSpreadFaults,
  type Protection,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** Arguments of {@link RedisCache}. */
export interface RedisCacheArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  /** Where it lives. Changing it **replaces** the cache. */
  network: NetworkRef;
  /** Encrypts snapshots and disks: the `data` key of a `KeyRing`. Changing it **replaces** the cache. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** Users by name, each with what it may do in Redis' own notation; they authenticate with IAM. Plain. @default {@link exchangeUsers} */
  users?: Record<string, string>;
  /** Parts that keys are spread over. Plain, since it decides how many nodes are watched; it can change while the cache serves. @default 2 */
  shards?: number;
  /** Copies of each shard in other zones: 1 to 5. @default 1 */
  replicas?: number;
  /** @default "cache.r7g.large" */
  nodeType?: pulumi.Input<string>;
  /** @default "valkey", whose nodes cost a fifth less (ElastiCache pricing page) */
  engine?: "valkey" | "redis";
  /** Days that daily snapshots are kept: 1 to 35. @default 7 */
  snapshotDays?: pulumi.Input<number>;
  /** @default "on" */
  protection?: Protection;
  transform?: RedisCacheTransform;
}

export interface RedisCacheTransform extends AlarmTransform, LogTransform {
  replicationGroup?: Transform<aws.elasticache.ReplicationGroupArgs>;
  subnetGroup?: Transform<aws.elasticache.SubnetGroupArgs>;
  parameterGroup?: Transform<aws.elasticache.ParameterGroupArgs>;
  user?: Transform<aws.elasticache.UserArgs>;
  userGroup?: Transform<aws.elasticache.UserGroupArgs>;
  access?: ClientAccessTransform;
}

/** One user for the services: all keys and channels, and no command that administers, blocks or erases the server. */
export const exchangeUsers: Record<string, string> = {
  services: "on ~* &* +@all -@admin -@dangerous +info +cluster|slots +cluster|shards +cluster|nodes",
};

/** ElastiCache, "Quotas": nodes of a cluster from Redis 5.0.6 and Valkey 7.2. */
const mostNodes = 500;
/** Versions that ElastiCache offers, with the family of their parameters. */
const engines = { valkey: { version: "8.1", family: "valkey8" }, redis: { version: "7.1", family: "redis7" } } as const;

export function redisCacheFaults(args: RedisCacheArgs, name: string): Fault[] {
  const shards = args.shards ?? 2;
  const replicas = args.replicas ?? 1;
  const faults = [
    ...nameFaults("name", name, {
      longest: 40,
      pattern: /^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/,
      words: "lower-case letters, digits and single hyphens, a letter first",
    }),
    ...networkSpreadFaults(args.network, 2, "ElastiCache guide, Multi-AZ"),
    ...wholeNumberFaults("shards", args.shards, 1, mostNodes / 2, "use what the load needs", "500 nodes a cluster, two a shard"),
    ...wholeNumberFaults("replicas", args.replicas, 1, 5, "use 1, so that a zone's loss loses no key", "ElastiCache limit"),
    ...wholeNumberFaults("snapshotDays", args.snapshotDays, 1, 35, "use 7, the default", "ElastiCache limit"),
    ...choiceFaults("engine", args.engine, ["valkey", "redis"]),
    ...nodeTypeFaults("nodeType", args.nodeType),
    ...clientFaults("clients", args.clients),
    ...Object.entries(args.users ?? {}).flatMap(([user, rights]) => userFaults(user, rights)),
  ];
  if (Number.isInteger(shards * replicas) && shards * (replicas + 1) > mostNodes) {
    faults.push({
      path: "shards",
      given: shards,
      allowed: `at most ${mostNodes} nodes: shards times (replicas + 1)`,
      fix: "use larger nodes",
    });
  }
  return faults;
}

/** Faults of an ElastiCache node type. */
export function nodeTypeFaults(path: string, nodeType: pulumi.Input<string> | undefined): Fault[] {
  if (!isPlain(nodeType) || /^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(nodeType)) return [];
  return [{ path, given: nodeType, allowed: "a node type such as cache.r7g.large", fix: "use a type that ElastiCache offers" }];
}

function userFaults(user: string, rights: string): Fault[] {
  const path = `users.${user}`;
  const faults = nameFaults(path, user, {
    longest: 30,
    pattern: /^[a-z][a-z0-9-]*$/,
    words: "lower-case letters, digits and hyphens, a letter first",
  });
  if (!/^on\s/.test(rights))
    faults.push({ path, given: rights, allowed: 'rights that start with "on"', fix: 'write such as "on ~cache:* +@read"' });
  if (/nopass|>/.test(rights))
    faults.push({ path, given: "rights with a password", allowed: "IAM authentication alone", fix: "remove nopass and passwords" });
  return faults;
}

/** A sharded cache that survives the loss of a zone, over TLS, for IAM users with limited rights, with daily snapshots. */
export class RedisCache extends BourseComponent {
  /** Host that a client asks for the map of the cluster. */
  readonly endpoint: pulumi.Output<string>;
  readonly port = 6379;
  /** Names the cache in `elasticache:Connect` policies. */
  readonly arn: pulumi.Output<string>;
  /** ARNs of the users, likewise. */
  readonly userArns: Readonly<Record<string, pulumi.Output<string>>>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: RedisCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:RedisCache", name, args, redisCacheFaults(args, name), opts);
    const access = admitClients(this, "Redis", { tls: this.port }, args);
    const users = this.createUsers(args);
    const group = this.createReplicationGroup(access, this.createUserGroup(users, args), args);
    for (const node of nodesOf(name, args)) this.createAlarms(nodeAlarms(node), args);

    this.endpoint = group.configurationEndpointAddress;
    this.arn = group.arn;
    this.userArns = Object.fromEntries(Object.entries(users).map(([user, { arn }]) => [user, arn]));
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ endpoint: this.endpoint, arn: this.arn, userArns: this.userArns });
  }

  private createUsers(args: RedisCacheArgs): Record<string, aws.elasticache.User> {
    return Object.fromEntries(
      Object.entries(args.users ?? exchangeUsers).map(([user, accessString]) => {
        const name = `${this.name}-${user}`;
        // With IAM the user's id and name must be the same (ElastiCache guide, "Authenticating with IAM").
        const identity = { userId: name, userName: name, engine: args.engine ?? "valkey", authenticationMode: { type: "iam" } };
        return [
          user,
          new aws.elasticache.User(
            ...transformed<aws.elasticache.UserArgs>(
              args.transform?.user,
              name,
              { ...identity, accessString, tags: this.tagsFor(name) },
              this.childOptions(),
            ),
          ),
        ];
      }),
    );
  }

  private createUserGroup(users: Record<string, aws.elasticache.User>, args: RedisCacheArgs): aws.elasticache.UserGroup {
    const name = `${this.name}-users`;
    const engine = args.engine ?? "valkey";
    const userIds = Object.values(users).map(({ userId }) => userId);
    return new aws.elasticache.UserGroup(
      ...transformed<aws.elasticache.UserGroupArgs>(
        args.transform?.userGroup,
        name,
        // Redis wants a user named "default" in every group; this one may do nothing.
        {
          userGroupId: name,
          engine,
          userIds: engine === "redis" ? [this.createDefaultUser(args).userId, ...userIds] : userIds,
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createDefaultUser(args: RedisCacheArgs): aws.elasticache.User {
    const name = `${this.name}-nobody`;
    return new aws.elasticache.User(
      ...transformed<aws.elasticache.UserArgs>(
        args.transform?.user,
        name,
        {
          userId: name,
          userName: "default",
          engine: "redis",
          noPasswordRequired: true,
          accessString: "off -@all",
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createReplicationGroup(
    access: ClientAccess,
    users: aws.elasticache.UserGroup,
    args: RedisCacheArgs,
  ): aws.elasticache.ReplicationGroup {
    const name = `${this.name}-group`;
    const protect = (args.protection ?? "on") === "on";
    const engine = args.engine ?? "valkey";
    const logs = { "slow-log": this.createLogGroup("slow-log", args, 30), "engine-log": this.createLogGroup("engine-log", args, 30) };
    return new aws.elasticache.ReplicationGroup(
      ...transformed<aws.elasticache.ReplicationGroupArgs>(
        args.transform?.replicationGroup,
        name,
        {
          replicationGroupId: this.name,
          description: "Sessions, limits and hot market data",
          engine,
          engineVersion: engines[engine].version,
          nodeType: args.nodeType ?? "cache.r7g.large",
          port: this.port,
          clusterMode: "enabled",
          numNodeGroups: args.shards ?? 2,
          replicasPerNodeGroup: args.replicas ?? 1,
          automaticFailoverEnabled: true,
          multiAzEnabled: true,
          transitEncryptionEnabled: true,
          transitEncryptionMode: "required",
          atRestEncryptionEnabled: true,
          kmsKeyId: args.key.arn,
          userGroupIds: [users.userGroupId],
          subnetGroupName: this.createSubnetGroup(args).name,
          securityGroupIds: [access.securityGroupId],
          parameterGroupName: this.createParameterGroup(args).name,
          snapshotRetentionLimit: args.snapshotDays ?? 7,
          ...(protect ? { finalSnapshotIdentifier: `${this.name}-final` } : {}),
          logDeliveryConfigurations: Object.entries(logs).map(([logType, { name: destination }]) => ({
            logType,
            logFormat: "json",
            destinationType: "cloudwatch-logs",
            destination,
          })),
          autoMinorVersionUpgrade: true,
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect }),
      ),
    );
  }

  private createSubnetGroup(args: RedisCacheArgs): aws.elasticache.SubnetGroup {
    const name = `${this.name}-subnets`;
    return new aws.elasticache.SubnetGroup(
      ...transformed<aws.elasticache.SubnetGroupArgs>(
        args.transform?.subnetGroup,
        name,
        { description: "Database tier", subnetIds: Object.values(args.network.databaseSubnetIds), tags: this.tagsFor(name) },
        this.childOptions(),
      ),
    );
  }

  private createParameterGroup(args: RedisCacheArgs): aws.elasticache.ParameterGroup {
    const name = `${this.name}-parameters`;
    // Keys with an expiry go first when memory is short; sessions and limits have one.
    const parameters = { "cluster-enabled": "yes", "maxmemory-policy": "volatile-lru" };
    return new aws.elasticache.ParameterGroup(
      ...transformed<aws.elasticache.ParameterGroupArgs>(
        args.transform?.parameterGroup,
        name,
        {
          description: "Sharded; evicts what expires",
          family: engines[args.engine ?? "valkey"].family,
          parameters: Object.entries(parameters).map(([parameter, value]) => ({ name: parameter, value })),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }
}

/** Ids of nodes, which ElastiCache derives: `<group>-0001-001` is the first node of the first shard. */
function nodesOf(group: string, args: RedisCacheArgs): { key: string; id: string }[] {
  const digits = (number: number, length: number) => String(number).padStart(length, "0");
  const shards = [...Array(args.shards ?? 2).keys()];
  const members = [...Array((args.replicas ?? 1) + 1).keys()];
  return shards
    .flatMap((shard) => members.map((member) => `${digits(shard + 1, 4)}-${digits(member + 1, 3)}`))
    .map((key) => ({ key, id: `${group}-${key}` }));
}

/** Figures of the ElastiCache guide, "Which metrics should I monitor?". */
function nodeAlarms({ key, id }: { key: string; id: string }): Record<string, AlarmSpec> {
  const node = { namespace: "AWS/ElastiCache", dimensions: { CacheClusterId: id } };
  return {
    [`cpu-${key}`]: {
      ...node,
      metric: "EngineCPUUtilization",
      statistic: "Maximum",
      threshold: 80,
      description: `The main thread of ${id} is above 80 %: look for a hot key or costly commands in the slow log, then add shards.`,
    },
    [`memory-${key}`]: {
      ...node,
      metric: "DatabaseMemoryUsagePercentage",
      statistic: "Maximum",
      threshold: 80,
      description: `${id} is above 80 % of its memory: keys will soon be evicted; add shards.`,
    },
    [`lag-${key}`]: {
      ...node,
      metric: "ReplicationLag",
      statistic: "Maximum",
      threshold: 5,
      description: `${id} is more than 5 s behind its primary: a failover would lose that much; look at the network and at large values.`,
    },
  };
}
