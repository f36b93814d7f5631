/** SNS topics have a policy that denies publishing without TLS. */

import { rawStatements } from "../../plan/iam/permissions";
import { deniesPlainHttp } from "../principals";
import type { Rule } from "../rule";

export const snsTlsOnly: Rule = {
  id: "sns-tls-only",
  title: "Topics refuse plain HTTP",
  checks: "SNS topics have a policy that denies publishing without TLS.",
  why: "SNS takes messages over plain HTTP, unless the topic says no.",
  fix: "Deny sns:Publish when aws:SecureTransport is false.",
  severity: "advisory",
  needsGraph: true,
  types: ["aws:sns/topic:Topic"],
  check: (topic, graph) => {
    const policies = graph.referrersOf(topic, "aws:sns/topicPolicy:TopicPolicy", "arn").map((policy) => policy.inputs.policy);
    return [topic.inputs.policy, ...policies].some((policy) => rawStatements(policy).some(deniesPlainHttp))
      ? []
      : ["messages are taken without TLS"];
  },
  passing: {
    type: "aws:sns/topic:Topic",
    inputs: {
      policy: JSON.stringify({
        Statement: [
          { Effect: "Deny", Principal: "*", Action: "sns:Publish", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
        ],
      }),
    },
  },
  failing: { type: "aws:sns/topic:Topic", inputs: {} },
};
