import { Input, type Operand } from "../graph/operand.ts";
import { weightFormat, weightsAreSteady } from "../graph/scope.ts";
import type { WeightFormat } from "../graph/weights.ts";
import { RngState } from "../memory/rng-state.ts";

/**
 * The format in which an operation of the layer that is being traced holds `weight`: that of the trace if `weight` depends on
 * variables alone, so that its packed form is a cached constant; else float32.
 */
export function formatOf(weight: Operand): WeightFormat {
  const format = weightFormat();
  return format !== "float32" && dependsOnVariables(weight) ? format : "float32";
}

/** Whether `weight` may be laid out anew, as a cached constant that serves many runs. */
export function isSteady(weight: Operand): boolean {
  return weightsAreSteady() && dependsOnVariables(weight);
}

/** Whether `operand` depends on variables alone, and is computed without a workspace, as cached constants must be. */
function dependsOnVariables(operand: Operand): boolean {
  const seen = new Set<Operand>([operand]);
  for (const each of seen) {
    if (each instanceof Input || each instanceof RngState || each.rule.workspace) return false;
    for (const input of each.inputs) seen.add(input);
  }
  return true;
}
