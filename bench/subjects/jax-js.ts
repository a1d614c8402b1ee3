import { WEIGHTS } from "../coldstart/job.ts";
import type { Network } from "../network.ts";
import { prepareModel } from "./jax-js-layers.ts";
import { requirePeer } from "./peers.ts";
import type { Subject } from "./subject.ts";

/** Every use of an array frees it, unless it is read by `ref`. */
export interface Array {
  readonly ref: Array;
  readonly shape: readonly number[];
  dispose(): void;
  dataSync(): Float32Array;
  add(other: Array | number): Array;
  sub(other: Array): Array;
  mul(other: Array | number): Array;
  div(other: Array | number): Array;
  sum(): Array;
  mean(axis: number): Array;
  reshape(shape: readonly number[]): Array;
  slice(...index: readonly (number | readonly number[])[]): Array;
  transpose(axes?: readonly number[]): Array;
}

type Tree = Array | readonly Tree[];
type Loss = (parameters: readonly Array[], x: Array, y: Array, seeds: readonly Array[]) => Array;
/** Parameters, then Adam's moments. */
type State = readonly (readonly Array[])[];

/** The types of @jax-js/jax that are used here. */
export interface Jax {
  init(device: "wasm"): Promise<readonly string[]>;
  defaultDevice(device: "wasm"): string;
  jit<Run extends (...inputs: never[]) => Tree>(run: Run): Run;
  valueAndGrad(run: Loss): (...inputs: Parameters<Loss>) => readonly [Array, readonly Array[]];
  readonly tree: { ref<T extends Tree>(tree: T): T };
  readonly numpy: {
    array(values: Float32Array | Uint32Array, options: { shape: readonly number[] }): Array;
    matmul(a: Array, b: Array): Array;
    max(x: Array, axes: readonly number[]): Array;
    pad(x: Array, width: readonly (readonly [number, number])[]): Array;
    split(x: Array, parts: number, axis?: number): readonly Array[];
    tanh(x: Array): Array;
    zerosLike(x: Array): Array;
    sqrt(x: Array): Array;
    where(condition: Array, a: number, b: number): Array;
    power(base: number, exponent: Array): Array;
  };
  readonly nn: {
    relu(x: Array): Array;
    sigmoid(x: Array): Array;
    softplus(x: Array): Array;
    logSoftmax(x: Array): Array;
    standardize(x: Array, axes: readonly number[], options: { epsilon: number }): Array;
    dotProductAttention(query: Array, key: Array, value: Array): Array;
  };
  readonly random: {
    key(seed: Array): Array;
    bernoulli(key: Array, p: number, shape: readonly number[]): Array;
  };
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Everything within `jit`: a step is one call. */
export async function load(): Promise<Subject> {
  const jax = requirePeer("@jax-js/jax") as Jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const { numpy, nn, random } = jax;

  return {
    matmul(size, a, b) {
      const left = numpy.array(a, { shape: [size, size] });
      const right = numpy.array(b, { shape: [size, size] });
      const multiply = jax.jit((a: Array, b: Array) => numpy.matmul(a, b));
      return () => multiply(left.ref, right.ref).dataSync();
    },

    predict(network, x, rows) {
      const parameters = initial(network);
      const input = numpy.array(x, { shape: [rows, network.layers[0]!.inputs] });
      const forward = jax.jit((parameters: readonly Array[], x: Array) => {
        const logits = apply(network, parameters, x, []);
        return network.loss === "binaryCrossEntropy" ? nn.sigmoid(logits) : logits;
      });
      return () => forward(jax.tree.ref(parameters), input.ref).dataSync();
    },

    train(network, batch) {
      const x = numpy.array(batch.x, { shape: [batch.rows, network.layers[0]!.inputs] });
      const y = numpy.array(targets(network, batch.y), { shape: [batch.rows, network.layers.at(-1)!.outputs] });
      const loss: Loss = (parameters, x, y, seeds) => {
        const logits = apply(network, parameters, x, seeds);
        if (network.loss === "crossEntropy") return crossEntropy(logits, y);
        const losses = nn.softplus(logits.ref).sub(y.mul(logits));
        return losses.sum().mul(1 / batch.rows);
      };
      const take = steps(loss, initial(network), network);
      let count = 0;
      return () => {
        count++;
        const seeds =
          network.dropout > 0 ? network.layers.slice(1).map((_, i) => scalar(count * 16 + i, Uint32Array)) : [];
        return take(x.ref, y.ref, seeds);
      };
    },

    trainLayers(model, batch) {
      if (model.name === "encoder" && !("Iterator" in globalThis)) return undefined; // its attention needs Node 22
      const { parameters, forward } = prepareModel(jax, model);
      const x = numpy.array(batch.x, { shape: [batch.rows, ...model.input] });
      const y = numpy.array(oneHot(batch.y, 10), { shape: [batch.rows, 10] });
      const loss: Loss = (parameters, x, y) => crossEntropy(forward(parameters, x), y);
      const take = steps(loss, parameters, { optimizer: "adam", lr: model.lr });
      return () => take(x.ref, y.ref, []);
    },

    coldstart: { program: "jax-js", settings: {}, ships: { packages: ["@jax-js/jax"], weights: [WEIGHTS.columns] } },
  };

  /** Updates the parameters; each call returns the loss before the update. */
  function steps(
    loss: Loss,
    parameters: readonly Array[],
    { optimizer, lr }: Pick<Network, "optimizer" | "lr">,
  ): (x: Array, y: Array, seeds: readonly Array[]) => number {
    const gradient = jax.valueAndGrad(loss);
    const update = optimizer === "adam" ? adam : sgd;
    const step = jax.jit((state: State, x: Array, y: Array, seeds: readonly Array[], count: Array) => {
      const [loss, gradients] = gradient(jax.tree.ref(state[0]!), x, y, seeds);
      return [loss, update(state, gradients, lr, count)] as const;
    });
    const moments = optimizer === "adam" ? [1, 2].map(() => parameters.map(zerosLike)) : [];
    let state: State = [parameters, ...moments];
    let count = 0;
    return (x, y, seeds) => {
      count++;
      const [loss, next] = step(state, x, y, seeds, scalar(count, Float32Array));
      state = next;
      return loss.dataSync()[0]!;
    };
  }

  function crossEntropy(logits: Array, y: Array): Array {
    const rows = logits.shape[0]!;
    return nn
      .logSoftmax(logits)
      .mul(y)
      .sum()
      .mul(-1 / rows);
  }

  /** Weights [inputs, outputs] and biases, alternating. */
  function initial({ layers }: Network): readonly Array[] {
    return layers.flatMap(({ inputs, outputs, weight, bias }) => [
      numpy
        .array(weight, { shape: [outputs, inputs] })
        .transpose()
        .mul(1),
      numpy.array(bias, { shape: [outputs] }),
    ]);
  }

  /** The output of the last linear layer; with dropout if there are seeds. */
  function apply(network: Network, parameters: readonly Array[], x: Array, seeds: readonly Array[]): Array {
    let out = x;
    for (let index = 0; index < network.layers.length; index++) {
      out = numpy.matmul(out, parameters[2 * index]!).add(parameters[2 * index + 1]!);
      if (index === network.layers.length - 1) break;
      out = nn[network.activation](out);
      const seed = seeds[index];
      if (seed !== undefined) out = drop(out, network.dropout, seed);
    }
    return out;
  }

  function drop(x: Array, p: number, seed: Array): Array {
    const kept = random.bernoulli(random.key(seed), 1 - p, x.shape);
    return x.mul(numpy.where(kept, 1 / (1 - p), 0));
  }

  function sgd([parameters]: State, gradients: readonly Array[], lr: number, count: Array): State {
    count.dispose();
    return [parameters!.map((parameter, i) => parameter.sub(gradients[i]!.mul(lr)))];
  }

  function adam([parameters, means, squares]: State, gradients: readonly Array[], lr: number, count: Array): State {
    const next = gradients.map((gradient, i) => {
      const mean = means![i]!.mul(BETA1).add(gradient.ref.mul(1 - BETA1));
      const square = squares![i]!.mul(BETA2).add(gradient.ref.mul(gradient).mul(1 - BETA2));
      const corrected = mean.ref.div(remaining(BETA1, count.ref));
      const scale = numpy.sqrt(square.ref.div(remaining(BETA2, count.ref))).add(EPSILON);
      return [parameters![i]!.sub(corrected.div(scale).mul(lr)), mean, square] as const;
    });
    count.dispose();
    return [next.map(([value]) => value), next.map(([, mean]) => mean), next.map(([, , square]) => square)];
  }

  /** 1 - beta^count. */
  function remaining(beta: number, count: Array): Array {
    return numpy.power(beta, count).mul(-1).add(1);
  }

  function zerosLike(x: Array): Array {
    return numpy.zerosLike(x.ref);
  }

  function scalar(value: number, Kind: typeof Uint32Array | typeof Float32Array): Array {
    return numpy.array(Kind.of(value), { shape: [] });
  }
}

/** The targets: one-hot labels for cross-entropy. */
function targets({ loss, layers }: Network, y: Float32Array): Float32Array {
  return loss === "binaryCrossEntropy" ? y : oneHot(y, layers.at(-1)!.outputs);
}

function oneHot(labels: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(labels.length * columns);
  for (const [row, label] of labels.entries()) out[row * columns + label] = 1;
  return out;
}
