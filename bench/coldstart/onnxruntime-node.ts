import { predictOnce } from "./onnxruntime.ts";

await predictOnce("onnxruntime-node", "cpu");
