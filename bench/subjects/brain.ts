import { WEIGHTS } from "../coldstart/job.ts";
import type { Batch, Network } from "../network.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";

interface Sample {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** The types of brain.js that are used here. */
interface NeuralNetwork {
  fromJSON(json: object): void;
  run(input: Float32Array): Float32Array;
  trainPattern(sample: Sample, logErrorRate: true): number;
}

export interface Brain {
  readonly NeuralNetwork: new () => NeuralNetwork;
}

export const SHIFT = 64; // added to the last biases and subtracted from the outputs, because brain.js applies ReLU to these too

/** brain.js takes one sample at a time and updates after each, by gradient descent on the squared error, without dropout. */
export function load(): Promise<Subject> {
  const { NeuralNetwork } = requirePeer("brain.js") as Brain;

  return Promise.resolve({
    train(network, batch) {
      const brain = build(network, 0);
      const samples = split(network, batch);
      return () => {
        let sum = 0;
        for (const sample of samples) sum += brain.trainPattern(sample, true);
        return sum / samples.length;
      };
    },

    predict(network, x, rows) {
      const shift = network.loss === "crossEntropy" ? SHIFT : 0;
      const brain = build(network, shift);
      const columns = network.layers.at(-1)!.outputs;
      const inputs = split(network, { rows, x, y: new Float32Array(rows) });
      const out = new Float32Array(rows * columns);
      return () => {
        for (const [row, { input }] of inputs.entries()) {
          for (const [i, value] of brain.run(input).entries()) out[row * columns + i] = value - shift;
        }
        return out;
      };
    },

    ownLoss: true,
    coldstart: { program: "brain", settings: {}, ships: { packages: ["brain.js"], weights: [WEIGHTS.rows] } },
  });

  function build({ layers, activation, lr }: Network, shift: number): NeuralNetwork {
    const brain = new NeuralNetwork();
    brain.fromJSON(brainJson(layers, activation, lr, shift));
    return brain;
  }
}

/** The network as brain.js reads it, with `shift` added to the last biases. */
export function brainJson(layers: Network["layers"], activation: string, learningRate: number, shift: number): object {
  const weighted = layers.map(({ inputs, outputs, weight, bias }, index) => ({
    weights: Array.from({ length: outputs }, (_, row) => weight.subarray(row * inputs, (row + 1) * inputs)),
    biases: index === layers.length - 1 ? bias.map((value) => value + shift) : bias,
  }));
  return {
    sizes: [layers[0]!.inputs, ...layers.map(({ outputs }) => outputs)],
    layers: [{ weights: [], biases: [] }, ...weighted],
    trainOpts: { activation, learningRate: Math.min(learningRate, 0.5), timeout: "Infinity" }, // it refuses 1
  };
}

function split({ loss, layers }: Network, { rows, x, y }: Batch): readonly Sample[] {
  const inputs = layers[0]!.inputs;
  return Array.from({ length: rows }, (_, row) => {
    const output = new Float32Array(layers.at(-1)!.outputs);
    if (loss === "crossEntropy") output[y[row]!] = 1;
    else output[0] = y[row]!;
    return { input: x.subarray(row * inputs, (row + 1) * inputs), output };
  });
}
