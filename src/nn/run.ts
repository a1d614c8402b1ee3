import { ShapeError, requireWhole } from "../errors.ts";
import { Input, type Operand } from "../graph/operand.ts";
import { rowsBetween } from "../data/rows.ts";
import { Program } from "../runtime/program.ts";
import { type Dtype, type Shape, Tensor } from "../tensor.ts";
import type { Module } from "./module.ts";

/** What computes the module's output in its current mode, for inputs like these. */
export function forwardProgram(module: Module, like: readonly Pick<Tensor, "shape" | "dtype">[]): Program {
  const inputs = like.map(({ shape, dtype }) => new Input(shape, dtype));
  return new Program(inputs, [module.trace(() => module.forward(...inputs))]);
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
    parts.push(compute(batch));
  }
  return joinRows(parts, rows);
}

function joinRows(parts: readonly Tensor[], rows: number): Tensor<"float32"> {
  const [first] = parts;
  if (!first) throw new ShapeError("predict: there must be a result; got none");
  if (parts.length === 1) return first as Tensor<"float32">;
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.size, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.size;
  }
  return new Tensor([rows, ...first.shape.slice(1)], "float32", data);
}
