import { Lasting } from "../runtime/lasting.ts";
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
  readonly table: Lasting;
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
    const advance = frame.stride[axis];
    return { count: frame.result[axis], first: 0, step: 1, advance, shifts, firstTap: 0, tapStep: 1 };
  });
  const { samples, groups, channels, outputs, image, result } = frame;
  return passOf(axes, { samples, groups, channels, outputs, from: image, to: result });
}

/**
 * What `convolve` does to give the image from a result: a pass for each remainder of the place by the stride, for those
 * have taps in common. Place stride m + r follows from the places m + (r + padding - dilation tap) / stride.
 */
export function imagePasses(frame: Frame): Pass[] {
  const { samples, groups, channels, outputs, image, result } = frame;
  const sizes = { samples, groups, channels: outputs, outputs: channels, from: result, to: image };
  const [rows, columns] = eachAxis((axis) =>
    range(frame.stride[axis]).map((remainder) => imageAxis(frame, axis, remainder)),
  );
  return rows.flatMap((row) => columns.map((column) => passOf([row, column], sizes)));
}

function imageAxis(frame: Frame, axis: 0 | 1, remainder: number): Axis {
  const [stride, dilation] = [frame.stride[axis], frame.dilation[axis]];
  const from = remainder + frame.padding[axis];
  const taps = range(frame.kernel[axis]).filter((tap) => (from - tap * dilation) % stride === 0);
  const [firstTap = 0, secondTap = firstTap + 1] = taps;
  return {
    count: Math.max(0, Math.ceil((frame.image[axis] - remainder) / stride)),
    first: remainder,
    step: stride,
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
  const padded = depth > 0 && !(inside(rows, height) && inside(columns, width));
  // Strips are whole rows; a single row is cut along its columns.
  const [cut, other] = rows.count === 1 ? [columns, rows] : [rows, columns];
  const perStrip = placesInStrip(cut, other.count, padded ? channels * extentOf(other, other.count) : 0);
  const strips = rows.count * columns.count > 0 ? Math.ceil(cut.count / perStrip) : 0;
  const [rowCount, columnCount] = cut === rows ? [perStrip, columns.count] : [rows.count, perStrip];
  const [stripHeight, stripWidth] = [extentOf(rows, rowCount), extentOf(columns, columnCount)];
  const [rowFloats, planeFloats] = padded ? [stripWidth, stripHeight * stripWidth] : [width, height * width];
  const [firstRow, firstColumn] = depth > 0 ? [Math.min(...rows.shifts), Math.min(...columns.shifts)] : [0, 0];
  const offsets = range(channels).flatMap((channel) =>
    rows.shifts.flatMap((row) =>
      columns.shifts.map((column) => 4 * (channel * planeFloats + (row - firstRow) * rowFloats + column - firstColumn)),
    ),
  );
  const grid = (place: (row: number, column: number) => number): number[] =>
    range(rowCount).flatMap((row) => range(columnCount).map((column) => place(row, column)));
  const bases = grid((row, column) => 4 * (row * rows.advance * rowFloats + column * columns.advance));
  const places = grid((row, column) => (rows.first + row * rows.step) * to[1] + columns.first + column * columns.step);
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
    table: tableOf(header, [withSpare(offsets), withSpare(bases), places]),
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

/** A `Geometry`: the header, where each list begins in bytes, and the lists. */
function tableOf(header: Header, lists: readonly (readonly number[])[]): Lasting {
  const numbers: readonly number[] = Object.values(header);
  let end = numbers.length + lists.length;
  const starts = lists.map((list) => {
    const start = end;
    end += list.length;
    return 4 * start;
  });
  const table = new Lasting("table", [end], "int32");
  table.integers.set([...numbers, ...starts, ...lists.flat()]);
  return table;
}

/** Places of a strip along the axis that is cut: even shares, as many as caches bear. */
function placesInStrip({ count, advance, shifts }: Axis, across: number, floatsAcross: number): number {
  const reach = Math.max(...shifts, -Infinity) - Math.min(...shifts, Infinity);
  const byFloats = floatsAcross > 0 ? Math.floor((STRIP_FLOATS / floatsAcross - reach - 1) / advance) + 1 : count;
  const byPositions = Math.floor(STRIP_POSITIONS / Math.max(1, across));
  const most = Math.max(1, Math.min(byFloats, byPositions));
  return Math.max(1, Math.ceil(count / Math.max(1, Math.ceil(count / most))));
}

/** Places of the source that `count` places of the output reach over. */
function extentOf({ advance, shifts }: Axis, count: number): number {
  if (shifts.length === 0 || count === 0) return 0;
  return (count - 1) * advance + Math.max(...shifts) - Math.min(...shifts) + 1;
}

/** Whether all that is read lies in a source of this extent. */
function inside({ count, advance, shifts }: Axis, extent: number): boolean {
  return Math.min(...shifts) >= 0 && (count - 1) * advance + Math.max(...shifts) < extent;
}

function tapsOf({ firstTap, tapStep, shifts }: Axis): Taps {
  return { first: firstTap, step: tapStep, count: shifts.length };
}

/** Entries beyond the last repeat it. */
function withSpare(list: readonly number[]): number[] {
  return [...list, ...range(SPARE_ROWS).map(() => list.at(-1) ?? 0)];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
