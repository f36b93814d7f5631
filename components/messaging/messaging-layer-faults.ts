/** Faults of the arguments of a messaging layer. */

import { type Fault, nameFaults, wholeNumberFaults } from "../foundation";
import { defaultSubscriptions, exchangeQueues, exchangeTopics } from "./exchange-messages";
import type { MessagingLayerArgs, QueueSpec, SubscriptionSpec, TopicSpec } from "./messaging-layer";

const role = { longest: 50, pattern: /^[a-z][a-z0-9-]*$/, words: "lower-case letters, digits and hyphens, a letter first" };

/** Faults of the arguments, for this component and for those that compose it. @param name name of the component, which queue names start with */
export function messagingLayerFaults(args: MessagingLayerArgs, name: string): Fault[] {
  const queues = args.queues ?? exchangeQueues;
  const topics = args.topics ?? exchangeTopics;
  const faults = Object.entries(queues).flatMap(([key, spec]): Fault[] => {
    const path = `queues.${key}`;
    return [
      ...nameFaults(path, key, role),
      // SQS guide, "Quotas related to queues": 80 characters with the suffixes of the dead-letter queue, of Pulumi and of FIFO.
      ...nameFaults("name", `${name}-${key}`, {
        longest: spec.fifo === true ? 62 : 67,
        pattern: /^[A-Za-z0-9_-]+$/,
        words: "letters, digits, hyphens and underscores",
      }),
      ...wholeNumberFaults(`${path}.visibilitySeconds`, spec.visibilitySeconds, 0, 43_200, "use 60, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.retentionDays`, spec.retentionDays, 1, 14, "use 4, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.maxReceives`, spec.maxReceives, 1, 1000, "use 5, the default", "SQS limit"),
      ...wholeNumberFaults(`${path}.maxAgeSeconds`, spec.maxAgeSeconds, 1, 1_209_600, "use 300, the default", "the longest retention"),
    ];
  });
  for (const [key, spec] of Object.entries(topics)) {
    faults.push(...nameFaults(`topics.${key}`, key, role), ...publisherFaults(`topics.${key}.publishers`, spec.publishers ?? []));
  }
  for (const [key, spec] of Object.entries(args.subscriptions ?? defaultSubscriptions(args)))
    faults.push(...subscriptionFaults(key, spec, queues, topics));
  return faults;
}

function publisherFaults(path: string, publishers: readonly string[]): Fault[] {
  return publishers.flatMap((publisher, index) =>
    /^[a-z0-9.-]+\.amazonaws\.com$/.test(publisher)
      ? []
      : [
          {
            path: `${path}[${index}]`,
            given: publisher,
            allowed: "an AWS service such as cloudwatch.amazonaws.com",
            fix: "let IAM policies decide for roles",
          },
        ],
  );
}

function subscriptionFaults(
  key: string,
  spec: SubscriptionSpec,
  queues: Record<string, QueueSpec>,
  topics: Record<string, TopicSpec>,
): Fault[] {
  const path = `subscriptions.${key}`;
  const faults = nameFaults(path, key, role);
  const known = (field: "topic" | "queue", among: object) =>
    spec[field] in among
      ? []
      : [
          {
            path: `${path}.${field}`,
            given: spec[field],
            allowed: `one of ${Object.keys(among).join(", ")}`,
            fix: `add the ${field}, or correct its spelling`,
          },
        ];
  faults.push(...known("topic", topics), ...known("queue", queues));
  if (topics[spec.topic]?.fifo !== true && queues[spec.queue]?.fifo === true) {
    faults.push({
      path,
      given: spec,
      allowed: 'a FIFO queue only behind a FIFO topic (SNS guide, "Message delivery for FIFO topics")',
      fix: "make the topic FIFO",
    });
  }
  return faults;
}
