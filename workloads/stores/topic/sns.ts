/** The SNS topic adapter. The topic and its subscriptions (queues, with raw delivery) are made by the platform. */

import { PublishCommand, SNSClient, type SNSClientConfig } from "@aws-sdk/client-sns";
import { checkBody } from "../queue/port";
import { traceAttributes } from "../queue/sqs";
import type { Topic } from "./port";

export interface SnsTopicOptions {
  arn: string;
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: SNSClientConfig;
}

export function openSnsTopic({ arn, client }: SnsTopicOptions): Topic {
  const sns = new SNSClient(client ?? {});
  return {
    async publish(body) {
      checkBody(body);
      await sns.send(new PublishCommand({ TopicArn: arn, Message: body, MessageAttributes: traceAttributes() }));
    },
  };
}
