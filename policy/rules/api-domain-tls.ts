/** API Gateway domain names accept TLS 1.2 or newer. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const apiDomainTls: Rule = {
  id: "api-domain-tls",
  title: "API domains speak TLS 1.2",
  checks: "API Gateway domain names accept TLS 1.2 or newer.",
  why: "Older versions have known attacks.",
  fix: 'Set securityPolicy: "TLS_1_2".',
  severity: "mandatory",
  types: ["aws:apigatewayv2/domainName:DomainName", "aws:apigateway/domainName:DomainName"],
  check: ({ inputs }) => {
    const policy = textOf(recordOf(inputs.domainNameConfiguration).securityPolicy, textOf(inputs.securityPolicy));
    return policy === "TLS_1_2" || policy.includes("TLS13") ? [] : ["accepts TLS before 1.2"];
  },
  passing: { type: "aws:apigatewayv2/domainName:DomainName", inputs: { domainNameConfiguration: { securityPolicy: "TLS_1_2" } } },
  failing: { type: "aws:apigatewayv2/domainName:DomainName", inputs: {} },
};
