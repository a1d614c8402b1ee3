import type { Digits } from "./digits.ts";
import { table } from "../support/table.ts";
import { percent } from "./figures.ts";
import type { Training } from "./training.ts";

/** Accuracy and loss on training digits and on test digits; the gap is overfitting. */
export function printComparison(trainings: readonly Training[], { training, test }: Digits): void {
  const rows = trainings.map(({ p, trainer }) => {
    const [learned, unseen] = [trainer.evaluate(training), trainer.evaluate(test)];
    const gap = ((learned.accuracy ?? NaN) - (unseen.accuracy ?? NaN)) * 100;
    return [
      p === 0 ? "without dropout" : `dropout ${p}`,
      percent(learned.accuracy),
      percent(unseen.accuracy),
      `${gap.toFixed(2)} points`,
      learned.loss,
      unseen.loss,
    ];
  });
  table(["", "training", "test", "gap", "training loss", "test loss"], rows);
}
