import { ShapeError, requireArray } from "../base/errors.ts";
import { gradientsOfAll } from "../autodiff/gradients.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { effectsOfTrace } from "../graph/scope.ts";
import { filled } from "../ops/reduction/reduction.ts";
import { Program } from "../runtime/program.ts";
import { type Tensor, type TensorLike, printShape, sameShape } from "../base/tensor.ts";
import { inOrderOf } from "../base/tensors.ts";
import { type Module, requireModule } from "./module/module.ts";
import { type Outputs, type Prediction, namesOf, operandsOf } from "./module/outputs.ts";
import { inputsLike, outputsOf, requireTensors } from "./module/run.ts";

/** The result of `vjp`: the output, or each of several by name, and the gradients. */
export interface VectorJacobian<Out = Tensor<"float32">> {
  readonly output: Out;
  /** The gradient by each input; null for int32 inputs. */
  readonly inputs: readonly (Tensor<"float32"> | null)[];
  /** The gradient by each parameter, by state name; zeros if the output does not depend on it. */
  readonly parameters: Readonly<Record<string, Tensor<"float32">>>;
}

/**
 * The vector-Jacobian product: runs the module in its current mode and computes the gradient of sum(output * cotangent), for
 * several outputs of the sum over all, by every float32 input and every parameter.
 *
 * Shape: the cotangent has the shape of the output; each gradient has the shape of its input or parameter.
 * @param cotangent one tensor; for several outputs one for each, by name
 * @throws ShapeError when sizes do not fit, naming the layer, or the cotangent does not have the output's shape
 * @throws TypeError when dtypes or names do not fit, an operation has no gradient, or a parameter is in no property of a module
 * @throws RangeError when a label is out of range
 */
export function vjp<M extends Module>(
  module: M,
  inputs: readonly TensorLike[],
  cotangent: TensorLike | Readonly<Record<string, TensorLike>>,
): VectorJacobian<Prediction<M>> {
  requireModule("vjp", "the model", module);
  requireArray("vjp", "inputs", inputs);
  const given = requireTensors("vjp", inputs);
  const operands = inputsLike(given);
  const floats = operands.filter((operand) => operand.dtype === "float32");
  const named = module.namedParameters();
  const wanted = [...floats, ...named.map(([, parameter]) => parameter)];
  const { program, outputs, cotangents } = module.trace(() => {
    const described = outputsOf(module, operands);
    const outs = operandsOf(described);
    const tensors = cotangentsOf(described, cotangent);
    const dOuts = tensors.map(({ shape }) => new Input(shape, "float32", "the cotangent"));
    const pairs = outs.map((out, i) => [out, dOuts[i] as Operand] as const);
    const found = gradientsOfAll(pairs, wanted).map((each, i) => each ?? zerosLike(wanted[i]));
    const all = new Program([...operands, ...dOuts], [...outs, ...found], effectsOfTrace());
    return { program: all, outputs: described, cotangents: tensors };
  });
  const results = program.run([...given, ...cotangents], "vjp") as Tensor<"float32">[];
  const found = results.slice(cotangents.length);
  let next = 0;
  const ofInputs = operands.map((operand) => (operand.dtype === "float32" ? (found[next++] ?? null) : null));
  const ofParameters = named.map(([name], i) => [name, found[floats.length + i]] as [string, Tensor<"float32">]);
  const output = namesOf(outputs)?.map((name, i) => [name, results[i]]);
  return {
    output: (output ? Object.fromEntries(output) : results[0]) as Prediction<M>,
    inputs: ofInputs,
    parameters: Object.fromEntries(ofParameters),
  };
}

/** The cotangents in the order of the outputs, each of the shape of its output. */
function cotangentsOf(outputs: Outputs, given: TensorLike | Readonly<Record<string, TensorLike>>): readonly Tensor[] {
  const names = namesOf(outputs);
  const listed = names ? inOrderOf("vjp", "cotangents", given as Readonly<Record<string, TensorLike>>, names) : [given];
  const tensors = requireTensors("vjp", listed as readonly TensorLike[]);
  operandsOf(outputs).forEach(({ shape }, i) => {
    const own = tensors[i]?.shape ?? [];
    if (sameShape(shape, own)) return;
    throw new ShapeError(
      `vjp: the cotangent must be ${printShape(shape)} like the output${names ? ` ${names[i]}` : ""}; got ${printShape(own)}`,
    );
  });
  return tensors;
}

function zerosLike(operand: Operand | undefined): Operand {
  return filled(operand?.shape ?? [], 0);
}
