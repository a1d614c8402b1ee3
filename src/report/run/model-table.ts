import { Operand } from "../../graph/operand.ts";
import type { Module } from "../../nn/index.ts";
import type { InputKind } from "../../nn/module/input-kinds.ts";
import { layerRows } from "../../nn/module/summary.ts";
import type { ModelRecord } from "./record.ts";

/** The table of a model for inputs of these kinds; without them, as before a stream gave a batch, its text alone. */
export function modelRecord(model: Module, kinds: readonly InputKind[] | undefined): ModelRecord {
  const parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
  if (!kinds) return { parameters, summary: String(model), layers: [] };
  const layers = layerRows(model, kinds).map(({ path, layer, output, parameters: own }) => ({
    path,
    layer,
    output: output instanceof Operand ? [...output.shape] : [],
    parameters: own,
  }));
  return { parameters, summary: model.summary(kinds), layers };
}
