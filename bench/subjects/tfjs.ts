import { WEIGHTS } from "../coldstart/job.ts";
import type { Batch, Network } from "../network.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";
import { buildModel } from "./tfjs-layers.ts";
import { loops } from "./tfjs-loops.ts";

export interface Tensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  dispose(): void;
}

export interface Optimizer {
  minimize(loss: () => Tensor, returnCost: true): Tensor;
}

export type Loss = (y: Tensor, logits: Tensor) => Tensor;

/** The types of @tensorflow/tfjs-core that are used here. */
export interface Core {
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  tidy<Result>(run: () => Result): Result;
  memory(): { readonly numTensors: number };
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tensor1d(values: Float32Array, dtype: "float32" | "int32"): Tensor;
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  variable(initial: Tensor): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  transpose(x: Tensor, perm?: readonly number[]): Tensor;
  pad(x: Tensor, paddings: readonly (readonly [number, number])[]): Tensor;
  slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor;
  addN(tensors: readonly Tensor[]): Tensor;
  split(x: Tensor, parts: number, axis: number): readonly Tensor[];
  unstack(x: Tensor): readonly Tensor[];
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  conv3d(x: Tensor, filter: Tensor, strides: number, pad: "same"): Tensor;
  maxPool(x: Tensor, filterSize: number, strides: number, pad: "valid"): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  mean(x: Tensor, axis?: number): Tensor;
  moments(x: Tensor, axes: readonly number[], keepDims: boolean): { readonly mean: Tensor; readonly variance: Tensor };
  rsqrt(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  dropout(x: Tensor, rate: number): Tensor;
  readonly losses: { softmaxCrossEntropy(oneHotLabels: Tensor, logits: Tensor): Tensor };
  readonly train: {
    adam(lr: number, beta1?: number, beta2?: number, epsilon?: number): Optimizer;
    sgd(lr: number): Optimizer;
  };
}

/** Both backends run synchronously; a call ends when its result was read. */
export async function tfjs(backend: "wasm" | "cpu"): Promise<Subject> {
  const tf = requirePeer("@tensorflow/tfjs-core") as Core;
  requirePeer("@tensorflow/tfjs-core/dist/register_all_gradients"); // the bundle for Node does not register them
  if (!(await tf.setBackend(backend)) || tf.getBackend() !== backend) {
    throw new Error(`tfjs: the backend ${backend} does not start`);
  }

  return {
    matmul(size, a, b) {
      const left = tf.tensor2d(a, [size, size]);
      const right = tf.tensor2d(b, [size, size]);
      return read(() => tf.matMul(left, right));
    },

    train(network, batch) {
      const forward = build(network);
      const x = tf.tensor2d(batch.x, [batch.rows, network.layers[0]!.inputs]);
      const y = targets(network, batch);
      const optimizer = tf.train[network.optimizer](network.lr);
      const loss = lossOf(network);
      return steps(optimizer, () => loss(y, forward(x, true)));
    },

    loops: (network, samples, size) =>
      loops(tf, lossOf(network), (batch) => targets(network, batch), network, samples, size),

    trainLayers(model, { rows, x, y }) {
      const forward = buildModel(tf, model);
      const images = tf.tensor(x, [rows, ...model.input]);
      const labels = tf.oneHot(tf.tensor1d(y, "int32"), 10);
      const loss = (): Tensor => tf.losses.softmaxCrossEntropy(labels, forward(images));
      return steps(tf.train.adam(model.lr, 0.9, 0.999, 1e-8), loss); // the epsilon of the other libraries
    },

    predict(network, x, rows) {
      const forward = build(network);
      const input = tf.tensor2d(x, [rows, network.layers[0]!.inputs]);
      return read(() => {
        const logits = forward(input, false);
        return network.loss === "binaryCrossEntropy" ? tf.sigmoid(logits) : logits;
      });
    },
    coldstart: {
      program: "tfjs",
      settings: { wasm: backend === "wasm" },
      ships: {
        packages: ["@tensorflow/tfjs-core", `@tensorflow/tfjs-backend-${backend}`],
        files: backend === "wasm" ? ["@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm"] : [],
        weights: [WEIGHTS.columns],
      },
    },
  };

  function steps(optimizer: Optimizer, loss: () => Tensor): () => number {
    return withoutLeak(() => {
      const cost = optimizer.minimize(loss, true);
      const [value] = cost.dataSync();
      cost.dispose();
      return value!;
    });
  }

  /** Linear layers, activations and dropout; returns the output of the last linear layer. */
  function build(network: Network): (x: Tensor, training: boolean) => Tensor {
    const layers = network.layers.map(({ inputs, outputs, weight, bias }) => ({
      weight: tf.variable(tf.tidy(() => tf.transpose(tf.tensor2d(weight, [outputs, inputs])))),
      bias: tf.variable(tf.tensor1d(bias, "float32")),
    }));
    return (x, training) => {
      let out = x;
      for (const [index, { weight, bias }] of layers.entries()) {
        out = tf.add(tf.matMul(out, weight), bias);
        if (index === layers.length - 1) break;
        out = tf[network.activation](out);
        if (training && network.dropout > 0) out = tf.dropout(out, network.dropout);
      }
      return out;
    };
  }

  function lossOf({ loss }: Network): Loss {
    if (loss === "crossEntropy") return (y, logits) => tf.losses.softmaxCrossEntropy(y, logits);
    return (y, logits) => tf.mean(tf.sub(tf.softplus(logits), tf.mul(y, logits))); // twice as fast as tf.losses.logLoss
  }

  function targets(network: Network, { rows, y }: Batch): Tensor {
    if (network.loss === "binaryCrossEntropy") return tf.tensor2d(y, [rows, 1]);
    return tf.oneHot(tf.tensor1d(y, "int32"), network.layers.at(-1)!.outputs);
  }

  /** Stores the values in a variable instead of returning them from `tidy`, which visits every element of an array it returns. */
  function read(run: () => Tensor): () => Float32Array {
    return withoutLeak(() => {
      let values: Float32Array = new Float32Array();
      tf.tidy(() => {
        values = run().dataSync();
      });
      return values;
    });
  }

  /** From the second call on, the number of tensors must not change; the first call may make persistent ones, such as Adam's moments. */
  function withoutLeak<Result>(run: () => Result): () => Result {
    let expected: number | undefined;
    return () => {
      const result = run();
      const { numTensors } = tf.memory();
      expected ??= numTensors;
      if (numTensors !== expected) throw new Error(`tfjs: ${numTensors} tensors where ${expected} were expected`);
      return result;
    };
  }
}
