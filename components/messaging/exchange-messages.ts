/** Queues and topics of the exchange, with what leads from one to the other. */

import type { MessagingLayerArgs, QueueSpec, SubscriptionSpec, TopicSpec } from "./messaging-layer";

/** Payouts in the order of their account; notices to users; files to make. */
export const exchangeQueues: Record<string, QueueSpec> = {
  withdrawals: { fifo: true, visibilitySeconds: 300 },
  notices: {},
  reports: { visibilitySeconds: 900, maxAgeSeconds: 3600 },
};
/** What happens to accounts. */
export const exchangeTopics: Record<string, TopicSpec> = { "account-events": {} };
export const exchangeSubscriptions: Record<string, SubscriptionSpec> = {
  "notices-of-accounts": { topic: "account-events", queue: "notices" },
};

/** The exchange's subscriptions, as far as their topics and queues are kept. */
export function defaultSubscriptions(args: Pick<MessagingLayerArgs, "queues" | "topics">): Record<string, SubscriptionSpec> {
  return args.queues === undefined && args.topics === undefined ? exchangeSubscriptions : {};
}
