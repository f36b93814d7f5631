/** SQS queues have a policy that denies requests without TLS. */

import { rawStatements } from "../../plan/iam/permissions";
import { deniesPlainHttp } from "../principals";
import type { Rule } from "../rule";

export const sqsTlsOnly: Rule = {
  id: "sqs-tls-only",
  title: "Queues refuse plain HTTP",
  checks: "SQS queues have a policy that denies requests without TLS.",
  why: "SQS answers plain HTTP too, unless the queue says no.",
  fix: "Deny sqs:* when aws:SecureTransport is false.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:sqs/queue:Queue"],
  check: (queue, graph) => {
    const policies = graph.referrersOf(queue, "aws:sqs/queuePolicy:QueuePolicy", "queueUrl").map((policy) => policy.inputs.policy);
    return [queue.inputs.policy, ...policies].some((policy) => rawStatements(policy).some(deniesPlainHttp))
      ? []
      : ["requests without TLS are answered"];
  },
  passing: {
    type: "aws:sqs/queue:Queue",
    inputs: {
      policy: JSON.stringify({
        Statement: [
          { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
        ],
      }),
    },
  },
  failing: { type: "aws:sqs/queue:Queue", inputs: {} },
};
