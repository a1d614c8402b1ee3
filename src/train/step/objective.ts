import { ShapeError, shownMaker } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { Loss, type LossFunction, type Module } from "../../nn/index.ts";
import { withModesOf } from "../../nn/module/mode.ts";
import { requireNoOuterBroadcast } from "./outer-broadcast.ts";

/**
 * The loss that is given, or that a function describes.
 * @throws TypeError when it is neither, what makes a loss and was not called, or its reduction is "none"
 */
export function asLoss(where: string, given: unknown): Loss {
  if (isFunction(given) && !makesLoss(given)) return new Loss(given.name || "loss", given);
  if (!(given instanceof Loss)) {
    throw new TypeError(
      `${where}: loss must be one of nn, as nn.mseLoss(), or a function of prediction and target; got ${shownMaker(given)}`,
    );
  }
  if (given.traits.reduction !== "none") return given;
  throw new TypeError(
    `${where}: the loss must give one number, by reduction "mean" or "sum"; got ${given.describe()} with "none"`,
  );
}

/**
 * The loss of a prediction, one number.
 * @throws TypeError when it takes another number of targets, what it gives is no operand, or it does not use the weights
 * of samples
 * @throws ShapeError when it gives more than one number, or repeats a target [n] for a prediction [n, 1]
 */
export function lossOperand(
  model: Module,
  loss: Loss,
  prediction: Operand,
  targets: readonly Operand[],
  weights: Operand | undefined,
): Operand {
  const { targets: taken = targets.length } = loss.traits;
  if (targets.length !== taken) {
    throw new TypeError(
      `trainer: ${loss.describe()} must have as many targets as it takes, ${taken}; got ${targets.length}`,
    );
  }
  const given: readonly Operand[] = weights ? [...targets, weights] : targets;
  const modules = [...model.modules(), ...loss.modules()];
  const error = withModesOf(modules, () => loss.call(prediction, ...given));
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

/** Where the modules of a model and its loss are: those of the loss below `loss`. */
export function pathsOf(model: Module, loss: Loss): Map<Module, string> {
  const ofLoss = [...loss.paths()].map(([module, path]) => [module, path && `"loss.${path.slice(1)}`] as const);
  return new Map([...ofLoss, ...model.paths()]);
}

function isFunction(given: unknown): given is LossFunction {
  return typeof given === "function";
}

/** Whether a function without parameters gives a loss, as nn.mseLoss does: called like a loss it would not be one. */
function makesLoss(given: (...none: never[]) => unknown): boolean {
  if (given.prototype instanceof Loss || given.prototype === Loss.prototype) return true;
  if (given.length > 0) return false;
  try {
    return given() instanceof Loss;
  } catch {
    return false;
  }
}
