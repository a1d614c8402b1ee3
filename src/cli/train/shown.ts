import type { Trained, Prepared } from "../recipe/train-recipe.ts";
import type { Result } from "./results.ts";
import { printCount, printCounted, printNumber, printPercent } from "../terminal/numbers.ts";
import { plain } from "../terminal/plain.ts";
import type { Style } from "../terminal/terminal.ts";

/** The target and its classes with their shares among the training rows. */
export function targetText({ target, sets }: Prepared): string {
  const name = JSON.stringify(target.name);
  if (target.kind === "number") return `${name}: a number`;
  const { y, length } = sets.training;
  const labels = "data" in y && ArrayBuffer.isView(y.data) ? Array.from(y.data) : [];
  const shares = target.classes.map(
    (each, i) => `${plain(each)} ${printPercent(labels.filter((label) => label === i).length / length)}`,
  );
  const shown = shares.length > 12 ? [...shares.slice(0, 12), `and ${shares.length - 12} more`] : shares;
  return `${name}, ${target.classes.length} classes: ${shown.join(", ")}`;
}

/** The rows of each part. */
export function partsText({ sets }: Prepared): string {
  const { training, validation, test } = sets;
  const parts = [
    `${printCounted(training.length, "row")} to learn from`,
    validation ? `${printCount(validation.length)} for validation, which choose the best epoch` : "none for validation",
    ...(test ? [`${printCount(test.length)} for the test at the end`] : []),
  ];
  return parts.join(", ");
}

/** The table of the layers and their parameters. */
export function modelText({ model, fitted }: Prepared): string {
  const inputs = Object.entries(fitted.inputs).map(
    ([name, { shape, dtype }]) => [name, { shape: [1, ...shape], dtype }] as const,
  );
  const [only] = inputs;
  const specs = only && inputs.length === 1 ? only[1] : Object.fromEntries(inputs);
  const [table = ""] = model.summary(specs).split("\n\n");
  return `${table}\n${printCount(parametersOf(model))} parameters`;
}

export function parametersOf(model: Prepared["model"]): number {
  return model.parameters().reduce((sum, { size }) => sum + size, 0);
}

/** How a model is trained, in a line. */
export function learningText({ recipe }: Prepared): string {
  const { optimizer, schedule, batchSize, epochs, patience, balance, seed, kernels } = recipe;
  return [
    `${optimizer.name} with learning rate ${optimizer.lr}`,
    ...(optimizer.weightDecay > 0 ? [`weight decay ${optimizer.weightDecay}`] : []),
    ...(schedule === "none" ? [] : [`schedule ${schedule}`]),
    `${batchSize} rows a step`,
    patience > 0
      ? `at most ${printCounted(epochs, "epoch")}, ending after ${patience} without a better validation loss`
      : printCounted(epochs, "epoch"),
    ...(balance ? ["balanced classes"] : []),
    `seed ${seed}`,
    `${kernels} kernels`,
  ].join(", ");
}

/** How good a model is on a set, in a sentence. */
export function resultText(name: string, result: Result, target: string, { bold, dim }: Style): string {
  const [low, high] = result.interval;
  const rows = printCounted(result.rows, `${name} row`);
  if ("accuracy" in result) {
    const baseline = `always ${JSON.stringify(result.baseline.class)}: ${printPercent(result.baseline.accuracy)}`;
    return `${bold(printPercent(result.accuracy))} of ${rows} are right (95 % interval ${printPercent(low)} to ${printPercent(high)}); ${dim(baseline)}`;
  }
  const baseline = `always the mean, ${printNumber(result.baseline.value)}: ${printNumber(result.baseline.meanAbsoluteError)}`;
  return `mean absolute error of ${JSON.stringify(target)} ${bold(printNumber(result.meanAbsoluteError))} on ${rows} (95 % interval ${printNumber(low)} to ${printNumber(high)}); ${dim(baseline)}`;
}

/** The epochs of a training, and which one the model has. */
export function epochsText({ history, recipe, sets }: Trained): string {
  const { epochs, stopped } = history;
  const best = bestEpochOf({ history, recipe, sets });
  const which = best === undefined || best === epochs.length ? "" : `, weights of epoch ${best}`;
  return `${printCounted(epochs.length, "epoch")}${which}${stopped === undefined ? "" : `, ended early: ${stopped}`}`;
}

/** The epoch of the lowest validation loss, whose weights early stopping restores; undefined without it. */
export function bestEpochOf({
  history,
  recipe,
  sets,
}: Pick<Trained, "history" | "recipe" | "sets">): number | undefined {
  if (recipe.patience === 0 || !sets.validation) return undefined;
  const losses = history.epochs.map(({ validation }) => validation?.loss ?? Infinity);
  return losses.indexOf(Math.min(...losses)) + 1;
}
