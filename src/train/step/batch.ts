import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { type TensorsLike, isMeantAsOne, tensorsOf } from "../../base/tensors.ts";
import { asWeights } from "../../data/dataset.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import type { Module } from "../../nn/index.ts";
import type { Objective } from "./losses.ts";

/** Samples as a list of tensors: inputs of the model, then targets of the loss, then weights of samples. */
export interface BatchTensors {
  readonly tensors: readonly Tensor[];
  /** How many are inputs of the model. */
  readonly inputs: number;
  readonly isWeighted: boolean;
}

/** Inputs of a program, one for each tensor of a batch. */
interface BatchOperands {
  readonly all: readonly Input[];
  readonly inputs: readonly Operand[];
  readonly targets: readonly Operand[];
  readonly weights: Operand | undefined;
}

/** A batch, or a whole data set. */
interface Samples {
  readonly x: TensorsLike;
  readonly y: TensorsLike;
  readonly weights?: TensorLike | undefined;
}

/**
 * Samples as a list of tensors, in the order in which model and loss take them.
 * @throws TypeError when one is no tensor, or names are not those of the model or the loss
 * @throws ShapeError or RangeError when weights are not one for each sample, finite and at least 0
 */
export function batchTensors(where: string, model: Module, loss: Objective, { x, y, weights }: Samples): BatchTensors {
  // Fast path for one input and one target: steps of small networks call this each time.
  const isPlain = x instanceof Tensor && y instanceof Tensor && weights === undefined;
  if (isPlain && model.inputNames === undefined && loss.inputNames === undefined)
    return { tensors: [x, y], inputs: 1, isWeighted: false };
  const inputs = tensorsOf(where, "inputs", x, model.inputNames);
  const targets = tensorsOf(where, "targets", y, loss.inputNames ?? onlyName(y));
  const weightTensors =
    weights === undefined ? [] : [asWeights(where, weights, inputs[0]?.shape[0] ?? 0, { mayBeZero: true })];
  return {
    tensors: [...inputs, ...targets, ...weightTensors],
    inputs: inputs.length,
    isWeighted: weights !== undefined,
  };
}

/** The name of a single target, for a loss without `inputNames`: one name needs no order. */
function onlyName(y: TensorsLike): readonly string[] | undefined {
  if (y instanceof Tensor || typeof y !== "object" || y === null || Array.isArray(y) || isMeantAsOne(y))
    return undefined;
  const names = Object.keys(y);
  return names.length === 1 ? names : undefined;
}

/** Inputs of a program for a batch, named as in errors: `x`, `y[1]`, `x.user`, `weights`. */
export function batchOperands(
  model: Module,
  loss: Objective,
  { tensors, inputs, isWeighted }: BatchTensors,
): BatchOperands {
  const targetsEnd = isWeighted ? tensors.length - 1 : tensors.length;
  const all = [
    ...namedInputs("x", tensors.slice(0, inputs), model.inputNames),
    ...namedInputs("y", tensors.slice(inputs, targetsEnd), loss.inputNames),
    ...namedInputs("weights", tensors.slice(targetsEnd), undefined),
  ];
  return { all, inputs: all.slice(0, inputs), targets: all.slice(inputs, targetsEnd), weights: all[targetsEnd] };
}

function namedInputs(what: string, tensors: readonly Tensor[], names: readonly string[] | undefined): Input[] {
  return tensors.map(({ shape, dtype }, i) => {
    const name = names ? `${what}.${names[i]}` : `${what}[${i}]`;
    return new Input(shape, dtype, tensors.length === 1 ? what : name);
  });
}
