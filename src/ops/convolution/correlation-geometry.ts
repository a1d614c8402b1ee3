import { Geometry, SPARE_ROWS, packGeometry } from "#kernels/contract";
import { placesIn } from "../../base/layout.ts";
import { type Axes, type Pair, eachAxis } from "./window.ts";

/** The sizes of a correlation of an image [N, groups C, H, W] and a kernel [groups O, C, h, w], with a result [N, groups O, Y, X]. */
export interface Correlation {
  readonly samples: number;
  readonly groups: number;
  /** C, in each group. */
  readonly channels: number;
  /** O, in each group. */
  readonly outputs: number;
  readonly image: Pair;
  readonly kernel: Pair;
  readonly result: Pair;
  readonly stride: Pair;
  /** Zeros before the first row and column. */
  readonly padding: Pair;
  readonly dilation: Pair;
  /** Axes of the operands after samples and channels; the first of both is 1 for one. */
  readonly axes: Axes;
}

/**
 * The source positions of each output position along one axis: output position first + i step, for i < count, is a sum over the
 * source positions i advance + shift for each shift.
 */
interface Axis {
  readonly count: number;
  readonly first: number;
  readonly step: number;
  readonly advance: number;
  /** One for each tap in use, increasing or decreasing; at least one. */
  readonly shifts: readonly number[];
  /** The taps in use: firstTap, firstTap + tapStep, ... */
  readonly firstTap: number;
  readonly tapStep: number;
}

/** The taps in use along one axis: first, first + step, ... */
interface Taps {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** One call of a convolution kernel, which computes some or all positions of each output plane. */
export interface Pass {
  /** A `Geometry` of assembly/contract/convolution.ts and its lists. */
  readonly table: Int32Array;
  readonly taps: Pair<Taps>;
  /** Elements of a patch. */
  readonly depth: number;
  /** Floats of a padded copy of a strip; 0 where strips are read in place. */
  readonly stripFloats: number;
  /** Strips of all samples and groups. */
  readonly strips: number;
  /** Output channels in a group. */
  readonly outputs: number;
}

/** Most floats of a strip, so that it stays in the L2 cache, and its most positions. */
const STRIP_FLOATS = 65_536;
const STRIP_POSITIONS = 1024;

/** The pass that computes the result from patches of the image. */
export function resultPass(correlation: Correlation): Pass {
  const axes = eachAxis((axis): Axis => {
    const { kernel, dilation, padding, stride, result } = correlation;
    const shifts = range(kernel[axis]).map((tap) => tap * dilation[axis] - padding[axis]);
    const advance = result[axis] > 1 ? stride[axis] : 1;
    return { count: result[axis], first: 0, step: 1, advance, shifts, firstTap: 0, tapStep: 1 };
  });
  const { samples, groups, channels, outputs, image, result } = correlation;
  return passOf(axes, { samples, groups, channels, outputs, from: image, to: result });
}

/**
 * The passes that compute the image from a result. Image positions with the same remainder by the stride have the same taps, so
 * each remainder has a pass: position stride m + r is a sum over the result positions m + (r + padding - dilation tap) / stride.
 * Remainders without a tap have no pass; `coversImage` is whether all have one.
 */
export function imagePasses(correlation: Correlation): { readonly passes: Pass[]; readonly coversImage: boolean } {
  const { samples, groups, channels, outputs, image, result } = correlation;
  const sizes = { samples, groups, channels: outputs, outputs: channels, from: result, to: image };
  const [rows, columns] = eachAxis((axis) => imageAxes(correlation, axis));
  const remainders = eachAxis((axis) => Math.min(correlation.stride[axis], image[axis]));
  return {
    passes: rows.flatMap((row) => columns.map((column) => passOf([row, column], sizes))),
    coversImage: rows.length === remainders[0] && columns.length === remainders[1],
  };
}

/** One for each remainder that has taps, in order. */
function imageAxes(correlation: Correlation, axis: 0 | 1): Axis[] {
  const [stride, padding] = [correlation.stride[axis], correlation.padding[axis]];
  const tapsByRemainder = new Map<number, number[]>();
  for (const tap of range(correlation.kernel[axis])) {
    const remainder = (((tap * correlation.dilation[axis] - padding) % stride) + stride) % stride;
    if (remainder >= correlation.image[axis]) continue;
    const taps = tapsByRemainder.get(remainder);
    if (taps) taps.push(tap);
    else tapsByRemainder.set(remainder, [tap]);
  }
  return [...tapsByRemainder]
    .toSorted(([a], [b]) => a - b)
    .map(([remainder, taps]) => imageAxis(correlation, axis, remainder, taps));
}

function imageAxis(correlation: Correlation, axis: 0 | 1, remainder: number, taps: readonly number[]): Axis {
  const [stride, dilation] = [correlation.stride[axis], correlation.dilation[axis]];
  const from = remainder + correlation.padding[axis];
  const [firstTap = 0, secondTap = firstTap + 1] = taps;
  const count = Math.ceil((correlation.image[axis] - remainder) / stride);
  return {
    count,
    first: remainder,
    step: count > 1 ? stride : 1,
    advance: 1,
    shifts: taps.map((tap) => (from - tap * dilation) / stride),
    firstTap,
    tapStep: secondTap - firstTap,
  };
}

/** The sizes of a pass from a source to an output. */
interface PassSizes {
  readonly samples: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly from: Pair;
  readonly to: Pair;
}

function passOf([rows, columns]: Pair<Axis>, { samples, groups, channels, outputs, from, to }: PassSizes): Pass {
  const [height, width] = from;
  const depth = channels * rows.shifts.length * columns.shifts.length;
  const padded = !(inside(rows, height) && inside(columns, width));
  // A strip is some rows of the output, or, of a single row, some columns.
  const [cut, other] = rows.count === 1 ? [columns, rows] : [rows, columns];
  const perStrip = positionsInStrip(cut, other.count, padded ? channels * extentOf(other, other.count) : 0);
  const strips = Math.ceil(cut.count / perStrip);
  const [rowCount, columnCount] = cut === rows ? [perStrip, columns.count] : [rows.count, perStrip];
  const [stripHeight, stripWidth] = [extentOf(rows, rowCount), extentOf(columns, columnCount)];
  const [rowFloats, planeFloats] = padded ? [stripWidth, stripHeight * stripWidth] : [width, height * width];
  const [firstRow, firstColumn] = [spanOf(rows)[0], spanOf(columns)[0]];
  const offsets = listOf([channels, rows.shifts.length, columns.shifts.length], SPARE_ROWS, (channel, i, j) => {
    const [row, column] = [(rows.shifts[i] ?? 0) - firstRow, (columns.shifts[j] ?? 0) - firstColumn];
    return 4 * (channel * planeFloats + row * rowFloats + column);
  });
  const bases = listOf([1, rowCount, columnCount], SPARE_ROWS, (_, row, column) => {
    return 4 * (row * rows.advance * rowFloats + column * columns.advance);
  });
  const places = listOf([1, rowCount, columnCount], 0, (_, row, column) => {
    return (rows.first + row * rows.step) * to[1] + columns.first + column * columns.step;
  });
  const perAdvance = perStrip * cut.advance;
  const header: Header = {
    samples,
    groups,
    channels,
    height,
    width,
    firstRow,
    firstColumn,
    stripHeight,
    stripWidth,
    advanceRows: cut === rows ? perAdvance : 0,
    advanceColumns: cut === rows ? 0 : perAdvance,
    padded: padded ? 1 : 0,
    strips,
    positions: perStrip * other.count,
    lastPositions: (cut.count - (strips - 1) * perStrip) * other.count,
    columns: columnCount,
    outputs,
    outPlane: to[0] * to[1],
    outAdvance: perStrip * cut.step * (cut === rows ? to[1] : 1),
    depth,
  };
  return {
    table: tableOf(header, { offsets, bases, places }),
    taps: [tapsOf(rows), tapsOf(columns)],
    depth,
    stripFloats: padded ? channels * stripHeight * stripWidth : 0,
    strips: samples * groups * strips,
    outputs,
  };
}

/** The numbers of a `Geometry`, but for where its lists begin. */
type Header = Readonly<Record<Exclude<keyof typeof Geometry, "offsetsAt" | "basesAt" | "placesAt">, number>>;

/** The lists that follow the numbers. */
interface Lists {
  readonly offsets: Int32Array;
  readonly bases: Int32Array;
  readonly places: Int32Array;
}

/** @throws RangeError when a number has more than 32 bits */
function tableOf(header: Header, { offsets, bases, places }: Lists): Int32Array {
  const offsetsAt = placesIn(Geometry);
  const basesAt = offsetsAt + offsets.length;
  const placesAt = basesAt + bases.length;
  const starts = { offsetsAt: 4 * offsetsAt, basesAt: 4 * basesAt, placesAt: 4 * placesAt };
  const numbers = packGeometry({ ...header, ...starts });
  const wrong = numbers.find((number) => number !== (number | 0));
  if (wrong !== undefined) {
    throw new RangeError(`convolution: extents, strides and padding must span less than 2^31 positions; got ${wrong}`);
  }
  const table = new Int32Array(placesAt + places.length);
  table.set(numbers);
  table.set(offsets, offsetsAt);
  table.set(bases, basesAt);
  table.set(places, placesAt);
  return table;
}

/** numberAt of all indices below [A, B, C], in order, then `spare` copies of the last. */
function listOf(
  [A, B, C]: readonly [number, number, number],
  spare: number,
  numberAt: (a: number, b: number, c: number) => number,
): Int32Array {
  const list = new Int32Array(A * B * C + spare);
  let i = 0;
  for (let a = 0; a < A; a++) for (let b = 0; b < B; b++) for (let c = 0; c < C; c++) list[i++] = numberAt(a, b, c);
  return list.fill(list[i - 1] ?? 0, i);
}

/** Positions of a strip along the axis that is cut: equal shares, as large as the cache allows. */
function positionsInStrip(cut: Axis, across: number, floatsAcross: number): number {
  const [low, high] = spanOf(cut);
  const { count, advance } = cut;
  const byFloats =
    floatsAcross > 0 ? Math.floor((STRIP_FLOATS / floatsAcross - (high - low) - 1) / advance) + 1 : count;
  const byPositions = Math.floor(STRIP_POSITIONS / Math.max(1, across));
  const most = Math.max(1, Math.min(byFloats, byPositions));
  return Math.max(1, Math.ceil(count / Math.max(1, Math.ceil(count / most))));
}

/** The lowest and the highest shift. */
function spanOf({ shifts }: Axis): readonly [number, number] {
  const [first, last] = [shifts[0] ?? 0, shifts.at(-1) ?? 0];
  return first < last ? [first, last] : [last, first];
}

/** Source positions from the first to the last that `count` neighbouring output positions read. */
function extentOf(axis: Axis, count: number): number {
  const [low, high] = spanOf(axis);
  return (count - 1) * axis.advance + high - low + 1;
}

/** Whether every position that is read is inside a source of this extent. */
function inside(axis: Axis, extent: number): boolean {
  const [low, high] = spanOf(axis);
  return low >= 0 && (axis.count - 1) * axis.advance + high < extent;
}

function tapsOf({ firstTap, tapStep, shifts }: Axis): Taps {
  return { first: firstTap, step: tapStep, count: shifts.length };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
