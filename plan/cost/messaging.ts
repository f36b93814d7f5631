/** Cost of queues, topics and brokers. */

import { textOf } from "../read-inputs";
import type { Estimator } from "./bill";
import { hoursAMonth } from "./usage";

export const messagingEstimators: Readonly<Record<string, Estimator>> = {
  "aws:sqs/queue:Queue": ({ inputs }, bill) => {
    const messages = bill.usage.messageRequests();
    const key = inputs.fifoQueue === true ? "fifo.million-requests" : "standard.million-requests";
    bill.used(
      "requests",
      "sqs",
      key,
      { quantity: messages.quantity * 3, assumption: `${messages.assumption}; sent, received and deleted` },
      "million",
    );
  },
  "aws:sns/topic:Topic": (_topic, bill) => bill.used("publications", "sns", "million-requests", bill.usage.messageRequests(), "million"),
  "aws:mq/broker:Broker": ({ inputs }, bill) => {
    const mode = textOf(inputs.deploymentMode, "SINGLE_INSTANCE");
    const count = mode === "CLUSTER_MULTI_AZ" ? 3 : mode === "ACTIVE_STANDBY_MULTI_AZ" ? 2 : 1;
    const instance = textOf(inputs.hostInstanceType, "mq.m5.large").replace(/^mq\./, "");
    bill.provisioned(`${count} broker instances of mq.${instance}`, "mq", `broker.${instance}`, count * hoursAMonth, "hours");
    bill.used("storage", "mq", "storage.gigabyte-month", { quantity: 20 * count, assumption: "20 GB an instance" }, "GB-months");
  },
};
