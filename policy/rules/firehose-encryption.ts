/** Firehose streams encrypt what they buffer and log their errors. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const firehoseEncryption: Rule = {
  id: "firehose-encryption",
  title: "Deliveries are encrypted and logged",
  checks: "Firehose streams encrypt what they buffer and log their errors.",
  why: "Records wait in Firehose for minutes, and a failed delivery is else noticed by the missing data.",
  fix: "Set serverSideEncryption (or read from an encrypted stream) and cloudwatchLoggingOptions.",
  severity: "mandatory",
  types: ["aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"],
  check: ({ inputs }) => {
    const faults: string[] = [];
    if (
      recordOf(inputs.serverSideEncryption).enabled !== true &&
      inputs.kinesisSourceConfiguration === undefined &&
      inputs.mskSourceConfiguration === undefined
    ) {
      faults.push("buffered records are not encrypted");
    }
    const targets = ["extendedS3Configuration", "redshiftConfiguration", "opensearchConfiguration"].filter(
      (target) => inputs[target] !== undefined,
    );
    if (!targets.some((target) => recordOf(recordOf(inputs[target]).cloudwatchLoggingOptions).enabled === true))
      faults.push("delivery errors are not logged");
    return faults;
  },
  passing: {
    type: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    inputs: { serverSideEncryption: { enabled: true }, extendedS3Configuration: { cloudwatchLoggingOptions: { enabled: true } } },
  },
  failing: { type: "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", inputs: { extendedS3Configuration: {} } },
};
