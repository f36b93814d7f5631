/** Alarms of queues and topics. */

import type * as pulumi from "@pulumi/pulumi";
import type { AlarmSpec } from "../foundation";
import type { QueueSpec } from "./messaging-layer";

/** Figures of the CloudWatch guide, "Recommended alarms", Amazon SNS. */
export function topicAlarms(key: string, topicName: pulumi.Output<string>): Record<string, AlarmSpec> {
  const topic = { namespace: "AWS/SNS", statistic: "Sum", threshold: 0, dimensions: { TopicName: topicName } };
  return {
    [`${key}-failed`]: {
      ...topic,
      metric: "NumberOfNotificationsFailed",
      description: `What ${key} published did not reach a subscriber: look at the policy of its queue and at the key.`,
    },
    [`${key}-set-aside-failed`]: {
      ...topic,
      metric: "NumberOfNotificationsFailedToRedriveToDlq",
      description: `What ${key} could not deliver was not set aside either, and is lost: look at the policy of the dead-letter queue.`,
    },
  };
}

/** Figures of the SQS guide, "Available CloudWatch metrics for Amazon SQS". */
export function queueAlarms(
  key: string,
  queue: pulumi.Output<string>,
  deadLetters: pulumi.Output<string>,
  spec: QueueSpec,
): Record<string, AlarmSpec> {
  return {
    [`${key}-dead`]: {
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      threshold: 0,
      periods: 1,
      dimensions: { QueueName: deadLetters },
      description: `A message of ${key} was set aside after repeated failures: read it, repair the worker, send it again.`,
    },
    [`${key}-age`]: {
      namespace: "AWS/SQS",
      metric: "ApproximateAgeOfOldestMessage",
      statistic: "Maximum",
      threshold: spec.maxAgeSeconds ?? 300,
      dimensions: { QueueName: queue },
      description: `Messages of ${key} wait too long: add workers, or look at why they are slow.`,
    },
  };
}
