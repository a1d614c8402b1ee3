import type { Call } from "../../graph/call.ts";
import type { Operand, Placement } from "../../graph/operand.ts";

/** Products of many operands [M, K] with one weight [K, N], which is packed at most once. */
export interface PrepackedMatmul {
  /** The packed weight, an input of every operation that multiplies by it; undefined where packing does not pay off. */
  readonly packed: Operand | undefined;
  /** Floats of scratch memory that the calls need. */
  readonly workspace: number;
  /** The calls for out [M, N] = a [M, K] times the weight, both dense. */
  into(a: Operand, out: Operand, placement: Pick<Placement, "workspace" | "panelWidth">): readonly Call[];
}

/** Products with a weight in another format or layout, which is a cached constant. */
export interface PackedWeight extends PrepackedMatmul {
  readonly packed: Operand;
}
