import { LANES, bytes, loadLanes, rowShare } from "../base/lanes";
import { INT8_POSITIONS, INT8_SPARE, Int8Convolution, int8PatchFloats } from "../contract/convolution";
import { INT8_LINE, INT8_PANEL, int8PanelFloats, int8RowFloats } from "../contract/matmul";
import { rowsTimesPanel } from "../matmul/int8";
import { ACTIVATION, factorOf, quantized, rangeOf, startOf, storeRange } from "../matmul/int8-quantize";
import { transposeBlock } from "../matmul/pack";

/** Bytes that are copied and filled at once. */
const CHUNK: usize = 16;

/**
 * images[n, y, x, c] = image[n, c, y, x] in 7 bits, with one scale and zero point for each sample, after it: see
 * `quantizeRows`. Workers share rows of pixels.
 */
export function quantizeImages(image: usize, images: usize, convolution: usize, part: i32, parts: i32): void {
  const sizes = changetype<Int8Convolution>(convolution);
  const channels = sizes.groups * sizes.channels;
  const width = sizes.width;
  const height = sizes.height;
  const size = channels * height * width;
  const end = rowShare(sizes.samples * height, part + 1, parts);
  let known = -1;
  let factor = f32x4.splat(0), start = f32x4.splat(0);
  for (let row = rowShare(sizes.samples * height, part, parts); row < end; row++) {
    const n = row / height;
    const y = row % height;
    const x = image + bytes(n * size);
    const to = images + bytes(n * sizes.imageFloats);
    if (n != known) {
      const range = rangeOf(x, size);
      factor = f32x4.splat(factorOf(range));
      start = startOf(range);
      if (y == 0) storeRange(to + bytes(sizes.imageFloats - 2), range);
      known = n;
    }
    for (let c = 0; c < channels; c++) {
      const from = x + bytes((c * height + y) * width);
      const step = ACTIVATION * channels;
      let at = to + ACTIVATION * (y * width * channels + c);
      for (let i = 0; i < width; i += LANES) {
        const count = width - i;
        const whole = quantized(loadLanes(from + bytes(i), count, f32x4.splat(0)), factor, start);
        storeActivation(at, i16x8.extract_lane_u(whole, 0));
        if (count > 1) storeActivation(at + step, i16x8.extract_lane_u(whole, 1));
        if (count > 2) storeActivation(at + 2 * step, i16x8.extract_lane_u(whole, 2));
        if (count > 3) storeActivation(at + 3 * step, i16x8.extract_lane_u(whole, 3));
        at += 4 * step;
      }
    }
  }
}

@inline
function storeActivation(at: usize, value: u16): void {
  if (ACTIVATION == 1) store<u8>(at, <u8>value);
  else store<u16>(at, value);
}

/**
 * out[n, o, p] = bias[o] + scale[n] scale[o] (sum over k of patch(n, p)[k] w[o, k] - zero[n] sum[o]), with images from
 * `quantizeImages`, panels from `packInt8` for each group, and k = (tap, channel); bias 0 where there is none.
 * `workspace` holds int8PatchFloats floats for each of `slots` workers. They share blocks of positions.
 */
export function convolveInt8(
  images: usize, panels: usize, bias: usize, out: usize, convolution: usize, workspace: usize, slots: i32,
  part: i32, parts: i32,
): void {
  parts = min(parts, slots);
  if (part >= parts) return;
  const sizes = changetype<Int8Convolution>(convolution);
  const depth = sizes.channels * sizes.kernelHeight * sizes.kernelWidth;
  const lines = (depth + INT8_LINE - 1) / INT8_LINE;
  const outputs = sizes.outputs;
  const count = (outputs + INT8_PANEL - 1) / INT8_PANEL;
  const positions = sizes.outHeight * sizes.outWidth;
  const blocks = (positions + INT8_POSITIONS - 1) / INT8_POSITIONS;
  const patches = workspace + bytes(part * int8PatchFloats(lines));
  const rowBytes = bytes(int8RowFloats(lines));
  const sums = patches + rowBytes * INT8_POSITIONS + bytes(INT8_SPARE);
  const items = sizes.samples * sizes.groups * blocks;
  const end = rowShare(items, part + 1, parts);
  for (let item = rowShare(items, part, parts); item < end; item++) {
    const unit = item / blocks;
    const group = unit % sizes.groups;
    const first = (item % blocks) * INT8_POSITIONS;
    const rows = min(INT8_POSITIONS, positions - first);
    const sample = images + bytes((unit / sizes.groups) * sizes.imageFloats);
    const range = load<u64>(sample + bytes(sizes.imageFloats - 2));
    for (let r = 0; r < rows; r++) {
      const row = patches + rowBytes * r;
      patch(sizes, sample, group, first + r, row, <i32>(range >> 32));
      store<u64>(row + bytes(4 * lines), range);
    }
    for (let p = 0; p < count; p++) {
      const panel = panels + bytes((group * count + p) * int8PanelFloats(lines));
      const o = p * INT8_PANEL;
      const here = min(INT8_PANEL, outputs - o);
      rowsTimesPanel(patches, panel, sums, bytes(INT8_PANEL), rows, INT8_PANEL, lines);
      if (bias) addBias(sums, rows, bias + bytes(group * outputs + o), here);
      const to = out + bytes((unit * outputs + o) * positions + first);
      transposeBlock(sums, INT8_PANEL, 1, to, positions, here, rows);
    }
  }
}

/** The patch at a position, in the order of taps and then channels; `zero` stands for padding. Up to INT8_SPARE floats more are written. */
function patch(sizes: Int8Convolution, sample: usize, group: i32, position: i32, to: usize, zero: i32): void {
  const width = sizes.width;
  const channels = sizes.channels;
  const dilation = sizes.dilationX;
  const taps = sizes.kernelWidth;
  const pixel = ACTIVATION * (sizes.groups * channels);
  const run = ACTIVATION * channels;
  const y = (position / sizes.outWidth) * sizes.strideY - sizes.paddingY;
  const x = (position % sizes.outWidth) * sizes.strideX - sizes.paddingX;
  const start = sample + run * group;
  const inside = x >= 0 && x + (taps - 1) * dilation < width;
  const together = inside && dilation == 1 && sizes.groups == 1;
  for (let h = 0; h < sizes.kernelHeight; h++) {
    const row = y + h * sizes.dilationY;
    if (row < 0 || row >= sizes.height) {
      fillOver(to, zero, run * taps);
      to += run * taps;
      continue;
    }
    const from = start + pixel * (row * width);
    if (together) {
      copyOver(from + pixel * x, to, run * taps);
      to += run * taps;
      continue;
    }
    for (let v = 0; v < taps; v++) {
      const column = x + v * dilation;
      if (column < 0 || column >= width) fillOver(to, zero, run);
      else copyOver(from + pixel * column, to, run);
      to += run;
    }
  }
}

/** Copies `length` bytes, and up to 15 more. */
@inline
function copyOver(from: usize, to: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += CHUNK) v128.store(to + i, v128.load(from + i));
}

/** Fills `length` bytes with an activation, and up to 15 more. */
@inline
function fillOver(to: usize, value: i32, length: usize): void {
  const values = ACTIVATION == 1 ? i8x16.splat(<i8>value) : i16x8.splat(<i16>value);
  for (let i: usize = 0; i < length; i += CHUNK) v128.store(to + i, values);
}

/** sums[r, c] += bias[c] for `count` channels. */
function addBias(sums: usize, rows: i32, bias: usize, count: i32): void {
  const none = f32x4.splat(0);
  const a = loadLanes(bias, count, none);
  const b = count > LANES ? loadLanes(bias + 16, count - LANES, none) : none;
  const c = count > 2 * LANES ? loadLanes(bias + 32, count - 2 * LANES, none) : none;
  const d = count > 3 * LANES ? loadLanes(bias + 48, count - 3 * LANES, none) : none;
  for (let r = 0; r < rows; r++) {
    const at = sums + bytes(r * INT8_PANEL);
    v128.store(at, f32x4.add(v128.load(at), a));
    v128.store(at, f32x4.add(v128.load(at, 16), b), 16);
    v128.store(at, f32x4.add(v128.load(at, 32), c), 32);
    v128.store(at, f32x4.add(v128.load(at, 48), d), 48);
  }
}
