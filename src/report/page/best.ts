import type { EpochRecord, RunRecord } from "../run/record.ts";

/** The epoch with the best number, and the number. */
export interface Best {
  readonly epoch: number;
  readonly value: number;
}

/** The scores that tell how good a model is: on the validation set if there is one. */
function scoresOf(epoch: EpochRecord): Pick<EpochRecord, "loss" | "accuracy" | "metrics"> {
  return epoch.validation ?? epoch;
}

export function hasValidation({ epochs }: RunRecord): boolean {
  return epochs.some(({ validation }) => validation !== null);
}

/** The first epoch of the lowest loss. */
export function lowestLoss(run: RunRecord): Best | undefined {
  return best(run, (epoch) => scoresOf(epoch).loss, -1);
}

/** The first epoch of the highest accuracy. */
export function highestAccuracy(run: RunRecord): Best | undefined {
  return best(run, (epoch) => scoresOf(epoch).accuracy, 1);
}

function best({ epochs }: RunRecord, select: (epoch: EpochRecord) => number | null, sign: 1 | -1): Best | undefined {
  let found: Best | undefined;
  for (const epoch of epochs) {
    const value = select(epoch);
    if (value !== null && (!found || sign * value > sign * found.value)) found = { epoch: epoch.epoch, value };
  }
  return found;
}

/** Names of metrics that epochs have, in the order in which they first appear. */
export function metricNames(epochs: readonly EpochRecord[]): readonly string[] {
  return [
    ...new Set(
      epochs.flatMap((epoch) => [epoch, epoch.validation].flatMap((each) => Object.keys(each?.metrics ?? {}))),
    ),
  ];
}
