/** Launch templates and instances require session tokens for metadata, with one hop. */

import { numberOf, recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const instanceMetadataV2: Rule = {
  id: "instance-metadata-v2",
  title: "Instances demand IMDSv2",
  checks: "Launch templates and instances require session tokens for metadata, with one hop.",
  why: "Version 1 hands the role credentials of the machine to any request that a server can be tricked into sending.",
  fix: 'Set metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 }.',
  severity: "mandatory",
  types: ["aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"],
  check: ({ inputs }) => {
    const options = recordOf(inputs.metadataOptions);
    if (options.httpEndpoint === "disabled") return [];
    const faults: string[] = [];
    if (options.httpTokens !== "required") faults.push("metadata is served without a session token");
    if (numberOf(options.httpPutResponseHopLimit, 1) > 1)
      faults.push(`metadata tokens travel ${options.httpPutResponseHopLimit} hops, so containers reach them`);
    return faults;
  },
  passing: {
    type: "aws:ec2/launchTemplate:LaunchTemplate",
    inputs: { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } },
  },
  failing: { type: "aws:ec2/launchTemplate:LaunchTemplate", inputs: { metadataOptions: { httpTokens: "optional" } } },
};
