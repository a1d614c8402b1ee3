import { type Brain, brainJson, SHIFT } from "../subjects/brain.ts";
import { answer, layers, predictionInput, requirePeer, WEIGHTS } from "./job.ts";

const { NeuralNetwork } = requirePeer("brain.js") as Brain;
const brain = new NeuralNetwork();
brain.fromJSON(brainJson(layers(WEIGHTS.rows), "relu", 1e-3, SHIFT));
answer(brain.run(predictionInput()).map((value) => value - SHIFT));
