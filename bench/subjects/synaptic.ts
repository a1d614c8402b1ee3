import type { Network } from "../network.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";

interface Perceptron {
  activate(input: readonly number[]): readonly number[];
  propagate(rate: number, target: readonly number[]): void;
}

/** The types of Synaptic that are used here. */
interface Synaptic {
  readonly Network: { fromJSON(json: object): Perceptron };
}

const WARM_UP = 2; // seconds: its code is one long function, which the engine optimizes late

/** Synaptic updates after each sample. It generates code for every neuron, so it cannot run large networks. */
export function load(): Promise<Subject> {
  const { Network } = requirePeer("synaptic") as Synaptic;

  return Promise.resolve({
    train(network, { rows, x, y }) {
      if (network.loss === "crossEntropy") return undefined;
      const perceptron = Network.fromJSON(toJson(network));
      const inputs = network.layers[0]!.inputs;
      const samples = Array.from({ length: rows }, (_, row) => ({
        input: Array.from(x.subarray(row * inputs, (row + 1) * inputs)),
        target: [y[row]!],
      }));
      const rate = network.lr / rows;
      const step = (): number => {
        let sum = 0;
        for (const { input, target } of samples) {
          const [out = 0] = perceptron.activate(input);
          perceptron.propagate(rate, target);
          sum -= Math.log(target[0] === 1 ? out : 1 - out);
        }
        return sum / rows;
      };
      return Object.assign(step, { warmUp: WARM_UP });
    },

    ownLoss: true,
  });
}

/** Neurons with their biases, then a connection for each weight. */
function toJson({ layers }: Network): object {
  const neurons: object[] = [];
  const connections: object[] = [];
  const add = (layer: number | string, bias: number): number =>
    neurons.push({ layer, bias, squash: "LOGISTIC", state: 0, old: 0, activation: 0 }) - 1;
  let before = Array.from({ length: layers[0]!.inputs }, () => add("input", 0));
  for (const [index, { inputs, weight, bias }] of layers.entries()) {
    const place = index === layers.length - 1 ? "output" : index;
    const now = Array.from(bias, (value) => add(place, value));
    for (const [row, to] of now.entries()) {
      for (const [column, from] of before.entries()) {
        connections.push({ from, to, weight: weight[row * inputs + column]! });
      }
    }
    before = now;
  }
  return { neurons, connections };
}
