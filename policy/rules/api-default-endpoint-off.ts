/** HTTP APIs have their default endpoint off. */

import type { Rule } from "../rule";

export const apiDefaultEndpointOff: Rule = {
  id: "api-default-endpoint-off",
  title: "APIs answer on their own name only",
  checks: "HTTP APIs have their default endpoint off.",
  why: "The default name goes around CloudFront, the firewall and the certificate.",
  fix: "Set disableExecuteApiEndpoint: true.",
  severity: "mandatory",
  types: ["aws:apigatewayv2/api:Api"],
  check: ({ inputs }) => (inputs.disableExecuteApiEndpoint === true ? [] : ["the default endpoint answers"]),
  passing: { type: "aws:apigatewayv2/api:Api", inputs: { disableExecuteApiEndpoint: true } },
  failing: { type: "aws:apigatewayv2/api:Api", inputs: {} },
};
