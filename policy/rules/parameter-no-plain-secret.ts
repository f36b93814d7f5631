/** Parameters that are named like secrets are SecureStrings. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const parameterNoPlainSecret: Rule = {
  id: "parameter-no-plain-secret",
  title: "Parameters hold no secret in plain text",
  checks: "Parameters that are named like secrets are SecureStrings.",
  why: "Plain parameters are shown in the console, in logs of calls and in the state.",
  fix: 'Set type: "SecureString", or use Secrets Manager.',
  severity: "mandatory",
  types: ["aws:ssm/parameter:Parameter"],
  check: ({ name, inputs }) => {
    const named = `${name} ${textOf(inputs.name)}`;
    return /password|secret|token|private-?key|api-?key/i.test(named) && inputs.type !== "SecureString"
      ? ["is named like a secret and is plain text"]
      : [];
  },
  passing: { type: "aws:ssm/parameter:Parameter", inputs: { name: "/exchange/mail/password", type: "SecureString" } },
  failing: { type: "aws:ssm/parameter:Parameter", inputs: { name: "/exchange/mail/password", type: "String" } },
};
