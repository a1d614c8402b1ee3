import { sizeOf } from "../../../base/tensor.ts";
import { ShapeError } from "../../../base/errors.ts";
import type { Shape } from "../../../base/tensor.ts";
import { broadcasted, joined, permuted, requireSize, reshaped, sliced, taken, uniform, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { elementOf } from "../numbers.ts";
import { Value, commonShape, roomFor } from "../value.ts";
import { padded } from "./pad.ts";

const reshape: Operator = (node) => {
  const x = node.input(0);
  const wanted = node.opset < 5 ? node.ints("shape") : node.numbers(1);
  const keepsZero = node.int("allowzero", 0) !== 0;
  const extents = wanted.map((each, axis) => (each === 0 && !keepsZero ? (x.shape[axis] ?? 0) : each));
  const known = sizeOf(extents.filter((each) => each !== -1));
  const shape = extents.map((each) => (each === -1 ? x.size / known : each));
  if (shape.every((each) => Number.isInteger(each) && each >= 0) && extents.filter((each) => each === -1).length < 2) {
    return reshaped(node.where, x, shape);
  }
  throw new ShapeError(`${node.where}: the shape must fit ${String(x)}; got [${wanted.join(", ")}]`);
};

const flatten: Operator = (node) => {
  const x = node.input(0);
  const rank = x.shape.length;
  const given = node.int("axis", 1);
  const axis = given === rank ? rank : node.axis(given, rank);
  return reshaped(node.where, x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

const squeeze: Operator = (node) => {
  const x = node.input(0);
  const given = node.opset < 13 ? node.optionalInts("axes") : node.optionalNumbers(1);
  const axes = given ? node.axes(given, x.shape.length) : upTo(x.shape.length).filter((axis) => x.shape[axis] === 1);
  return reshaped(
    node.where,
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
};

const unsqueeze: Operator = (node) => {
  const x = node.input(0);
  const given = node.opset < 13 ? node.ints("axes") : node.numbers(1);
  const rank = x.shape.length + given.length;
  const axes = node.axes(given, rank);
  const rest = [...x.shape];
  return reshaped(
    node.where,
    x,
    upTo(rank).map((axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
  );
};

const transpose: Operator = (node) => {
  const x = node.input(0);
  const rank = x.shape.length;
  const axes = node.axes(node.ints("perm", upTo(rank).toReversed()), rank);
  if (axes.length === rank) return permuted(x, axes);
  return node.refuse(`perm must name ${rank} axes`, axes);
};

const concat: Operator = (node) => {
  const values = node.all();
  const rank = values[0]?.shape.length ?? 0;
  return joined(node.where, values, node.axis(node.int("axis", 1), rank));
};

const split: Operator = (node) => {
  const x = node.input(0);
  const axis = node.axis(node.int("axis", 0), x.shape.length);
  const extent = x.shape[axis] ?? 1;
  const count = node.int("num_outputs", node.outputCount);
  const each = Math.ceil(extent / count);
  const equal = upTo(count).map((i) => Math.max(0, Math.min(each, extent - i * each)));
  const sizes = (node.opset < 13 ? node.optionalInts("split") : node.optionalNumbers(1)) ?? equal;
  if (sizes.reduce((sum, size) => sum + size, 0) !== extent || sizes.some((size) => size < 0)) {
    return node.refuse(`split must add up to ${extent}`, sizes);
  }
  let start = 0;
  return sizes.map((size) => {
    const part = sliced(node.where, x, axis, start, start + size);
    start += size;
    return part;
  });
};

/** Attributes until opset 9, then inputs. */
const slice: Operator = (node) => {
  const x = node.input(0);
  const rank = x.shape.length;
  const old = node.opset < 10;
  const starts = old ? node.ints("starts") : node.numbers(1);
  const ends = old ? node.ints("ends") : node.numbers(2);
  const axes = node.axes((old ? node.optionalInts("axes") : node.optionalNumbers(3)) ?? upTo(starts.length), rank);
  const steps = (old ? undefined : node.optionalNumbers(4)) ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length) || steps.includes(0)) {
    return node.refuse("starts, ends, axes and steps must be equally many, and no step 0", [starts, ends, axes, steps]);
  }
  return axes.reduce((value, axis, i) => {
    const extent = value.shape[axis] ?? 1;
    const [start, end, step] = [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1];
    const front = (each: number): number => (each < 0 ? each + extent : each);
    const within = (each: number, low: number, high: number): number => Math.min(Math.max(front(each), low), high);
    const [first, last] =
      step > 0
        ? [within(start, 0, extent), within(end, 0, extent)]
        : [within(start, -1, extent - 1), within(end, -1, extent - 1)];
    if (step === 1) return sliced(node.where, value, axis, first, Math.max(first, last));
    const count = Math.max(0, Math.ceil((last - first) / step));
    return taken(
      node.where,
      value,
      axis,
      upTo(count).map((k) => first + k * step),
    );
  }, x);
};

const expand: Operator = (node) => {
  const x = node.input(0);
  return broadcasted(node.where, x, commonShape(node.where, [x.shape, node.numbers(1)]));
};

const tile: Operator = (node) => {
  const x = node.input(0);
  const repeats =
    node.inputs.length === 3
      ? x.shape.map((_, axis) => (axis === node.number(2, 0) ? node.number(1, 1) : 1))
      : node.numbers(1);
  if (repeats.length !== x.shape.length || repeats.some((each) => each < 0)) {
    return node.refuse(`repeats must be ${x.shape.length} numbers of at least 0`, repeats);
  }
  const shape = x.shape.map((extent, axis) => extent * (repeats[axis] ?? 1));
  requireSize(node.where, shape);
  const pairs = reshaped(
    node.where,
    x,
    x.shape.flatMap((extent) => [1, extent]),
  );
  const repeated = broadcasted(
    node.where,
    pairs,
    x.shape.flatMap((extent, axis) => [repeats[axis] ?? 1, extent]),
  );
  return reshaped(node.where, repeated, shape);
};

const shapeOf: Operator = (node) => {
  const { shape } = node.input(0);
  const bound = (each: number): number => Math.min(Math.max(each < 0 ? each + shape.length : each, 0), shape.length);
  return Value.integers(shape.slice(bound(node.int("start", 0)), bound(node.int("end", shape.length))));
};

const constant: Operator = (node) => {
  const value = node.tensor("value");
  if (value) return value;
  if (node.has("value_int")) return Value.integers([node.int("value_int")], []);
  if (node.has("value_ints")) return Value.integers(node.ints("value_ints"));
  if (node.has("value_float")) return Value.known("float", [], Float32Array.of(node.real("value_float", 0)));
  const numbers = node.reals("value_floats");
  if (numbers) return Value.known("float", [numbers.length], Float32Array.from(numbers));
  return node.refuse("a constant must have value, value_int, value_ints, value_float or value_floats", "none of them");
};

const constantOfShape: Operator = (node) => {
  const value = node.tensor("value") ?? Value.known("float", [1], Float32Array.of(0));
  const shape = requireShape(node, node.numbers(0));
  return uniform(node.where, value.type, shape, value.numbers?.[0] ?? 0);
};

const range: Operator = (node) => {
  const [start, limit, step] = [0, 1, 2].map((index) => node.number(index, 0));
  const { type } = node.input(0);
  const count = Math.max(0, Math.ceil(((limit ?? 0) - (start ?? 0)) / (step ?? 1)));
  if (!Number.isSafeInteger(count) || count > MOST_NUMBERS)
    return node.refuse("a range must be at most 2^20 numbers", count);
  const numbers = roomFor(type, count);
  for (let i = 0; i < count; i++) numbers[i] = (start ?? 0) + i * (step ?? 1);
  return Value.known(type, [count], numbers);
};

const MOST_NUMBERS = 2 ** 20;

/** 1 on a diagonal of a matrix. */
const eyeLike: Operator = (node) => {
  const { shape, type: own } = node.input(0);
  const type = node.has("dtype") ? elementOf(node.where, node.int("dtype")).type : own;
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2 || rows * columns > MOST_NUMBERS) node.shapeError("x must be a matrix", shape);
  const numbers = roomFor(type, rows * columns);
  const k = node.int("k", 0);
  for (let i = Math.max(0, -k); i < Math.min(rows, columns - k); i++) numbers[i * columns + i + k] = 1;
  return Value.known(type, shape, numbers);
};

function requireShape(node: Node, shape: readonly number[]): Shape {
  if (shape.every((each) => Number.isSafeInteger(each) && each >= 0)) return shape;
  return node.refuse("a shape must be whole numbers of at least 0", shape);
}

/** Blocks of channels become pixels. */
const depthToSpace: Operator = (node) => {
  const x = node.input(0);
  const size = node.int("blocksize");
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const inner = channels / (size * size);
  if (x.shape.length !== 4 || !Number.isInteger(inner)) node.shapeError("x must have blocksize² channels", x.shape);
  const isDcr = node.word("mode", ["DCR", "CRD"]) === "DCR";
  const parts = isDcr
    ? permuted(reshaped(node.where, x, [batch, size, size, inner, height, width]), [0, 3, 4, 1, 5, 2])
    : permuted(reshaped(node.where, x, [batch, inner, size, size, height, width]), [0, 1, 4, 2, 5, 3]);
  return reshaped(node.where, parts, [batch, inner, height * size, width * size]);
};

/** Blocks of pixels become channels. */
const spaceToDepth: Operator = (node) => {
  const x = node.input(0);
  const size = node.int("blocksize");
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const [rows, columns] = [height / size, width / size];
  if (x.shape.length !== 4 || !Number.isInteger(rows) || !Number.isInteger(columns)) {
    node.shapeError("extents of x must be multiples of blocksize", x.shape);
  }
  const parts = permuted(reshaped(node.where, x, [batch, channels, rows, size, columns, size]), [0, 3, 5, 1, 2, 4]);
  return reshaped(node.where, parts, [batch, size * size * channels, rows, columns]);
};

/** Attributes until opset 10, then inputs. */
const pad: Operator = (node) => {
  const x = node.input(0);
  const old = node.opset < 11;
  const pads = old ? node.ints("pads") : node.numbers(1);
  const value = old ? node.real("value", 0) : node.number(2, 0);
  const mode = node.word("mode", ["constant", "reflect", "edge"]);
  const given = node.opset < 18 ? undefined : node.optionalNumbers(3);
  const axes = given ? node.axes(given, x.shape.length) : upTo(x.shape.length);
  if (pads.length !== 2 * axes.length || pads.some((each) => !Number.isInteger(each))) {
    return node.refuse(`pads must be ${2 * axes.length} whole numbers`, pads);
  }
  return axes.reduce(
    (part, axis, i) => padded(node.where, part, axis, [pads[i] ?? 0, pads[i + axes.length] ?? 0], mode, value),
    x,
  );
};

export const shapeOperators: Operators = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Shape: shapeOf,
  Size: (node) => Value.integers([node.input(0).size], []),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  EyeLike: eyeLike,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
