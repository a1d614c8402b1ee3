import { sameShape } from "../../../base/tensor.ts";
import { batchNorm, channelMoments, channelNorm } from "../../../ops/batch-normalization.ts";
import { affine, divide, sqrt, square, subtract } from "../../../ops/elementwise/arithmetic.ts";
import { groupNorm, layerNorm } from "../../../ops/normalization.ts";
import { broadcast, mean } from "../../../ops/reduction/reduction.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

/** Statistics of the batch while training, which the running ones follow; else the running ones. */
const batchNormalization: Operator = (node) => {
  const x = node.operand(0);
  const [weight, bias, runningMean, variance] = [1, 2, 3, 4].map((index) => node.operand(index));
  const eps = node.real("epsilon", 1e-5);
  if (!weight || !bias || !runningMean || !variance) return node.refuse("there must be 5 inputs", node.inputs.length);
  if (node.outputCount > 1 || node.int("training_mode", 0) !== 0)
    return node.refuse("there must be one output, and training_mode 0", node.outputCount);
  const affines = { weight, bias };
  const [, channels = 1] = x.shape;
  const count = x.size / Math.max(1, channels);
  if (!node.state.training || count < 2) return Value.of(channelNorm(x, runningMean, variance, affines, eps));
  const moments = channelMoments(x);
  node.state.updateMoments(node, moments, count, 1 - node.real("momentum", 0.9));
  return Value.of(batchNorm(x, moments, affines, eps));
};

const instanceNormalization: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.operand(2)];
  return Value.of(groupNorm(x, x.shape[1] ?? 1, { weight, bias }, node.real("epsilon", 1e-5)));
};

const layerNormalization: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.optionalOperand(2) ?? null];
  const axis = node.axis(node.int("axis", -1), x.shape.length);
  const shape = x.shape.slice(axis);
  const eps = node.real("epsilon", 1e-5);
  const full = (each: typeof weight): typeof weight => (sameShape(each.shape, shape) ? each : broadcast(each, shape));
  const out = layerNorm(x, shape, { weight: full(weight), bias: bias && full(bias) }, eps);
  if (node.outputCount < 2) return Value.of(out);
  const axes = upTo(x.shape.length).slice(axis);
  const means = mean(x, axes, { keepDims: true });
  const variances = mean(square(subtract(x, means)), axes, { keepDims: true });
  return [Value.of(out), Value.of(means), Value.of(divide(1, sqrt(affine(variances, 1, eps))))];
};

/** (x - mean) / deviation over axes. */
const meanVariance: Operator = (node) => {
  const x = node.operand(0);
  const axes = node.axes(node.ints("axes", [0, 2, 3]), x.shape.length);
  const centered = subtract(x, mean(x, axes, { keepDims: true }));
  return Value.of(divide(centered, affine(sqrt(mean(square(centered), axes, { keepDims: true })), 1, 1e-9)));
};

/** Scale and bias are those of groups in opset 18 to 20, then those of channels. */
const groupNormalization: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.operand(2)];
  const groups = node.int("num_groups");
  const [, channels = 1] = x.shape;
  const perChannel = (each: typeof weight): typeof weight =>
    each.size === channels
      ? each
      : reshape(broadcast(reshape(each, [groups, 1]), [groups, channels / groups]), [channels]);
  return Value.of(
    groupNorm(x, groups, { weight: perChannel(weight), bias: perChannel(bias) }, node.real("epsilon", 1e-5)),
  );
};

/** x / the norm along an axis. */
const lpNormalization: Operator = (node) => {
  const x = node.operand(0);
  const axis = node.axis(node.int("axis", -1), x.shape.length);
  if (node.int("p", 2) !== 2) return node.refuse("p must be 2", node.int("p", 2));
  const squares = mean(square(x), axis, { keepDims: true });
  return Value.of(divide(x, sqrt(affine(squares, x.shape[axis] ?? 1, 0))));
};

/** Dropout with the probability of the attribute, or since opset 12 of an input; the identity in evaluation mode. */
const dropout: Operator = (node) => {
  const x = node.input(0);
  const p = node.opset < 12 ? node.real("ratio", 0.5) : node.number(1, 0.5);
  if (node.outputCount > 1) return [dropped(node, x, p), Value.known("boolean", [], new Float64Array([1]))];
  return dropped(node, x, p);
};

function dropped(node: Node, x: Value, p: number): Value {
  return node.state.training && p > 0 ? Value.of(node.state.dropout(node, node.float(x), p)) : x;
}

export const normalizationOperators: Operators = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  Dropout: dropout,
};
