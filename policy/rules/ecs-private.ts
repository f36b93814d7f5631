/** ECS services run without public addresses. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const ecsPrivate: Rule = {
  id: "ecs-private",
  title: "Container services have no public address",
  checks: "ECS services run without public addresses.",
  why: "Each task would be a door of its own.",
  fix: "Set networkConfiguration.assignPublicIp: false.",
  severity: "mandatory",
  types: ["aws:ecs/service:Service"],
  check: ({ inputs }) => (recordOf(inputs.networkConfiguration).assignPublicIp !== true ? [] : ["tasks get public addresses"]),
  passing: { type: "aws:ecs/service:Service", inputs: { networkConfiguration: { assignPublicIp: false } } },
  failing: { type: "aws:ecs/service:Service", inputs: { networkConfiguration: { assignPublicIp: true } } },
};
