import type { Call } from "../../graph/call.ts";
import { Operand, type Placement } from "../../graph/operand.ts";
import { formatOf } from "../weights.ts";
import { halfWeight } from "./half.ts";
import type { Matrices } from "./matrices.ts";
import { rowsWeight } from "./rows.ts";

/** A weight [K, N] in a small format, by which operands [M, K] are multiplied. */
export interface SmallWeight {
  /** The packed weight: a cached constant, and an input of every operation that multiplies by it. */
  readonly packed: Operand;
  /** Floats of scratch memory that the calls need. */
  readonly workspace: number;
  /** The calls for out [M, N] = a [M, K] times the weight, both dense. */
  into(a: Operand, out: Operand, placement: Pick<Placement, "workspace" | "panelWidth">): readonly Call[];
}

/** The weight in the small format of the layer that is being traced; undefined where that is float32. */
export function smallWeight(M: number, weight: Matrices): SmallWeight | undefined {
  const format = formatOf(weight.operand);
  switch (format) {
    case "bf16":
    case "f16":
      return halfWeight(M, weight, format);
    default:
      return rowsWeight(M, weight);
  }
}

/** The product of a [M, K] and a weight in a small format. It has no gradient. */
export function smallProduct(a: Operand, [M, N, K]: readonly [number, number, number], small: SmallWeight): Operand {
  return new Operand("matmul", [M, N], [a, small.packed], {
    calls: (out, placement) => small.into(a, out, placement),
    workspace: small.workspace,
    flops: 2 * M * N * K,
  });
}
