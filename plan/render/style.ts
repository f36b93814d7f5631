/** The style of plan.html: system fonts, one accent, light and dark. */

const light = `
  --paper: #f6f7f9; --card: #ffffff; --ink: #16191f; --quiet: #5b6472; --line: #dfe3e9; --accent: #0b63ce; --accent-soft: #e4eefb;
  --good: #1d7f4e; --warn: #a35b00; --bad: #c0262d; --good-soft: #e2f4ea; --warn-soft: #fdf0dd; --bad-soft: #fbe6e7; --code: #f0f2f5;
  --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 1px 3px rgb(16 24 40 / 8%);
  color-scheme: light;`;

const dark = `
  --paper: #0e1116; --card: #161b22; --ink: #e8ebf0; --quiet: #98a2b1; --line: #2a313c; --accent: #6cabff; --accent-soft: #172a45;
  --good: #58c98b; --warn: #e6a948; --bad: #ff7b81; --good-soft: #12301f; --warn-soft: #38290f; --bad-soft: #3d191c; --code: #1f2630;
  --shadow: none;
  color-scheme: dark;`;

/** A hue for each layer, used by bars, stripes and marks alike. */
const layerHues: Record<string, number> = {
  global: 262,
  edge: 285,
  ingress: 212,
  region: 225,
  services: 160,
  cluster: 190,
  messaging: 35,
  data: 18,
  network: 235,
  security: 350,
  observability: 85,
  stack: 220,
};

const layerRules = Object.entries(layerHues)
  .map(([layer, hue]) => `.layer-${layer} { --layer: hsl(${hue} 62% 52%); }`)
  .join("\n");

export const style = `
:root {${light} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${dark} } }
:root[data-theme="dark"] {${dark} }
${layerRules}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 64px; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header.top { position: sticky; top: 0; z-index: 5; display: flex; gap: 20px; align-items: center; padding: 10px 28px; background: color-mix(in srgb, var(--card) 92%, transparent); border-bottom: 1px solid var(--line); backdrop-filter: blur(8px); }
header.top .brand { font-weight: 650; letter-spacing: -0.01em; white-space: nowrap; }
header.top nav { display: flex; gap: 2px; flex: 1; min-width: 0; overflow-x: auto; }
header.top nav a { color: var(--quiet); text-decoration: none; padding: 5px 10px; border-radius: 6px; white-space: nowrap; }
header.top nav a:hover, header.top nav a:focus-visible { background: var(--accent-soft); color: var(--accent); }
button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; cursor: pointer; }
button:hover { border-color: var(--accent); }
button[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); }
main { max-width: 1400px; margin: 0 auto; padding: 28px; display: grid; gap: 40px; }
main > section { min-width: 0; }
h1 { font-size: 26px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 4px; }
h2 { font-size: 18px; letter-spacing: -0.01em; margin: 0 0 4px; }
p.lead { color: var(--quiet); margin: 0 0 14px; max-width: 90ch; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px; margin-top: 18px; }
.card, .panel { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.card { padding: 14px 16px; }
.card .label { color: var(--quiet); font-size: 12.5px; }
.card .figure { font-size: 25px; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; margin: 2px 0; }
.card .note { color: var(--quiet); font-size: 12.5px; }
.card.bad .figure { color: var(--bad); } .card.warn .figure { color: var(--warn); } .card.good .figure { color: var(--good); }
.panel { padding: 4px 0; overflow-x: auto; }
.panel.padded { padding: 16px 18px; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 550; color: var(--quiet); font-size: 12.5px; border-bottom: 1px solid var(--line); padding: 8px 14px; white-space: nowrap; }
td { padding: 8px 14px; border-bottom: 1px solid color-mix(in srgb, var(--line) 60%, transparent); vertical-align: top; }
tr:last-child > td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.narrow { white-space: nowrap; }
code, pre { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: 8px; padding: 10px 12px; margin: 8px 0 4px; overflow: auto; max-height: 420px; }
.quiet { color: var(--quiet); }
.mark { display: inline-block; border-radius: 999px; padding: 1px 9px; font-size: 12px; font-weight: 550; white-space: nowrap; background: var(--code); color: var(--quiet); }
.mark.mandatory, .mark.raise { background: var(--bad-soft); color: var(--bad); }
.mark.advisory, .mark.tight, .mark.public { background: var(--warn-soft); color: var(--warn); }
.mark.enough, .mark.isolated { background: var(--good-soft); color: var(--good); }
.mark.private, .mark.overridden { background: var(--accent-soft); color: var(--accent); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 3px; background: var(--layer, var(--quiet)); margin-right: 8px; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 9px 16px; align-items: center; }
.bars .bar { background: var(--code); border-radius: 5px; height: 18px; overflow: hidden; display: flex; }
.bars .bar i { display: block; height: 100%; background: var(--layer, var(--accent)); }
.bars .bar i.usage { opacity: 0.45; }
.bars .amount { text-align: right; font-variant-numeric: tabular-nums; }
.gauge { background: var(--code); border-radius: 4px; height: 8px; width: 120px; overflow: hidden; }
.gauge i { display: block; height: 100%; background: var(--good); }
.gauge i.tight { background: var(--warn); } .gauge i.raise { background: var(--bad); }
.tools { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; margin: 0 0 12px; }
input[type="search"] { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 7px 12px; min-width: 300px; }
input[type="search"]:focus { outline: 2px solid var(--accent); outline-offset: -1px; }
details > summary { cursor: pointer; }
details.more { margin-top: 12px; }
.inventory td:first-child { max-width: 560px; }
[hidden] { display: none !important; }
.scroll { overflow: auto; }
svg.diagram { display: block; margin: 0 auto; max-width: 100%; height: auto; }
svg .band { fill: var(--paper); stroke: var(--line); }
svg .band-name { fill: var(--quiet); font: 600 13px system-ui, sans-serif; }
svg .edge { fill: none; stroke: color-mix(in srgb, var(--quiet) 45%, transparent); }
svg .tip { fill: var(--quiet); }
svg .box rect { fill: var(--card); stroke: var(--line); }
svg .box rect.stripe { fill: var(--layer); stroke: none; }
svg .box { cursor: pointer; }
svg .box:hover rect:not(.stripe), svg .box:focus-visible rect:not(.stripe), svg .box.chosen rect:not(.stripe) { stroke: var(--accent); stroke-width: 2; }
svg .box:focus { outline: none; }
svg .box-title { fill: var(--ink); font: 600 14px system-ui, sans-serif; }
svg .box-name { fill: var(--quiet); font: 12px system-ui, sans-serif; }
svg .box-line { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg.focused .edge { opacity: 0.12; }
svg.focused .edge.lit { opacity: 1; stroke: var(--accent); }
footer { color: var(--quiet); padding: 0 28px 40px; max-width: 1400px; margin: 0 auto; font-size: 12.5px; }
@media print { header.top, .tools { display: none; } main { padding: 0; } .panel { break-inside: avoid; } }
@media (max-width: 700px) { main { padding: 16px; } header.top { padding: 10px 16px; } input[type="search"] { min-width: 0; width: 100%; } }
`;
