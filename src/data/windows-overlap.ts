import type { AnyDataset } from "./dataset.ts";
import type { Windows } from "./windows.ts";

/**
 * Count of windows that share steps with a window in another part; 0 for a data set that is not of windows.
 * @param partOf the part of each window, -1 for none
 */
export function sharingSteps(dataset: AnyDataset, partOf: Int32Array): number {
  if (!isWindows(dataset)) return 0;
  const { series, times } = dataset;
  const order = Int32Array.from(series.keys())
    .filter((i) => (partOf[i] ?? -1) >= 0)
    .toSorted((a, b) => (series[a] ?? 0) - (series[b] ?? 0) || (times.from[a] ?? 0) - (times.from[b] ?? 0));
  const sharing = new Uint8Array(series.length);
  // All windows have one length, so of the windows of other parts the next before and the next after a window are nearest.
  let before = -1; // the last window of a part other than that of `last`
  let last = -1;
  const mark = (a: number, b: number): void => {
    if (a < 0 || series[a] !== series[b] || (times.to[a] ?? NaN) < (times.from[b] ?? NaN)) return;
    sharing[a] = 1;
    sharing[b] = 1;
  };
  for (const window of order) {
    if (last >= 0 && partOf[last] !== partOf[window]) before = last;
    mark(before, window);
    last = window;
  }
  last = -1;
  before = -1;
  for (const window of order.toReversed()) {
    if (last >= 0 && partOf[last] !== partOf[window]) before = last;
    if (before >= 0) mark(window, before);
    last = window;
  }
  return sharing.reduce((sum, one) => sum + one, 0);
}

/** Whether a data set is of windows, as `windows` makes it. */
export function isWindows(dataset: AnyDataset): dataset is Windows {
  return "series" in dataset && dataset.series instanceof Int32Array && "times" in dataset;
}
