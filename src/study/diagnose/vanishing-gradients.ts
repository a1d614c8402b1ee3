import { square } from "../../base/power.ts";
import { gradients } from "../../autodiff/gradients.ts";
import type { AnyDataset } from "../../data/dataset.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { Tensor } from "../../base/tensor.ts";
import { executionOrder } from "../../graph/order.ts";
import { traced } from "../../graph/scope.ts";
import type { Module, Parameter } from "../../nn/index.ts";
import { operandsOf } from "../../nn/module/outputs.ts";
import { outputsOf } from "../../nn/module/run.ts";
import type { Optimizer } from "../../optim/index.ts";
import { Program } from "../../runtime/program.ts";
import { batchOperands, batchTensors } from "../../train/step/batch.ts";
import type { Objective } from "../../train/step/losses.ts";
import { describeLoss, pathsOf } from "../../train/step/objective.ts";
import { type VanishingGradients, digits } from "./finding.ts";

/** The highest ratio of the relative gradients of the first and the last layer. */
const MOST_RATIO = 1e-3;

/** The gradient of the loss by itself: the last input of the program of gradients. */
export const ONE = new Tensor([], "float32", Float32Array.of(1));

/** A weight and its gradient. */
interface Weight {
  readonly name: string;
  readonly parameter: Parameter;
  readonly gradient: Operand;
}

/**
 * Vanishing gradients: in every batch, the norm of the gradient over that of the weight is less for the first layer than for
 * the last one by a factor of 1000. A usual step changes a weight by a thousandth of its norm, so the first layer needs a
 * million steps to change by as much as its norm. Gradients are those in training mode. Biases, embeddings and frozen weights
 * do not count.
 *
 * An optimizer that divides by the size of the gradient makes up for a small one, unless it is below its eps: for these, the
 * root mean square of the first layer's gradient must be below eps too. Lion uses signs only and has no such finding.
 *
 * Source: Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html; of a thousandth, Karpathy, CS231n,
 * https://cs231n.github.io/neural-networks-3/#ratio
 *
 * @param batches of equal size, at least 1
 */
export function vanishingGradients(
  model: Module,
  loss: Objective,
  optimizer: Optimizer,
  batches: readonly AnyDataset[],
): VanishingGradients | undefined {
  const [first] = batches;
  if (!first || optimizer.name === "lion") return undefined;
  const random = [model.randomState(), loss.randomState()] as const;
  const { program, weights } = inTraining([model, loss], () => traceGradients(model, loss, first));
  if (weights.length < 3) return undefined;
  const bound = epsOf(optimizer);
  const relative = weights.map((): number[] => []);
  for (const batch of batches) {
    program.execute([...batchTensors("diagnose", model, loss, batch).tensors, ONE], "diagnose");
    const found = weights.map(({ parameter, gradient }) => norm(program.read(gradient)) / norm(parameter.read()));
    const [own = NaN] = found;
    const rms = weights[0] ? norm(program.read(weights[0].gradient)) / Math.sqrt(weights[0].gradient.size) : NaN;
    const isVanishing = own > 0 && own < MOST_RATIO * (found.at(-1) ?? NaN) && rms <= bound;
    if (!isVanishing) {
      restore(model, loss, random);
      return undefined;
    }
    found.forEach((each, i) => relative[i]?.push(each));
  }
  restore(model, loss, random);
  const layers = weights.map(({ name }, i) => ({ name, relative: medianOf(relative[i] ?? []) }));
  const ratio = Math.max(...(relative[0] ?? []).map((each, i) => each / (relative.at(-1)?.[i] ?? NaN)));
  const [input, output] = [layers[0], layers.at(-1)];
  return {
    kind: "vanishing gradients",
    confidence: "high",
    where: input?.name,
    evidence: { layers, ratio },
    sentence: `Relative to the weight, the gradient of "${input?.name}" is ${digits(input?.relative ?? NaN)} and that of "${output?.name}" ${digits(output?.relative ?? NaN)}, in each of ${batches.length} batches less by a factor of ${digits(1 / ratio)} or more.`,
    suggestion: "Use relu or gelu instead of sigmoid or tanh, normalization or residual connections, or fewer layers.",
  };
}

function restore(
  model: Module,
  loss: Objective,
  [ofModel, ofLoss]: readonly [ReturnType<Module["randomState"]>, ReturnType<Module["randomState"]>],
): void {
  model.loadRandomState(ofModel);
  loss.loadRandomState(ofLoss);
}

export function inTraining<T>([first, ...others]: readonly Module[], work: () => T): T {
  return first ? first.inMode(true, () => inTraining(others, work)) : work();
}

/** A program of the gradients by all weights, in the order in which the model uses these. It has no effects. */
export function traceGradients(
  model: Module,
  loss: Objective,
  batch: AnyDataset,
): { readonly program: Program; readonly weights: readonly Weight[] } {
  const {
    all,
    inputs,
    targets,
    weights: ofSamples,
  } = batchOperands(model, loss, batchTensors("diagnose", model, loss, batch));
  return traced(pathsOf(model, loss), () => {
    const prediction = outputsOf(model, inputs);
    const { total: error } = describeLoss(model, loss, prediction, targets, ofSamples);
    const named = namedWeights(model, operandsOf(prediction));
    const one = new Input([], "float32", "one");
    const found = gradients(
      error,
      one,
      named.map(([, parameter]) => parameter),
    );
    const weights = named.flatMap(([name, parameter], i): Weight[] => {
      const gradient = found[i];
      return gradient ? [{ name, parameter, gradient }] : [];
    });
    return { program: new Program([...all, one], [error, ...weights.map(({ gradient }) => gradient)]), weights };
  });
}

/** Weights of layers in the order of their first use. */
function namedWeights(model: Module, prediction: readonly Operand[]): [string, Parameter][] {
  const firstUse = new Map<Operand, Operand>();
  for (const operand of executionOrder(prediction))
    for (const input of operand.inputs) if (!firstUse.has(input)) firstUse.set(input, operand);
  const isWeight = (parameter: Parameter): boolean =>
    parameter.requiresGrad && parameter.shape.length > 1 && firstUse.get(parameter)?.operation !== "embedding";
  return model
    .namedParameters()
    .filter(([, parameter]) => firstUse.has(parameter) && isWeight(parameter))
    .toSorted(([, a], [, b]) => (firstUse.get(a)?.id ?? 0) - (firstUse.get(b)?.id ?? 0));
}

/** The eps that an optimizer adds to the size of gradients; Infinity without one. */
function epsOf(optimizer: Optimizer): number {
  const [group] = optimizer.stateDict().param_groups;
  const eps: unknown = group?.["eps"];
  return typeof eps === "number" ? eps : Infinity;
}

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += square(values[i] ?? 0);
  return Math.sqrt(sum);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
