import { type Axis, GRID, TEXT, axisOf } from "./axes.ts";
import { ACCENT, MUTED } from "./palette.ts";

/** Points as one path, and the diagonal on which x and y are equal. */
export function scatterChart(points: readonly (readonly [number, number])[], x: Axis, y: Axis): object {
  const all = points.flat();
  const ends = [Math.min(...all), Math.max(...all)].map((end) => [end, end]);
  return {
    animation: false,
    textStyle: TEXT,
    grid: GRID,
    xAxis: axisOf(x, false),
    yAxis: axisOf(y, true),
    series: [
      { type: "line", data: ends, symbol: "none", lineStyle: { color: MUTED, width: 1.5, type: [3, 3] }, silent: true },
      {
        type: "scatter",
        data: points,
        large: true,
        largeThreshold: 0,
        symbolSize: 5,
        itemStyle: { color: ACCENT, opacity: 0.5 },
        silent: true,
      },
    ],
  };
}
