/** SQS queues encrypt with KMS or with keys of the service. */

import type { Rule } from "../rule";

export const sqsEncryption: Rule = {
  id: "sqs-encryption",
  title: "Queues are encrypted",
  checks: "SQS queues encrypt with KMS or with keys of the service.",
  why: "Messages name users, amounts and addresses.",
  fix: "Set kmsMasterKeyId.",
  severity: "mandatory",
  types: ["aws:sqs/queue:Queue"],
  check: ({ inputs }) => (inputs.kmsMasterKeyId !== undefined || inputs.sqsManagedSseEnabled === true ? [] : ["not encrypted"]),
  passing: { type: "aws:sqs/queue:Queue", inputs: { kmsMasterKeyId: "alias/stream" } },
  failing: { type: "aws:sqs/queue:Queue", inputs: {} },
};
