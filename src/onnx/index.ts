/** ONNX files. The entry `lanegrad/onnx`. */
export { type ExportOnnxOptions, exportOnnx } from "./export/export-onnx.ts";
