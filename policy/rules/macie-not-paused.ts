/** Macie looks for personal data, and tells within the quarter of an hour. */

import { textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

const accountType = "aws:macie2/account:Account";

export const macieNotPaused: Rule = {
  id: "macie-not-paused",
  title: "Macie is on, and tells soon",
  checks: "Accounts of Macie are enabled, and publish findings every fifteen minutes.",
  why: "Personal data that lies in an open bucket is copied within minutes; six hours, which AWS presets, are too late.",
  fix: 'Set status to ENABLED and findingPublishingFrequency to "FIFTEEN_MINUTES".',
  severity: "advisory",
  types: [accountType],
  check: ({ inputs }) => {
    const faults: string[] = [];
    if (textOf(inputs.status, "ENABLED") !== "ENABLED") faults.push("is paused");
    if (textOf(inputs.findingPublishingFrequency, "SIX_HOURS") !== "FIFTEEN_MINUTES") faults.push("tells what it found late");
    return faults;
  },
  passing: { type: accountType, inputs: { status: "ENABLED", findingPublishingFrequency: "FIFTEEN_MINUTES" } },
  failing: { type: accountType, inputs: { status: "PAUSED", findingPublishingFrequency: "FIFTEEN_MINUTES" } },
};
