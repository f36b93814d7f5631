/** Managed Flink applications take checkpoints and log. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const flinkCheckpoints: Rule = {
  id: "flink-checkpoints",
  title: "Analytics restart where they stopped",
  checks: "Managed Flink applications take checkpoints and log.",
  why: "After a restart, windows would be counted twice or not at all.",
  fix: "Leave checkpointing on and add a cloudwatchLoggingOptions.",
  severity: "mandatory",
  types: ["aws:kinesisanalyticsv2/application:Application"],
  check: ({ inputs }) => {
    const flink = recordOf(recordOf(inputs.applicationConfiguration).flinkApplicationConfiguration);
    const checkpoints = recordOf(flink.checkpointConfiguration);
    const faults: string[] = [];
    if (checkpoints.configurationType === "CUSTOM" && checkpoints.checkpointingEnabled !== true) faults.push("checkpoints are off");
    if (inputs.cloudwatchLoggingOptions === undefined) faults.push("nothing is logged");
    return faults;
  },
  passing: {
    type: "aws:kinesisanalyticsv2/application:Application",
    inputs: { cloudwatchLoggingOptions: { logStreamArn: "arn:aws:logs:us-east-1:123456789012:log-group:flink" } },
  },
  failing: {
    type: "aws:kinesisanalyticsv2/application:Application",
    inputs: {
      applicationConfiguration: {
        flinkApplicationConfiguration: { checkpointConfiguration: { configurationType: "CUSTOM", checkpointingEnabled: false } },
      },
    },
  },
};
