/** SNS topics encrypt with KMS. */

import type { Rule } from "../rule";

export const snsEncryption: Rule = {
  id: "sns-encryption",
  title: "Topics are encrypted",
  checks: "SNS topics encrypt with KMS.",
  why: "Alarms and notices tell an attacker what we see of him.",
  fix: "Set kmsMasterKeyId.",
  severity: "mandatory",
  types: ["aws:sns/topic:Topic"],
  check: ({ inputs }) => (inputs.kmsMasterKeyId !== undefined ? [] : ["not encrypted"]),
  passing: { type: "aws:sns/topic:Topic", inputs: { kmsMasterKeyId: "alias/stream" } },
  failing: { type: "aws:sns/topic:Topic", inputs: {} },
};
