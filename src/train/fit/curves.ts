import { printNumber } from "../../base/print.ts";
import { chart } from "../chart.ts";
import type { Epoch } from "./history.ts";

const LINES = 6;
const WIDEST = 60; // columns
const NARROWEST = 30; // columns
const FEWEST = 5; // epochs
const MOST = 0.8; // share of the losses that a chart shows at least
const STRETCH = 4; // the highest loss of a chart, in ranges of that share

/** A chart of the losses of a training; no lines for fewer than 5 epochs or 30 columns. */
export function curvesOf(epochs: readonly Epoch[], columns: number): readonly string[] {
  const training = epochs.map(({ loss }) => loss);
  const validation = epochs.map((each) => each.validation?.loss ?? NaN);
  const isValidated = validation.some(Number.isFinite);
  const series = isValidated ? [training, validation] : [training];
  const losses = series.flat().filter(Number.isFinite);
  if (epochs.length < FEWEST || columns < NARROWEST || !training.some(Number.isFinite)) return [];
  const width = Math.min(columns, WIDEST);
  const { lines, axis } = chart(series, { columns: width, lines: LINES, top: topOf(losses) });
  const legend = isValidated ? ["loss  \u2500 training", "\u00b7 validation", lowestOf(validation)] : ["training loss"];
  while (legend.join("  ").length > width) legend.pop();
  const first = `${"epoch".padStart(axis - 1)} 1`;
  return [legend.join("  "), ...lines, `${first}${`${epochs.length}`.padStart(width - first.length)}`];
}

/** `lowest 0.1234 in epoch 12` */
function lowestOf(losses: readonly number[]): string {
  const lowest = Math.min(...losses.filter(Number.isFinite));
  return `lowest ${printNumber(lowest)} in epoch ${losses.indexOf(lowest) + 1}`;
}

/** The highest loss that a chart shows, so that a few very high ones do not flatten the others. */
function topOf(losses: readonly number[]): number {
  const sorted = losses.toSorted((a, b) => a - b);
  const [lowest = 0] = sorted;
  const highest = sorted.at(-1) ?? lowest;
  const usual = sorted[Math.ceil(sorted.length * MOST) - 1] ?? highest;
  return usual > lowest ? Math.min(highest, lowest + STRETCH * (usual - lowest)) : highest;
}
