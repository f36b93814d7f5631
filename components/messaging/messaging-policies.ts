/** Who may publish to topics and send to queues: over TLS alone, this account and what it names. */

import * as pulumi from "@pulumi/pulumi";
import { overTlsAlone, type PolicyStatement, policyDocument } from "../foundation";

/** @param publishers AWS services that may publish, on behalf of this account alone */
export function topicPolicy(topicArn: pulumi.Output<string>, publishers: string[], accountId: pulumi.Input<string>): pulumi.Output<string> {
  const plain = overTlsAlone("sns:Publish", topicArn);
  if (publishers.length === 0) return policyDocument(plain, accountPublishes(topicArn, accountId));
  return policyDocument(plain, accountPublishes(topicArn, accountId), {
    Sid: "ServicesPublish",
    Effect: "Allow",
    Principal: { Service: publishers },
    Action: "sns:Publish",
    Resource: topicArn,
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

function accountPublishes(topicArn: pulumi.Output<string>, accountId: pulumi.Input<string>): PolicyStatement {
  return {
    Sid: "AccountPublishes",
    Effect: "Allow",
    Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
    Action: "sns:Publish",
    Resource: topicArn,
  };
}

/** @param feeders topics that may send */
export function queuePolicy(queueArn: pulumi.Output<string>, feeders: readonly pulumi.Output<string>[]): pulumi.Output<string> {
  const plain = overTlsAlone("sqs:*", queueArn);
  if (feeders.length === 0) return policyDocument(plain);
  return policyDocument(plain, {
    Sid: "TopicsFeed",
    Effect: "Allow",
    Principal: { Service: "sns.amazonaws.com" },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": [...feeders] } },
  });
}
