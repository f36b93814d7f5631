/** Recorders of AWS Config record every type of resource, are started, and keep what they record. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

const recorderType = "aws:cfg/recorder:Recorder";
const statusType = "aws:cfg/recorderStatus:RecorderStatus";
const channelType = "aws:cfg/deliveryChannel:DeliveryChannel";

const everything = { recordingGroup: { allSupported: true } };
const started = { type: statusType, name: "status", inputs: { isEnabled: true }, references: { name: ["example"] } };
const channel = { type: channelType, name: "channel", inputs: { s3BucketName: "history" } };

export const configRecordsEverything: Rule = {
  id: "config-records-everything",
  title: "Config records everything",
  checks: "Recorders of AWS Config record all supported types, are enabled, and have a delivery channel.",
  why: "A recorder that is made is not started; rules over what nobody records find nothing wrong.",
  fix: "Set recordingGroup.allSupported, add an aws.cfg.DeliveryChannel and an aws.cfg.RecorderStatus with isEnabled.",
  severity: "mandatory",
  needsGraph: true,
  types: [recorderType],
  check: (recorder, graph) => {
    const faults: string[] = [];
    // Without a group AWS records all supported types (Config API, RecordingGroup).
    if (recordOf(recorder.inputs.recordingGroup).allSupported === false) faults.push("records some types of resources only");
    if (!graph.referrersOf(recorder, statusType, "name").some(({ inputs }) => inputs.isEnabled === true)) faults.push("is not started");
    if (graph.ofType(channelType).length === 0) faults.push("has nowhere to keep what it records");
    return faults;
  },
  passing: { type: recorderType, inputs: everything, others: [started, channel] },
  failing: { type: recorderType, inputs: everything, others: [{ ...started, inputs: { isEnabled: false } }, channel] },
};
