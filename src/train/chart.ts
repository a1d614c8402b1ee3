import asciichart from "asciichart";

// The symbols of asciichart: the axis twice, then the parts of a curve.
const SOLID = ["\u2524", "\u2524", "\u2576", "\u2574", "\u2500", "\u2570", "\u256d", "\u256e", "\u256f", "\u2502"];
const DOTTED = SOLID.map((symbol, i) => (i < 2 ? symbol : "\u00b7"));
const OFFSET = 2; // cells of asciichart before a curve: a label and the axis
const LEAST_SPAN = 1e-3; // of the vertical axis, as a share of the values
const MOST_DECIMALS = 6; // of labels
const LONG = 1e6; // values whose labels have an exponent

export interface ChartOptions {
  /** Columns at most. */
  readonly columns: number;
  /** Lines, at least 2. */
  readonly lines: number;
  /** Higher values are drawn as this one. */
  readonly top: number;
}

export interface Chart {
  readonly lines: readonly string[];
  /** The column of the vertical axis. */
  readonly axis: number;
  /** The column of each value of a series. */
  readonly columnOf: (index: number) => number;
}

/** Draws one or two series of the same length, at least 2, the second dotted. NaN is left out. */
export function chart(series: readonly (readonly number[])[], { columns, lines, top }: ChartOptions): Chart {
  const values = series.flat().filter(Number.isFinite);
  const [least, most] = [Math.min(...values, top), Math.min(Math.max(...values), top)];
  // Differences that no label would show are drawn as a straight line.
  const span = Math.max(most - least, LEAST_SPAN * Math.max(Math.abs(least), Math.abs(most))) || 1;
  const lowest = (least + most - span) / 2;
  const isClipped = series.flat().some((value) => value > top);
  const labels = labelsOf(lowest, span, lines, isClipped);
  const height = lines - 1;
  const axis = labels[0]?.length ?? 0;
  const width = Math.max(columns - axis, 2);
  const drawn = series.map((each, i) => {
    const rows = each.map((value) => ((Math.min(value, top) - lowest) / span) * height);
    const symbols = i === 0 ? SOLID : DOTTED;
    const format = (_: number, row: number): string => labels[row] ?? "";
    const options = { min: 0, max: height, height, offset: OFFSET, symbols, format };
    return asciichart.plot(stretched(rows, width), options).split("\n");
  });
  const length = series[0]?.length ?? 0;
  return {
    lines: Array.from({ length: lines }, (_, row) => overlaid(drawn.map((each) => each[row] ?? ""))),
    axis,
    columnOf: (index) => axis + placeOf(index, length, width),
  };
}

/** A label for each line, the highest value first, all of one length. */
function labelsOf(lowest: number, span: number, lines: number, isClipped: boolean): readonly string[] {
  const step = span / (lines - 1);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(step)));
  const labels = Array.from({ length: lines }, (_, row) => {
    const value = lowest + (lines - 1 - row) * step;
    const mark = isClipped && row === 0 ? "\u2265" : "";
    return `${mark}${decimals <= MOST_DECIMALS && Math.abs(value) < LONG ? value.toFixed(decimals) : value.toExponential(2)}`;
  });
  const width = Math.max(...labels.map((label) => label.length));
  return labels.map((label) => `${label.padStart(width)} `);
}

/** Values on some columns: the mean of those of a column, on a straight line between them. Ends with the last finite one. */
function stretched(values: readonly number[], width: number): number[] {
  const columns: number[][] = Array.from({ length: width }, () => []);
  values.forEach((value, i) => {
    if (Number.isFinite(value)) columns[placeOf(i, values.length, width)]?.push(value);
  });
  const means = columns.flatMap((each, column) =>
    each.length > 0 ? [{ column, mean: each.reduce((sum, value) => sum + value, 0) / each.length }] : [],
  );
  let [former] = means;
  const stretch: number[] = [];
  for (const next of means) {
    const { column, mean } = former ?? next;
    while (stretch.length < next.column) {
      const share = (stretch.length - column) / (next.column - column || 1);
      stretch.push(next === former ? mean : mean + share * (next.mean - mean));
    }
    stretch.push(next.mean);
    former = next;
  }
  return stretch;
}

function placeOf(index: number, length: number, width: number): number {
  return length < 2 ? 0 : Math.round((index * (width - 1)) / (length - 1));
}

/** Lines drawn over each other, the first in front. */
function overlaid(lines: readonly string[]): string {
  const width = Math.max(...lines.map((line) => line.length));
  const columns = Array.from({ length: width }, (_, i) => lines.find((line) => (line[i] ?? " ") !== " ")?.[i] ?? " ");
  return columns.join("").trimEnd();
}
