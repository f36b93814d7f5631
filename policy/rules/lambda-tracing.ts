/** Lambda functions trace with X-Ray. */

import { recordOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const lambdaTracing: Rule = {
  id: "lambda-tracing",
  title: "Functions are traced",
  checks: "Lambda functions trace with X-Ray.",
  why: "A slow sign-in crosses five services; a trace says which.",
  fix: 'Set tracingConfig: { mode: "Active" }.',
  severity: "advisory",
  types: ["aws:lambda/function:Function"],
  check: ({ inputs }) => (recordOf(inputs.tracingConfig).mode === "Active" ? [] : ["is not traced"]),
  passing: { type: "aws:lambda/function:Function", inputs: { tracingConfig: { mode: "Active" } } },
  failing: { type: "aws:lambda/function:Function", inputs: {} },
};
