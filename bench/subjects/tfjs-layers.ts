import type { Model } from "../model.ts";
import type { Core, Tensor } from "./tfjs.ts";

const EPSILON = 1e-5; // of normalizations
const SAME = [0, 0] as const;
const AROUND = [1, 1] as const;

type Forward = (x: Tensor) => Tensor;

/** Computes the logits of one of the networks of the suite `layers`. */
export function buildModel(tf: Core, { name, parameters }: Model): Forward {
  const variables = Object.fromEntries(
    Object.entries(parameters).map(([key, { shape, values }]) => [key, tf.variable(initial(key, shape, values))]),
  );
  const of = (key: string): Tensor => variables[key]!;
  return { cnn, lstm, encoder }[name];

  /** Matrices as [inputs, outputs], filters as [9, inputs, outputs], and the inputs of the layer after `flatten` with channels last. */
  function initial(key: string, shape: readonly number[], values: Float32Array): Tensor {
    return tf.tidy(() => {
      const tensor = tf.tensor(values, shape);
      if (shape.length === 4) return tf.reshape(tf.transpose(tensor, [2, 3, 1, 0]), [9, shape[1]!, shape[0]!]);
      if (name === "cnn" && key === "head.weight") {
        return tf.reshape(tf.transpose(tf.reshape(tensor, [10, 64, 7, 7]), [2, 3, 1, 0]), [-1, 10]);
      }
      return shape.length === 2 ? tf.transpose(tensor) : tensor;
    });
  }

  function cnn(x: Tensor): Tensor {
    let out = tf.reshape(x, [-1, 28, 28, 1]);
    for (const layer of [1, 2]) {
      const conv = tf.add(convolve(out, of(`conv${layer}.weight`)), of(`conv${layer}.bias`));
      out = tf.maxPool(tf.relu(normalize(conv, `norm${layer}`, [0, 1, 2])), 2, 2, "valid");
    }
    return linear(tf.reshape(out, [-1, 7 * 7 * 64]), "head");
  }

  /** A substitute for `conv2d`, whose gradient is missing on wasm, and which is far slower than `conv3d` on cpu. */
  function convolve(x: Tensor, filter: Tensor): Tensor {
    const [batch, height, width, inputs] = x.shape as FourSizes;
    if (tf.getBackend() === "cpu") {
      const flat = tf.reshape(x, [batch, 1, height, width, inputs]);
      const out = tf.conv3d(flat, tf.reshape(filter, [1, 3, 3, inputs, -1]), 1, "same");
      return tf.reshape(out, [batch, height, width, -1]);
    }
    const padded = tf.pad(x, [SAME, AROUND, AROUND, SAME]);
    const products = tf.unstack(filter).map((weight, place) => {
      const moved = tf.slice(padded, [0, Math.floor(place / 3), place % 3, 0], x.shape);
      return tf.matMul(tf.reshape(moved, [-1, inputs]), weight);
    });
    return tf.reshape(tf.addN(products), [batch, height, width, -1]);
  }

  /** One product computes the inputs of all steps times their weights. */
  function lstm(x: Tensor): Tensor {
    const biases = tf.add(of("lstm.bias_ih_l0"), of("lstm.bias_hh_l0"));
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [-1, 28]);
    const inputs = tf.add(tf.matMul(rows, of("lstm.weight_ih_l0")), biases);
    let h: Tensor | undefined;
    let c: Tensor | undefined;
    for (const step of tf.unstack(tf.reshape(inputs, [28, -1, 512]))) {
      const gates = h === undefined ? step : tf.add(step, tf.matMul(h, of("lstm.weight_hh_l0")));
      const [i, f, g, o] = tf.split(gates, 4, 1) as Gates;
      const added = tf.mul(tf.sigmoid(i), tf.tanh(g));
      c = c === undefined ? added : tf.add(tf.mul(tf.sigmoid(f), c), added);
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return linear(h!, "head");
  }

  function encoder(x: Tensor): Tensor {
    const tokens = linear(tf.reshape(x, [-1, 28]), "embed");
    const inner = tf.add(tf.matMul(tokens, of("layer.self_attn.in_proj_weight")), of("layer.self_attn.in_proj_bias"));
    const heads = tf.transpose(tf.reshape(inner, [-1, 28, 3, 4, 32]), [2, 0, 3, 1, 4]);
    const [query, key, value] = tf.unstack(heads) as [Tensor, Tensor, Tensor];
    const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(32));
    const attended = tf.transpose(tf.matMul(tf.softmax(scores), value), [0, 2, 1, 3]);
    const attention = linear(tf.reshape(attended, [-1, 128]), "layer.self_attn.out_proj");
    const h = normalize(tf.add(tokens, attention), "layer.norm1", [1]);
    const fed = linear(tf.relu(linear(h, "layer.linear1")), "layer.linear2");
    const out = normalize(tf.add(h, fed), "layer.norm2", [1]);
    return linear(tf.mean(tf.reshape(out, [-1, 28, 128]), 1), "head");
  }

  function linear(x: Tensor, key: string): Tensor {
    return tf.add(tf.matMul(x, of(`${key}.weight`)), of(`${key}.bias`));
  }

  function normalize(x: Tensor, key: string, axes: readonly number[]): Tensor {
    const { mean, variance } = tf.moments(x, axes, true);
    const scale = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), of(`${key}.weight`));
    return tf.add(tf.mul(tf.sub(x, mean), scale), of(`${key}.bias`));
  }
}

type FourSizes = readonly [number, number, number, number];
type Gates = readonly [Tensor, Tensor, Tensor, Tensor];
