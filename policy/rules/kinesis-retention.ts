/** Kinesis streams keep records for three days or more in production. */

import { numberOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const kinesisRetention: Rule = {
  id: "kinesis-retention",
  title: "Streams outlive a weekend",
  checks: "Kinesis streams keep records for three days or more in production.",
  why: "A consumer that breaks on Friday evening must find its records on Monday.",
  fix: "Set retentionPeriod: 72 or more.",
  severity: "advisory",
  in: "production",
  types: ["aws:kinesis/stream:Stream"],
  check: ({ inputs }) => (numberOf(inputs.retentionPeriod, 24) >= 72 ? [] : ["records are kept for less than three days"]),
  passing: { type: "aws:kinesis/stream:Stream", inputs: { retentionPeriod: 168 } },
  failing: { type: "aws:kinesis/stream:Stream", inputs: { retentionPeriod: 24 } },
};
