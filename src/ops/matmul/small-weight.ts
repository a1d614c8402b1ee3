import { Operand } from "../../graph/operand.ts";
import { formatOf } from "../weights.ts";
import { halfWeight } from "./half.ts";
import { int8Weight } from "./int8.ts";
import type { Matrices } from "./matrices.ts";
import type { PackedWeight } from "./packed-weight.ts";
import { rowsWeight } from "./rows.ts";

/** The weight as the layer that is being traced holds it; undefined where products read it as it is, or in panels. */
export function smallWeight(M: number, weight: Matrices): PackedWeight | undefined {
  const format = formatOf(weight.operand);
  switch (format) {
    case "int8":
      return int8Weight(M, weight);
    case "bf16":
    case "f16":
      return halfWeight(M, weight, format);
    default:
      return rowsWeight(M, weight);
  }
}

/** The product of a [M, K] and such a weight. It has no gradient. */
export function smallProduct(a: Operand, [M, N, K]: readonly [number, number, number], small: PackedWeight): Operand {
  return new Operand("matmul", [M, N], [a, small.packed], {
    calls: (out, placement) => small.into(a, out, placement),
    workspace: small.workspace,
    flops: 2 * M * N * K,
  });
}
