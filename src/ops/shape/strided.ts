import { ShapeError } from "../../base/errors.ts";
import type { Operand } from "../../graph/operand.ts";
import { type Call, call } from "../../graph/call.ts";
import { type Shape, sizeOf } from "../../base/tensor.ts";
import { from } from "./view.ts";

/** One loop over elements: its number of iterations, and for each operand the stride from one to the next, in floats. */
export interface Loop {
  readonly extent: number;
  readonly strides: readonly number[];
}

/** Nested loops of a strided kernel. */
const LOOPS = 4;
export type FourLoops = readonly [Loop, Loop, Loop, Loop];
type Four = readonly [number, number, number, number];

/** The strides of a contiguous operand, in floats, for each axis. */
export function denseStrides(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/**
 * The shape that a and b broadcast to: axes are matched from the last one on; missing axes and extents of 1 are repeated.
 * @throws ShapeError when two extents differ and neither is 1
 */
export function commonShape(where: string, a: Operand, b: Operand, aShape = a.shape, bShape = b.shape): Shape {
  const axes = Math.max(aShape.length, bShape.length);
  return Array.from({ length: axes }, (_, i) => {
    const [m = 1, n = 1] = [aShape.at(i - axes), bShape.at(i - axes)];
    if (m === n || n === 1) return m;
    if (m === 1) return n;
    throw new ShapeError(
      `${where}: extents must agree from the last axis on, or be 1; got ${m} of ${a} and ${n} of ${b}`,
    );
  });
}

/** The strides that broadcast x to `shape`: 0 along repeated axes. */
export function broadcastStrides(x: Shape, shape: Shape): number[] {
  const missing = shape.length - x.length;
  const strides = denseStrides(x);
  return shape.map((extent, axis) => (x[axis - missing] === extent ? (strides[axis - missing] ?? 0) : 0));
}

/** The fewest loops over the elements of `shape` in order: axes that are contiguous in every operand are merged. */
export function loopsOver(shape: Shape, ...operands: readonly (readonly number[])[]): Loop[] {
  const loops: Loop[] = [];
  shape.forEach((extent, axis) => {
    if (extent === 1) return;
    const strides = operands.map((each) => each[axis] ?? 0);
    const outer = loops.at(-1);
    const isMergeable = outer?.strides.every((stride, i) => stride === (strides[i] ?? 0) * extent);
    if (outer && isMergeable) loops[loops.length - 1] = { extent: outer.extent * extent, strides };
    else loops.push({ extent, strides });
  });
  return loops;
}

/** The loops, padded in front to four by loops of one iteration; undefined for more than four. */
export function fourLoops(loops: readonly Loop[], operands: number): FourLoops | undefined {
  if (loops.length > LOOPS) return undefined;
  const once = { extent: 1, strides: Array<number>(operands).fill(0) };
  const [a, b, c, d] = [...Array.from({ length: LOOPS - loops.length }, () => once), ...loops];
  return a && b && c && d && [a, b, c, d];
}

/** The loop arguments of a strided kernel: extents, strides of the first operand, strides of the second. */
export function loopArguments(loops: FourLoops): readonly [...Four, ...Four, ...Four] {
  return [...four(loops, ({ extent }) => extent), ...stridesOf(loops, 0), ...stridesOf(loops, 1)];
}

/** The strides of one operand. */
export function stridesOf(loops: FourLoops, operand: number): Four {
  return four(loops, ({ strides }) => strides[operand] ?? 0);
}

function four([a, b, c, d]: FourLoops, numberOf: (loop: Loop) => number): Four {
  return [numberOf(a), numberOf(b), numberOf(c), numberOf(d)];
}

/** The offsets, by `strides`, of elements of `shape` that are given as row-major indices. */
export function offsetsOf(shape: Shape, strides: readonly number[], elements: Int32Array): Int32Array {
  return elements.map((element) => {
    let [rest, offset] = [element, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] ?? 1;
      offset += (rest % extent) * (strides[axis] ?? 0);
      rest = Math.floor(rest / extent);
    }
    return offset;
  });
}

/** The calls that fill `out`, contiguous, from x read by `strides`. */
export function copyCalls(x: Operand, out: Operand, shape: Shape, strides: readonly number[]): Call[] {
  const loops = loopsOver(shape, strides, denseStrides(shape));
  const lastStride = loops.at(-1)?.strides[0] ?? 1;
  // The kernel is fast where x is contiguous along one of the two innermost loops.
  const index = lastStride > 1 ? loops.findIndex((loop) => loop.strides[0] === 1) : -1;
  const contiguous = loops[index];
  const ordered = contiguous ? [...loops.toSpliced(index, 1).slice(0, -1), contiguous, ...loops.slice(-1)] : loops;
  return copyLoops(x, out, ordered.length > 0 ? ordered : [{ extent: out.size, strides: [1, 1] }]);
}

function copyLoops(x: Operand, out: Operand, loops: readonly Loop[]): Call[] {
  const four = fourLoops(loops, 2);
  if (!four) {
    // One call for each iteration of the shortest loop; the two innermost stay in the kernel.
    const shortest = Math.min(...loops.slice(0, -2).map(({ extent }) => extent));
    const index = loops.findIndex(({ extent }) => extent === shortest);
    const [xStride = 0, outStride = 0] = loops[index]?.strides ?? [];
    return Array.from({ length: shortest }, (_, i) =>
      copyLoops(from(x, i * xStride), from(out, i * outStride), loops.toSpliced(index, 1)),
    ).flat();
  }
  return [call("copyStrided", x, out, ...loopArguments(four))];
}
