/** The plan as Markdown that fits a pull-request comment. */

import { shownMoney } from "../cost/money";
import type { Plan } from "../plan";
import { cell } from "./escape";
import { targetText } from "./summary";

/** Longest comment that GitHub accepts, in characters. */
export const longestComment = 65_536;

/** Rows that each table shows at most; the rest is counted. */
const mostRows = 25;

/** Summary first; details folded. Never longer than {@link longestComment}. */
export function planMarkdown(plan: Plan): string {
  const { summary } = plan;
  const sections = [
    `## Plan of \`${plan.project}/${plan.stack}\`${plan.date === undefined ? "" : ` on ${plan.date}`}`,
    `**${summary.resources} resources** in ${plan.regions.join(", ") || "no region"}, **${shownMoney(summary.monthlyUsd)} a month** ` +
      `(${shownMoney(plan.cost.provisionedUsd)} provisioned, ${shownMoney(plan.cost.usageUsd)} for the usage of ${targetText(plan)}, list prices), ` +
      `**${summary.findings.mandatory} mandatory** and ${summary.findings.advisory} advisory findings, ${summary.quotasToRaise} quotas to raise.`,
    table(
      ["Layer", "Resources", "USD a month"],
      summary.layers.map((layer) => [layer.layer, String(layer.resources), shownMoney(layer.monthlyUsd)]),
    ),
    folded(
      `Findings (${plan.findings.length})`,
      plan.findings.length === 0
        ? "None."
        : table(
            ["Severity", "Rule", "Resource", "Finding", "Fix"],
            plan.findings.map((finding) => [
              finding.suppressed === undefined
                ? finding.severity
                : `suppressed until ${finding.suppressed.expires}: ${finding.suppressed.reason}`,
              finding.rule,
              finding.name,
              finding.message,
              finding.fix,
            ]),
          ),
    ),
    folded(
      "Cost, the largest lines",
      table(
        ["USD a month", "Resource", "What", "Quantity"],
        plan.cost.lines.map((line) => [
          shownMoney(line.monthlyUsd),
          line.name,
          line.assumption === undefined ? line.what : `${line.what} (${line.assumption})`,
          `${line.quantity} ${line.unit}`,
        ]),
      ),
    ),
    folded(
      `Without an estimate (${plan.cost.unpriced.length})`,
      plan.cost.unpriced.length === 0
        ? "Everything is priced."
        : table(
            ["Type", "Region", "Resources", "Reason"],
            plan.cost.unpriced.map((line) => [line.type, line.region, String(line.resources), line.reason]),
          ),
    ),
    folded(
      `Quotas (${summary.quotasToRaise} to raise)`,
      table(
        ["State", "Service", "Quota", "Need", "Default", "Code"],
        plan.quotas.map((quota) => [
          quota.state,
          quota.service,
          quota.name,
          `${quota.need} ${quota.unit}`,
          String(quota.default),
          quota.quotaCode ?? "in the guide",
        ]),
      ),
    ),
    folded(
      "Network paths from the internet",
      table(
        ["To", "Protocol", "Ports", "By"],
        plan.paths.paths.filter((path) => path.from === "internet").map((path) => [path.to, path.protocol, path.ports, path.via]),
      ),
    ),
    folded(
      `IAM wildcards (${plan.iam.wildcards.length})`,
      plan.iam.wildcards.length === 0
        ? "None."
        : table(
            ["Role", "Actions", "Resources", "Narrowed by a condition"],
            plan.iam.wildcards.map((wildcard) => [
              wildcard.name,
              wildcard.actions.join(", "),
              wildcard.resources.join(", "),
              wildcard.conditioned ? "yes" : "no",
            ]),
          ),
    ),
  ];
  return fitting(sections);
}

/** Leaves out whole sections from the end rather than cutting through one. */
function fitting(sections: readonly string[]): string {
  const note = "_The rest is in plan.html._";
  let text = "";
  for (const section of sections) {
    if (text.length + section.length + note.length + 4 > longestComment) return `${text}${note}\n`;
    text += `${section}\n\n`;
  }
  return text;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "None.";
  const line = (cells: readonly string[]) => `| ${cells.map((text) => shortened(cell(text))).join(" | ")} |`;
  const more = rows.length > mostRows ? [`\n_and ${rows.length - mostRows} more_`] : [];
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.slice(0, mostRows).map(line), ...more].join("\n");
}

function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}

function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}
