/** The sections of plan.html, each from its part of the plan. */

import { shownMoney } from "../cost/money";
import type { CostLine, Plan, PlannedResource } from "../plan";
import { escaped } from "./escape";
import { targetText } from "./summary";

/** Cost lines shown before the fold. */
const firstCostLines = 20;

export function overviewSection(plan: Plan): string {
  const { summary } = plan;
  const open = summary.findings.mandatory;
  return `<h1>${escaped(plan.stack)}</h1>
<p class="lead">Everything that <code>pulumi up</code> would create for project ${escaped(plan.project)} in ${escaped(plan.regions.join(", ") || "no region")}.</p>
<div class="cards">
${card("Resources", summary.resources.toLocaleString("en-US"), `in ${summary.layers.length} layers`)}
${card("Estimated cost a month", shownMoney(summary.monthlyUsd), `${shownMoney(plan.cost.provisionedUsd)} provisioned, ${shownMoney(plan.cost.usageUsd)} usage`)}
${card("Mandatory findings", String(open), open === 0 ? "nothing stops a deployment" : "stop a deployment", open === 0 ? "good" : "bad")}
${card("Advisory findings", String(summary.findings.advisory), `${summary.findings.suppressed} suppressed with a reason`, summary.findings.advisory === 0 ? "good" : "warn")}
${card("Quotas to raise", String(summary.quotasToRaise), "before the first deployment", summary.quotasToRaise === 0 ? "good" : "warn")}
</div>`;
}

function card(label: string, figure: string, note: string, tone = ""): string {
  return `<div class="card ${tone}"><div class="label">${escaped(label)}</div><div class="figure">${escaped(figure)}</div><div class="note">${escaped(note)}</div></div>`;
}

export function costSection(plan: Plan): string {
  const { cost } = plan;
  const largest = Math.max(1, ...cost.layers.map((layer) => layer.monthlyUsd));
  const bars = cost.layers
    .map(({ layer, monthlyUsd }) => {
      const part = (basis: CostLine["basis"]) =>
        (cost.lines.filter((line) => line.layer === layer && line.basis === basis).reduce((sum, line) => sum + line.monthlyUsd, 0) /
          largest) *
        100;
      return `<span class="layer-${escaped(layer)}"><span class="dot"></span>${escaped(layer)}</span><span class="bar layer-${escaped(layer)}" role="img" aria-label="${shownMoney(monthlyUsd)}"><i style="width:${part("provisioned").toFixed(2)}%"></i><i class="usage" style="width:${part("usage").toFixed(2)}%"></i></span><span class="amount">${shownMoney(monthlyUsd)}</span>`;
    })
    .join("\n");
  const unpriced =
    cost.unpriced.length === 0
      ? ""
      : `<details class="more"><summary>${cost.unpriced.length} kinds of resource without an estimate</summary><div class="panel">${table(
          ["Type", "Region", "Resources", "Reason"],
          cost.unpriced.map((line) => [code(line.type), escaped(line.region), number(line.resources), escaped(line.reason)]),
          [2],
        )}</div></details>`;
  const months = [...new Set(cost.sources.map((source) => source.asOf))].sort();
  return `<h2>Cost</h2>
<p class="lead">${shownMoney(cost.monthlyUsd)} a month at on-demand list prices of ${months.map(escaped).join(" and ") || "no service"}, without discounts, tax and free tiers. Usage is assumed for ${escaped(targetText(plan))}; the paler part of each bar is usage.</p>
<div class="panel padded"><div class="bars">${bars}</div></div>
<div class="panel" style="margin-top:14px">${costTable(cost.lines.slice(0, firstCostLines))}</div>
${cost.lines.length > firstCostLines ? `<details class="more"><summary>${cost.lines.length - firstCostLines} more lines</summary><div class="panel">${costTable(cost.lines.slice(firstCostLines))}</div></details>` : ""}
${unpriced}
<details class="more"><summary>Price sources</summary><div class="panel">${table(
    ["Region", "Service", "Taken", "Page"],
    cost.sources.map((source) => [
      escaped(source.region),
      escaped(source.service),
      escaped(source.asOf),
      code(source.page.replace(/^https:\/\//, "")),
    ]),
  )}</div></details>`;
}

function costTable(lines: readonly CostLine[]): string {
  return table(
    ["Resource", "What", "Quantity", "Unit price", "USD a month"],
    lines.map((line) => [
      `<span class="layer-${escaped(line.layer)}"><span class="dot"></span></span>${escaped(line.name)}`,
      line.assumption === undefined ? escaped(line.what) : `${escaped(line.what)} <span class="quiet">· ${escaped(line.assumption)}</span>`,
      `${number(line.quantity)} ${escaped(line.unit)}`,
      `$${line.unitUsd}`,
      shownMoney(line.monthlyUsd),
    ]),
    [2, 3, 4],
  );
}

export function findingsSection(plan: Plan): string {
  const lead = `<h2>Findings</h2><p class="lead">The rules of the policy pack over this graph. Mandatory ones stop <code>pulumi up --policy-pack policy</code>.</p>`;
  if (plan.findings.length === 0) return `${lead}<div class="panel padded">No rule of the policy pack is broken.</div>`;
  return `${lead}<div class="panel">${table(
    ["Severity", "Resource", "Finding", "Fix"],
    plan.findings.map((finding) => [
      finding.suppressed === undefined ? mark(finding.severity) : mark("suppressed"),
      `${escaped(finding.name)}<br><span class="quiet">${escaped(finding.layer)}</span>`,
      `${escaped(finding.title)}: ${escaped(finding.message)}<br><span class="quiet"><code>${escaped(finding.rule)}</code>${finding.suppressed === undefined ? "" : ` · suppressed until ${escaped(finding.suppressed.expires)}: ${escaped(finding.suppressed.reason)}`}</span>`,
      escaped(finding.fix),
    ]),
  )}</div>`;
}

export function inventorySection(plan: Plan): string {
  const resources = plan.resources.filter((resource) => resource.kind === "resource");
  const monthly = new Map<string, number>();
  for (const line of plan.cost.lines) monthly.set(line.urn, (monthly.get(line.urn) ?? 0) + line.monthlyUsd);
  const layers = plan.summary.layers.map(
    ({ layer, resources: count }) =>
      `<button type="button" data-layer="${escaped(layer)}" aria-pressed="false"><span class="layer-${escaped(layer)}"><span class="dot"></span></span>${escaped(layer)} ${count}</button>`,
  );
  const rows = resources.map((resource) => inventoryRow(resource, monthly.get(resource.urn)));
  return `<h2>Inventory</h2><p class="lead">Every resource with the inputs that would be sent. Secrets are masked.</p>
<div class="tools"><input id="search" type="search" placeholder="Search names, types, inputs" aria-label="Search the inventory">${layers.join("")}<span class="quiet" id="shown" aria-live="polite">${resources.length} resources</span></div>
<div class="panel inventory"><table><thead><tr><th>Resource</th><th>Type</th><th>Layer</th><th>Region</th><th class="number">USD a month</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function inventoryRow(resource: PlannedResource, monthlyUsd: number | undefined): string {
  const inputs = JSON.stringify(resource.inputs, undefined, 2);
  const text =
    `${resource.name} ${resource.type} ${resource.layer} ${resource.region} ${inputs.length > 4_000 ? "" : inputs.replace(/\s+/g, " ")}`.toLowerCase();
  const guarded = resource.protect ? ` ${mark("protected")}` : "";
  return `<tr data-text="${escaped(text)}" data-layer="${escaped(resource.layer)}" data-component="${escaped(resource.component ?? "stack")}"><td><details><summary>${escaped(resource.name)}${guarded}</summary><pre>${escaped(inputs)}</pre></details></td><td>${code(resource.type)}</td><td class="narrow layer-${escaped(resource.layer)}"><span class="dot"></span>${escaped(resource.layer)}</td><td class="narrow">${escaped(resource.region)}</td><td class="number">${monthlyUsd === undefined ? "" : shownMoney(monthlyUsd)}</td></tr>`;
}

export function quotasSection(plan: Plan): string {
  return `<h2>Quotas</h2><p class="lead">What the stack needs against the default service quotas of a new account. Your applied quotas may be higher: look them up in Service Quotas by the code.</p>
<div class="panel">${table(
    ["State", "Service", "Quota", "Need", "Default", "", "Region", "Code"],
    plan.quotas.map((quota) => [
      mark(quota.state),
      escaped(quota.service),
      `${escaped(quota.name)}<br><span class="quiet">${escaped(quota.reason)}</span>`,
      `${number(quota.need)} ${escaped(quota.unit)}`,
      number(quota.default),
      `<div class="gauge"><i class="${quota.state}" style="width:${Math.min(100, (quota.need / quota.default) * 100).toFixed(1)}%"></i></div>`,
      escaped(quota.region),
      quota.quotaCode === undefined ? '<span class="quiet">guide</span>' : code(quota.quotaCode),
    ]),
    [3, 4],
  )}</div>`;
}

export function pathsSection(plan: Plan): string {
  const { endpoints, paths } = plan.paths;
  const outside = paths.filter((path) => path.from === "internet");
  const inside = gathered(paths.filter((path) => path.from !== "internet"));
  const row = (path: (typeof paths)[number]) => [
    escaped(path.from),
    escaped(path.to),
    escaped(path.protocol),
    escaped(path.ports),
    `<span class="quiet">${escaped(path.via)}</span>`,
  ];
  const head = ["From", "To", "Protocol", "Ports", "Let in by"];
  return `<h2>Network paths</h2><p class="lead">Connections that routes, network ACLs and security groups on both sides let through. ${outside.length} come from the internet.</p>
<div class="panel">${outside.length === 0 ? '<p class="lead" style="padding:12px 16px;margin:0">Nothing is reachable from the internet.</p>' : table(head, outside.map(row))}</div>
<details class="more"${inside.length <= 40 ? " open" : ""}><summary>${paths.length - outside.length} paths inside the network</summary><div class="panel">${table(head, inside.map(row))}</div></details>
<details class="more"><summary>${endpoints.length} endpoints and their tiers</summary><div class="panel">${table(
    ["Endpoint", "Type", "Tier", "Subnets", "Security groups"],
    endpoints.map((endpoint) => [
      escaped(endpoint.name),
      code(endpoint.type),
      mark(endpoint.tier),
      number(endpoint.subnets.length),
      number(endpoint.securityGroups.length),
    ]),
    [3, 4],
  )}</div></details>`;
}

/** Paths that differ only in where they come from, as one. */
function gathered(paths: Plan["paths"]["paths"]): Plan["paths"]["paths"] {
  const byRest = new Map<string, (typeof paths)[number]>();
  for (const path of paths) {
    const key = `${path.to} ${path.protocol} ${path.ports} ${path.via}`;
    const known = byRest.get(key);
    byRest.set(key, known === undefined ? path : { ...known, from: `${known.from}, ${path.from}` });
  }
  return [...byRest.values()];
}

export function iamSection(plan: Plan): string {
  const { principals, wildcards } = plan.iam;
  const wild = table(
    ["Role", "Actions", "Resources", "Condition"],
    wildcards.map((each) => [
      escaped(each.name),
      code(each.actions.join(", ")),
      code(each.resources.join(", ")),
      each.conditioned ? mark("narrowed", "enough") : mark("none", "advisory"),
    ]),
  );
  const roles = table(
    ["Role", "Trusts", "May"],
    principals.map((principal) => [
      `${escaped(principal.name)}<br><span class="quiet">${escaped(principal.layer)}</span>`,
      code(principal.trusts.join(", ")),
      [
        ...principal.managedPolicies.map((arn) => `<div>AWS managed ${code(arn.split("/").at(-1) ?? arn)}</div>`),
        ...principal.statements.map(
          (statement) =>
            `<details><summary>${statement.effect === "Deny" ? "not " : ""}${code(statement.actions.slice(0, 3).join(", "))}${statement.actions.length > 3 ? ` and ${statement.actions.length - 3} more` : ""}</summary><pre>${escaped(JSON.stringify(statement, undefined, 2))}</pre></details>`,
        ),
      ].join(""),
    ]),
  );
  return `<h2>Permissions</h2><p class="lead">${principals.length} roles, with who may assume them and what they may do; ${wildcards.length} statements hold a wildcard.</p>
${wildcards.length === 0 ? "" : `<div class="panel">${wild}</div>`}
<details class="more"><summary>${principals.length} roles</summary><div class="panel">${roles}</div></details>`;
}

export function capacitySection(plan: Plan): string {
  const below = plan.summary.hopsBelowLoad;
  const verdict = below === 0 ? "Every hop that this stack has is large enough." : `${below} hops of this stack are smaller than that.`;
  return `<h2>Capacity</h2><p class="lead">Sizes that ${escaped(targetText(plan))} asks for, each with its reason, beside what this plan has. ${verdict} Basis says whether a figure is an AWS limit, a measurement or a planning assumption.</p>
<div class="panel">${table(
    ["State", "Hop", "Asked for", "Planned", "Reason", "Basis"],
    plan.capacity.sizes.map((size) => [
      mark(size.state === "absent" ? "not sized here" : size.state, size.state === "below" ? "raise" : size.state),
      escaped(size.title),
      `${number(size.value)} ${escaped(size.unit)}${size.overridden ? ` ${mark("overridden")}` : ""}`,
      size.planned === undefined ? "" : number(size.planned),
      `${escaped(size.reason)}<br><span class="quiet">${escaped(size.source)}</span>`,
      mark(size.basis),
    ]),
    [2, 3],
  )}</div>`;
}

/** A table of cells that are HTML already. @param numeric columns to align right */
function table(head: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[] = []): string {
  const tone = (column: number) => (numeric.includes(column) ? ' class="number"' : "");
  const body = rows.map((row) => `<tr>${row.map((cell, column) => `<td${tone(column)}>${cell}</td>`).join("")}</tr>`);
  return `<table><thead><tr>${head.map((text, column) => `<th${tone(column)}>${escaped(text)}</th>`).join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table>`;
}

function mark(text: string, tone = text): string {
  return `<span class="mark ${escaped(tone)}">${escaped(text)}</span>`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
