/** Aurora PostgreSQL parameter groups force TLS. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const auroraForcedTls: Rule = {
  id: "aurora-forced-tls",
  title: "Databases refuse plain text",
  checks: "Aurora PostgreSQL parameter groups force TLS.",
  why: "A client that forgets TLS would send its password and its balances in the clear.",
  fix: "Set the parameter rds.force_ssl to 1.",
  severity: "mandatory",
  types: ["aws:rds/clusterParameterGroup:ClusterParameterGroup"],
  check: ({ inputs }) => {
    if (!textOf(inputs.family).startsWith("aurora-postgresql")) return [];
    const forced = listOf(inputs.parameters)
      .map(recordOf)
      .some((parameter) => parameter.name === "rds.force_ssl" && String(parameter.value) === "1");
    return forced ? [] : ["rds.force_ssl is not 1"];
  },
  passing: {
    type: "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    inputs: { family: "aurora-postgresql16", parameters: [{ name: "rds.force_ssl", value: "1" }] },
  },
  failing: { type: "aws:rds/clusterParameterGroup:ClusterParameterGroup", inputs: { family: "aurora-postgresql16", parameters: [] } },
};
