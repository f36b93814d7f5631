/** The access log of the distribution, in a bucket. CloudFront's log source is in us-east-1 wherever the viewer is. */

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type CommonArgs,
  LogBucket,
  type LogBucketTransform,
  type Protection,
  type Tags,
  type Transform,
  transformed,
} from "../foundation";

export interface AccessLogTransform {
  logSource?: Transform<aws.cloudwatch.LogDeliverySourceArgs>;
  logDestination?: Transform<aws.cloudwatch.LogDeliveryDestinationArgs>;
  logDelivery?: Transform<aws.cloudwatch.LogDeliveryArgs>;
  logs?: LogBucketTransform;
}

export interface AccessLogFacts extends CommonArgs {
  name: string;
  accountId: pulumi.Input<string>;
  distributionArn: pulumi.Input<string>;
  /** Days that the log is kept. */
  retentionDays?: number;
  protection?: Protection;
  transform?: AccessLogTransform;
}

/** @param opts with the provider of us-east-1 */
export function deliverAccessLog(
  parent: pulumi.ComponentResource,
  facts: AccessLogFacts,
  tagsFor: (childName: string) => Tags,
  opts: pulumi.CustomResourceOptions,
): void {
  const { accountId, retentionDays, protection, tags, transform } = facts;
  const logs = new LogBucket(
    `${facts.name}-logs`,
    { accountId, retentionDays, protection, tags, transform: transform?.logs },
    { parent, provider: opts.provider },
  );
  const name = `${facts.name}-access-log`;
  const source = new aws.cloudwatch.LogDeliverySource(
    ...transformed<aws.cloudwatch.LogDeliverySourceArgs>(
      transform?.logSource,
      `${name}-source`,
      { logType: "ACCESS_LOGS", resourceArn: facts.distributionArn, tags: tagsFor(`${name}-source`) },
      opts,
    ),
  );
  const destination = new aws.cloudwatch.LogDeliveryDestination(
    ...transformed<aws.cloudwatch.LogDeliveryDestinationArgs>(
      transform?.logDestination,
      `${name}-destination`,
      {
        outputFormat: "json",
        deliveryDestinationConfiguration: { destinationResourceArn: logs.arn },
        tags: tagsFor(`${name}-destination`),
      },
      { ...opts, dependsOn: [logs.writable] },
    ),
  );
  new aws.cloudwatch.LogDelivery(
    ...transformed<aws.cloudwatch.LogDeliveryArgs>(
      transform?.logDelivery,
      name,
      {
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.arn,
        s3DeliveryConfigurations: [{ suffixPath: "/cloudfront/{yyyy}/{MM}/{dd}/{HH}", enableHiveCompatiblePath: false }],
        tags: tagsFor(name),
      },
      opts,
    ),
  );
}
