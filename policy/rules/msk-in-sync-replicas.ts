/** MSK configurations keep three copies, ask for two in sync, and elect no stale leader. */

import { numberOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mskInSyncReplicas: Rule = {
  id: "msk-in-sync-replicas",
  title: "The command log acknowledges from two zones",
  checks: "MSK configurations keep three copies, ask for two in sync, and elect no stale leader.",
  why: "An acknowledged order must survive the loss of any one zone.",
  fix: "Set default.replication.factor=3, min.insync.replicas=2, unclean.leader.election.enable=false.",
  severity: "mandatory",
  types: ["aws:msk/configuration:Configuration"],
  check: ({ inputs }) => {
    const properties = new Map(
      textOf(inputs.serverProperties)
        .split("\n")
        .map((line) => line.split("=", 2).map((part) => part.trim()) as [string, string]),
    );
    const faults: string[] = [];
    if (numberOf(properties.get("min.insync.replicas"), 1) < 2) faults.push("min.insync.replicas is below 2");
    if (numberOf(properties.get("default.replication.factor"), 1) < 3) faults.push("default.replication.factor is below 3");
    if (properties.get("unclean.leader.election.enable") !== "false") faults.push("a stale copy may become leader");
    return faults;
  },
  passing: {
    type: "aws:msk/configuration:Configuration",
    inputs: { serverProperties: "default.replication.factor=3\nmin.insync.replicas=2\nunclean.leader.election.enable=false\n" },
  },
  failing: { type: "aws:msk/configuration:Configuration", inputs: { serverProperties: "auto.create.topics.enable=false\n" } },
};
