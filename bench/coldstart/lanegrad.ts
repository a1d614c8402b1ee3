import { configure, nn, type Tensor, tensor } from "lanegrad";
import { answer, layers, predictionInput, settings, WEIGHTS } from "./job.ts";

configure(settings());
const modules: nn.Module[] = [];
const state: Record<string, Tensor> = {};
for (const { inputs, outputs, weight, bias } of layers(WEIGHTS.rows)) {
  if (modules.length > 0) modules.push(nn.relu());
  state[`${modules.length}.weight`] = tensor(weight, [outputs, inputs]);
  state[`${modules.length}.bias`] = tensor(bias, [outputs]);
  modules.push(nn.linear(inputs, outputs));
}
const model = new nn.Sequential(...modules);
model.loadStateDict(state);
answer(model.predict(tensor(predictionInput(), [1, 784])).data);
