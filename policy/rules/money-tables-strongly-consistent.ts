/** Tables that hold money are not global tables with eventual consistency. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const moneyTablesStronglyConsistent: Rule = {
  id: "money-tables-strongly-consistent",
  title: "Money is never last-writer-wins",
  checks: "Tables that hold money are not global tables with eventual consistency.",
  why: "Two regions that write one balance at once lose one of the writes, without an error or a log line.",
  fix: "Keep the table in one region, or use replicas with consistencyMode STRONG.",
  severity: "mandatory",
  types: ["aws:dynamodb/table:Table"],
  check: ({ name, inputs }) => {
    const tags = recordOf(inputs.tags);
    if (tags["bourse:holds"] !== "money" && !/balance|ledger|wallet|account|deposit|withdraw/i.test(name)) return [];
    const weak = listOf(inputs.replicas)
      .map(recordOf)
      .filter((replica) => replica.consistencyMode !== "STRONG");
    return weak.map((replica) => `replica in ${textOf(replica.regionName, "an unknown region")} resolves conflicts by the last writer`);
  },
  passing: {
    type: "aws:dynamodb/table:Table",
    name: "ledger",
    inputs: {
      replicas: [
        { regionName: "us-west-2", consistencyMode: "STRONG" },
        { regionName: "us-east-2", consistencyMode: "STRONG" },
      ],
    },
  },
  failing: { type: "aws:dynamodb/table:Table", name: "ledger", inputs: { replicas: [{ regionName: "eu-west-1" }] } },
};
