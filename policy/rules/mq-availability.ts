/** Amazon MQ brokers in production span zones. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mqAvailability: Rule = {
  id: "mq-availability",
  title: "Brokers survive the loss of a zone",
  checks: "Amazon MQ brokers in production span zones.",
  why: "A single instance loses its queues with its zone.",
  fix: "Set deploymentMode to CLUSTER_MULTI_AZ or ACTIVE_STANDBY_MULTI_AZ.",
  severity: "mandatory",
  in: "production",
  types: ["aws:mq/broker:Broker"],
  check: ({ inputs }) => (textOf(inputs.deploymentMode).endsWith("MULTI_AZ") ? [] : ["is a single instance"]),
  passing: { type: "aws:mq/broker:Broker", inputs: { deploymentMode: "CLUSTER_MULTI_AZ" } },
  failing: { type: "aws:mq/broker:Broker", inputs: { deploymentMode: "SINGLE_INSTANCE" } },
};
