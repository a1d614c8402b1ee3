import { random, uniform } from "./random.ts";

export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs], row by row. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Linear layers, an activation and dropout after each but the last; the same initial values for every subject. */
export interface Network {
  readonly layers: readonly Layer[];
  readonly activation: "relu" | "sigmoid";
  /** Probability that a hidden value is zeroed in training. */
  readonly dropout: number;
  /** Probability that an input is zeroed in training. */
  readonly inputDropout: number;
  /** Softmax cross-entropy over labels, or binary cross-entropy over a sigmoid. */
  readonly loss: "crossEntropy" | "binaryCrossEntropy";
  readonly optimizer: "adam" | "sgd";
  readonly lr: number;
}

export interface Batch {
  readonly rows: number;
  /** [rows, inputs]. */
  readonly x: Float32Array;
  /** A label for each row (crossEntropy), or [rows, 1] of 0 and 1 (binaryCrossEntropy). */
  readonly y: Float32Array;
}

/** The network of the main job, or one like it. */
export function mlp(dropout = 0.3, hidden: readonly number[] = [512, 512, 512, 512], inputDropout = 0): Network {
  return {
    layers: layers([784, ...hidden, 10], 1),
    activation: "relu",
    dropout,
    inputDropout,
    loss: "crossEntropy",
    optimizer: "adam",
    lr: 1e-3,
  };
}

/** 2-10-10-10-1: so small that overhead dominates the time. */
export function xor(): Network {
  return {
    layers: layers([2, 10, 10, 10, 1], 4),
    activation: "sigmoid",
    dropout: 0,
    inputDropout: 0,
    loss: "binaryCrossEntropy",
    optimizer: "sgd",
    lr: 1,
  };
}

/**
 * Noisy images with one bright band for each label. Every eighth row repeats the one before it with another label, so the
 * loss cannot reach 0 and no gradient becomes denormal, for any number of steps.
 */
export function images(rows: number): Batch {
  const draw = random(7);
  const x = uniform(rows * 784, 0, 0.5, draw);
  const y = Float32Array.from({ length: rows }, (_, row) => row % 10);
  for (let row = 0; row < rows; row++) {
    const start = row * 784;
    if (row % 8 === 7) x.copyWithin(start, start - 784, start);
    else for (let i = 0; i < 78; i++) x[start + (row % 10) * 78 + i]! += 0.5;
  }
  return { rows, x, y };
}

export function xorBatch(): Batch {
  return { rows: 4, x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: Float32Array.of(0, 1, 1, 0) };
}

/** Weights and biases uniform in ±gain/√inputs; gain 1 is PyTorch's default. */
function layers(sizes: readonly number[], gain: number): Layer[] {
  const draw = random(42);
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]!;
    const bound = gain / Math.sqrt(inputs);
    return {
      inputs,
      outputs,
      weight: uniform(outputs * inputs, -bound, bound, draw),
      bias: uniform(outputs, -bound, bound, draw),
    };
  });
}
