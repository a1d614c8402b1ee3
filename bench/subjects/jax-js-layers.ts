import type { Model } from "../model.ts";
import type { Array as JaxArray, Jax } from "./jax-js.ts";

const EPSILON = 1e-5; // of normalizations

/** Computes logits from images and parameters, and frees both. */
export type Forward = (parameters: readonly JaxArray[], x: JaxArray) => JaxArray;

interface Prepared {
  /** Matrices as [inputs, outputs], filters as [9, inputs, outputs]. */
  readonly parameters: readonly JaxArray[];
  readonly forward: Forward;
}

/** One of the networks of the suite `layers`, its initial values and its function. */
export function prepareModel({ numpy, nn }: Jax, { name, parameters }: Model): Prepared {
  const names = Object.keys(parameters);
  const network = { cnn, lstm, encoder }[name];
  return {
    parameters: Object.values(parameters).map(({ shape, values }) => {
      const array = numpy.array(values, { shape });
      if (shape.length === 4) return array.transpose([2, 3, 1, 0]).reshape([9, shape[1]!, shape[0]!]).mul(1);
      return shape.length === 2 ? array.transpose().mul(1) : array;
    }),
    forward: (values, x) => network((parameter) => values[names.indexOf(parameter)]!, x),
  };

  /** Channels last. */
  function cnn(of: (name: string) => JaxArray, x: JaxArray): JaxArray {
    let out = x.reshape([-1, 28, 28, 1]);
    for (const layer of [1, 2]) {
      const conv = convolve(out, of(`conv${layer}.weight`)).add(of(`conv${layer}.bias`));
      const norm = normalize(conv, [0, 1, 2])
        .mul(of(`norm${layer}.weight`))
        .add(of(`norm${layer}.bias`));
      out = halve(nn.relu(norm));
    }
    return linear(out.transpose([0, 3, 1, 2]).reshape([-1, 64 * 7 * 7]), "head", of);
  }

  /** The sum of nine products, one for each shift of x by a position of the filter; fifty times as fast as its `lax.conv`. */
  function convolve(x: JaxArray, filter: JaxArray): JaxArray {
    const [batch, height, width, inputs] = x.shape as FourSizes;
    const padded = numpy.pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
    const products = Array.from({ length: 9 }, (_, place) => {
      const [top, left] = [Math.floor(place / 3), place % 3];
      const moved = padded.ref.slice([], [top, top + height], [left, left + width], []).reshape([-1, inputs]);
      return numpy.matmul(moved, filter.ref.slice(place));
    });
    padded.dispose();
    filter.dispose();
    return products.reduce((sum, product) => sum.add(product)).reshape([batch, height, width, -1]);
  }

  /** The maximum of each 2 x 2; faster than its `lax.reduceWindow`. */
  function halve(x: JaxArray): JaxArray {
    const [batch, height, width, channels] = x.shape as FourSizes;
    return numpy.max(x.reshape([batch, height / 2, 2, width / 2, 2, channels]), [2, 4]);
  }

  /** One product computes the inputs of all steps times their weights. */
  function lstm(of: (name: string) => JaxArray, x: JaxArray): JaxArray {
    const hidden = of("lstm.weight_hh_l0");
    const biases = of("lstm.bias_ih_l0").add(of("lstm.bias_hh_l0"));
    const inputs = numpy.matmul(x.transpose([1, 0, 2]).reshape([-1, 28]), of("lstm.weight_ih_l0")).add(biases);
    const steps = numpy.split(inputs.reshape([28, -1, 512]), 28);
    let h: JaxArray | undefined;
    let c: JaxArray | undefined;
    for (const step of steps) {
      const own = step.reshape([-1, 512]);
      const [i, f, g, o] = numpy.split(h === undefined ? own : own.add(numpy.matmul(h, hidden.ref)), 4, 1) as Gates;
      const added = nn.sigmoid(i).mul(numpy.tanh(g));
      if (c === undefined) f.dispose();
      c = c === undefined ? added : nn.sigmoid(f).mul(c).add(added);
      h = nn.sigmoid(o).mul(numpy.tanh(c.ref));
    }
    hidden.dispose();
    c?.dispose();
    return linear(h!, "head", of);
  }

  function encoder(of: (name: string) => JaxArray, x: JaxArray): JaxArray {
    const tokens = linear(x.reshape([-1, 28]), "embed", of);
    const inner = numpy
      .matmul(tokens.ref, of("layer.self_attn.in_proj_weight"))
      .add(of("layer.self_attn.in_proj_bias"));
    const [query, key, value] = numpy.split(inner, 3, 1).map((each) => each.reshape([-1, 28, 4, 32])) as [
      JaxArray,
      JaxArray,
      JaxArray,
    ];
    const attended = nn.dotProductAttention(query, key, value).reshape([-1, 128]);
    const h = layerNorm(tokens.add(linear(attended, "layer.self_attn.out_proj", of)), "layer.norm1", of);
    const fed = linear(nn.relu(linear(h.ref, "layer.linear1", of)), "layer.linear2", of);
    const out = layerNorm(h.add(fed), "layer.norm2", of);
    return linear(out.reshape([-1, 28, 128]).mean(1), "head", of);
  }

  function linear(x: JaxArray, name: string, of: (name: string) => JaxArray): JaxArray {
    return numpy.matmul(x, of(`${name}.weight`)).add(of(`${name}.bias`));
  }

  function layerNorm(x: JaxArray, name: string, of: (name: string) => JaxArray): JaxArray {
    return normalize(x, [1])
      .mul(of(`${name}.weight`))
      .add(of(`${name}.bias`));
  }

  function normalize(x: JaxArray, axes: readonly number[]): JaxArray {
    return nn.standardize(x, axes, { epsilon: EPSILON });
  }
}

type FourSizes = readonly [number, number, number, number];
type Gates = readonly [JaxArray, JaxArray, JaxArray, JaxArray];
