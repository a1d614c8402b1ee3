import { chart } from "../train/chart.ts";

const COLUMNS = 60;
const LINES = 10;
const HEADROOM = 0.25; // above the highest loss before the lowest, as a share of the fall

/**
 * A chart of losses over a logarithmic axis of rates, with a mark at a rate; no lines for fewer than 2 losses. A loss that
 * explodes after the lowest is cut off.
 */
export function rateChart(
  rates: Float64Array,
  losses: Float64Array,
  suggestion: number | undefined,
): readonly string[] {
  if (losses.length < 2) return [];
  const { lines, axis, columnOf } = chart([[...losses]], { columns: COLUMNS, lines: LINES, top: topOf(losses) });
  const [first = NaN] = rates;
  const factor = Math.log((rates.at(-1) ?? NaN) / first);
  const columnAt = (rate: number): number => columnOf((Math.log(rate / first) / factor) * (rates.length - 1));
  const ruler: string[] = Array.from({ length: COLUMNS }, (_, i) =>
    i < axis ? " " : i === axis ? "\u2514" : "\u2500",
  );
  let labels = "";
  for (let power = Math.ceil(Math.log10(first) - 1e-9); power <= Math.log10(rates.at(-1) ?? NaN) + 1e-9; power++) {
    const [column, label] = [columnAt(Number(`1e${power}`)), `1e${power}`];
    if (column > axis) ruler[column] = "\u252c";
    const start = Math.min(column, COLUMNS - label.length);
    if (start < labels.length) continue;
    labels = `${labels.padEnd(start)}${label} `;
  }
  if (suggestion !== undefined) ruler[columnAt(suggestion)] = "\u25b2";
  const caption = suggestion === undefined ? "" : `, \u25b2 ${suggestion.toPrecision(2)} suggested`;
  return ["loss", ...lines, ruler.join(""), labels.trimEnd(), `${" ".repeat(axis)}learning rate${caption}`];
}

function topOf(losses: Float64Array): number {
  const lowest = Math.min(...losses);
  const before = Math.max(...losses.subarray(0, losses.indexOf(lowest) + 1));
  const usual = losses.toSorted()[Math.floor(losses.length / 2)] ?? lowest;
  return Math.min(Math.max(...losses), Math.max(before, usual) + HEADROOM * (Math.max(before, usual) - lowest));
}
