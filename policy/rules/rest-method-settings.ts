/** Methods of REST APIs log no bodies, and what they cache is encrypted. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const restMethodSettings: Rule = {
  id: "rest-method-settings",
  title: "REST methods keep no body in the clear",
  checks: "Method settings of REST APIs have data traces off, and caches that are encrypted.",
  why: "Bodies of the account API carry passwords and keys; a trace or a cache would keep them.",
  fix: "Set dataTraceEnabled: false, and cacheDataEncrypted: true where cachingEnabled is.",
  severity: "mandatory",
  types: ["aws:apigateway/methodSettings:MethodSettings"],
  check: ({ inputs }) => {
    const settings = recordOf(inputs.settings);
    const method = textOf(inputs.methodPath, "a method");
    return [
      ...(settings.dataTraceEnabled === true ? [`${method} logs bodies`] : []),
      ...(settings.cachingEnabled === true && settings.cacheDataEncrypted !== true ? [`${method} caches in the clear`] : []),
    ];
  },
  passing: {
    type: "aws:apigateway/methodSettings:MethodSettings",
    inputs: { methodPath: "*/*", settings: { dataTraceEnabled: false, cachingEnabled: true, cacheDataEncrypted: true } },
  },
  failing: {
    type: "aws:apigateway/methodSettings:MethodSettings",
    inputs: { methodPath: "*/*", settings: { dataTraceEnabled: true, cachingEnabled: true } },
  },
};
