import { predictOnce } from "./onnxruntime.ts";

await predictOnce("onnxruntime-web", "wasm");
