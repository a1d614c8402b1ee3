import type { Array, Jax } from "../subjects/jax-js.ts";
import { answer, layers, predictionInput, requirePeer, WEIGHTS } from "./job.ts";

const jax = requirePeer("@jax-js/jax") as Jax;
await jax.init("wasm");
jax.defaultDevice("wasm");
const { numpy, nn } = jax;

let out: Array = numpy.array(predictionInput(), { shape: [1, 784] });
for (const [index, { inputs, outputs, weight, bias }] of layers(WEIGHTS.columns).entries()) {
  if (index > 0) out = nn.relu(out);
  const product = numpy.matmul(out, numpy.array(weight, { shape: [inputs, outputs] }));
  out = product.add(numpy.array(bias, { shape: [outputs] }));
}
answer(out.dataSync());
