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

/** Where alarms and notices are sent. */
export interface AlarmTarget {
  topicArn: pulumi.Input<string>;
}
