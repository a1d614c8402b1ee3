import { ShapeError, requireWhole } from "../../base/errors.ts";
import { Input, type Operand } from "../../graph/operand.ts";
import { executionOrder } from "../../graph/order.ts";
import { effectsOfTrace, within } from "../../graph/scope.ts";
import { rowsBetween } from "../../base/rows.ts";
import { Program } from "../../runtime/program.ts";
import { type Dtype, Tensor, printShape } from "../../base/tensor.ts";
import { type Tensors, printTensors, tensorsOf } from "../../base/tensors.ts";
import type { InputKind } from "./input-kinds.ts";
import { withModesOf } from "./mode.ts";
import type { ModuleLike } from "./module-like.ts";
import { Parameter } from "./parameter.ts";
import type { ProgramCache } from "./program-cache.ts";

/**
 * Describes the output of a module, as part of a trace.
 * @throws TypeError when `forward` does not return an operand, or the output depends on a parameter or the mode of a module
 * that the properties of the module do not reach
 */
export function outputOf(module: ModuleLike, inputs: readonly Operand[]): Operand {
  const out = withModesOf(module.modules(), () => withInputCount(module, inputs.length, () => module.call(...inputs)));
  const reachable = new Set<Operand>(module.parameters());
  const order = executionOrder([out]);
  const unreachable = order.find((operand) => operand instanceof Parameter && !reachable.has(operand));
  if (!unreachable) return out;
  const user = order.find((operand) => operand.inputs.includes(unreachable));
  return within(user?.layer ?? "", () => {
    throw new TypeError(
      `model: every parameter must be a property of a module or an element of an array property; got ${unreachable}, which is neither`,
    );
  });
}

/** Runs `work`; a TypeError over undefined gets a note if `forward` was given too few inputs. */
function withInputCount<T>(module: ModuleLike, count: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const expected = module.forward?.length ?? 0;
    if (error instanceof TypeError && count < expected && error.message.includes("undefined")) {
      error.message += ` (forward was given ${count} of its ${expected} inputs)`;
    }
    throw error;
  }
}

/** Inputs of these kinds; several are named by index from 0. */
export function inputsLike(like: readonly InputKind[]): Input[] {
  return like.map(({ shape, dtype }, i) => new Input(shape, dtype, like.length > 1 ? `input ${i}` : "input"));
}

/** A program for the module's output in its current mode, for inputs of these kinds. */
export function forwardProgram(module: ModuleLike, like: readonly InputKind[]): Program {
  const inputs = inputsLike(like);
  return module.trace(() => {
    const out = outputOf(module, inputs);
    return new Program(inputs, [out], effectsOfTrace());
  });
}

/** The inputs of a call as tensors; refuses a call without inputs, and inputs that are not tensors. */
export function requireTensors(where: string, inputs: readonly Tensor[]): readonly Tensor[] {
  if (inputs.length === 0) throw new TypeError(`${where}: there must be at least one input; got none`);
  return tensorsOf(where, "inputs", inputs);
}

/** Computes the output in evaluation mode for inputs of fixed shapes and dtypes. */
export type Compiled = (inputs: Tensors) => Tensor<"float32">;

/** A function that computes the output in evaluation mode for inputs of these kinds. */
export function compile(module: ModuleLike, programs: ProgramCache, kinds: readonly InputKind[]): Compiled {
  const purpose = `compile ${kinds.map(({ shape }) => printShape(shape)).join()}`;
  const program = (): Program => programs.inEvaluation(purpose, kinds, () => forwardProgram(module, kinds));
  program();
  return (inputs) => {
    const given = tensorsOf("compile", "inputs", inputs, module.inputNames);
    return resultOf(program(), "compile", given);
  };
}

function resultOf(program: Program, where: string, inputs: readonly Tensor[]): Tensor<"float32"> {
  program.execute(inputs, where);
  return program.copyOf(program.outputs[0] as Operand) as Tensor<"float32">;
}

/** The output in evaluation mode, computed `batchSize` rows at a time. */
export function predictRows(
  module: ModuleLike,
  programs: ProgramCache,
  inputs: readonly Tensor[],
  batchSize: number,
): Tensor<"float32"> {
  requireWhole("predict", "batchSize", batchSize, 1, Number.MAX_SAFE_INTEGER);
  const rows = rowCount("predict", inputs);
  const parts: Tensor[] = [];
  for (let start = 0; start < rows; start += batchSize) {
    const end = Math.min(start + batchSize, rows);
    const batch = rows <= batchSize ? inputs : inputs.map((input) => rowsBetween(input, start, end));
    const program = programs.inEvaluation("predict", batch, () => forwardProgram(module, batch));
    const part = resultOf(program, "predict", batch);
    if (batch !== inputs && part.shape[0] !== end - start) {
      throw new ShapeError(
        `predict: the output must have one row per input row if there are more than batchSize; got ${printShape(part.shape)} from ${printTensors(batch)}`,
      );
    }
    parts.push(part);
  }
  return joinRows(parts, rows);
}

/** The number of rows, at least 1, that all inputs have. */
export function rowCount(where: string, inputs: readonly Tensor[]): number {
  const rows = inputs[0]?.shape[0];
  if (rows === undefined || rows === 0) {
    throw new ShapeError(`${where}: inputs must have at least one row; got ${printTensors(inputs)}`);
  }
  if (inputs.every(({ shape }) => shape[0] === rows)) return rows;
  throw new ShapeError(`${where}: inputs must have the same number of rows; got ${printTensors(inputs)}`);
}

function joinRows(parts: readonly Tensor[], rows: number): Tensor<"float32"> {
  const [first] = parts;
  if (!first) throw new ShapeError("predict: there must be a result; got none");
  if (parts.length === 1) return first as Tensor<"float32">;
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const data = first.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.size;
  }
  return new Tensor<Dtype>([rows, ...first.shape.slice(1)], first.dtype, data) as Tensor<"float32">;
}
