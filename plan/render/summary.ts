/** The summary that the command prints. */

import { shownMoney } from "../cost/money";
import type { Plan } from "../plan";

/** Resources and cost by layer, findings and quotas, as text of about 100 columns. */
export function summaryText(plan: Plan): string {
  const { summary } = plan;
  const rows = [
    ["layer", "resources", "USD a month"],
    ...summary.layers.map((layer) => [layer.layer, String(layer.resources), shownMoney(layer.monthlyUsd)]),
    ["total", String(summary.resources), shownMoney(summary.monthlyUsd)],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) => `  ${row[0].padEnd(widths[0])}  ${row[1].padStart(widths[1])}  ${row[2].padStart(widths[2])}`);
  return [
    `Plan of ${plan.project}/${plan.stack} in ${plan.regions.join(", ") || "no region"}`,
    "",
    ...table,
    "",
    `Estimated cost  ${shownMoney(plan.cost.provisionedUsd)} provisioned and ${shownMoney(plan.cost.usageUsd)} for the usage of ${targetText(plan)}, at list prices${unpricedText(plan)}`,
    `Findings        ${summary.findings.mandatory} mandatory, ${summary.findings.advisory} advisory, ${summary.findings.suppressed} suppressed`,
    ...plan.findings
      .filter((finding) => finding.severity === "mandatory" && finding.suppressed === undefined)
      .slice(0, 10)
      .map((finding) => `  ${finding.rule}: ${finding.name} ${finding.message}`),
    `Capacity        ${summary.hopsBelowLoad === 0 ? "every hop of this stack is" : `${summary.hopsBelowLoad} hops are not`} sized for ${targetText(plan)}${belowText(plan)}`,
    `Quotas          ${summary.quotasToRaise} to raise before the first deployment${raiseText(plan)}`,
  ].join("\n");
}

/** The load that usage is priced for. */
export function targetText(plan: Plan): string {
  const { target, assumed } = plan.capacity;
  const load =
    typeof target === "string" ? `the load "${target}"` : `${(target as { orders: number }).orders.toLocaleString("en-US")} orders/s`;
  return assumed ? `an assumed ${load.replace(/^the /, "")}` : load;
}

function unpricedText(plan: Plan): string {
  const resources = plan.cost.unpriced.reduce((sum, line) => sum + line.resources, 0);
  return resources === 0 ? "" : `; ${resources} resources without an estimate are listed`;
}

function belowText(plan: Plan): string {
  const below = plan.capacity.sizes.filter((size) => size.state === "below").map((size) => `${size.name} ${size.planned} of ${size.value}`);
  return below.length === 0 ? "" : ` (${below.slice(0, 4).join("; ")}${below.length > 4 ? "; ..." : ""})`;
}

function raiseText(plan: Plan): string {
  const names = plan.quotas.filter((quota) => quota.state === "raise").map((quota) => `${quota.service}: ${quota.name}`);
  return names.length === 0 ? "" : ` (${names.slice(0, 3).join("; ")}${names.length > 3 ? "; ..." : ""})`;
}
