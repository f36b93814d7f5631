/** OpenSearch domains live in a VPC. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const opensearchInVpc: Rule = {
  id: "opensearch-in-vpc",
  title: "Search is inside the network",
  checks: "OpenSearch domains live in a VPC.",
  why: "A public search endpoint depends on one access policy alone.",
  fix: "Set vpcOptions.",
  severity: "mandatory",
  types: ["aws:opensearch/domain:Domain"],
  check: ({ inputs }) => (listOf(recordOf(inputs.vpcOptions).subnetIds).length > 0 ? [] : ["has a public endpoint"]),
  passing: { type: "aws:opensearch/domain:Domain", inputs: { vpcOptions: { subnetIds: ["subnet-1"] } } },
  failing: { type: "aws:opensearch/domain:Domain", inputs: {} },
};
