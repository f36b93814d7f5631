/** CloudTrail trails cover all regions, validate their files and encrypt with our key. */

import type { Rule } from "../rule";

export const cloudtrailComplete: Rule = {
  id: "cloudtrail-complete",
  title: "The trail is complete and untouched",
  checks: "CloudTrail trails cover all regions, validate their files and encrypt with our key.",
  why: "The trail is the record of what was done to the account; gaps in it are where intruders hide.",
  fix: "Set isMultiRegionTrail, enableLogFileValidation and kmsKeyId.",
  severity: "mandatory",
  types: ["aws:cloudtrail/trail:Trail"],
  check: ({ inputs }) =>
    inputs.isMultiRegionTrail === true && inputs.enableLogFileValidation === true && inputs.kmsKeyId !== undefined
      ? []
      : ["does not cover all regions, validate its files and encrypt with a key of ours"],
  passing: {
    type: "aws:cloudtrail/trail:Trail",
    inputs: { isMultiRegionTrail: true, enableLogFileValidation: true, kmsKeyId: "alias/log" },
  },
  failing: { type: "aws:cloudtrail/trail:Trail", inputs: { isMultiRegionTrail: true } },
};
