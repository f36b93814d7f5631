/** OpenSearch access policies name principals. */

import { rawStatements } from "../../plan/iam/permissions";
import { allowsEverybody } from "../principals";
import type { Rule } from "../rule";

export const opensearchAccessPolicy: Rule = {
  id: "opensearch-access-policy",
  title: "Search lets nobody in unnamed",
  checks: "OpenSearch access policies name principals.",
  why: "Anonymous access hands the index to any process in the network.",
  fix: "Name roles in accessPolicies, or use fine-grained access control.",
  severity: "mandatory",
  types: ["aws:opensearch/domain:Domain", "aws:opensearch/domainPolicy:DomainPolicy"],
  check: ({ inputs }) =>
    rawStatements(inputs.accessPolicies)
      .filter((statement) => statement.Effect === "Allow" && statement.Condition === undefined && allowsEverybody(statement))
      .map(() => "the access policy allows everybody"),
  passing: {
    type: "aws:opensearch/domain:Domain",
    inputs: {
      accessPolicies: JSON.stringify({
        Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:role/search" }, Action: "es:ESHttp*", Resource: "*" }],
      }),
    },
  },
  failing: {
    type: "aws:opensearch/domain:Domain",
    inputs: {
      accessPolicies: JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "es:*", Resource: "*" }] }),
    },
  },
};
