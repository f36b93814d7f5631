/** SQS queues have a dead-letter queue, or are one. */

import type { Rule } from "../rule";

export const sqsDeadLetterQueue: Rule = {
  id: "sqs-dead-letter-queue",
  title: "Queues put aside what fails",
  checks: "SQS queues have a dead-letter queue, or are one.",
  why: "A message that no consumer can read else returns until it expires, and is lost.",
  fix: "Set redrivePolicy.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:sqs/queue:Queue"],
  check: (queue, graph) => {
    if (queue.inputs.redrivePolicy !== undefined || /dead|dlq/i.test(queue.name)) return [];
    const own = graph.referrersOf(queue, "aws:sqs/redrivePolicy:RedrivePolicy", "queueUrl");
    const served = graph.referrersOf(queue, "aws:sqs/queue:Queue", "redrivePolicy");
    return own.length > 0 || served.length > 0 ? [] : ["has no dead-letter queue"];
  },
  passing: { type: "aws:sqs/queue:Queue", inputs: { redrivePolicy: "{}" } },
  failing: { type: "aws:sqs/queue:Queue", inputs: {} },
};
