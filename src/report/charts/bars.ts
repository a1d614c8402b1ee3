import { type Axis, GRID, TEXT, axisOf, namesOf, shortName } from "./axes.ts";
import { ACCENT, LINE } from "./palette.ts";

/** Bars to the right, one for each name; none where the value is null. */
export function barsChart(names: readonly string[], values: readonly (number | null)[], axis: Axis): object {
  return {
    animation: false,
    textStyle: TEXT,
    grid: GRID,
    xAxis: { ...axisOf(axis, false), splitLine: { show: true, lineStyle: { color: LINE } } },
    yAxis: namesOf(
      names.map((name) => shortName(name)),
      undefined,
      true,
    ),
    series: [{ type: "bar", data: values, barMaxWidth: 14, itemStyle: { color: ACCENT }, silent: true }],
  };
}
