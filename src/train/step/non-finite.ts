/** Errors about losses that are NaN or infinite. */
import { NonFiniteError } from "../../base/errors.ts";
import { nonFiniteIn, placeInSample } from "../../data/non-finite.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { Variable } from "../../memory/variable.ts";
import type { Module } from "../../nn/index.ts";
import { stateOf } from "../../nn/module/state.ts";
import type { NonFinite } from "../../runtime/find-non-finite.ts";
import type { Program } from "../../runtime/program.ts";
import { type BatchTensors, batchOperands } from "./batch.ts";
import { type Objective, predictionsIn } from "./losses.ts";
import type { TrainingStep, Write } from "./training-step.ts";

/** A step of `fit` whose loss is not finite. */
interface FailedStep {
  readonly loss: number;
  /** Counted from 1. */
  readonly epoch: number;
  /** Counted from 1 in each epoch. */
  readonly step: number;
  /** Where numbers that are not finite first appeared; undefined if a second run of the step did not show it. */
  readonly origin: NonFinite | undefined;
  readonly model: Module;
  /** Of several the one that was made last. */
  readonly prediction: Operand | undefined;
  readonly lossModule: Objective;
  /** Count of updates before the step. */
  readonly updates: number;
  /** The index in the data set of each row of the batch; undefined for a stream. */
  readonly samples: ArrayLike<number> | undefined;
  /** The whole data set, in which the cause of weights that are not finite may be found. Default: unknown. */
  readonly dataset?: BatchTensors;
}

/** The error for a step whose loss is not finite and that changed nothing: it is run again. @param write of that step */
export function nonFiniteStep(
  trained: TrainingStep,
  program: Program,
  write: Write,
  loss: number,
  at: Pick<FailedStep, "epoch" | "step" | "samples" | "dataset">,
): NonFiniteError {
  const { model, loss: lossModule, optimizer } = trained;
  return nonFiniteLoss({
    ...at,
    loss,
    origin: trained.findNonFinite(program, write),
    model,
    prediction: predictionsIn(program, lossModule).toSorted((a, b) => b.id - a.id)[0],
    lossModule,
    updates: optimizer.steps,
  });
}

/** The error for a step, which names the layer and operation, parameter or sample that is the cause. */
function nonFiniteLoss(failed: FailedStep): NonFiniteError {
  const { loss, epoch, step, origin } = failed;
  const cause = origin ? `: ${causeOf(origin, failed)}` : "";
  return new NonFiniteError(
    `fit: the loss must be finite; got ${loss} in epoch ${epoch}, step ${step}${cause} (the step changed nothing; nonFinite: "continue" goes on)`,
  );
}

function causeOf({ operand, index, value }: NonFinite, failed: FailedStep): string {
  if (operand instanceof Input) {
    const width = operand.size / (operand.shape[0] ?? 1);
    const row = Math.floor(index / width);
    const where = failed.samples ? `sample ${failed.samples[row]}` : `row ${row} of the batch`;
    return `${operand.operation} has ${value} in ${where}, at ${placeInSample(index % width, operand.shape.slice(1))}`;
  }
  const { updates, prediction } = failed;
  if (!(operand instanceof Variable)) {
    // The loss is made after the prediction; its operations have a layer only if they are in a module below it.
    const isOfLoss = operand.layer === "" && prediction !== undefined && operand.id > prediction.id;
    return `${operand}${isOfLoss ? " from the loss" : ""} gave ${value} at index ${index} for finite numbers`;
  }
  const since = updates === 0 ? "before the first update" : `after update ${updates}, ${whyOf(failed)}`;
  return `${nameOf(operand, failed)} had ${value} at index ${index} ${since}`;
}

/** Why an update made weights that are not finite. */
function whyOf({ dataset, model, lossModule }: FailedStep): string {
  const inputs = dataset ? batchOperands(model, lossModule, dataset).all : [];
  const found = nonFiniteIn(
    inputs.flatMap(
      ({ operation }, i) => dataset?.tensors.slice(i, i + 1).map((each) => [operation, each] as const) ?? [],
    ),
  );
  return found ? `since ${found}` : "whose gradients may have overflowed, or the learning rate is too high";
}

/** `"0.weight"`, as in the state dict; `"loss.center"` for a variable of the loss. */
function nameOf(variable: Operand, { model, lossModule }: FailedStep): string {
  const [name] = stateOf(model).find(([, each]) => each === variable) ?? [];
  if (name !== undefined) return `"${name}"`;
  const [ofLoss] = stateOf(lossModule).find(([, each]) => each === variable) ?? [];
  return ofLoss === undefined ? String(variable) : `"loss.${ofLoss}"`;
}
