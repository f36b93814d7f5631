/** ECR repositories have immutable tags and scan images. */

import { recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const ecrImmutableTags: Rule = {
  id: "ecr-immutable-tags",
  title: "Images never change under their tag",
  checks: "ECR repositories have immutable tags and scan images.",
  why: "A tag that can be moved makes the image that was tested another than the one that runs.",
  fix: 'Set imageTagMutability: "IMMUTABLE" and imageScanningConfiguration.',
  severity: "mandatory",
  types: ["aws:ecr/repository:Repository"],
  check: ({ inputs }) =>
    textOf(inputs.imageTagMutability).startsWith("IMMUTABLE") && recordOf(inputs.imageScanningConfiguration).scanOnPush === true
      ? []
      : ["tags can be moved, or images are not scanned"],
  passing: {
    type: "aws:ecr/repository:Repository",
    inputs: { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } },
  },
  failing: { type: "aws:ecr/repository:Repository", inputs: {} },
};
