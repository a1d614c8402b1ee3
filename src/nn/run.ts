import { ShapeError, requireWhole } from "../errors.ts";
import { Input } from "../graph/operand.ts";
import { Program } from "../runtime/program.ts";
import { Tensor, sizeOf } from "../tensor.ts";
import type { Module } from "./module.ts";
import type { ProgramCache } from "./program-cache.ts";

/** What computes the module's output in its current mode, for inputs like these. */
export function forwardProgram(module: Module, tensors: readonly Tensor[]): Program {
  const inputs = tensors.map(({ shape, dtype }) => new Input(shape, dtype));
  return new Program(inputs, [module.trace(() => module.forward(...inputs))]);
}

/** The output in evaluation mode, computed `batchSize` rows at a time. */
export function predictRows(module: Module, programs: ProgramCache, x: Tensor, batchSize: number): Tensor<"float32"> {
  requireWhole("predict", "batchSize", batchSize, 1);
  const [rows, ...rest] = x.shape;
  if (rows === undefined || rows === 0) throw new ShapeError(`predict: x must have at least one row; got ${x}`);
  return module.inMode(false, () => {
    const parts: Tensor[] = [];
    for (let start = 0; start < rows; start += batchSize) {
      const count = Math.min(batchSize, rows - start);
      const from = start * sizeOf(rest);
      const batch = new Tensor([count, ...rest], x.dtype, x.data.subarray(from, from + count * sizeOf(rest)));
      parts.push(...programs.get("run", module, [batch], () => forwardProgram(module, [batch])).run([batch]));
    }
    return joinRows(parts, rows);
  });
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
