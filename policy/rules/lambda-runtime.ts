/** Lambda functions run on a runtime that AWS still patches. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const lambdaRuntime: Rule = {
  id: "lambda-runtime",
  title: "Functions run on a supported runtime",
  checks: "Lambda functions run on a runtime that AWS still patches.",
  why: "A runtime out of support keeps its holes.",
  fix: "Use nodejs22.x or newer.",
  severity: "mandatory",
  types: ["aws:lambda/function:Function"],
  check: ({ inputs }) => {
    if (inputs.packageType === "Image") return [];
    const version = /^nodejs(\d+)\.x$/.exec(textOf(inputs.runtime));
    return version !== null && Number(version[1]) < 22 ? [`${textOf(inputs.runtime)} is out of support or near it`] : [];
  },
  passing: { type: "aws:lambda/function:Function", inputs: { runtime: "nodejs22.x" } },
  failing: { type: "aws:lambda/function:Function", inputs: { runtime: "nodejs18.x" } },
};
