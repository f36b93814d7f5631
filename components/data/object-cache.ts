/** Memcached. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type AlarmedArgs,
  type AlarmTransform,
  admitClients,
  BourseComponent,
  type ClientAccessTransform,
  type Clients,
  type CommonArgs,
  clientFaults,
  type Fault,
  type NetworkRef,
  nameFaults,
  networkSpreadFaults,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";
import { nodeTypeFaults } from "./redis-cache";

/** Arguments of {@link ObjectCache}. */
export interface ObjectCacheArgs extends CommonArgs, AlarmedArgs {
  /** Where it lives. Changing it **replaces** the cache. */
  network: NetworkRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** Nodes, spread over the zones of the network: 2 to 60. A node's objects are lost with it. @default 3 */
  nodes?: pulumi.Input<number>;
  /** Changing it **replaces** the cache. @default "cache.r7g.large" */
  nodeType?: pulumi.Input<string>;
  transform?: ObjectCacheTransform;
}

export interface ObjectCacheTransform extends AlarmTransform {
  cluster?: Transform<aws.elasticache.ClusterArgs>;
  subnetGroup?: Transform<aws.elasticache.SubnetGroupArgs>;
  access?: ClientAccessTransform;
}

export function objectCacheFaults(args: ObjectCacheArgs, name: string): Fault[] {
  return [
    ...nameFaults("name", name, {
      longest: 50,
      pattern: /^[a-z](?!.*--)[a-z0-9-]*[a-z0-9]$/,
      words: "lower-case letters, digits and single hyphens, a letter first",
    }),
    ...networkSpreadFaults(args.network, 2, "so that one zone's loss leaves nodes"),
    ...wholeNumberFaults("nodes", args.nodes, 2, 60, "use 3, one a zone", "ElastiCache limit; two zones at least"),
    ...nodeTypeFaults("nodeType", args.nodeType),
    ...clientFaults("clients", args.clients),
  ];
}

/** A plain object cache over several zones, over TLS: what it loses is read again from where it came. */
export class ObjectCache extends BourseComponent {
  /** `host:port` from which clients learn the nodes. */
  readonly configurationEndpoint: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: ObjectCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:ObjectCache", name, args, objectCacheFaults(args, name), opts);
    const port = 11211;
    const access = admitClients(this, "Memcached", { tls: port }, args);
    const subnets = new aws.elasticache.SubnetGroup(
      ...transformed<aws.elasticache.SubnetGroupArgs>(
        args.transform?.subnetGroup,
        `${name}-subnets`,
        { description: "Database tier", subnetIds: Object.values(args.network.databaseSubnetIds), tags: this.tagsFor(`${name}-subnets`) },
        this.childOptions(),
      ),
    );
    const cluster = new aws.elasticache.Cluster(
      ...transformed<aws.elasticache.ClusterArgs>(
        args.transform?.cluster,
        `${name}-cluster`,
        {
          clusterId: name,
          engine: "memcached",
          engineVersion: "1.6.22",
          nodeType: args.nodeType ?? "cache.r7g.large",
          numCacheNodes: args.nodes ?? 3,
          azMode: "cross-az",
          port,
          transitEncryptionEnabled: true,
          subnetGroupName: subnets.name,
          securityGroupIds: [access.securityGroupId],
          tags: this.tagsFor(`${name}-cluster`),
        },
        this.childOptions(),
      ),
    );
    this.createAlarms(
      {
        cpu: {
          description: "A node is above 90 % CPU: look for a hot key, then add nodes.",
          namespace: "AWS/ElastiCache",
          metric: "CPUUtilization",
          statistic: "Maximum",
          threshold: 90,
          dimensions: { CacheClusterId: cluster.clusterId },
        },
        evictions: {
          description: "Objects are dropped before they expire: add nodes, or cache less.",
          namespace: "AWS/ElastiCache",
          metric: "Evictions",
          statistic: "Sum",
          threshold: 1000,
          dimensions: { CacheClusterId: cluster.clusterId },
        },
      },
      args,
    );
    this.configurationEndpoint = cluster.configurationEndpoint;
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ configurationEndpoint: this.configurationEndpoint, securityGroupId: this.securityGroupId });
  }
}
