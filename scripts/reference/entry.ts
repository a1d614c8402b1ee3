/** The entry of the API reference: namespaces have what the other entries export, `raw` that of `lanegrad/data`, `wasm` that of
 * `lanegrad/export`. */
export * from "../../src/index.ts";
export * as io from "../../src/io/index.ts";
export * as study from "../../src/study/index.ts";
export * as wasm from "../../src/export/index.ts";
export * as onnx from "../../src/onnx/index.ts";
export * as raw from "../../src/raw/index.ts";
export * as report from "../../src/report/index.ts";
export type * as types from "./types.ts";
