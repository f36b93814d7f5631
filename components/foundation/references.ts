/**
 * Narrow references between layers: what a component needs of another layer, met by our own component, by awsx, or by a literal object
 * that names existing resources.
 */

import type * as pulumi from "@pulumi/pulumi";

/** A network to live in. Subnet maps are keyed by zone id (`use1-az4`), so that a new zone adds keys and moves none. */
export interface NetworkRef {
  vpcId: pulumi.Input<string>;
  vpcCidr: pulumi.Input<string>;
  /** Zone ids, in the order they were added. Plain: they decide how many children exist. */
  zoneIds: string[];
  publicSubnetIds: Record<string, pulumi.Input<string>>;
  privateSubnetIds: Record<string, pulumi.Input<string>>;
  databaseSubnetIds: Record<string, pulumi.Input<string>>;
}

/** A KMS key that encrypts something. */
export interface KeyRef {
  arn: pulumi.Input<string>;
  keyId: pulumi.Input<string>;
}

/** A secret of Secrets Manager, and the key that opens it. */
export interface SecretRef {
  arn: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
}

/** Where alarms and notices are sent. */
export interface AlarmTarget {
  topicArn: pulumi.Input<string>;
}

/** A Kubernetes cluster on EKS. */
export interface ClusterRef {
  /** Plain, since names of log groups and metrics are made of it. */
  clusterName: string;
  /** The security group of every node and pod. */
  securityGroupId: pulumi.Input<string>;
  /** How to reach its API, as JSON; holds no credential (the AWS CLI is asked for a token). */
  kubeconfigJson: pulumi.Input<string>;
}

/** A cluster of ECS on Fargate. */
export interface TaskClusterRef {
  /** Plain, since names of metrics and of what scales are made of it. */
  clusterName: string;
  clusterArn: pulumi.Input<string>;
  /** Zone of the services' private names. Plain, since certificates are made out to them. */
  namespace: string;
  namespaceId: pulumi.Input<string>;
  /** Log of every service. */
  logGroupName: pulumi.Input<string>;
  logGroupArn: pulumi.Input<string>;
  /** Security group of tasks that load balancers reach. */
  targetSecurityGroupId: pulumi.Input<string>;
}

/** A load balancer's target group that pods of one service join. */
export interface TargetGroupRef {
  arn: pulumi.Input<string>;
  /** Who may reach the pods: the load balancer's group. */
  sourceSecurityGroupId: pulumi.Input<string>;
}

/** A public Route 53 zone. */
export interface HostedZoneRef {
  zoneId: pulumi.Input<string>;
  /** Without a trailing dot, as `exchange.example`. Plain, since names of hosts are made of it. */
  domain: string;
}
