/** MSK clusters send broker logs somewhere. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mskBrokerLogs: Rule = {
  id: "msk-broker-logs",
  title: "The command log writes broker logs",
  checks: "MSK clusters send broker logs somewhere.",
  why: "Lost leaders and slow disks show in broker logs only.",
  fix: "Set loggingInfo.brokerLogs.",
  severity: "advisory",
  types: ["aws:msk/cluster:Cluster"],
  check: ({ inputs }) =>
    Object.values(recordOf(recordOf(inputs.loggingInfo).brokerLogs)).some((target) => recordOf(target).enabled === true)
      ? []
      : ["broker logs go nowhere"],
  passing: { type: "aws:msk/cluster:Cluster", inputs: { loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true } } } } },
  failing: { type: "aws:msk/cluster:Cluster", inputs: {} },
};
