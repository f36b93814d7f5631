/** Inspector scans instances, images and functions. */

import { listOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

const enablerType = "aws:inspector2/enabler:Enabler";
const needed = ["EC2", "ECR", "LAMBDA"];

export const inspectorScansAll: Rule = {
  id: "inspector-scans-all",
  title: "Inspector scans all that runs code",
  checks: "Where Inspector is enabled, it scans instances, container images and functions.",
  why: "A known hole in a library is as open in an image or a function as on an instance.",
  fix: `Set resourceTypes to ${needed.join(", ")}.`,
  severity: "mandatory",
  types: [enablerType],
  check: ({ inputs }) => {
    const scanned = listOf(inputs.resourceTypes);
    const missing = needed.filter((type) => !scanned.includes(type));
    return missing.length === 0 ? [] : [`does not scan ${missing.join(", ")}`];
  },
  passing: { type: enablerType, inputs: { accountIds: ["123456789012"], resourceTypes: ["ECR", "EC2", "LAMBDA", "LAMBDA_CODE"] } },
  failing: { type: enablerType, inputs: { accountIds: ["123456789012"], resourceTypes: ["EC2"] } },
};
