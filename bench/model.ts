import { random, uniform } from "./random.ts";

/** A parameter's numbers, in PyTorch's layout. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A network of layers other than linear ones, for images of 28 x 28; the same initial values for every subject. */
export interface Model {
  readonly name: "cnn" | "lstm" | "encoder";
  /** The shape of one image, as PyTorch's layers expect it. */
  readonly input: readonly number[];
  /** By PyTorch's names. */
  readonly parameters: Readonly<Record<string, Values>>;
  readonly lr: number;
}

/** conv1 3x3 - norm1 - ReLU - maxPool 2 - conv2 3x3 - norm2 - ReLU - maxPool 2 - flatten - head; padding 1. */
export function cnn(): Model {
  return model("cnn", [1, 28, 28], {
    ...affine("conv1", [32, 1, 3, 3]),
    ...affine("norm1", [32]),
    ...affine("conv2", [64, 32, 3, 3]),
    ...affine("norm2", [64]),
    ...affine("head", [10, 64 * 7 * 7]),
  });
}

/** An LSTM over the rows of an image; head of the last output. */
export function lstm(): Model {
  return model("lstm", [28, 28], {
    "lstm.weight_ih_l0": [4 * 128, 28],
    "lstm.weight_hh_l0": [4 * 128, 128],
    "lstm.bias_ih_l0": [4 * 128],
    "lstm.bias_hh_l0": [4 * 128],
    ...affine("head", [10, 128]),
  });
}

/** embed of each row - one post-norm layer of 4 heads, ReLU - mean over rows - head. */
export function encoder(): Model {
  return model("encoder", [28, 28], {
    ...affine("embed", [128, 28]),
    "layer.self_attn.in_proj_weight": [3 * 128, 128],
    "layer.self_attn.in_proj_bias": [3 * 128],
    ...affine("layer.self_attn.out_proj", [128, 128]),
    ...affine("layer.linear1", [512, 128]),
    ...affine("layer.linear2", [128, 512]),
    ...affine("layer.norm1", [128]),
    ...affine("layer.norm2", [128]),
    ...affine("head", [10, 128]),
  });
}

function affine(name: string, shape: readonly [number, ...number[]]): Record<string, readonly number[]> {
  return { [`${name}.weight`]: shape, [`${name}.bias`]: [shape[0]] };
}

/** Matrices and filters uniform in ±1/√inputs, scales in 0.5 to 1.5, biases in ±0.1, so that a swap of two changes the result. */
function model(
  name: Model["name"],
  input: readonly number[],
  shapes: Readonly<Record<string, readonly number[]>>,
): Model {
  const draw = random(42);
  const parameters = Object.entries(shapes).map(([parameter, shape]) => {
    const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
    const bias = parameter.includes("bias");
    const middle = shape.length === 1 && !bias ? 1 : 0;
    const bound = bias ? 0.1 : shape.length === 1 ? 0.5 : 1 / Math.sqrt(inputs);
    const length = shape[0]! * inputs;
    return [parameter, { shape, values: uniform(length, middle - bound, middle + bound, draw) }] as const;
  });
  return { name, input, parameters: Object.fromEntries(parameters), lr: 1e-3 };
}
