/** Draws the architecture as SVG: a band for each layer, a box for each component, a curve for each reference. Colours come from CSS variables. */

import { shownMoney } from "../cost/money";
import type { Diagram, DiagramEdge, DiagramNode } from "../plan";
import { escaped } from "../render/escape";

const boxWidth = 262;
const boxHeight = 104;
const gap = 26;
const bandLabel = 112;
const margin = 18;
const bandGap = 40;
const boxesInRow = 4;

interface Place {
  node: DiagramNode;
  x: number;
  y: number;
}

interface Band {
  layer: string;
  y: number;
  height: number;
}

/** The whole drawing, with `role="img"` and a title for each box. */
export function diagramSvg(diagram: Diagram): string {
  const { places, bands, width, height } = layout(diagram.nodes);
  const byId = new Map(places.map((place) => [place.node.id, place]));
  const heaviest = Math.max(1, ...diagram.edges.map((edge) => edge.weight));
  const drawn = diagram.edges.filter((edge) => byId.has(edge.from) && byId.has(edge.to));
  const ports = portsOf(drawn, byId);
  const edges = drawn.map((edge) => {
    const from = byId.get(edge.from)!;
    const to = byId.get(edge.to)!;
    const strength = 1 + 2 * Math.sqrt(edge.weight / heaviest);
    const title = `${from.node.name} refers to ${to.node.name} (${edge.weight})`;
    const ends = `data-from="${escaped(edge.from)}" data-to="${escaped(edge.to)}"`;
    return `<path class="edge" ${ends} d="${curve(from, to, ports.get(edge)!)}" stroke-width="${strength.toFixed(2)}" marker-end="url(#arrow)"><title>${escaped(title)}</title></path>`;
  });
  return [
    `<svg class="diagram" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Architecture: components by layer and their references">`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>`,
    ...bands.map(
      (band) =>
        `<g><rect class="band" x="0.5" y="${band.y}" width="${width - 1}" height="${band.height}" rx="10"/><text class="band-name" x="${margin}" y="${band.y + 28}">${escaped(band.layer)}</text></g>`,
    ),
    `<g class="edges">${edges.join("")}</g>`,
    ...places.map(box),
    "</svg>",
  ].join("\n");
}

function layout(nodes: readonly DiagramNode[]): { places: Place[]; bands: Band[]; width: number; height: number } {
  const layers = [...new Set(nodes.map((node) => node.layer))];
  const widest = Math.max(1, ...layers.map((layer) => Math.min(boxesInRow, nodes.filter((node) => node.layer === layer).length)));
  const width = bandLabel + margin + widest * (boxWidth + gap) + margin;
  const places: Place[] = [];
  const bands: Band[] = [];
  let y = 1;
  for (const layer of layers) {
    const inLayer = nodes.filter((node) => node.layer === layer);
    const rows = Math.ceil(inLayer.length / boxesInRow);
    const height = rows * (boxHeight + gap) + gap;
    inLayer.forEach((node, index) => {
      const row = Math.floor(index / boxesInRow);
      const rowLength = Math.min(boxesInRow, inLayer.length - row * boxesInRow);
      const free = widest - rowLength;
      const x = bandLabel + margin + (free * (boxWidth + gap)) / 2 + (index % boxesInRow) * (boxWidth + gap);
      places.push({ node, x, y: y + gap + row * (boxHeight + gap) });
    });
    bands.push({ layer, y, height });
    y += height + bandGap;
  }
  return { places, bands, width, height: Math.max(1, y - bandGap + 1) };
}

/** Where an edge leaves and arrives, as x. */
interface Ports {
  from: number;
  to: number;
}

/** Spreads the ends of all edges over the sides that they touch, in the order of their other ends, so that curves do not lie on one another. */
function portsOf(edges: readonly DiagramEdge[], byId: ReadonlyMap<string, Place>): Map<DiagramEdge, Ports> {
  const sides = new Map<string, { edge: DiagramEdge; end: keyof Ports; other: number; place: Place }[]>();
  for (const edge of edges) {
    for (const end of ["from", "to"] as const) {
      const place = byId.get(edge[end])!;
      const other = byId.get(edge[end === "from" ? "to" : "from"])!;
      const side = `${place.node.id} ${other.y < place.y ? "top" : "bottom"}`;
      sides.set(side, [...(sides.get(side) ?? []), { edge, end, other: other.x, place }]);
    }
  }
  const ports = new Map<DiagramEdge, Ports>(edges.map((edge) => [edge, { from: 0, to: 0 }]));
  for (const touching of sides.values()) {
    touching.sort((a, b) => a.other - b.other);
    touching.forEach(({ edge, end, place }, index) => {
      ports.get(edge)![end] = place.x + (boxWidth * (index + 1)) / (touching.length + 1);
    });
  }
  return ports;
}

/** From the lower or upper side of one box to the facing side of the other; boxes in one row are joined by an arc below them. */
function curve(from: Place, to: Place, ports: Ports): string {
  const [x1, x2] = [ports.from, ports.to].map((x) => Math.round(x * 10) / 10);
  if (from.y === to.y) {
    const y = from.y + boxHeight;
    return `M${x1} ${y}C${x1} ${y + 24} ${x2} ${y + 24} ${x2} ${y}`;
  }
  const down = to.y > from.y;
  const y1 = down ? from.y + boxHeight : from.y;
  const y2 = down ? to.y : to.y + boxHeight;
  const bend = Math.round((y2 - y1) * 0.45);
  return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
}

function box({ node, x, y }: Place): string {
  const lines = node.contents.slice(0, 3).map((content, index) => {
    const text = content.count > 1 ? `${content.count} x ${content.type}` : content.type;
    return `<text class="box-line" x="${x + 12}" y="${y + 58 + index * 15}">${escaped(shortened(text, 34))}</text>`;
  });
  const money = node.monthlyUsd > 0 ? ` · ${shownMoney(node.monthlyUsd)}` : "";
  return [
    `<g class="box layer-${escaped(node.layer)}" data-id="${escaped(node.id)}" tabindex="0"><title>${escaped(`${node.title} ${node.name}: ${node.resources} resources${money} a month`)}</title>`,
    `<rect x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="8"/><rect class="stripe" x="${x}" y="${y}" width="5" height="${boxHeight}" rx="2"/>`,
    `<text class="box-title" x="${x + 12}" y="${y + 22}">${escaped(shortened(node.title, 26))}</text>`,
    `<text class="box-name" x="${x + 12}" y="${y + 39}">${escaped(shortened(`${node.name} · ${node.resources}${money}`, 36))}</text>`,
    ...lines,
    "</g>",
  ].join("");
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
