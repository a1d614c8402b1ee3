import type { Batch, Network } from "../network.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";

/** Numbers with their gradient. */
interface Vol {
  readonly w: Float64Array;
}

interface Layer {
  readonly layer_type: string;
  readonly filters: readonly Vol[];
  readonly biases: Vol;
  readonly out_act: Vol;
}

interface Net {
  readonly layers: readonly Layer[];
  makeLayers(definitions: readonly object[]): void;
  forward(x: Vol): Vol;
}

/** The types of ConvNetJS that are used here. */
interface ConvNet {
  readonly Vol: new (values: ArrayLike<number>) => Vol;
  readonly Net: new () => Net;
  readonly Trainer: new (net: Net, options: object) => { train(x: Vol, label: number): { readonly loss: number } };
}

/**
 * ConvNetJS forwards one sample at a time and updates after a batch. It has no Adam, so it trains by the cheaper Adagrad;
 * its dropout scales in evaluation only, so the network for inference has no dropout. A sigmoid is a softmax of two classes.
 */
export function load(): Promise<Subject> {
  const { Vol, Net, Trainer } = requirePeer("convnetjs") as ConvNet;

  return Promise.resolve({
    train(network, batch) {
      const net = build(network, network.dropout);
      const samples = split(network, batch);
      const trainer = new Trainer(net, {
        method: network.optimizer === "adam" ? "adagrad" : "sgd",
        learning_rate: network.lr,
        momentum: 0,
        batch_size: batch.rows,
      });
      return () => {
        let sum = 0;
        for (const [row, sample] of samples.entries()) sum += trainer.train(sample, batch.y[row]!).loss;
        return sum / batch.rows;
      };
    },

    predict(network, x, rows) {
      if (network.loss !== "crossEntropy") return undefined;
      const net = build(network, 0);
      const samples = split(network, { rows, x, y: new Float32Array(rows) });
      const logits = net.layers.at(-2)!;
      const out = new Float32Array(rows * network.layers.at(-1)!.outputs);
      return () => {
        for (const [row, sample] of samples.entries()) {
          net.forward(sample);
          out.set(logits.out_act.w, row * logits.out_act.w.length);
        }
        return out;
      };
    },
  });

  function build({ layers, activation, loss }: Network, dropout: number): Net {
    const net = new Net();
    net.makeLayers([
      { type: "input", out_sx: 1, out_sy: 1, out_depth: layers[0]!.inputs },
      ...layers.slice(0, -1).map(({ outputs }) => ({
        type: "fc",
        num_neurons: outputs,
        activation,
        ...(dropout > 0 ? { drop_prob: dropout } : {}),
      })),
      { type: "softmax", num_classes: loss === "crossEntropy" ? layers.at(-1)!.outputs : 2 },
    ]);
    const linear = net.layers.filter(({ layer_type }) => layer_type === "fc");
    for (const [index, { inputs, outputs, weight, bias }] of layers.entries()) {
      const { filters, biases } = linear[index]!;
      const first = filters.length - outputs; // the first of two classes has the logit 0
      for (const filter of filters.slice(0, first)) filter.w.fill(0);
      for (let row = 0; row < outputs; row++) {
        filters[first + row]!.w.set(weight.subarray(row * inputs, (row + 1) * inputs));
        biases.w[first + row] = bias[row]!;
      }
    }
    return net;
  }

  function split({ layers }: Network, { rows, x }: Batch): readonly Vol[] {
    const inputs = layers[0]!.inputs;
    return Array.from({ length: rows }, (_, row) => new Vol(Array.from(x.subarray(row * inputs, (row + 1) * inputs))));
  }
}
