/** Redshift parameter groups require TLS. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const redshiftForcedTls: Rule = {
  id: "redshift-forced-tls",
  title: "The warehouse refuses plain text",
  checks: "Redshift parameter groups require TLS.",
  why: "Passwords and results would travel in the clear.",
  fix: "Set the parameter require_ssl to true.",
  severity: "mandatory",
  types: ["aws:redshift/parameterGroup:ParameterGroup"],
  check: ({ inputs }) => {
    const forced = listOf(inputs.parameters)
      .map(recordOf)
      .some((parameter) => parameter.name === "require_ssl" && String(parameter.value) === "true");
    return forced ? [] : ["require_ssl is not true"];
  },
  passing: { type: "aws:redshift/parameterGroup:ParameterGroup", inputs: { parameters: [{ name: "require_ssl", value: "true" }] } },
  failing: { type: "aws:redshift/parameterGroup:ParameterGroup", inputs: {} },
};
