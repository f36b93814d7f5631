/**
 * AWS behind {@link FailoverCloud}. Nothing is asked of the region that is left: accelerators answer in us-west-2, everything else in the region that takes over.
 * The SDK's clients are optional packages, since a plan needs none of them.
 */

import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { GlobalAcceleratorClient } from "@aws-sdk/client-global-accelerator";
import type { RDSClient } from "@aws-sdk/client-rds";
import type { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { UsageError } from "../stack";
import type { EndpointGroup, FailoverCloud, GlobalDatabase } from "./cloud";
import type { LeadershipRecord } from "./leadership";

/** The clients' packages. */
interface Sdk {
  accelerators: typeof import("@aws-sdk/client-global-accelerator");
  databases: typeof import("@aws-sdk/client-rds");
  figures: typeof import("@aws-sdk/client-cloudwatch");
  groups: typeof import("@aws-sdk/client-auto-scaling");
  tables: typeof import("@aws-sdk/client-dynamodb");
  quotas: typeof import("@aws-sdk/client-service-quotas");
}

/** Clients, one of each. */
export interface FailoverClients {
  accelerators: Pick<GlobalAcceleratorClient, "send">;
  databases: Pick<RDSClient, "send">;
  figures: Pick<CloudWatchClient, "send">;
  groups: Pick<AutoScalingClient, "send">;
  tables: Pick<DynamoDBClient, "send">;
  quotas: Pick<ServiceQuotasClient, "send">;
}

/** The API of Global Accelerator is in this region alone (Global Accelerator guide, "AWS Global Accelerator endpoints and quotas"). */
const acceleratorRegion = "us-west-2";

/** @throws UsageError when the packages are not installed */
export async function loadSdk(): Promise<Sdk> {
  try {
    const [accelerators, databases, figures, groups, tables, quotas] = await Promise.all([
      import("@aws-sdk/client-global-accelerator"),
      import("@aws-sdk/client-rds"),
      import("@aws-sdk/client-cloudwatch"),
      import("@aws-sdk/client-auto-scaling"),
      import("@aws-sdk/client-dynamodb"),
      import("@aws-sdk/client-service-quotas"),
    ]);
    return { accelerators, databases, figures, groups, tables, quotas };
  } catch (error) {
    const packages = ["global-accelerator", "rds", "cloudwatch", "auto-scaling", "dynamodb", "service-quotas"].map(
      (name) => `@aws-sdk/client-${name}`,
    );
    throw new UsageError(
      `a drill calls AWS and needs packages that are not installed (${(error as Error).message}); run: npm install ${packages.join(" ")}`,
    );
  }
}

/** Clients that sign as the AWS CLI would. @param region the one that takes over */
export function clientsOf(sdk: Sdk, region: string): FailoverClients {
  return {
    accelerators: new sdk.accelerators.GlobalAcceleratorClient({ region: acceleratorRegion }),
    databases: new sdk.databases.RDSClient({ region }),
    figures: new sdk.figures.CloudWatchClient({ region }),
    groups: new sdk.groups.AutoScalingClient({ region }),
    tables: new sdk.tables.DynamoDBClient({ region }),
    quotas: new sdk.quotas.ServiceQuotasClient({ region }),
  };
}

/** The record's key: an exchange has the shard 0. */
const shard = { S: "shard-0" };

/** @param now time in ms, of the figures that are asked for */
export function awsCloud(sdk: Sdk, clients: FailoverClients, now: () => number = Date.now): FailoverCloud {
  return {
    async endpointGroups(names) {
      const groups: EndpointGroup[] = [];
      for (const { AcceleratorArn, Name = "" } of await allAccelerators()) {
        if (!names.some((name) => isNamed(Name, name))) continue;
        const { Listeners = [] } = await clients.accelerators.send(new sdk.accelerators.ListListenersCommand({ AcceleratorArn }));
        for (const { ListenerArn } of Listeners) {
          const { EndpointGroups = [] } = await clients.accelerators.send(new sdk.accelerators.ListEndpointGroupsCommand({ ListenerArn }));
          for (const group of EndpointGroups) {
            const endpoints = group.EndpointDescriptions ?? [];
            groups.push({
              arn: group.EndpointGroupArn!,
              accelerator: Name,
              region: group.EndpointGroupRegion!,
              dial: group.TrafficDialPercentage ?? 100,
              endpoints: endpoints.length,
              healthy: endpoints.filter(({ HealthState }) => HealthState === "HEALTHY").length,
            });
          }
        }
      }
      return groups;
    },
    async setDial(EndpointGroupArn, TrafficDialPercentage) {
      await clients.accelerators.send(new sdk.accelerators.UpdateEndpointGroupCommand({ EndpointGroupArn, TrafficDialPercentage }));
    },
    async globalDatabase(GlobalClusterIdentifier): Promise<GlobalDatabase> {
      const { GlobalClusters = [] } = await clients.databases.send(
        new sdk.databases.DescribeGlobalClustersCommand({ GlobalClusterIdentifier }),
      );
      const [{ Status = "unknown", GlobalClusterMembers = [] }] = GlobalClusters;
      return {
        status: Status,
        members: GlobalClusterMembers.map(({ DBClusterArn = "", IsWriter = false }) => ({
          arn: DBClusterArn,
          region: DBClusterArn.split(":")[3],
          writer: IsWriter,
        })),
      };
    },
    async switchOver(GlobalClusterIdentifier, TargetDbClusterIdentifier) {
      await clients.databases.send(
        new sdk.databases.SwitchoverGlobalClusterCommand({ GlobalClusterIdentifier, TargetDbClusterIdentifier }),
      );
    },
    async failOver(GlobalClusterIdentifier, TargetDbClusterIdentifier) {
      const request = { GlobalClusterIdentifier, TargetDbClusterIdentifier, AllowDataLoss: true };
      await clients.databases.send(new sdk.databases.FailoverGlobalClusterCommand(request));
    },
    async leadership(TableName) {
      const { Item } = await clients.tables.send(new sdk.tables.GetItemCommand({ TableName, Key: { name: shard }, ConsistentRead: true }));
      return Item && (JSON.parse(Item.record?.S ?? "") as LeadershipRecord);
    },
    async replaceLeadership(TableName, seen, next) {
      const renewal = { N: String(next.renewal) };
      const Item = { name: shard, renewal, record: { S: JSON.stringify(next) } };
      const condition = { ConditionExpression: "renewal = :seen", ExpressionAttributeValues: { ":seen": { N: String(seen.renewal) } } };
      try {
        await clients.tables.send(new sdk.tables.PutItemCommand({ TableName, Item, ...condition }));
        return true;
      } catch (error) {
        // Another region's write that comes at the same time is refused likewise (DynamoDB guide, "Multi-Region strong consistency").
        if (["ConditionalCheckFailedException", "ReplicatedWriteConflictException"].includes((error as Error).name)) return false;
        throw error;
      }
    },
    async copyLag(clusterIdentifier) {
      const { Datapoints = [] } = await clients.figures.send(
        new sdk.figures.GetMetricStatisticsCommand({
          Namespace: "AWS/RDS",
          MetricName: "AuroraGlobalDBRPOLag",
          Dimensions: [{ Name: "DBClusterIdentifier", Value: clusterIdentifier }],
          StartTime: new Date(now() - 300_000),
          EndTime: new Date(now()),
          Period: 60,
          Statistics: ["Maximum"],
        }),
      );
      return Datapoints.length === 0 ? undefined : Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum));
    },
    async nodesInService(name) {
      let count = 0;
      let NextToken: string | undefined;
      do {
        const page = await clients.groups.send(new sdk.groups.DescribeAutoScalingGroupsCommand({ NextToken }));
        for (const { AutoScalingGroupName = "", Instances = [] } of page.AutoScalingGroups ?? []) {
          // Groups that EKS makes are named after the node group (EKS guide, "Managed node groups").
          if (!AutoScalingGroupName.startsWith(`eks-${name}-`)) continue;
          count += Instances.filter(
            ({ LifecycleState, HealthStatus }) => LifecycleState === "InService" && HealthStatus === "Healthy",
          ).length;
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return count;
    },
    async quota(ServiceCode, QuotaCode) {
      const { Quota } = await clients.quotas.send(new sdk.quotas.GetServiceQuotaCommand({ ServiceCode, QuotaCode }));
      return Quota?.Value ?? 0;
    },
  };

  async function allAccelerators() {
    const found = [];
    let NextToken: string | undefined;
    do {
      const page = await clients.accelerators.send(new sdk.accelerators.ListAcceleratorsCommand({ NextToken }));
      found.push(...(page.Accelerators ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }
}

/** Pulumi adds seven hexadecimal digits to a logical name. */
function isNamed(name: string, logical: string): boolean {
  return name === logical || (name.startsWith(`${logical}-`) && /^[0-9a-f]{7}$/.test(name.slice(logical.length + 1)));
}
