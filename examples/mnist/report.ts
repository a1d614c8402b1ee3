import { cpus } from "node:os";
import { backend, type data, metrics } from "lanegrad";
import { confusionTable, scoreTable } from "./confusion.ts";
import { type Digits, CLASSES, PIXELS } from "./digits.ts";
import { count, median, percent, plural, sum } from "./figures.ts";
import type { Options } from "./options.ts";
import type { Training } from "./training.ts";

/** The network, the digits and the training. */
export function introduction(options: Options, { training, validation, test }: Digits): string {
  const { hidden, p, batch, epochs, compare } = options;
  const dropout = compare ? `without dropout, then with ${p}` : `dropout ${p}`;
  return lines({
    Network: [`${[PIXELS, ...hidden, CLASSES].join("-")}, ReLU after every hidden layer, ${dropout}`],
    Digits: [
      `${count(training.length)} to learn from, ${count(validation.length)} for validation, ${count(test.length)} for the test`,
    ],
    Training: [
      `${plural(epochs, "epoch")} in batches of ${count(batch)}, cross-entropy, Adam with learning rate 0.001`,
    ],
  });
}

/** The confusion matrix and the scores on the test set. */
export function testReport({ trainer }: Training, test: data.Dataset, colours: boolean): string {
  const { loss } = trainer.evaluate(test);
  const confusion = metrics.confusionMatrix(trainer.model.predict(test.x), test.y, { classes: CLASSES });
  return [
    "Confusion matrix: rows are true digits, columns predictions",
    confusionTable(confusion, colours),
    scoreTable(confusion),
    lines({ Test: [`${percent(confusion.accuracy)} of ${count(test.length)} digits right, loss ${loss.toFixed(4)}`] }),
  ].join("\n\n");
}

/** Epochs and steps, speed, and the machine. */
export function runReport(trainings: readonly Training[]): string {
  const steps = trainings.flatMap((training) => training.steps);
  const times = steps.map((step) => step.milliseconds);
  const rate = (sum(steps.map((step) => step.samples)) / sum(times)) * 1000;
  return lines({
    Reached: trainings.map(reached),
    Speed: [`${median(times).toFixed(2)} ms a step (median), ${count(rate)} digits a second`],
    Machine: [`${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`, ...backend().why],
  });
}

/** `5 epochs, 2,150 steps in 21.3 s`, `2 epochs and 31 steps in 9.0 s, then interrupted` */
function reached({ epochs, steps, aborted }: Training): string {
  const begun = steps.length - sum(epochs.map((epoch) => epoch.steps));
  const seconds = `${(sum(steps.map((step) => step.milliseconds)) / 1000).toFixed(1)} s`;
  const whole = plural(epochs.length, "epoch");
  if (!aborted) return `${whole}, ${plural(steps.length, "step")} in ${seconds}`;
  return `${epochs.length > 0 ? `${whole} and ` : ""}${plural(begun, "step")} in ${seconds}, then interrupted`;
}

/** Lines of text after a column of titles. */
function lines(texts: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(texts)
    .flatMap(([title, each]) => each.map((text, i) => `${(i === 0 ? title : "").padEnd(10)}${text}`))
    .join("\n");
}
