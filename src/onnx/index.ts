/** ONNX files. The entry `lanegrad/onnx`. */
export type {} from "../nn/module/module.ts";
