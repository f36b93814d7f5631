/** HTTP API stages limit the rate of requests. */

import { numberOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const apiThrottled: Rule = {
  id: "api-throttled",
  title: "API stages are throttled",
  checks: "HTTP API stages limit the rate of requests.",
  why: "The quota is shared by all APIs of the account: one flooded route would starve the rest.",
  fix: "Set defaultRouteSettings with throttlingRateLimit and throttlingBurstLimit.",
  severity: "mandatory",
  types: ["aws:apigatewayv2/stage:Stage"],
  check: ({ inputs }) => {
    const settings = recordOf(inputs.defaultRouteSettings);
    return numberOf(settings.throttlingRateLimit, 0) > 0 && numberOf(settings.throttlingBurstLimit, 0) > 0
      ? []
      : ["no limit of the request rate"];
  },
  passing: {
    type: "aws:apigatewayv2/stage:Stage",
    inputs: { defaultRouteSettings: { throttlingRateLimit: 1000, throttlingBurstLimit: 500 } },
  },
  failing: { type: "aws:apigatewayv2/stage:Stage", inputs: {} },
};
