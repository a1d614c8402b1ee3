import { asWeights } from "../../data/dataset.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import type { Loss, Module } from "../../nn/index.ts";
import { Tensor } from "../../base/tensor.ts";
import { type Tensors, tensorsOf } from "../../base/tensors.ts";

/** What is given to a program: inputs of the model, then targets of the loss, then weights of samples. */
export interface Given {
  readonly tensors: readonly Tensor[];
  /** How many are inputs of the model. */
  readonly inputs: number;
  readonly isWeighted: boolean;
}

/** What the program reads in their place. */
export interface GivenOperands {
  readonly all: readonly Input[];
  readonly inputs: readonly Operand[];
  readonly targets: readonly Operand[];
  readonly weights: Operand | undefined;
}

/** Samples, or a batch of them. */
interface Samples {
  readonly x: Tensors;
  readonly y: Tensors;
  readonly weights?: Tensor | undefined;
}

/**
 * Samples in the order in which a model and its loss take them.
 * @throws TypeError when they are no tensors, or names are not those of the model or the loss
 * @throws ShapeError or RangeError when weights are not one for each sample, finite and at least 0
 */
export function givenTo(where: string, model: Module, loss: Loss, { x, y, weights }: Samples): Given {
  // Spelled out for one input and one target, which trainings of small networks ask for at every step.
  if (weights === undefined && x instanceof Tensor && y instanceof Tensor && model.inputNames === undefined)
    return { tensors: [x, y], inputs: 1, isWeighted: false };
  const inputs = tensorsOf(where, "inputs", x, model.inputNames);
  const targets = tensorsOf(where, "targets", y, loss.inputNames ?? onlyName(y));
  const own = weights === undefined ? [] : [asWeights(where, weights, inputs[0]?.shape[0] ?? 0, true)];
  const tensors = [...inputs, ...targets, ...own];
  return { tensors, inputs: inputs.length, isWeighted: weights !== undefined };
}

/** The name of a target that is alone, which has no order to be told. */
function onlyName(y: Tensors): readonly string[] | undefined {
  if (y instanceof Tensor || typeof y !== "object" || y === null || Array.isArray(y)) return undefined;
  const names = Object.keys(y);
  return names.length === 1 ? names : undefined;
}

/** Operands of a trace for what is given, by the names that errors know them by: `x`, `y[1]`, `x.user`, `weights`. */
export function operandsFor(model: Module, loss: Loss, { tensors, inputs, isWeighted }: Given): GivenOperands {
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
