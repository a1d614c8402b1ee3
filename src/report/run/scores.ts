import type { Evaluation } from "../../train/evaluation/evaluation.ts";
import { finiteOrNull } from "./json.ts";
import type { EpochRecord, ScoresRecord } from "./record.ts";
import type { Epoch } from "../../train/fit/history.ts";

/** An evaluation as JSON; losses and accuracies by name are among its metrics: "price loss". */
export function scoresRecord({ loss, accuracy, losses, accuracies, metrics }: Evaluation): ScoresRecord {
  const named = [
    ...Object.entries(losses ?? {}).map(([name, value]) => [`${name} loss`, value] as const),
    ...Object.entries(accuracies ?? {}).map(([name, value]) => [`${name} accuracy`, value] as const),
    ...Object.entries(metrics ?? {}),
  ];
  return {
    loss: finiteOrNull(loss),
    accuracy: finiteOrNull(accuracy),
    metrics: Object.fromEntries(named.map(([name, value]) => [name, finiteOrNull(value)])),
  };
}

/** What changes besides the weights from epoch to epoch. */
export type Rates = Pick<EpochRecord, "rates" | "dropout">;

export function epochRecord(epoch: Epoch, { rates, dropout }: Rates): EpochRecord {
  return {
    epoch: epoch.epoch,
    seconds: epoch.seconds,
    ...scoresRecord(epoch),
    validation: epoch.validation ? scoresRecord(epoch.validation) : null,
    rates,
    dropout,
  };
}
