/** Customer managed symmetric keys rotate every year. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const kmsKeyRotation: Rule = {
  id: "kms-key-rotation",
  title: "KMS keys rotate",
  checks: "Customer managed symmetric keys rotate every year.",
  why: "A key that never changes protects ever more data, and one leak of it opens all of it.",
  fix: "Set enableKeyRotation: true.",
  severity: "mandatory",
  types: ["aws:kms/key:Key"],
  check: ({ inputs }) => {
    if (!textOf(inputs.customerMasterKeySpec, "SYMMETRIC_DEFAULT").startsWith("SYMMETRIC")) return [];
    return inputs.enableKeyRotation === true ? [] : ["key rotation is off"];
  },
  passing: { type: "aws:kms/key:Key", inputs: { enableKeyRotation: true } },
  failing: { type: "aws:kms/key:Key", inputs: {} },
};
