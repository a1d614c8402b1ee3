import { type Pair, eachAxis } from "./window.ts";

/** An image [N, groups C, H, W], a kernel [groups O, C, h, w] and the result [N, groups O, Y, X] of passing it over the image. */
export interface Frame {
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
}

/** How, along one axis, places of an output follow from those of a source: place first + i step from i advance + shifts. */
interface Axis {
  readonly count: number;
  readonly first: number;
  readonly step: number;
  readonly advance: number;
  /** In order, up or down; one at least. */
  readonly shifts: readonly number[];
  /** The taps of the kernel in use. */
  readonly firstTap: number;
  readonly tapStep: number;
}

/** The taps of the kernel in use along one axis. */
interface Taps {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** What is read, in which order, to fill some or all places of each output plane. */
export interface Pass {
  /** A `Geometry` of assembly/convolution-geometry.ts: its numbers, where each list begins in bytes, and the lists. */
  readonly table: Int32Array;
  readonly taps: Pair<Taps>;
  /** Elements of a patch. */
  readonly depth: number;
  /** Floats of a strip that is copied. */
  readonly stripFloats: number;
  /** Strips of samples and groups. */
  readonly strips: number;
  /** Channels of the output in a group. */
  readonly outputs: number;
}

// Offsets and bases have room for whole tiles of rows: assembly/convolution-tile.ts says it.
const SPARE_ROWS = 5;
/** Floats of a strip, so that it stays in the L2 cache; and its positions. */
const STRIP_FLOATS = 65_536;
const STRIP_POSITIONS = 1024;

/** What `convolve` does to give the result: it reads patches of the image. */
export function resultPass(frame: Frame): Pass {
  const axes = eachAxis((axis): Axis => {
    const shifts = range(frame.kernel[axis]).map((tap) => tap * frame.dilation[axis] - frame.padding[axis]);
    const advance = frame.result[axis] > 1 ? frame.stride[axis] : 1;
    return { count: frame.result[axis], first: 0, step: 1, advance, shifts, firstTap: 0, tapStep: 1 };
  });
  const { samples, groups, channels, outputs, image, result } = frame;
  return passOf(axes, { samples, groups, channels, outputs, from: image, to: result });
}

/**
 * What `convolve` does to give the image from a result: a pass for each remainder of the place by the stride, for those
 * have taps in common. Place stride m + r follows from the places m + (r + padding - dilation tap) / stride.
 * Remainders without a tap have no pass: `isWhole` says whether every place has one.
 */
export function imagePasses(frame: Frame): { readonly passes: Pass[]; readonly isWhole: boolean } {
  const { samples, groups, channels, outputs, image, result } = frame;
  const sizes = { samples, groups, channels: outputs, outputs: channels, from: result, to: image };
  const [rows, columns] = eachAxis((axis) => imageAxes(frame, axis));
  const remainders = eachAxis((axis) => Math.min(frame.stride[axis], image[axis]));
  return {
    passes: rows.flatMap((row) => columns.map((column) => passOf([row, column], sizes))),
    isWhole: rows.length === remainders[0] && columns.length === remainders[1],
  };
}

/** For each remainder that has taps, in order. */
function imageAxes(frame: Frame, axis: 0 | 1): Axis[] {
  const [stride, padding] = [frame.stride[axis], frame.padding[axis]];
  const taps = new Map<number, number[]>();
  for (const tap of range(frame.kernel[axis])) {
    const remainder = (((tap * frame.dilation[axis] - padding) % stride) + stride) % stride;
    if (remainder >= frame.image[axis]) continue;
    const others = taps.get(remainder);
    if (others) others.push(tap);
    else taps.set(remainder, [tap]);
  }
  return [...taps]
    .toSorted(([one], [other]) => one - other)
    .map(([remainder, own]) => imageAxis(frame, axis, remainder, own));
}

function imageAxis(frame: Frame, axis: 0 | 1, remainder: number, taps: readonly number[]): Axis {
  const [stride, dilation] = [frame.stride[axis], frame.dilation[axis]];
  const from = remainder + frame.padding[axis];
  const [firstTap = 0, secondTap = firstTap + 1] = taps;
  const count = Math.ceil((frame.image[axis] - remainder) / stride);
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

interface Sizes {
  readonly samples: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly from: Pair;
  readonly to: Pair;
}

function passOf([rows, columns]: Pair<Axis>, { samples, groups, channels, outputs, from, to }: Sizes): Pass {
  const [height, width] = from;
  const depth = channels * rows.shifts.length * columns.shifts.length;
  const padded = !(inside(rows, height) && inside(columns, width));
  // Strips are whole rows; a single row is cut along its columns.
  const [cut, other] = rows.count === 1 ? [columns, rows] : [rows, columns];
  const perStrip = placesInStrip(cut, other.count, padded ? channels * extentOf(other, other.count) : 0);
  const strips = Math.ceil(cut.count / perStrip);
  const [rowCount, columnCount] = cut === rows ? [perStrip, columns.count] : [rows.count, perStrip];
  const [stripHeight, stripWidth] = [extentOf(rows, rowCount), extentOf(columns, columnCount)];
  const [rowFloats, planeFloats] = padded ? [stripWidth, stripHeight * stripWidth] : [width, height * width];
  const [firstRow, firstColumn] = [spanOf(rows)[0], spanOf(columns)[0]];
  const patch = listOf([channels, rows.shifts.length, columns.shifts.length], SPARE_ROWS, (channel, i, j) => {
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
    table: tableOf(header, [patch, bases, places]),
    taps: [tapsOf(rows), tapsOf(columns)],
    depth,
    stripFloats: padded ? channels * stripHeight * stripWidth : 0,
    strips: samples * groups * strips,
    outputs,
  };
}

/** The numbers of `Geometry` in assembly/convolution-geometry.ts, which says what they are, in its order. */
interface Header {
  readonly samples: number;
  readonly groups: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly stripHeight: number;
  readonly stripWidth: number;
  readonly advanceRows: number;
  readonly advanceColumns: number;
  readonly padded: number;
  readonly strips: number;
  readonly positions: number;
  readonly lastPositions: number;
  readonly columns: number;
  readonly outputs: number;
  readonly outPlane: number;
  readonly outAdvance: number;
  readonly depth: number;
}

/** @throws RangeError when a number has more than 32 bits */
function tableOf(header: Header, lists: readonly Int32Array[]): Int32Array {
  const numbers: number[] = Object.values(header);
  let end = numbers.length + lists.length;
  for (const list of lists) {
    numbers.push(4 * end);
    end += list.length;
  }
  const wrong = numbers.find((number) => number !== (number | 0));
  if (wrong !== undefined) {
    throw new RangeError(`convolution: extents, strides and padding must span less than 2^31 places; got ${wrong}`);
  }
  const table = new Int32Array(end);
  table.set(numbers);
  lists.forEach((list, i) => table.set(list, (numbers[numbers.length - lists.length + i] ?? 0) / 4));
  return table;
}

/** Numbers for all of [A, B, C] indices in order; `spare` entries beyond the last repeat it. Bytes are unsigned. */
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

/** Places of a strip along the axis that is cut: even shares, as many as caches bear. */
function placesInStrip(cut: Axis, across: number, floatsAcross: number): number {
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

/** Places of the source that `count` places of the output reach over. */
function extentOf(axis: Axis, count: number): number {
  const [low, high] = spanOf(axis);
  return (count - 1) * axis.advance + high - low + 1;
}

/** Whether all that is read lies in a source of this extent. */
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
