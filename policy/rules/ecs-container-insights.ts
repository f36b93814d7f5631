/** ECS clusters have container insights. */

import { listOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const ecsContainerInsights: Rule = {
  id: "ecs-container-insights",
  title: "Container clusters measure",
  checks: "ECS clusters have container insights.",
  why: "Without it, no metric tells of one starving task.",
  fix: "Set the setting containerInsights to enabled or enhanced.",
  severity: "advisory",
  types: ["aws:ecs/cluster:Cluster"],
  check: ({ inputs }) =>
    listOf(inputs.settings)
      .map(recordOf)
      .some((setting) => setting.name === "containerInsights" && setting.value !== "disabled")
      ? []
      : ["container insights are off"],
  passing: { type: "aws:ecs/cluster:Cluster", inputs: { settings: [{ name: "containerInsights", value: "enhanced" }] } },
  failing: { type: "aws:ecs/cluster:Cluster", inputs: {} },
};
