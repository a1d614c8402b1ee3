import { sameShape } from "../../../base/tensor.ts";
import type { Operand } from "../../../graph/operand.ts";
import { unshaped } from "../../../ops/shape/view.ts";
import { inputOf, isSet, numberOf } from "../attributes.ts";
import { Float, type Graph, type Value } from "../graph.ts";
import { affineOf } from "./elementwise.ts";
import type { Translations } from "./translation.ts";

/** (x - mean) * scale + bias for each channel, where scale is weight / √(variance + eps). */
function perChannel(out: Operand, graph: Graph): Value {
  const [x, mean, scale, bias] = [inputOf(out, 0), inputOf(out, 1), inputOf(out, 2), inputOf(out, 3)];
  const eps = numberOf(out, "eps");
  const found = scaleTerms(scale, eps);
  const [weight, variance] = found
    ? [graph.of(found.weight), graph.of(found.variance)]
    : [graph.of(scale), graph.constant("variance", "float32", mean.shape, new Float32Array(mean.size).fill(1))];
  return graph.node("BatchNormalization", [graph.of(x), weight, graph.of(bias), graph.of(mean), variance], {
    epsilon: new Float(found ? eps : 0),
  });
}

/** Weight and variance of a scale that was computed as 1 / √(variance + eps) * weight. */
function scaleTerms(scale: Operand, eps: number): { weight: Operand; variance: Operand } | undefined {
  const [factor, weight] = scale.inputs;
  const [one, root] = factor?.inputs ?? [];
  const [shifted] = root?.inputs ?? [];
  const [variance] = shifted?.inputs ?? [];
  const names = [scale, factor, one, root, shifted].map((each) => each?.operation);
  const isScale = names.join() === "multiply,divide,fill,sqrt,affine" && shifted && numberOf(shifted, "term") === eps;
  return isScale && weight && variance ? { weight, variance } : undefined;
}

/** The mean and the variance of each channel over samples and positions: [2, C]. */
function channelMoments(out: Operand, graph: Graph): Value {
  const source = inputOf(out, 0);
  const axes = source.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const x = graph.of(source);
  const mean = graph.node("ReduceMean", [x], { axes, keepdims: 1 });
  const difference = graph.node("Sub", [x, mean]);
  const variance = graph.node("ReduceMean", [graph.node("Mul", [difference, difference])], { axes, keepdims: 1 });
  const row = (moment: Value): Value => graph.node("Reshape", [moment, graph.ints("shape", [1, out.shape[1] ?? 1])]);
  return graph.node("Concat", [row(mean), row(variance)], { axis: 0 });
}

/** Whether all numbers of an operand are this one. */
function isFilled({ operation, rule }: Operand, value: number): boolean {
  return operation === "fill" && rule.attributes?.["value"] === value;
}

/** x normalized over its last axes, those of the weight. */
function layerNorm(out: Operand, graph: Graph): Value {
  const [x, weight, bias] = [inputOf(out, 0), inputOf(out, 2), inputOf(out, 3)];
  const inputs = [graph.of(x), graph.of(weight), ...(isFilled(bias, 0) ? [] : [graph.of(bias)])];
  return graph.node("LayerNormalization", inputs, {
    axis: -weight.shape.length,
    epsilon: new Float(numberOf(out, "eps")),
  });
}

/** x / √(mean of x² + eps) * weight, with the mean over the axes of the weight. */
function rmsNorm(out: Operand, graph: Graph): Value {
  const [x, weight] = [graph.input(out), inputOf(out, 2)];
  const axes = weight.shape.map((_, i) => i - weight.shape.length);
  const power = graph.node("ReduceMean", [graph.node("Mul", [x, x])], { axes, keepdims: 1 });
  const root = graph.node("Sqrt", [affineOf(graph, power, 1, numberOf(out, "eps"))]);
  const normalized = graph.node("Div", [x, root]);
  return isFilled(weight, 1) ? normalized : graph.node("Mul", [normalized, graph.of(weight)]);
}

/** Each group of channels normalized, as instances of [N, groups, ...]; then weight and bias of each channel. */
function groupNorm(out: Operand, graph: Graph): Value {
  const [x, weight, bias] = [inputOf(out, 0), inputOf(out, 2), inputOf(out, 3)];
  const groups = numberOf(out, "groups");
  const [samples = 0] = x.shape;
  const rows = graph.shaped(x, [samples, groups, x.size / (samples * groups)]);
  const all = (hint: string, value: number): Value =>
    graph.constant(hint, "float32", [groups], new Float32Array(groups).fill(value));
  const normalized = graph.node("InstanceNormalization", [rows, all("scale", 1), all("bias", 0)], {
    epsilon: new Float(numberOf(out, "eps")),
  });
  const restored = graph.node("Reshape", [normalized, graph.ints("shape", x.shape)]);
  const scaled = isFilled(weight, 1) ? restored : graph.node("Mul", [restored, ofChannels(weight, x, graph)]);
  return isFilled(bias, 0) ? scaled : graph.node("Add", [scaled, ofChannels(bias, x, graph)]);
}

/** A number for each element of a sample as one that broadcasts: one for each channel where it was repeated from that. */
export function ofChannels(row: Operand, x: Operand, graph: Graph): Value {
  const source = unshaped(row);
  const [repeated] = source.operation === "broadcast" ? source.inputs : [];
  const [, ...sample] = x.shape;
  const [channels = 1, ...field] = sample;
  if (source.shape.length !== 2 || !repeated || !sameShape(repeated.shape, [source.shape[0] ?? 0, 1])) {
    return graph.shaped(row, sample);
  }
  if (repeated.size !== 1 && repeated.size !== channels) return graph.shaped(row, sample);
  return graph.shaped(repeated, [repeated.size, ...field.map(() => 1)]);
}

/**
 * (x - center) / spread of each column, or x · spread + center. The center is subtracted in two parts, for its numbers are of
 * 64 bits.
 */
function standardize(out: Operand, graph: Graph): Value {
  const [x, centers, spreads] = [inputOf(out, 0), inputOf(out, 1), inputOf(out, 2)];
  const shape = x.shape.slice(1);
  const center = doublesOf(centers);
  const high = Float32Array.from(center);
  const low = Float32Array.from(center, (value, i) => value - (high[i] ?? 0));
  const row = (name: string, data: Float32Array): Value => graph.constant(name, "float32", shape, data);
  const spread = row("spread", Float32Array.from(doublesOf(spreads)));
  const parts = [row("center", high), ...(low.some((value) => value !== 0) ? [row("rest", low)] : [])];
  const isInverse = isSet(out, "inverse");
  if (!isInverse) {
    const centered = parts.reduce((sum, part) => graph.node("Sub", [sum, part]), graph.of(x));
    return graph.node("Div", [centered, spread]);
  }
  return parts
    .toReversed()
    .reduce((sum, part) => graph.node("Add", [sum, part]), graph.node("Mul", [graph.of(x), spread]));
}

/** Numbers of 64 bits that an int32 constant has as words. */
function doublesOf({ rule: { known = [] } }: Operand): Float64Array {
  return new Float64Array(Int32Array.from(known).buffer);
}

export const NORMALIZATION: Translations = {
  batchNorm: perChannel,
  channelMoments,
  channelNorm: perChannel,
  groupNorm,
  layerNorm,
  prelu: (out, graph) => {
    const x = inputOf(out, 0);
    return graph.node("PRelu", [graph.of(x), ofChannels(inputOf(out, 1), x, graph)]);
  },
  rmsNorm,
  standardize,
};
