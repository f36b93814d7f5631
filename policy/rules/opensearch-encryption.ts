/** OpenSearch domains encrypt at rest, between nodes and to clients with TLS 1.2 or newer. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const opensearchEncryption: Rule = {
  id: "opensearch-encryption",
  title: "Search is encrypted everywhere",
  checks: "OpenSearch domains encrypt at rest, between nodes and to clients with TLS 1.2 or newer.",
  why: "Orders and logs in the index are as confidential as in the stores they come from.",
  fix: "Set encryptAtRest, nodeToNodeEncryption and domainEndpointOptions.",
  severity: "mandatory",
  types: ["aws:opensearch/domain:Domain"],
  check: ({ inputs }) => {
    const faults: string[] = [];
    const endpoint = recordOf(inputs.domainEndpointOptions);
    if (recordOf(inputs.encryptAtRest).enabled !== true) faults.push("not encrypted at rest");
    if (recordOf(inputs.nodeToNodeEncryption).enabled !== true) faults.push("nodes talk in plain text");
    if (endpoint.enforceHttps !== true) faults.push("plain HTTP is answered");
    if (!textOf(endpoint.tlsSecurityPolicy).includes("TLS-1-2")) faults.push("TLS before 1.2 is accepted");
    return faults;
  },
  passing: {
    type: "aws:opensearch/domain:Domain",
    inputs: {
      encryptAtRest: { enabled: true },
      nodeToNodeEncryption: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: "Policy-Min-TLS-1-2-PFS-2023-10" },
    },
  },
  failing: { type: "aws:opensearch/domain:Domain", inputs: { encryptAtRest: { enabled: true } } },
};
