/** OpenSearch domains in production have dedicated masters and are aware of zones. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const opensearchAvailability: Rule = {
  id: "opensearch-availability",
  title: "Search survives the loss of a zone",
  checks: "OpenSearch domains in production have dedicated masters and are aware of zones.",
  why: "Without them, one failed node can stop both indexing and queries.",
  fix: "Set dedicatedMasterEnabled and zoneAwarenessEnabled with three zones.",
  severity: "mandatory",
  in: "production",
  types: ["aws:opensearch/domain:Domain"],
  check: ({ inputs }) => {
    const cluster = recordOf(inputs.clusterConfig);
    const faults: string[] = [];
    if (cluster.dedicatedMasterEnabled !== true) faults.push("no dedicated master");
    if (cluster.zoneAwarenessEnabled !== true && cluster.multiAzWithStandbyEnabled !== true) faults.push("nodes are not spread over zones");
    return faults;
  },
  passing: {
    type: "aws:opensearch/domain:Domain",
    inputs: { clusterConfig: { dedicatedMasterEnabled: true, zoneAwarenessEnabled: true } },
  },
  failing: { type: "aws:opensearch/domain:Domain", inputs: { clusterConfig: { instanceCount: 1 } } },
};
