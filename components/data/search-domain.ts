/** OpenSearch. */

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
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
  clientFaults,
  type Fault,
  isPlain,
  type KeyRef,
  type LoggedArgs,
  type LogTransform,
  type NetworkRef,
  nameFaults,
  networkZoneFaults,
  type Protection,
  policyDocument,
  type Transform,
  transformed,
  wholeNumberFaults,
} from "../foundation";

/** Arguments of {@link SearchDomain}. */
export interface SearchDomainArgs extends CommonArgs, AlarmedArgs, LoggedArgs {
  accountId: pulumi.Input<string>;
  /** Where it lives. Changing it **replaces** the domain. */
  network: NetworkRef;
  /** Three zone ids, fixed whatever zones the network gains. Changing them **replaces** the domain. @default the network's first three */
  zoneIds?: string[];
  /** Encrypts indexes and logs: the `data` key of a `KeyRing`. Changing it **replaces** the domain. */
  key: KeyRef;
  /** Security groups that may connect, by role. */
  clients: Clients;
  /** IAM role that administers users and indexes within OpenSearch. @default one is made, which principals of the account may take with a second factor */
  administratorRoleArn?: pulumi.Input<string>;
  /** IAM roles that may send requests; what each may do is decided within OpenSearch. @default none but the administrator */
  readerRoleArns?: Record<string, pulumi.Input<string>>;
  /** Data nodes, a multiple of three, of which a third stands by. @default 3 */
  dataNodes?: pulumi.Input<number>;
  /** @default "r7g.large.search" */
  dataNodeType?: pulumi.Input<string>;
  /** @default "m7g.large.search" */
  managerNodeType?: pulumi.Input<string>;
  /** GiB of storage of each data node. @default 200 */
  storageGib?: pulumi.Input<number>;
  /** @default "OpenSearch_2.19" */
  engineVersion?: pulumi.Input<string>;
  /** @default "on" */
  protection?: Protection;
  transform?: SearchDomainTransform;
}

export interface SearchDomainTransform extends AlarmTransform, LogTransform {
  domain?: Transform<aws.opensearch.DomainArgs>;
  domainPolicy?: Transform<aws.opensearch.DomainPolicyArgs>;
  logPolicy?: Transform<aws.cloudwatch.LogResourcePolicyArgs>;
  administrator?: Transform<aws.iam.RoleArgs>;
  access?: ClientAccessTransform;
}

const logTypes = { slow: "SEARCH_SLOW_LOGS", index: "INDEX_SLOW_LOGS", errors: "ES_APPLICATION_LOGS", audit: "AUDIT_LOGS" } as const;

export function searchDomainFaults(args: SearchDomainArgs, name: string): Fault[] {
  const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, 3);
  const nodeType = (path: string, type: pulumi.Input<string> | undefined): Fault[] =>
    !isPlain(type) || /^[a-z0-9]+\.[a-z0-9]+\.search$/.test(type)
      ? []
      : [{ path, given: type, allowed: "a type such as r7g.large.search", fix: "use a type that OpenSearch Service offers" }];
  return [
    ...nameFaults("name", name, {
      longest: 28,
      pattern: /^[a-z][a-z0-9-]{2,}$/,
      words: "at least 3 lower-case letters, digits and hyphens, a letter first",
    }),
    ...networkZoneFaults("zoneIds", zoneIds, args.network),
    ...(zoneIds.length === 3
      ? []
      : [{ path: "zoneIds", given: zoneIds, allowed: "three zones, one of which stands by", fix: "name three zones of the network" }]),
    ...wholeNumberFaults("dataNodes", args.dataNodes, 3, 80, "use 3", "OpenSearch Service quota"),
    ...(isPlain(args.dataNodes) && args.dataNodes % 3 !== 0
      ? [
          {
            path: "dataNodes",
            given: args.dataNodes,
            allowed: "a multiple of 3, with a standby zone",
            fix: `use ${Math.ceil(args.dataNodes / 3) * 3}`,
          },
        ]
      : []),
    ...wholeNumberFaults("storageGib", args.storageGib, 10, 3072, "use 200, the default", "least and most of a gp3 volume here"),
    ...nodeType("dataNodeType", args.dataNodeType),
    ...nodeType("managerNodeType", args.managerNodeType),
    ...clientFaults("clients", args.clients),
  ];
}

/** Search over three zones of which one stands by, for IAM identities over TLS, with every request of a user audited. */
export class SearchDomain extends BourseComponent {
  readonly endpoint: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: SearchDomainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bourse:data:SearchDomain", name, args, searchDomainFaults(args, name), opts);
    const access = admitClients(this, "OpenSearch", { https: 443 }, args);
    const administratorRoleArn = args.administratorRoleArn ?? this.createAdministrator(args).arn;
    const domain = this.createDomain(access, administratorRoleArn, args);
    this.admit(domain, administratorRoleArn, args);
    this.createAlarms(searchAlarms(domain.domainName, args), args);

    this.endpoint = domain.endpoint;
    this.arn = domain.arn;
    this.securityGroupId = access.securityGroupId;
    this.registerOutputs({ endpoint: this.endpoint, arn: this.arn, securityGroupId: this.securityGroupId });
  }

  private createAdministrator(args: SearchDomainArgs): aws.iam.Role {
    const name = `${this.name}-administrator`;
    return new aws.iam.Role(
      ...transformed<aws.iam.RoleArgs>(
        args.transform?.administrator,
        name,
        {
          description: "Administers users and indexes of OpenSearch",
          maxSessionDuration: 3600,
          assumeRolePolicy: policyDocument({
            Effect: "Allow",
            Principal: { AWS: pulumi.interpolate`arn:aws:iam::${args.accountId}:root` },
            Action: "sts:AssumeRole",
            Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
          }),
          tags: this.tagsFor(name),
        },
        this.childOptions(),
      ),
    );
  }

  private createDomain(access: ClientAccess, administratorRoleArn: pulumi.Input<string>, args: SearchDomainArgs): aws.opensearch.Domain {
    const name = `${this.name}-domain`;
    const zoneIds = args.zoneIds ?? args.network.zoneIds.slice(0, 3);
    const logs = Object.entries(logTypes).map(([role, logType]) => ({
      logType,
      logGroup: this.createLogGroup(`${role}-log`, args, role === "audit" ? 400 : 30),
    }));
    const logPolicy = this.letLogsBeWritten(
      logs.map(({ logGroup }) => logGroup),
      args,
    );
    return new aws.opensearch.Domain(
      ...transformed<aws.opensearch.DomainArgs>(
        args.transform?.domain,
        name,
        {
          domainName: this.name,
          engineVersion: args.engineVersion ?? "OpenSearch_2.19",
          clusterConfig: {
            instanceCount: args.dataNodes ?? 3,
            instanceType: args.dataNodeType ?? "r7g.large.search",
            dedicatedMasterEnabled: true,
            dedicatedMasterCount: 3,
            dedicatedMasterType: args.managerNodeType ?? "m7g.large.search",
            zoneAwarenessEnabled: true,
            zoneAwarenessConfig: { availabilityZoneCount: 3 },
            multiAzWithStandbyEnabled: true,
          },
          ebsOptions: { ebsEnabled: true, volumeType: "gp3", volumeSize: args.storageGib ?? 200 },
          vpcOptions: {
            subnetIds: zoneIds.map((zoneId) => args.network.databaseSubnetIds[zoneId]),
            securityGroupIds: [access.securityGroupId],
          },
          encryptAtRest: { enabled: true, kmsKeyId: args.key.arn },
          nodeToNodeEncryption: { enabled: true },
          domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
          advancedSecurityOptions: {
            enabled: true,
            anonymousAuthEnabled: false,
            internalUserDatabaseEnabled: false,
            masterUserOptions: { masterUserArn: administratorRoleArn },
          },
          logPublishingOptions: logs.map(({ logType, logGroup }) => ({ logType, cloudwatchLogGroupArn: logGroup.arn, enabled: true })),
          offPeakWindowOptions: { enabled: true },
          softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
          tags: this.tagsFor(name),
        },
        this.childOptions({ protect: (args.protection ?? "on") === "on", dependsOn: [logPolicy] }),
      ),
    );
  }

  private letLogsBeWritten(logGroups: aws.cloudwatch.LogGroup[], args: SearchDomainArgs): aws.cloudwatch.LogResourcePolicy {
    return new aws.cloudwatch.LogResourcePolicy(
      ...transformed<aws.cloudwatch.LogResourcePolicyArgs>(
        args.transform?.logPolicy,
        `${this.name}-log-policy`,
        {
          policyName: `${this.name}-log-policy`,
          policyDocument: policyDocument({
            Effect: "Allow",
            Principal: { Service: "es.amazonaws.com" },
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLogEventsBatch"],
            Resource: logGroups.map(({ arn }) => pulumi.interpolate`${arn}:*`),
            Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
          }),
        },
        this.childOptions(),
      ),
    );
  }

  private admit(domain: aws.opensearch.Domain, administratorRoleArn: pulumi.Input<string>, args: SearchDomainArgs): void {
    new aws.opensearch.DomainPolicy(
      ...transformed<aws.opensearch.DomainPolicyArgs>(
        args.transform?.domainPolicy,
        `${this.name}-policy`,
        {
          domainName: domain.domainName,
          accessPolicies: policyDocument({
            Effect: "Allow",
            Principal: { AWS: [administratorRoleArn, ...Object.values(args.readerRoleArns ?? {})] },
            Action: ["es:ESHttpDelete", "es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut"],
            Resource: pulumi.interpolate`${domain.arn}/*`,
          }),
        },
        this.childOptions(),
      ),
    );
  }
}

/** Thresholds of the OpenSearch Service guide, "Recommended CloudWatch alarms". */
function searchAlarms(domainName: pulumi.Output<string>, args: SearchDomainArgs): Record<string, AlarmSpec> {
  const domain = { namespace: "AWS/ES", statistic: "Maximum", dimensions: { DomainName: domainName, ClientId: args.accountId } };
  return {
    red: {
      ...domain,
      metric: "ClusterStatus.red",
      threshold: 0,
      periods: 1,
      description: "A primary shard is lost: searches miss documents; restore its index from a snapshot.",
    },
    yellow: {
      ...domain,
      metric: "ClusterStatus.yellow",
      threshold: 0,
      periods: 5,
      description: "A copy of a shard is missing: look for nodes that are down or full.",
    },
    storage: {
      ...domain,
      metric: "FreeStorageSpace",
      statistic: "Minimum",
      threshold: 20_480,
      bad: "below",
      description: "A node has less than 20 GiB left: writes will be refused; delete old indexes or grow storage.",
    },
    "writes-blocked": {
      ...domain,
      metric: "ClusterIndexWritesBlocked",
      threshold: 0,
      periods: 1,
      description: "The domain refuses writes: look at storage and memory.",
    },
    cpu: {
      ...domain,
      metric: "CPUUtilization",
      threshold: 80,
      periods: 15,
      description: "A data node is above 80 % CPU for a quarter of an hour: look at the slow logs, then add nodes.",
    },
    memory: {
      ...domain,
      metric: "JVMMemoryPressure",
      threshold: 95,
      description: "A data node is short of memory: look for large aggregations, then use larger nodes.",
    },
    nodes: {
      ...domain,
      metric: "Nodes",
      statistic: "Minimum",
      threshold: pulumi.output(args.dataNodes ?? 3).apply((dataNodes) => dataNodes + 3),
      bad: "below",
      silence: "bad",
      periods: 60,
      description: "A node has been missing for an hour: OpenSearch Service should have replaced it; open a support case.",
    },
    "key-error": {
      ...domain,
      metric: "KMSKeyError",
      threshold: 0,
      periods: 1,
      description: "The key that encrypts the domain is disabled: enable it, or data is lost for good.",
    },
    "key-inaccessible": {
      ...domain,
      metric: "KMSKeyInaccessible",
      threshold: 0,
      periods: 1,
      description: "The domain may no longer use its key: restore the grant.",
    },
  };
}
