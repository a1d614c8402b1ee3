/** Images of other extents: along one axis after the other, by indices or a matrix of weights. */
import { Tensor } from "../../../base/tensor.ts";
import { constant } from "../../../ops/constant.ts";
import { add } from "../../../ops/elementwise/arithmetic.ts";
import { matmul } from "../../../ops/matmul/matmul.ts";
import { moveAxis } from "../../../ops/shape/permute.ts";
import { reshape } from "../../../ops/shape/view.ts";
import { requireSize, taken, upTo } from "../movement.ts";
import type { Node, Operator, Operators } from "../node.ts";
import { Value } from "../value.ts";

/** How positions of the result lie in x along one axis. */
interface Scaling {
  readonly extent: number;
  /** Whole, and before it is rounded down. */
  readonly length: number;
  readonly exact: number;
  readonly scale: number;
  readonly roi: readonly [start: number, end: number];
}

/** Where in x a position of the result is, by `coordinate_transformation_mode`. */
const COORDINATES: Readonly<Record<string, (i: number, scaling: Scaling) => number>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  asymmetric: (i, { scale }) => i / scale,
  pytorch_half_pixel: (i, { scale, length }) => (length > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { extent, length, exact }) => (length > 1 ? (i * (extent - 1)) / (exact - 1) : 0),
  tf_half_pixel_for_nn: (i, { scale }) => (i + 0.5) / scale,
  tf_crop_and_resize: (i, { extent, length, roi: [start, end] }) =>
    length > 1
      ? start * (extent - 1) + (i * (end - start) * (extent - 1)) / (length - 1)
      : 0.5 * (start + end) * (extent - 1),
};

/** The index nearest to a position, by `nearest_mode`. */
const NEAREST: Readonly<Record<string, (position: number) => number>> = {
  round_prefer_floor: (position) => Math.ceil(position - 0.5),
  round_prefer_ceil: (position) => Math.floor(position + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

const resize: Operator = (node) => {
  const x = node.input(0);
  const rank = x.shape.length;
  const isOld = node.opset < 11;
  node.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value"); // written for every mode
  const mode = node.word("mode", ["nearest", "linear", "cubic"]);
  const transform = node.word(
    "coordinate_transformation_mode",
    Object.keys(COORDINATES),
    isOld ? "asymmetric" : "half_pixel",
  );
  const nearest = node.word("nearest_mode", Object.keys(NEAREST), isOld ? "floor" : "round_prefer_floor");
  const scales = isOld ? node.numbers(1) : node.optionalNumbers(2);
  const sizes = isOld ? undefined : node.optionalNumbers(3);
  return scaled(node, x, scales ?? [], sizes, { mode, transform, nearest, rank });
};

/** `scales` is an attribute until opset 8, then an input. */
const upsample: Operator = (node) => {
  const x = node.input(0);
  const scales = node.opset < 9 ? (node.reals("scales") ?? []) : node.numbers(1);
  const mode = node.word("mode", ["nearest", "linear"]);
  return scaled(node, x, scales, undefined, { mode, transform: "asymmetric", nearest: "floor", rank: x.shape.length });
};

interface Manner {
  readonly mode: string;
  readonly transform: string;
  readonly nearest: string;
  readonly rank: number;
}

function scaled(
  node: Node,
  x: Value,
  scales: readonly number[],
  sizes: readonly number[] | undefined,
  { mode, transform, nearest, rank }: Manner,
): Value {
  const isBySize = sizes !== undefined && sizes.length > 0;
  const given = isBySize ? sizes : scales;
  if (given.length !== rank || given.some((each) => !(each > 0))) {
    return node.refuse(`scales or sizes must be ${rank} numbers above 0`, given);
  }
  const roi = transform === "tf_crop_and_resize" ? node.numbers(1) : [];
  return x.shape.reduce((part, extent, axis) => {
    const length = isBySize ? (sizes[axis] ?? 1) : Math.floor(extent * (scales[axis] ?? 1));
    const scale = isBySize ? length / extent : (scales[axis] ?? 1);
    const exact = isBySize ? length : extent * scale;
    const scaling: Scaling = { extent, length, exact, scale, roi: [roi[axis] ?? 0, roi[axis + rank] ?? 1] };
    if (length === extent && scale === 1 && transform !== "tf_crop_and_resize") return part;
    requireSize(node.where, part.shape.with(axis, length));
    const coordinate = COORDINATES[transform] ?? ((i: number) => i);
    const positions = upTo(length).map((i) => coordinate(i, scaling));
    if (mode === "nearest") {
      const toIndex = NEAREST[nearest] ?? Math.floor;
      const indices = positions.map((position) => Math.min(Math.max(toIndex(position), 0), extent - 1));
      return taken(node.where, part, axis, indices);
    }
    const outside = transform === "tf_crop_and_resize" ? node.real("extrapolation_value", 0) : undefined;
    const taps = mode === "linear" ? linearTaps : cubicTaps(node.real("cubic_coeff_a", -0.75));
    const isOutside = (position: number): boolean => outside !== undefined && (position < 0 || position > extent - 1);
    const weights = weightsOf(node, positions, extent, taps, isOutside);
    const out = weighted(node, part, axis, weights);
    if (outside === undefined || outside === 0) return out;
    const shape = part.shape.map((_, each) => (each === axis ? length : 1));
    const terms = Float32Array.from(positions, (position) => (isOutside(position) ? outside : 0));
    return Value.of(add(out.operand, constant(new Tensor(shape, "float32", terms))));
  }, x);
}

/** Neighbours of a position by their distances from its floor, and their weights. */
type Taps = (fraction: number) => readonly (readonly [offset: number, weight: number])[];

const linearTaps: Taps = (t) => [
  [0, 1 - t],
  [1, t],
];

/** Cubic convolution. Source: Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711 */
function cubicTaps(a: number): Taps {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return (t) => [
    [-1, far(1 + t)],
    [0, near(t)],
    [1, near(1 - t)],
    [2, far(2 - t)],
  ];
}

/** A matrix [extent, positions]; neighbours beyond the ends are those at the ends, or with `exclude_outside` nothing. */
function weightsOf(
  node: Node,
  positions: readonly number[],
  extent: number,
  taps: Taps,
  isOutside: (position: number) => boolean,
): Float32Array<ArrayBuffer> {
  const excludes = node.int("exclude_outside", 0) !== 0;
  requireSize(node.where, [extent, positions.length, 4]);
  const weights = new Float32Array(extent * positions.length);
  positions.forEach((position, i) => {
    if (isOutside(position)) return;
    const start = Math.floor(position);
    const near = taps(position - start).map(([offset, weight]) => [start + offset, weight] as const);
    const counted = excludes ? near.filter(([index]) => index >= 0 && index < extent) : near;
    const sum = excludes ? counted.reduce((total, [, weight]) => total + weight, 0) : 1;
    for (const [index, weight] of counted) {
      const at = Math.min(Math.max(index, 0), extent - 1) * positions.length + i;
      weights[at] = (weights[at] ?? 0) + weight / sum;
    }
  });
  return weights;
}

function weighted(node: Node, x: Value, axis: number, weights: Float32Array<ArrayBuffer>): Value {
  const last = x.shape.length - 1;
  const rows = moveAxis(node.float(x), axis, last);
  const extent = x.shape[axis] ?? 1;
  const length = weights.length / extent;
  const matrix = constant(new Tensor([extent, length], "float32", weights));
  const out = matmul(reshape(rows, [rows.size / extent, extent]), matrix);
  return Value.of(moveAxis(reshape(out, rows.shape.with(last, length)), last, axis));
}

export const resizeOperators: Operators = { Resize: resize, Upsample: upsample };
