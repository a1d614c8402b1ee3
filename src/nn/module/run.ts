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
 * The output of a module, described as part of a trace.
 * @throws TypeError when `forward` returns no operand, or it follows from parameters or modes that the module does not find
 * among its own
 */
export function outputOf(module: ModuleLike, inputs: readonly Operand[]): Operand {
  const out = withModesOf(module.modules(), () => withInputCount(module, inputs.length, () => module.call(...inputs)));
  const found = new Set<Operand>(module.parameters());
  const order = executionOrder([out]);
  const lost = order.find((operand) => operand instanceof Parameter && !found.has(operand));
  if (!lost) return out;
  const user = order.find((operand) => operand.inputs.includes(lost));
  return within(user?.layer ?? "", () => {
    throw new TypeError(
      `model: every parameter that it uses must be found in a property, or in an array there; got ${lost} that is not`,
    );
  });
}

/** Runs `work`; an error over what is undefined tells of inputs that forward takes and was not given. */
function withInputCount<T>(module: ModuleLike, count: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const taken = module.forward?.length ?? 0;
    if (error instanceof TypeError && count < taken && error.message.includes("undefined")) {
      error.message += ` (forward was given ${count} of its ${taken} inputs)`;
    }
    throw error;
  }
}

/** Inputs of these shapes, counted from 0 where there are several. */
export function inputsLike(like: readonly InputKind[]): Input[] {
  return like.map(({ shape, dtype }, i) => new Input(shape, dtype, like.length > 1 ? `input ${i}` : "input"));
}

/** What computes the module's output in its current mode, for inputs like these. */
export function forwardProgram(module: ModuleLike, like: readonly InputKind[]): Program {
  const inputs = inputsLike(like);
  return module.trace(() => {
    const out = outputOf(module, inputs);
    return new Program(inputs, [out], effectsOfTrace());
  });
}

/** The inputs of a call as tensors; refuses a call without inputs, and inputs that are none. */
export function requireTensors(where: string, inputs: readonly Tensor[]): readonly Tensor[] {
  if (inputs.length === 0) throw new TypeError(`${where}: there must be at least one input; got none`);
  return tensorsOf(where, "inputs", inputs);
}

/** Computes the output in evaluation mode for inputs of one kind each. */
export type Compiled = (inputs: Tensors) => Tensor<"float32">;

/** What computes the output in evaluation mode for inputs of these kinds. */
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
        `predict: the output must have a row for each row of the input where batchSize is below their number; got ${printShape(part.shape)} from ${printTensors(batch)}`,
      );
    }
    parts.push(part);
  }
  return joinRows(parts, rows);
}

/** How many rows all inputs have; at least one. */
export function rowCount(where: string, inputs: readonly Tensor[]): number {
  const rows = inputs[0]?.shape[0];
  if (rows === undefined || rows === 0) {
    throw new ShapeError(`${where}: inputs must have at least one row; got ${printTensors(inputs)}`);
  }
  if (inputs.every(({ shape }) => shape[0] === rows)) return rows;
  throw new ShapeError(`${where}: inputs must have as many rows each; got ${printTensors(inputs)}`);
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
