/** Private REST APIs admit one endpoint of the network alone, and no other REST API has a public name of its own. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const restApiPrivate: Rule = {
  id: "rest-api-private",
  title: "REST APIs are reached through CloudFront alone",
  checks: "REST APIs are private with a policy that denies every other endpoint, or have their default endpoint off.",
  why: "A second way in goes around CloudFront, its firewall and its limits.",
  fix: 'Set endpointConfiguration.types to "PRIVATE" with a Deny on aws:SourceVpce, or disableExecuteApiEndpoint: true.',
  severity: "mandatory",
  types: ["aws:apigateway/restApi:RestApi"],
  check: ({ inputs }) => {
    const endpoint = recordOf(inputs.endpointConfiguration);
    if (textOf(endpoint.types) !== "PRIVATE") return inputs.disableExecuteApiEndpoint === true ? [] : ["the default endpoint answers"];
    const faults = listOf(endpoint.vpcEndpointIds).length > 0 ? [] : ["names no endpoint that may call it"];
    const policy = textOf(inputs.policy);
    // The text is unknown while the endpoint is; its deployment is checked then.
    return policy === "" || policy.includes("aws:SourceVpce") ? faults : [...faults, "its policy denies no other endpoint"];
  },
  passing: {
    type: "aws:apigateway/restApi:RestApi",
    inputs: {
      endpointConfiguration: { types: "PRIVATE", vpcEndpointIds: ["vpce-1"] },
      policy: '{"Statement":[{"Effect":"Deny","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}}]}',
    },
  },
  failing: { type: "aws:apigateway/restApi:RestApi", inputs: { endpointConfiguration: { types: "REGIONAL" } } },
};
