import type { Tensor } from "lanegrad";
import { mean } from "../study/runs.ts";

/** The mean of -logp[row, label] over the rows. */
export function meanLoss(logp: Tensor, labels: Tensor): number {
  const [, classes = 0] = logp.shape;
  return mean(Array.from(labels.data, (label, row) => -(logp.data[row * classes + label] ?? NaN)));
}
