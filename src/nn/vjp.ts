import { ShapeError, requireArray } from "../base/errors.ts";
import { gradients } from "../autodiff/gradients.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { effectsOfTrace } from "../graph/scope.ts";
import { filled } from "../ops/reduction/reduction.ts";
import { Program } from "../runtime/program.ts";
import { type Tensor, printShape, sameShape } from "../base/tensor.ts";
import { type Module, requireModule } from "./module/module.ts";
import { inputsLike, outputOf, requireTensors } from "./module/run.ts";

/** The result of `vjp`: the output and the gradients. */
export interface VectorJacobian {
  readonly output: Tensor<"float32">;
  /** The gradient by each input; null for int32 inputs. */
  readonly inputs: readonly (Tensor<"float32"> | null)[];
  /** The gradient by each parameter, by state name; zeros if the output does not depend on it. */
  readonly parameters: Readonly<Record<string, Tensor<"float32">>>;
}

/**
 * The vector-Jacobian product: runs the module in its current mode and computes the gradient of sum(output * cotangent) by
 * every float32 input and every parameter.
 *
 * Shape: the cotangent has the shape of the output; each gradient has the shape of its input or parameter.
 * @throws ShapeError when sizes do not fit, naming the layer, or the cotangent does not have the output's shape
 * @throws TypeError when dtypes do not fit, an operation has no gradient, or a parameter is in no property of a module
 * @throws RangeError when a label is out of range
 */
export function vjp(module: Module, inputs: readonly Tensor[], cotangent: Tensor): VectorJacobian {
  requireModule("vjp", "the model", module);
  requireArray("vjp", "inputs", inputs);
  const tensors = [...requireTensors("vjp", inputs), ...requireTensors("vjp", [cotangent])];
  const operands = inputsLike(tensors.slice(0, -1));
  const dOut = new Input(cotangent.shape, "float32", "the cotangent");
  const floats = operands.filter((operand) => operand.dtype === "float32");
  const named = module.namedParameters();
  const wanted = [...floats, ...named.map(([, parameter]) => parameter)];
  const program = module.trace(() => {
    const out = outputOf(module, operands);
    if (!sameShape(out.shape, cotangent.shape)) {
      throw new ShapeError(
        `vjp: the cotangent must be ${printShape(out.shape)} like the output; got ${printShape(cotangent.shape)}`,
      );
    }
    const found = gradients(out, dOut, wanted).map((each, i) => each ?? zerosLike(wanted[i]));
    return new Program([...operands, dOut], [out, ...found], effectsOfTrace());
  });
  const [output, ...found] = program.run(tensors, "vjp") as Tensor<"float32">[];
  if (!output) throw new ShapeError("vjp: there must be an output; got none");
  let next = 0;
  const ofInputs = operands.map((operand) => (operand.dtype === "float32" ? (found[next++] ?? null) : null));
  const ofParameters = named.map(([name], i) => [name, found[floats.length + i]] as [string, Tensor<"float32">]);
  return { output, inputs: ofInputs, parameters: Object.fromEntries(ofParameters) };
}

function zerosLike(operand: Operand | undefined): Operand {
  return filled(operand?.shape ?? [], 0);
}
