/**
 * Convolutions with few outputs in a group, such as depthwise ones: lanes are neighbouring positions, where those
 * of `convolve` are outputs.
 */
import { Geometry, KERNEL_GRADIENT_FEW_FLOATS, SPARE_ROWS } from "../contract/convolution";
import { NARROW_PANEL } from "../contract/matmul";
import { basesOf, offsetsOf, placesOf, positionsIn, stripFloats, stripOf } from "./geometry";
import { LANES, TURN, bytes, laneSum, loadLanes, rowShare, storeLanes } from "../base/lanes";
import { multiplyAdd } from "../matmul/tile";

/** Elements of patches whose products with dOut are summed together. */
const TAPS: i32 = 4;

/** `convolve` for at most 8 outputs in a group, with w packed in panels of 8; `workspace` holds a strip for each worker. */
export function convolveFew(
  image: usize, panels: usize, bias: usize, out: usize, table: usize, workspace: usize, slots: i32, part: i32,
  parts: i32,
): void {
  parts = min(parts, slots);
  if (part >= parts) return;
  const geometry = changetype<Geometry>(table);
  const outputs = geometry.outputs;
  const copy = workspace + bytes(part * stripFloats(geometry));
  const items = geometry.samples * geometry.groups * geometry.strips;
  const end = rowShare(items, part + 1, parts);
  for (let item = rowShare(items, part, parts); item < end; item++) {
    const s = item % geometry.strips;
    const unit = item / geometry.strips;
    const group = unit % geometry.groups;
    const strip = stripOf(geometry, image, unit, s, copy);
    for (let o = 0; o < outputs; o++) {
      const first: f32 = bias ? load<f32>(bias + bytes(group * outputs + o)) : 0;
      const w = panels + bytes(group * NARROW_PANEL * geometry.depth + o);
      const to = out + bytes((unit * outputs + o) * geometry.outPlane + s * geometry.outAdvance);
      convolveStrip(geometry, strip, w, first, to, positionsIn(geometry, s));
    }
  }
}

function convolveStrip(geometry: Geometry, strip: usize, w: usize, first: f32, out: usize, positions: i32): void {
  const offsets = offsetsOf(geometry);
  const depth = geometry.depth;
  for (let start = 0; start < positions; start += geometry.columns) {
    const length = min(geometry.columns, positions - start);
    const from = strip + load<u32>(basesOf(geometry) + bytes(start));
    const places = placesOf(geometry) + bytes(start);
    const to = out + bytes(load<i32>(places));
    const step = length > 1 ? load<i32>(places, 4) - load<i32>(places) : 1;
    const gap = gapIn(geometry, length);
    let x = 0;
    if (step == 1 && gap == 4) {
      for (; x + 16 <= length; x += 16) sumsOfSixteen(from + bytes(x), offsets, depth, w, first, to + bytes(x));
      // The last four may overlap those before: the same sums once more.
      for (; x < length && length >= LANES; x += LANES) {
        const last = min(x, length - LANES);
        sumsOfFour(from + bytes(last), offsets, depth, w, first, to + bytes(last));
      }
    }
    for (; x < length; x += LANES) {
      const count = min(LANES, length - x);
      let sum = f32x4.splat(0);
      for (let k = 0; k < depth; k++) {
        const at = from + gap * x + load<u32>(offsets + bytes(k));
        sum = multiplyAdd(v128.load32_splat(w + bytes(k * NARROW_PANEL)), loadSpaced(at, gap, count), sum);
      }
      storeSpaced(to + bytes(x * step), step, f32x4.add(f32x4.splat(first), sum), count);
    }
  }
}

/** Bytes of the image from one position to the next in a row of so many. */
@inline
function gapIn(geometry: Geometry, length: i32): usize {
  return length > 1 ? <usize>(load<u32>(basesOf(geometry), 4) - load<u32>(basesOf(geometry))) : 4;
}

/** `count` floats, at most 4, `gap` bytes apart, the first at x; then zeros. */
@inline
function loadSpaced(x: usize, gap: usize, count: i32): v128 {
  if (gap == 4) return loadLanes(x, count, f32x4.splat(0));
  let lanes = v128.load32_zero(x);
  if (count > 1) lanes = v128.load_lane<f32>(x + gap, lanes, 1);
  if (count > 2) lanes = v128.load_lane<f32>(x + 2 * gap, lanes, 2);
  if (count > 3) lanes = v128.load_lane<f32>(x + 3 * gap, lanes, 3);
  return lanes;
}

/** out[i] = first + sum over k of w[k] * x[i + offsets[k]] for 16 i. */
@inline
function sumsOfSixteen(x: usize, offsets: usize, depth: i32, w: usize, first: f32, out: usize): void {
  const zero = f32x4.splat(0);
  let a = zero, b = zero, c = zero, d = zero;
  for (let k = depth; k > 0; k--) {
    const at = x + load<u32>(offsets);
    const weight = v128.load32_splat(w);
    const xa = v128.load(at);
    const xb = v128.load(at, 16);
    const xc = v128.load(at, 32);
    const xd = v128.load(at, 48);
    a = multiplyAdd(weight, xa, a);
    b = multiplyAdd(weight, xb, b);
    c = multiplyAdd(weight, xc, c);
    d = multiplyAdd(weight, xd, d);
    offsets += 4;
    w += bytes(NARROW_PANEL);
  }
  const start = f32x4.splat(first);
  a = f32x4.add(start, a);
  b = f32x4.add(start, b);
  c = f32x4.add(start, c);
  d = f32x4.add(start, d);
  v128.store(out, a);
  v128.store(out, b, 16);
  v128.store(out, c, 32);
  v128.store(out, d, 48);
}

/** `sumsOfSixteen` for 4 i. */
@inline
function sumsOfFour(x: usize, offsets: usize, depth: i32, w: usize, first: f32, out: usize): void {
  let sum = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    sum = multiplyAdd(v128.load32_splat(w), v128.load(x + load<u32>(offsets)), sum);
    offsets += 4;
    w += bytes(NARROW_PANEL);
  }
  v128.store(out, f32x4.add(f32x4.splat(first), sum));
}

/** out[i * step] = lanes[i] for i < count. */
function storeSpaced(out: usize, step: i32, lanes: v128, count: i32): void {
  if (step == 1) {
    storeLanes(out, count, lanes);
    return;
  }
  v128.store_lane<f32>(out, lanes, 0);
  if (count > 1) v128.store_lane<f32>(out + bytes(step), lanes, 1);
  if (count > 2) v128.store_lane<f32>(out + bytes(2 * step), lanes, 2);
  if (count > 3) v128.store_lane<f32>(out + bytes(3 * step), lanes, 3);
}

/**
 * `kernelGradient` for at most 8 outputs in a group: its `sums` for panels of 8.
 * `workspace` holds a strip and KERNEL_GRADIENT_FEW_FLOATS floats for each of `slots` workers. They share chunks and groups.
 */
export function kernelGradientFew(
  image: usize, dOut: usize, sums: usize, table: usize, workspace: usize, slots: i32, chunks: i32, part: i32,
  parts: i32,
): void {
  parts = min(parts, slots);
  if (part >= parts) return;
  const geometry = changetype<Geometry>(table);
  const outputs = geometry.outputs;
  const groups = geometry.groups;
  const depth = geometry.depth;
  const scratch = workspace + bytes(part * (KERNEL_GRADIENT_FEW_FLOATS + stripFloats(geometry)));
  const end = rowShare(chunks * groups, part + 1, parts);
  for (let item = rowShare(chunks * groups, part, parts); item < end; item++) {
    const group = item % groups;
    const chunk = item / groups;
    const out = sums + bytes(item * NARROW_PANEL * (depth + SPARE_ROWS));
    memory.fill(out, 0, bytes(NARROW_PANEL * (depth + SPARE_ROWS)));
    const last = rowShare(geometry.samples, chunk + 1, chunks);
    for (let n = rowShare(geometry.samples, chunk, chunks); n < last; n++) {
      const unit = n * groups + group;
      for (let s = 0; s < geometry.strips; s++) {
        const strip = stripOf(geometry, image, unit, s, scratch + bytes(KERNEL_GRADIENT_FEW_FLOATS));
        for (let o = 0; o < outputs; o++) {
          const from = dOut + bytes((unit * outputs + o) * geometry.outPlane + s * geometry.outAdvance);
          const positions = positionsIn(geometry, s);
          for (let k = 0; k < depth; k += TAPS) {
            const to = out + bytes(k * NARROW_PANEL + o);
            addProducts(geometry, strip, offsetsOf(geometry) + bytes(k), from, to, positions, scratch);
          }
        }
      }
    }
  }
}

/**
 * sums[8 k] += sum over positions p of strip[bases[p] + offsets[k]] * dOut[p], for four k. Lanes are added up at `scratch`:
 * V8 pairs sums that are stored.
 */
function addProducts(
  geometry: Geometry, strip: usize, offsets: usize, dOut: usize, sums: usize, positions: i32, scratch: usize,
): void {
  const zero = f32x4.splat(0);
  let a = zero, b = zero, c = zero, d = zero;
  let e = zero, f = zero, g = zero, h = zero;
  let restA = zero, restB = zero, restC = zero, restD = zero;
  for (let start = 0; start < positions; start += geometry.columns) {
    const length = min(geometry.columns, positions - start);
    const from = strip + load<u32>(basesOf(geometry) + bytes(start));
    let x0 = from + load<u32>(offsets);
    let x1 = from + load<u32>(offsets, 4);
    let x2 = from + load<u32>(offsets, 8);
    let x3 = from + load<u32>(offsets, 12);
    let upstream = dOut + bytes(start);
    const gap = gapIn(geometry, length);
    let rest = length;
    for (; rest >= TURN && gap == 4; rest -= TURN) {
      const low = v128.load(upstream);
      const high = v128.load(upstream, 16);
      a = multiplyAdd(low, v128.load(x0), a);
      e = multiplyAdd(high, v128.load(x0, 16), e);
      b = multiplyAdd(low, v128.load(x1), b);
      f = multiplyAdd(high, v128.load(x1, 16), f);
      c = multiplyAdd(low, v128.load(x2), c);
      g = multiplyAdd(high, v128.load(x2, 16), g);
      d = multiplyAdd(low, v128.load(x3), d);
      h = multiplyAdd(high, v128.load(x3, 16), h);
      x0 += 32;
      x1 += 32;
      x2 += 32;
      x3 += 32;
      upstream += 32;
    }
    for (; rest > 0; rest -= LANES) {
      const lanes = loadLanes(upstream, rest, zero);
      restA = multiplyAdd(lanes, loadSpaced(x0, gap, rest), restA);
      restB = multiplyAdd(lanes, loadSpaced(x1, gap, rest), restB);
      restC = multiplyAdd(lanes, loadSpaced(x2, gap, rest), restC);
      restD = multiplyAdd(lanes, loadSpaced(x3, gap, rest), restD);
      x0 += gap * LANES;
      x1 += gap * LANES;
      x2 += gap * LANES;
      x3 += gap * LANES;
      upstream += 16;
    }
  }
  v128.store(scratch, a);
  v128.store(scratch, e, 16);
  v128.store(scratch, b, 32);
  v128.store(scratch, f, 48);
  v128.store(scratch, c, 64);
  v128.store(scratch, g, 80);
  v128.store(scratch, d, 96);
  v128.store(scratch, h, 112);
  addLanes(scratch, restA, sums);
  addLanes(scratch + 32, restB, sums + bytes(NARROW_PANEL));
  addLanes(scratch + 64, restC, sums + bytes(2 * NARROW_PANEL));
  addLanes(scratch + 96, restD, sums + bytes(3 * NARROW_PANEL));
}

/** out[0] += the sum of eight floats and four lanes. */
@inline
function addLanes(eight: usize, rest: v128, out: usize): void {
  const sum = laneSum(f32x4.add(f32x4.add(v128.load(eight), v128.load(eight, 16)), rest));
  store<f32>(out, load<f32>(out) + sum);
}
