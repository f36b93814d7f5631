/** Volumes of launch templates, instances and their own are encrypted. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const ebsEncryption: Rule = {
  id: "ebs-encryption",
  title: "Volumes are encrypted",
  checks: "Volumes of launch templates, instances and their own are encrypted.",
  why: "Snapshots and returned disks would carry memory dumps, keys and journals in the clear.",
  fix: "Set encrypted: true on every block device.",
  severity: "mandatory",
  types: ["aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance", "aws:ebs/volume:Volume"],
  check: ({ type, inputs }) => {
    if (type === "aws:ebs/volume:Volume") return inputs.encrypted === true ? [] : ["the volume is not encrypted"];
    if (type === "aws:ec2/instance:Instance")
      return recordOf(inputs.rootBlockDevice).encrypted === true ? [] : ["the root volume is not encrypted"];
    const devices = listOf(inputs.blockDeviceMappings).map(recordOf);
    if (devices.length === 0) return ["no block device is given, so the root volume follows the image"];
    return devices
      .filter((device) => device.ebs !== undefined && String(recordOf(device.ebs).encrypted) !== "true")
      .map((device) => `volume ${textOf(device.deviceName, "without name")} is not encrypted`);
  },
  passing: {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    inputs: { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }] },
  },
  failing: {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    inputs: { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: 100 } }] },
  },
};
