/** SES configuration sets require TLS. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mailOverTls: Rule = {
  id: "mail-over-tls",
  title: "Mail leaves over TLS only",
  checks: "SES configuration sets require TLS.",
  why: "A verification code in plain text is anybody's code.",
  fix: 'Set deliveryOptions: { tlsPolicy: "REQUIRE" }.',
  severity: "mandatory",
  types: ["aws:sesv2/configurationSet:ConfigurationSet"],
  check: ({ inputs }) => (recordOf(inputs.deliveryOptions).tlsPolicy === "REQUIRE" ? [] : ["mail may leave in plain text"]),
  passing: { type: "aws:sesv2/configurationSet:ConfigurationSet", inputs: { deliveryOptions: { tlsPolicy: "REQUIRE" } } },
  failing: { type: "aws:sesv2/configurationSet:ConfigurationSet", inputs: {} },
};
