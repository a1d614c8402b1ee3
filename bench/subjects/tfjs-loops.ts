import type { Batch, Layer, Network } from "../network.ts";
import { requirePeer } from "./peers.ts";
import type { LoopSize, Loops } from "./subject.ts";
import type { Core, Loss, Optimizer, Tensor } from "./tfjs.ts";

type KerasLayer = object;
type Callback = object;

interface LayersModel {
  setWeights(weights: readonly Tensor[]): void;
  compile(options: { readonly optimizer: Optimizer; readonly loss: Loss }): void;
  trainOnBatch(x: Tensor, y: Tensor): Promise<unknown>;
  fit(x: Tensor, y: Tensor, options: FitOptions): Promise<unknown>;
}

interface FitOptions extends LoopSize {
  readonly verbose: 0;
  readonly callbacks?: readonly Callback[];
}

interface Logs {
  readonly loss: number;
}

interface Listeners {
  onBatchEnd(batch: number, logs: Logs): void;
  onEpochEnd(epoch: number, logs: Logs): void;
}

/** The types of @tensorflow/tfjs-layers that are used here. */
interface Keras {
  sequential(options: { readonly layers: readonly KerasLayer[] }): LayersModel;
  readonly layers: {
    dense(options: { readonly units: number; readonly activation?: string; readonly inputShape: [number] }): KerasLayer;
    dropout(options: { readonly rate: number }): KerasLayer;
  };
  readonly callbacks: { earlyStopping(options: { readonly monitor: string; readonly patience: number }): Callback };
  readonly CustomCallback: new (listeners: Listeners) => Callback;
}

const PART = 16; // one in so many steps is taken: a step takes up to a second

/** Bare steps and `fit` of @tensorflow/tfjs-layers; each has a model of its own. */
export function loops(
  tf: Core,
  loss: Loss,
  targets: (samples: Batch) => Tensor,
  network: Network,
  all: Batch,
  whole: LoopSize,
): Loops {
  const keras = requirePeer("@tensorflow/tfjs-layers") as Keras;
  const { inputs } = network.layers[0]!;
  const { samples, size } = part(all, whole, inputs);
  const { batchSize, epochs } = size;
  const batches = Array.from({ length: samples.rows / batchSize }, (_, index) =>
    tensors(rowsOf(samples, inputs, index * batchSize, batchSize)),
  );
  const { x, y } = tensors(samples);
  const options = { batchSize, epochs, verbose: 0 } as const;
  const [bare, plain, full] = [build(), build(), build()];
  return {
    steps: withoutLeak(async () => {
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const batch of batches) await bare.trainOnBatch(batch.x, batch.y);
      }
    }),
    fit: withoutLeak(() => plain.fit(x, y, options)),
    "fit, all on": withoutLeak(() => {
      const stopping = keras.callbacks.earlyStopping({ monitor: "loss", patience: epochs });
      return full.fit(x, y, { ...options, callbacks: [stopping, log()] });
    }),
  };

  function tensors(batch: Batch): { readonly x: Tensor; readonly y: Tensor } {
    return { x: tf.tensor2d(batch.x, [batch.rows, inputs]), y: targets(batch) };
  }

  /** Ends with a linear layer; the loss takes logits. */
  function build(): LayersModel {
    const last = network.layers.length - 1;
    const layers = network.layers.flatMap(({ inputs: width, outputs: units }, index) => {
      const dense = { units, inputShape: [width] satisfies [number] };
      if (index === last) return [keras.layers.dense(dense)];
      const hidden = keras.layers.dense({ ...dense, activation: network.activation });
      return network.dropout > 0 ? [hidden, keras.layers.dropout({ rate: network.dropout })] : [hidden];
    });
    const model = keras.sequential({ layers });
    model.setWeights(network.layers.flatMap(parameters));
    model.compile({ optimizer: tf.train[network.optimizer](network.lr), loss });
    return model;
  }

  /** Of one dense layer, in the order of the library. */
  function parameters({ inputs: width, outputs, weight, bias }: Layer): readonly Tensor[] {
    return [tf.transpose(tf.tensor2d(weight, [outputs, width])), tf.tensor1d(bias, "float32")];
  }

  /** Keeps the losses of batches and a line for each epoch. */
  function log(): Callback {
    const losses: number[] = [];
    const lines: string[] = [];
    return new keras.CustomCallback({
      onBatchEnd: (_, logs) => void losses.push(logs.loss),
      onEpochEnd: (epoch, logs) => void lines.push(JSON.stringify({ epoch, ...logs })),
    });
  }

  /** The first call may make tensors that last, such as Adam's moments. */
  function withoutLeak(run: () => Promise<unknown>): () => Promise<void> {
    let isFirst = true;
    return async () => {
      const before = tf.memory().numTensors;
      await run();
      const added = tf.memory().numTensors - before;
      if (!isFirst && added !== 0) throw new Error(`tfjs: a training must leave no tensors; got ${added}`);
      isFirst = false;
    };
  }
}

/** Fewer epochs, or fewer samples of the only one. */
function part(
  samples: Batch,
  { batchSize, epochs }: LoopSize,
  inputs: number,
): { readonly samples: Batch; readonly size: LoopSize } {
  if (epochs >= PART) return { samples, size: { batchSize, epochs: epochs / PART } };
  return { samples: rowsOf(samples, inputs, 0, samples.rows / PART), size: { batchSize, epochs } };
}

function rowsOf({ x, y }: Batch, inputs: number, start: number, rows: number): Batch {
  return { rows, x: x.subarray(start * inputs, (start + rows) * inputs), y: y.subarray(start, start + rows) };
}
