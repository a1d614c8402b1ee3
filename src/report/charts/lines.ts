import { type Axis, GRID, TEXT, axisOf } from "./axes.ts";
import { type LineStyle } from "./palette.ts";
import { simplified } from "./simplified.ts";

/** A line through points; null for a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
  readonly style: LineStyle;
  /** The index of a point that is marked. */
  readonly mark?: number;
  /** Areas of the points instead of equal ones: each 0 to 1. */
  readonly weights?: readonly number[];
}

const MARKS = 8; // symbols of a line

/** Lines over two axes of numbers. */
export function linesChart(lines: readonly Line[], x: Axis, y: Axis): object {
  return {
    animation: false,
    textStyle: TEXT,
    grid: GRID,
    xAxis: axisOf(x, false),
    yAxis: axisOf(y, true),
    series: lines.map((line) => ({
      type: "line",
      data: dataOf(line),
      showAllSymbol: true,
      // Of more points than pixels, those that keep the shape.
      sampling: "lttb",
      lineStyle: { color: line.style.color, width: 2, type: line.style.dash.length > 0 ? line.style.dash : "solid" },
      itemStyle: { color: line.style.color, borderWidth: 0 },
      silent: true,
    })),
  };
}

function dataOf({ points: given, style, mark, weights }: Line): object[] {
  const points = mark === undefined && !weights && style.symbol === "none" ? simplified(given) : given;
  const every = Math.max(1, Math.ceil(points.length / MARKS));
  return points.map((value, i) => {
    const size = i === mark ? 10 : weights ? 4 + 12 * Math.sqrt(weights[i] ?? 0) : 5;
    const isShown = i === mark || weights !== undefined || (points.length - 1 - i) % every === 0;
    return { value, symbol: isShown && style.symbol !== "none" ? style.symbol : "none", symbolSize: size };
  });
}
