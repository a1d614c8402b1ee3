import { rowsJoined } from "../../base/rows.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Result } from "./forward-program.ts";

/** The tensors of a result. */
export function tensorsIn(result: Result): readonly Tensor<"float32">[] {
  return result instanceof Tensor ? [result] : Object.values(result);
}

/** One result for the rows of several, at least one, of the same model. */
export function joinResults(where: string, parts: readonly Result[]): Result {
  const columns = parts.map(tensorsIn);
  const [first] = parts;
  const joined = (i: number): Tensor<"float32"> =>
    rowsJoined(
      where,
      columns.flatMap((tensors) => tensors[i] ?? []),
    );
  if (first === undefined || first instanceof Tensor) return joined(0);
  return Object.fromEntries(Object.keys(first).map((name, i) => [name, joined(i)]));
}
