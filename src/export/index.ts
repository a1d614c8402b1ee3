/** A model as one WebAssembly module that imports nothing. The entry `lanegrad/export`. */
export type { Description, Port, Run } from "./description.ts";
export { type ExportOptions, exportWasm } from "./export-wasm.ts";
export { Exported } from "./exported.ts";
export type { Host } from "./glue.ts";
export type { PortRange } from "./ranges.ts";
export { type LayerLoss, type Loss, WeightLoss, weightLoss } from "./weight-loss.ts";
export { type WriteOptions, writeWasm } from "./write.ts";
