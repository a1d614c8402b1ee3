import type { Call } from "../../graph/call.ts";
import type { Operand, Placement } from "../../graph/operand.ts";

/** A weight [K, N] in another format or layout, by which operands [M, K] are multiplied. */
export interface PackedWeight {
  /** The packed weight: a cached constant, and an input of every operation that multiplies by it. */
  readonly packed: Operand;
  /** Floats of scratch memory that the calls need. */
  readonly workspace: number;
  /** The calls for out [M, N] = a [M, K] times the weight, both dense. */
  into(a: Operand, out: Operand, placement: Pick<Placement, "workspace" | "panelWidth">): readonly Call[];
}
