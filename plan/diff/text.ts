/** A difference of plans as text. */

import { shownMoney } from "../cost/money";
import type { DiffLine, PlanDiff } from "./diff";

/** One line a resource: `+` added, `-` removed, `+-` replaced, `~` updated; replacements first, since they lose state. */
export function diffText(diff: PlanDiff): string {
  const lines = [
    `Changes from ${diff.before} to ${diff.after}: ${diff.added.length} added, ${diff.removed.length} removed, ${diff.replaced.length} replaced, ${diff.updated.length} updated`,
    ...diff.replaced.map(
      (line) => `+- ${described(line)}${line.because === undefined ? "" : `, since ${nameOf(line.because)} is replaced`}`,
    ),
    ...diff.removed.map((line) => ` - ${described(line)}`),
    ...diff.added.map((line) => ` + ${described(line)}`),
    ...diff.updated.map((line) => ` ~ ${described(line)}`),
    ...diff.refused.map((urn) => `!! ${nameOf(urn)} is protected: the deployment will refuse to delete it`),
    `Cost ${shownMoney(diff.monthlyUsd.before)} -> ${shownMoney(diff.monthlyUsd.after)} a month (${diff.monthlyUsd.change < 0 ? "-" : "+"}${shownMoney(Math.abs(diff.monthlyUsd.change))})`,
    `Findings ${diff.findings.new} new, ${diff.findings.solved} solved`,
  ];
  return lines.join("\n");
}

function described(line: DiffLine): string {
  return `${line.type} ${line.name}${line.properties.length === 0 ? "" : ` (${line.properties.join(", ")})`}`;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
