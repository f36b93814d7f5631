/** Literal references to resources that exist already, for tests of one component alone. */

import type { ClusterRef, HotPlacement, KeyRef, NetworkRef, TaskClusterRef } from "bourse";

export const accountId = "123456789012";
export const zoneIds = ["use1-az1", "use1-az4", "use1-az6"];
export const placement: HotPlacement = { tier: "hot", zoneId: "use1-az4", standbyZoneId: "use1-az6" };

function subnets(tier: string): Record<string, string> {
  return Object.fromEntries(zoneIds.map((zoneId) => [zoneId, `subnet-${tier}-${zoneId}`]));
}

export const network: NetworkRef = {
  vpcId: "vpc-1",
  vpcCidr: "10.16.0.0/16",
  zoneIds,
  publicSubnetIds: subnets("public"),
  privateSubnetIds: subnets("private"),
  databaseSubnetIds: subnets("database"),
};

export function keyRef(domain: string): KeyRef {
  return { arn: `arn:aws:kms:us-east-1:${accountId}:key/${domain}`, keyId: domain };
}

export const cluster: ClusterRef = { clusterName: "trading", securityGroupId: "sg-cluster", kubeconfigJson: '{"apiVersion":"v1"}' };

export const taskCluster: TaskClusterRef = {
  clusterName: "run",
  clusterArn: `arn:aws:ecs:us-east-1:${accountId}:cluster/run`,
  namespace: "run.internal",
  namespaceId: "ns-0123456789abcdef",
  logGroupName: "run-logs",
  logGroupArn: `arn:aws:logs:us-east-1:${accountId}:log-group:run-logs`,
  targetSecurityGroupId: "sg-targets",
};

/** Where the archive of the stream application is built. */
export const archive = "workloads/price-windows/target/price-windows.jar";

/** An image by digest. */
export const image = `${accountId}.dkr.ecr.us-east-1.amazonaws.com/bourse@sha256:${"0".repeat(64)}`;
