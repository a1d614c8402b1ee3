/** ONNX files. The entry `lanegrad/onnx`. */
export { type ExportOnnxOptions, exportOnnx } from "./export/export-onnx.ts";
export { importOnnx } from "./import/import-onnx.ts";
export { OnnxModule } from "./import/module.ts";
