import { PlainNetwork } from "../subjects/plain/network.ts";
import { answer, layers, predictionInput, WEIGHTS } from "./job.ts";

const network = {
  layers: layers(WEIGHTS.rows),
  activation: "relu",
  dropout: 0,
  inputDropout: 0,
  loss: "crossEntropy",
  optimizer: "sgd",
  lr: 0,
} as const;
answer(new PlainNetwork(network, 1).forward(predictionInput(), false));
