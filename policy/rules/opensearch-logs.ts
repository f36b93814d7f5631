/** OpenSearch domains publish slow logs or audit logs. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const opensearchLogs: Rule = {
  id: "opensearch-logs",
  title: "Search logs slow work and audits",
  checks: "OpenSearch domains publish slow logs or audit logs.",
  why: "A query that slows all others leaves no trace elsewhere.",
  fix: "Set logPublishingOptions.",
  severity: "advisory",
  types: ["aws:opensearch/domain:Domain"],
  check: ({ inputs }) => (listOf(inputs.logPublishingOptions).length > 0 ? [] : ["publishes no log"]),
  passing: { type: "aws:opensearch/domain:Domain", inputs: { logPublishingOptions: [{ logType: "SEARCH_SLOW_LOGS" }] } },
  failing: { type: "aws:opensearch/domain:Domain", inputs: {} },
};
