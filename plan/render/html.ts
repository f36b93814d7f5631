/** The plan as one HTML file that needs nothing else: no host, no font, no library. */

import { diagramSvg } from "../diagram/svg";
import type { Plan } from "../plan";
import { escaped } from "./escape";
import {
  capacitySection,
  costSection,
  findingsSection,
  iamSection,
  inventorySection,
  overviewSection,
  pathsSection,
  quotasSection,
} from "./html-sections";
import { script } from "./script";
import { style } from "./style";

/** Refuses every request that the page could make, whatever a name in the plan may hold. */
const contentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Self-contained page: overview, architecture, cost, findings, inventory, quotas, network, permissions, capacity. */
export function planHtml(plan: Plan): string {
  const title = `${plan.stack} · Bourse plan`;
  const sections: [id: string, name: string, html: string][] = [
    ["overview", "Overview", overviewSection(plan)],
    ["architecture", "Architecture", architecture(plan)],
    ["cost", "Cost", costSection(plan)],
    ["findings", "Findings", findingsSection(plan)],
    ["inventory", "Inventory", inventorySection(plan)],
    ["quotas", "Quotas", quotasSection(plan)],
    ["network", "Network paths", pathsSection(plan)],
    ["permissions", "Permissions", iamSection(plan)],
    ["capacity", "Capacity", capacitySection(plan)],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header class="top"><span class="brand">Bourse plan</span><nav aria-label="Sections">${sections.map(([id, name]) => `<a href="#${id}">${name}</a>`).join("")}</nav><button id="theme" type="button">Theme</button></header>
<main>
${sections.map(([id, , html]) => `<section id="${id}">${html}</section>`).join("\n")}
</main>
<footer>${escaped(plan.project)}/${escaped(plan.stack)}${plan.date === undefined ? "" : `, ${escaped(plan.date)}`}. Planned without credentials from the program and its configuration; identifiers are placeholders.</footer>
<script>${script}</script>
</body>
</html>
`;
}

function architecture(plan: Plan): string {
  return `<h2>Architecture</h2><p class="lead">Components by layer, drawn from the recorded graph. A line joins components whose resources refer to one another; choose a box to see its lines and its resources below.</p>
<div class="panel padded scroll">${diagramSvg(plan.diagram)}</div>`;
}
