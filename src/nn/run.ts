import { ShapeError, requireWhole } from "../errors.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { executionOrder } from "../graph/order.ts";
import { effectsOfTrace, within } from "../graph/scope.ts";
import { rowsBetween } from "../data/rows.ts";
import { Program } from "../runtime/program.ts";
import { type Dtype, type Shape, Tensor, printShape } from "../tensor.ts";
import { withModesOf } from "./mode.ts";
import type { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * The output of a module, described as part of a trace.
 * @throws TypeError when it follows from parameters or modes that the module does not find among its own
 */
export function outputOf(module: Module, inputs: readonly Operand[]): Operand {
  const out = withModesOf(module.modules(), () => module.forward(...inputs));
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

/** What computes the module's output in its current mode, for inputs like these. */
export function forwardProgram(module: Module, like: readonly Pick<Tensor, "shape" | "dtype">[]): Program {
  const inputs = like.map(({ shape, dtype }) => new Input(shape, dtype));
  return module.trace(() => {
    const out = outputOf(module, inputs);
    return new Program(inputs, [out], effectsOfTrace());
  });
}

/** Refuses a call without inputs, and inputs that are not tensors. */
export function requireTensors(where: string, inputs: readonly unknown[]): void {
  if (inputs.length === 0) throw new TypeError(`${where}: there must be at least one input; got none`);
  for (const input of inputs) {
    if (!(input instanceof Tensor)) throw new TypeError(`${where}: inputs must be tensors; got ${kindOf(input)}`);
  }
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}

/** What was compiled already, by dtype and shape. */
export type Compiled = Map<string, (x: Tensor) => Tensor<"float32">>;

/** What computes the output in evaluation mode for inputs of one shape. */
export function compile(module: Module, shape: Shape, dtype: Dtype): (x: Tensor) => Tensor<"float32"> {
  const program = module.inMode(false, () => forwardProgram(module, [{ shape, dtype }]));
  const [output] = program.outputs as [Operand];
  const given: Tensor[] = [];
  return (x) => {
    given[0] = x;
    program.execute(given);
    return program.copyOf(output) as Tensor<"float32">;
  };
}

/** The output in evaluation mode, computed `batchSize` rows at a time. */
export function predictRows(module: Module, compiled: Compiled, x: Tensor, batchSize: number): Tensor<"float32"> {
  requireWhole("predict", "batchSize", batchSize, 1);
  const [rows] = x.shape;
  if (rows === undefined || rows === 0) throw new ShapeError(`predict: x must have at least one row; got ${x}`);
  const parts: Tensor[] = [];
  for (let start = 0; start < rows; start += batchSize) {
    const batch = rows <= batchSize ? x : rowsBetween(x, start, Math.min(start + batchSize, rows));
    const key = String(batch);
    const compute = compiled.get(key) ?? compile(module, batch.shape, batch.dtype);
    compiled.set(key, compute);
    const part = compute(batch);
    if (batch !== x && part.shape[0] !== batch.shape[0]) {
      throw new ShapeError(
        `predict: the output must have a row for each row of the input where batchSize is below their number; got ${printShape(part.shape)} from ${printShape(batch.shape)}`,
      );
    }
    parts.push(part);
  }
  return joinRows(parts, rows);
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
