import { sameShape } from "../../../base/tensor.ts";
import { batchNorm, channelMoments, channelNorm } from "../../../ops/batch-normalization.ts";
import { add, affine, divide, sqrt, square, subtract } from "../../../ops/elementwise/arithmetic.ts";
import { groupNorm, layerNorm } from "../../../ops/normalization.ts";
import { broadcast, mean } from "../../../ops/reduction/reduction.ts";
import { slice } from "../../../ops/shape/slice.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { uniform, upTo } from "../movement.ts";
import type { Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

/** Statistics of the batch while training, which the running ones follow; else the running ones. The mode is the module's. */
const batchNormalization: Operator = (node) => {
  const x = node.operand(0);
  const affines = { weight: node.operand(1), bias: node.operand(2) };
  const [mean, variance] = [node.operand(3), node.operand(4)];
  const eps = node.real("epsilon", 1e-5);
  const kept = node.real("momentum", 0.9);
  const count = x.size / Math.max(1, x.shape[1] ?? 1);
  node.ignore("training_mode", "is_test", "spatial");
  if (!node.state.training || count < 2) {
    return [channelNorm(x, mean, variance, affines, eps), mean, variance].map((each) => Value.of(each));
  }
  const moments = channelMoments(x);
  node.state.updateMoments(node, moments, count, 1 - kept);
  const out = Value.of(batchNorm(x, moments, affines, eps));
  if (node.outputCount < 2) return out;
  const updated = [mean, variance].map((running, row) => {
    const current = reshape(slice(moments, 0, row, row + 1), running.shape);
    return Value.of(add(affine(running, kept, 0), affine(current, 1 - kept, 0)));
  });
  return [out, ...updated];
};

const instanceNormalization: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.operand(2)];
  return Value.of(groupNorm(x, x.shape[1] ?? 1, { weight, bias }, node.real("epsilon", 1e-5)));
};

const layerNormalization: Operator = (node) => {
  const [x, weight, bias] = [node.operand(0), node.operand(1), node.optionalOperand(2) ?? null];
  node.ignore("stash_type");
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

/** Its probability is that of the module's layer, which may be set. The mask is given in evaluation mode only. */
const dropout: Operator = (node) => {
  const x = node.input(0);
  node.ignore("ratio", "seed", "is_test");
  const out = node.state.training ? Value.of(node.state.dropout(node, node.float(x))) : x;
  return node.outputCount < 2 || node.state.training ? out : [out, uniform(node.where, "boolean", x.shape, 1)];
};

export const normalizationOperators: Operators = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  Dropout: dropout,
};
