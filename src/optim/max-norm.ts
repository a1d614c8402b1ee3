import type { Operand } from "../graph/operand.ts";
import { limitRowNorms } from "../ops/update/constrain.ts";
import type { Member } from "./group.ts";

/** Limits the norms of each unit's incoming weights, w[i] of a parameter w [out, ...], to the `maxNorm` of its group. */
export function limitNorms(members: readonly Member[]): Operand[] {
  return members.flatMap(({ parameter, group: { maxNorm } }) =>
    maxNorm === undefined || parameter.shape.length < 2 ? [] : [limitRowNorms(parameter, maxNorm)],
  );
}
