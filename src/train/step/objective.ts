import { ShapeError, requireWithin, shownMaker } from "../../base/errors.ts";
import { requireKnown } from "../../base/options.ts";
import { Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { Loss, type LossFunction, type Module } from "../../nn/index.ts";
import { withModesOf } from "../../nn/module/mode.ts";
import type { Outputs } from "../../nn/module/outputs.ts";
import { affine, add } from "../../ops/elementwise/arithmetic.ts";
import { reshape } from "../../ops/shape/view.ts";
import type { Program } from "../../runtime/program.ts";
import { Losses, type Objective, predictionsIn } from "./losses.ts";
import { requireNoOuterBroadcast } from "./outer-broadcast.ts";

/** Factors of losses in their sum, by name. */
export type LossWeights = Readonly<Record<string, number>>;

/**
 * A loss, or losses by name, with functions of operands wrapped as losses.
 * @param weights of losses by name. Default: 1 each.
 * @throws TypeError when it is none, a factory like nn.mseLoss that was not called, or its reduction is "none"; or weights
 * have names of no losses
 * @throws RangeError when a weight is not finite or below 0
 */
export function asObjective(where: string, loss: unknown, weights?: LossWeights): Objective {
  if (!isByName(loss)) {
    if (weights === undefined) return asLoss(where, "loss", loss);
    throw new TypeError(`${where}: lossWeights must be for an object of losses by name; got one loss`);
  }
  const names = Object.keys(loss);
  if (weights !== undefined) requireKnown(`${where}: lossWeights`, weights, names);
  const terms = names.map((name) => {
    const term = asLoss(where, `loss.${name}`, loss[name]);
    if ((term.traits.targets ?? 1) !== 1) {
      throw new TypeError(
        `${where}: loss.${name} must have one target; got ${term.describe()} of ${term.traits.targets}`,
      );
    }
    const weight = weights && Object.hasOwn(weights, name) ? (weights[name] ?? 1) : 1;
    requireWithin(where, `lossWeights.${name}`, weight, 0, Infinity);
    return { name, loss: term, weight };
  });
  return new Losses(terms);
}

function asLoss(where: string, what: string, loss: unknown): Loss {
  if (isFunction(loss) && !makesLoss(loss)) return new Loss(loss.name || "loss", loss);
  if (!(loss instanceof Loss)) {
    throw new TypeError(
      `${where}: ${what} must be one of nn, as nn.mseLoss(), or a function of prediction and target; got ${shownMaker(loss)}`,
    );
  }
  if (loss.traits.reduction !== "none") return loss;
  throw new TypeError(
    `${where}: the loss must give one number, by reduction "mean" or "sum"; got ${loss.describe()} with "none"`,
  );
}

/** Whether a value is a plain object that is not empty. */
function isByName(loss: unknown): loss is Readonly<Record<string, unknown>> {
  if (typeof loss !== "object" || loss === null || loss instanceof Loss) return false;
  const prototype: unknown = Object.getPrototypeOf(loss);
  return (prototype === Object.prototype || prototype === null) && Object.keys(loss).length > 0;
}

/** A loss in a trace. */
interface DescribedLoss {
  /** What is minimized, a scalar. */
  readonly total: Operand;
  /** Predictions in the order of the losses; then, for losses by name, each of them. */
  readonly results: readonly Operand[];
}

/**
 * The loss of the outputs of a model, or the weighted sum of their losses.
 * @throws TypeError when losses have not the names of the outputs, a loss takes another number of targets, returns no
 * operand, or ignores the weights of samples
 * @throws ShapeError when a loss has more than one element, or broadcasts a target [n] against a prediction [n, 1]
 */
export function describeLoss(
  model: Module,
  objective: Objective,
  outputs: Outputs,
  targets: readonly Operand[],
  weights: Operand | undefined,
): DescribedLoss {
  const modules = [...model.modules(), ...objective.modules()];
  const others: readonly Operand[] = weights ? [...targets, weights] : targets;
  if (!(objective instanceof Losses)) {
    if (!(outputs instanceof Operand)) {
      throw new TypeError(
        `trainer: loss must be an object of losses by the names of the outputs, ${Object.keys(outputs).join(", ")}; got ${objective.describe()}`,
      );
    }
    requireTargets(objective, targets);
    const total = withModesOf(modules, () => objective.call(outputs, ...others));
    requireError(objective, outputs, targets, weights, total);
    return { total, results: [outputs] };
  }
  const predictions = inOrderOfLosses(objective, outputs);
  const byName = withModesOf(modules, () => objective.call(...predictions, ...others));
  const errors = Object.values(byName);
  objective.terms.forEach(({ name, loss }, i) => {
    const [prediction, target, error] = [predictions[i], targets[i], byName[name]];
    if (prediction && target && error) requireError(loss, prediction, [target], weights, error);
  });
  const scaled = objective.terms.map(({ name, weight }) => {
    const error = reshape(byName[name] as Operand, []);
    return weight === 1 ? error : affine(error, weight, 0);
  });
  return { total: scaled.reduce(add), results: [...predictions, ...errors] };
}

function inOrderOfLosses({ terms, inputNames }: Losses, outputs: Outputs): readonly Operand[] {
  const found = outputs instanceof Operand ? undefined : Object.keys(outputs);
  if (!found || found.length !== terms.length || !found.every((name) => inputNames.includes(name))) {
    throw new TypeError(
      `trainer: the model must return operands by the names of the losses, ${inputNames.join(", ")}; got ${found ? found.join(", ") : "one without a name"}`,
    );
  }
  return terms.map(({ name }) => (outputs as Readonly<Record<string, Operand>>)[name] as Operand);
}

function requireTargets(loss: Loss, targets: readonly Operand[]): void {
  const { targets: expected = targets.length } = loss.traits;
  if (targets.length === expected) return;
  throw new TypeError(
    `trainer: ${loss.describe()} must have as many targets as it takes, ${expected}; got ${targets.length}`,
  );
}

function requireError(
  loss: Loss,
  prediction: Operand,
  targets: readonly Operand[],
  weights: Operand | undefined,
  error: Operand,
): void {
  if (error.size !== 1 || error.dtype !== "float32") {
    throw new ShapeError(`trainer: the loss must give one number; got ${error}`);
  }
  requireNoOuterBroadcast(prediction, targets, error);
  if (weights && !executionOrder([error]).includes(weights)) {
    throw new TypeError(
      `trainer: the loss must use the weights of samples, its operand after the targets; got ${loss.describe()} that does not`,
    );
  }
}

/**
 * The loss of the last run of `program`: its first output.
 * @throws RangeError when it is NaN and a prediction is outside its loss's domain
 */
export function lossOf(program: Program, objective: Objective): number {
  const value = uncheckedLossOf(program);
  if (Number.isNaN(value)) requirePredictions(program, objective);
  return value;
}

/** The loss of the last run of `program`, whatever the prediction is. */
export function uncheckedLossOf(program: Program): number {
  const error = program.outputs[0];
  return (error && program.read(error)[0]) ?? NaN;
}

/** @throws RangeError when a prediction of the last run of `program` is outside its loss's domain */
export function requirePredictions(program: Program, objective: Objective): void {
  const losses = objective instanceof Losses ? objective.terms.map(({ loss }) => loss) : [objective];
  predictionsIn(program, objective).forEach((prediction, i) => losses[i]?.checkPredictions(program.read(prediction)));
}

/** The paths of all modules of a model and its loss; those of the loss begin with `loss`. */
export function pathsOf(model: Module, loss: Objective): Map<Module, string> {
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
