import { requireWhole } from "../base/errors.ts";
import { withDefaults } from "../base/options.ts";
import { rowSize } from "../base/rows.ts";
import { Tensor, type TensorLike } from "../base/tensor.ts";
import type { Values } from "./from-arrays.ts";
import {
  WINDOW_DEFAULTS,
  type WindowCuts,
  type WindowOptions,
  type Windows,
  selectColumns,
  windowCuts,
  windowsOf,
} from "./windows.ts";

export interface SeasonalNaiveOptions extends WindowOptions {
  /** Steps of a season, at least 1: 7 for days with weeks, 1 for the last step before the targets. */
  readonly season: number;
}

/**
 * The seasonal naive forecast, a baseline for models of time series: each target is forecast as the step one season before, or as
 * many whole seasons before as it takes to be among the inputs of the window or earlier.
 *
 * `const { x, y } = data.subset(data.seasonalNaive(series, { length: 30, horizon: 7, season: 365 }), indices.test)`
 * `const error = metrics.meanAbsoluteError(x, y)`
 *
 * The windows are those of `data.windows` with the same options, in the same order. A season may be longer than a window; a
 * forecast is NaN if the series begins later, so that metrics refuse it.
 *
 * Shape: x, the forecasts, float32, has the shape of y, the targets of `data.windows`.
 * Source: Hyndman and Athanasopoulos 2021, https://otexts.com/fpp3/simple-methods.html
 *
 * @throws RangeError, ShapeError or TypeError as `windows` does
 * @throws RangeError when season is not a whole number of at least 1
 */
export function seasonalNaive(
  series: TensorLike | Values | readonly TensorLike[],
  options: SeasonalNaiveOptions,
): Windows {
  const where = "seasonalNaive";
  const { season, ...filled } = withDefaults(where, options, { ...WINDOW_DEFAULTS, season: undefined });
  requireWhole(where, "season", season, 1);
  const cuts = windowCuts(where, series, filled);
  const { y, ...windows } = windowsOf(cuts);
  return { ...windows, x: selectColumns(forecastsOf(cuts, season, windows.length), cuts.targets), y };
}

/** Forecasts of all columns, [windows, horizon, ...]. */
function forecastsOf({ all, starts, length, horizon }: WindowCuts, season: number, count: number): Tensor<"float32"> {
  const [first] = all;
  const width = first ? rowSize(first) : 0;
  const forecasts = new Float32Array(count * horizon * width).fill(NaN);
  let out = 0;
  for (const [i, { data }] of all.entries()) {
    for (const start of starts[i] ?? []) {
      for (let ahead = 1; ahead <= horizon; ahead++) {
        const step = start + length - 1 + ahead - season * Math.ceil(ahead / season);
        if (step >= 0) forecasts.set(data.subarray(step * width, (step + 1) * width), out);
        out += width;
      }
    }
  }
  return new Tensor([count, horizon, ...(first?.shape.slice(1) ?? [])], "float32", forecasts);
}
