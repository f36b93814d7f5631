/** Amazon MQ brokers send general logs. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const mqLogs: Rule = {
  id: "mq-logs",
  title: "Brokers log",
  checks: "Amazon MQ brokers send general logs.",
  why: "A blocked queue or a refused login shows there only.",
  fix: "Set logs: { general: true }.",
  severity: "advisory",
  types: ["aws:mq/broker:Broker"],
  check: ({ inputs }) => (recordOf(inputs.logs).general === true ? [] : ["sends no log"]),
  passing: { type: "aws:mq/broker:Broker", inputs: { logs: { general: true } } },
  failing: { type: "aws:mq/broker:Broker", inputs: {} },
};
