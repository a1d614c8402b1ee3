import { digits, isLanegrad } from "./format.ts";
import { title } from "./subjects/index.ts";
import type { Figure } from "./report.ts";

/** The bars of one case, the best first. */
export interface Panel {
  readonly heading: string;
  readonly better: "higher" | "lower";
  readonly figures: readonly Figure[];
}

// pixels
const WIDTH = 840;
const NAMES = 260;
const BARS = 440;
const ROW = 22;
const BAR = 14;
const HEADING = 40;

const LONGEST = 12; // times the best: if less is better, longer bars are cut so that short ones stay distinct

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .heading { font-weight: 600 }
  .quiet { fill: #59636e; font-weight: 400 }
  .peer { fill: #9aa4af }
  .lanegrad { fill: #1f883d }
  text.own { font-weight: 600 }
  .cut { stroke: #ffffff; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .peer { fill: #59636e }
    .lanegrad { fill: #3fb950 }
    .cut { stroke: #0d1117 }
  }
`;

/** Bars labelled with value and unit, as an SVG for light and dark color schemes. */
export function chart(label: string, panels: readonly Panel[]): string {
  const parts: string[] = [];
  let y = 0;
  for (const panel of panels) {
    parts.push(...drawPanel(panel, y));
    y += HEADING + panel.figures.length * ROW + ROW / 2;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `<title>${escape(label)}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ heading, better, figures }: Panel, top: number): string[] {
  const values = figures.map(({ median }) => median);
  const largest = Math.max(...values);
  const end = better === "lower" ? Math.min(largest, LONGEST * Math.min(...values)) : largest;
  const direction = better === "lower" ? "shorter is better" : "longer is better";
  const quiet = `<tspan class="quiet" dx="8">${direction}</tspan>`;
  return [
    `<text class="heading" x="0" y="${top + 18}">${escape(heading)}${quiet}</text>`,
    ...figures.flatMap((figure, index) => drawBar(figure, top + HEADING + index * ROW, end)),
  ];
}

function drawBar(figure: Figure, top: number, end: number): string[] {
  const own = isLanegrad(figure);
  const cut = figure.median > end;
  const length = round(Math.max((BARS * Math.min(figure.median, end)) / end, 2));
  const base = top + BAR - 3;
  const text = own ? ' class="own"' : "";
  return [
    `<text${text} x="${NAMES - 8}" y="${base}" text-anchor="end">${escape(title(figure))}</text>`,
    `<rect class="${own ? "lanegrad" : "peer"}" x="${NAMES}" y="${top}" width="${length}" height="${BAR}" rx="2"/>`,
    ...(cut ? [`<path class="cut" d="M${NAMES + BARS - 22} ${top + BAR + 2}l8 ${-BAR - 4}"/>`] : []),
    `<text${text} x="${NAMES + length + 8}" y="${base}">${digits(figure.median)} ${figure.unit}</text>`,
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
