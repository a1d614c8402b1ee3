/** ONNX files. The entry `lanegrad/onnx`. */
export { type ExportOnnxOptions, exportOnnx } from "./export/export-onnx.ts";
export { importOnnx } from "./import/import-onnx.ts";
export { type OnnxInput, OnnxModule } from "./import/module.ts";
