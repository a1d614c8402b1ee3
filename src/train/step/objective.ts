import { ShapeError, shownMaker } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { Loss, type LossFunction, type Module } from "../../nn/index.ts";
import { withModesOf } from "../../nn/module/mode.ts";
import type { Program } from "../../runtime/program.ts";
import { requireNoOuterBroadcast } from "./outer-broadcast.ts";

/**
 * A loss as it is, a function of operands wrapped as a loss.
 * @throws TypeError when it is neither a loss nor a function, is a factory like nn.mseLoss that was not called, or its reduction is "none"
 */
export function asLoss(where: string, loss: unknown): Loss {
  if (isFunction(loss) && !makesLoss(loss)) return new Loss(loss.name || "loss", loss);
  if (!(loss instanceof Loss)) {
    throw new TypeError(
      `${where}: loss must be one of nn, as nn.mseLoss(), or a function of prediction and target; got ${shownMaker(loss)}`,
    );
  }
  if (loss.traits.reduction !== "none") return loss;
  throw new TypeError(
    `${where}: the loss must give one number, by reduction "mean" or "sum"; got ${loss.describe()} with "none"`,
  );
}

/**
 * The loss of a prediction, a scalar.
 * @throws TypeError when the loss takes another number of targets, returns no operand, or ignores the weights of samples
 * @throws ShapeError when the loss has more than one element, or broadcasts a target [n] against a prediction [n, 1]
 */
export function lossOperand(
  model: Module,
  loss: Loss,
  prediction: Operand,
  targets: readonly Operand[],
  weights: Operand | undefined,
): Operand {
  const { targets: expected = targets.length } = loss.traits;
  if (targets.length !== expected) {
    throw new TypeError(
      `trainer: ${loss.describe()} must have as many targets as it takes, ${expected}; got ${targets.length}`,
    );
  }
  const lossInputs: readonly Operand[] = weights ? [...targets, weights] : targets;
  const modules = [...model.modules(), ...loss.modules()];
  const error = withModesOf(modules, () => loss.call(prediction, ...lossInputs));
  if (error.size !== 1 || error.dtype !== "float32") {
    throw new ShapeError(`trainer: the loss must give one number; got ${error}`);
  }
  requireNoOuterBroadcast(prediction, targets, error);
  if (weights && !executionOrder([error]).includes(weights)) {
    throw new TypeError(
      `trainer: the loss must use the weights of samples, its operand after the targets; got ${loss.describe()} that does not`,
    );
  }
  return error;
}

/**
 * The loss of the last run of `program`: its first output.
 * @throws RangeError when it is NaN and the prediction, the second output, is outside the loss's domain
 */
export function lossOf(program: Program, loss: Loss): number {
  const value = uncheckedLossOf(program);
  if (Number.isNaN(value)) requirePredictions(program, loss);
  return value;
}

/** The loss of the last run of `program`, whatever the prediction is. */
export function uncheckedLossOf(program: Program): number {
  const error = program.outputs[0];
  return (error && program.read(error)[0]) ?? NaN;
}

/** @throws RangeError when the prediction of the last run of `program`, its second output, is outside the loss's domain */
export function requirePredictions(program: Program, loss: Loss): void {
  const prediction = program.outputs[1];
  if (prediction) loss.checkPredictions(program.read(prediction));
}

/** The paths of all modules of a model and its loss; those of the loss begin with `loss`. */
export function pathsOf(model: Module, loss: Loss): Map<Module, string> {
  const ofLoss = [...loss.paths()].map(([module, path]) => [module, path && `"loss.${path.slice(1)}`] as const);
  return new Map([...ofLoss, ...model.paths()]);
}

function isFunction(value: unknown): value is LossFunction {
  return typeof value === "function";
}

/** Whether a function is a class of losses, or a factory of losses without required parameters, as nn.mseLoss. */
function makesLoss(value: (...none: never[]) => unknown): boolean {
  if (value.prototype instanceof Loss || value.prototype === Loss.prototype) return true;
  if (value.length > 0) return false;
  try {
    return value() instanceof Loss;
  } catch {
    return false;
  }
}
