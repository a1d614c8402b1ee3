import type { Core, Tensor } from "../subjects/tfjs.ts";
import { answer, layers, predictionInput, requirePeer, settings, WEIGHTS } from "./job.ts";

const backend = settings()["wasm"] === true ? "wasm" : "cpu";
const tf = requirePeer("@tensorflow/tfjs-core") as Core;
requirePeer(`@tensorflow/tfjs-backend-${backend}`);
await tf.setBackend(backend);

let out: Tensor = tf.tensor2d(predictionInput(), [1, 784]);
for (const [index, { inputs, outputs, weight, bias }] of layers(WEIGHTS.columns).entries()) {
  if (index > 0) out = tf.relu(out);
  out = tf.add(tf.matMul(out, tf.tensor2d(weight, [inputs, outputs])), tf.tensor1d(bias, "float32"));
}
answer(out.dataSync());
