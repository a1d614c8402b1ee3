import { describe, expect, test } from "vitest";
import {
  INT8_LINE,
  INT8_PANEL,
  INT8_SPARE,
  int8PanelFloats,
  int8PatchFloats,
  packInt8Convolution,
} from "#kernels/contract";
import { BUILDS, type Build, PARTS, Sandbox, randomFloats } from "../harness.ts";
import { quantizedChannel, quantizedRow } from "../matmul/quantized.ts";

const { fround } = Math;

type Pair = readonly [number, number];

interface Sizes {
  readonly samples: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly image: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

const BASE: Sizes = {
  samples: 2,
  groups: 1,
  channels: 3,
  outputs: 10,
  image: [7, 9],
  kernel: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
};

const CASES: readonly (readonly [string, Sizes])[] = [
  ["3 x 3", BASE],
  ["one channel, padded", { ...BASE, channels: 1, padding: [1, 1] }],
  ["padding wider than the kernel", { ...BASE, padding: [4, 5] }],
  ["strides", { ...BASE, stride: [2, 3], padding: [1, 2] }],
  ["dilation", { ...BASE, dilation: [2, 3], padding: [2, 2] }],
  ["groups", { ...BASE, groups: 3, channels: 2, outputs: 8, padding: [1, 1] }],
  ["1 x 1, many outputs", { ...BASE, kernel: [1, 1], channels: 17, outputs: 33 }],
  ["1 x 5, a row", { ...BASE, image: [1, 40], kernel: [1, 5], padding: [0, 2], channels: 4 }],
  ["5 x 1, a column", { ...BASE, image: [40, 1], kernel: [5, 1], padding: [2, 0], channels: 9, samples: 1 }],
  ["one position", { ...BASE, image: [3, 3], samples: 3, outputs: 16 }],
];

function resultOf({ image, kernel, stride, padding, dilation }: Sizes): Pair {
  const extent = (axis: 0 | 1): number =>
    Math.floor((image[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  return [extent(0), extent(1)];
}

/** The convolution of one scale for each sample and each output channel, in whole numbers. */
function reference(x: Float32Array, w: Float32Array, bias: Float32Array | null, sizes: Sizes): Float32Array {
  const { samples, groups, channels, outputs, image, kernel, stride, padding, dilation } = sizes;
  const [height, width] = resultOf(sizes);
  const [area, taps] = [image[0] * image[1], kernel[0] * kernel[1]];
  const [size, depth] = [groups * channels * area, channels * taps];
  const images = Array.from({ length: samples }, (_, n) => quantizedRow([...x.subarray(n * size, (n + 1) * size)]));
  const rows = Array.from({ length: groups * outputs }, (_, o) =>
    quantizedChannel([...w.subarray(o * depth, (o + 1) * depth)]),
  );
  const out: number[] = [];
  for (const sample of images) {
    rows.forEach((row, o) => {
      const first = Math.floor(o / outputs) * channels;
      for (let p = 0; p < height * width; p++) {
        const top = Math.floor(p / width) * stride[0] - padding[0];
        const left = (p % width) * stride[1] - padding[1];
        let sum = 0;
        row.whole.forEach((weight, k) => {
          const tap = k % taps;
          const i = top + Math.floor(tap / kernel[1]) * dilation[0];
          const j = left + (tap % kernel[1]) * dilation[1];
          if (i < 0 || i >= image[0] || j < 0 || j >= image[1]) return;
          const at = (first + Math.floor(k / taps)) * area + i * image[1] + j;
          sum += weight * (sample.whole[at]! - sample.zero);
        });
        out.push(fround(fround(fround(sum) * fround(sample.scale * row.scale)) + (bias?.[o] ?? 0)));
      }
    });
  }
  return Float32Array.from(out);
}

function convolution(
  sandbox: Sandbox,
  parts: number,
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | null,
  sizes: Sizes,
): Float32Array {
  sandbox.reset();
  const { kernels } = sandbox;
  const { samples, groups, channels, outputs, image, kernel, stride, padding, dilation } = sizes;
  const [outHeight, outWidth] = resultOf(sizes);
  const taps = kernel[0] * kernel[1];
  const depth = channels * taps;
  const lines = Math.ceil(depth / INT8_LINE);
  const groupFloats = Math.ceil(outputs / INT8_PANEL) * int8PanelFloats(lines);
  const imageFloats = Math.ceil((groups * channels * image[0] * image[1]) / 2) + 2;
  const numbers = packInt8Convolution({
    samples,
    groups,
    channels,
    outputs,
    outHeight,
    outWidth,
    imageFloats,
    height: image[0],
    width: image[1],
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    strideY: stride[0],
    strideX: stride[1],
    paddingY: padding[0],
    paddingX: padding[1],
    dilationY: dilation[0],
    dilationX: dilation[1],
  });
  const [table, a, b] = [sandbox.integers(numbers), sandbox.floats(x), sandbox.floats(w)];
  const c = bias ? sandbox.floats(bias) : 0;
  const panels = sandbox.empty(groups * groupFloats);
  const images = sandbox.empty(samples * imageFloats + INT8_SPARE);
  const slots = Math.min(parts, 3);
  const patches = sandbox.empty(slots * int8PatchFloats(lines));
  const size = samples * groups * outputs * outHeight * outWidth;
  const out = sandbox.empty(size);
  for (let group = 0; group < groups; group++) {
    const from = b + 4 * group * outputs * depth;
    const to = panels + 4 * group * groupFloats;
    sandbox.inParts(parts, (...share) =>
      kernels.packInt8(from, channels, taps, 1, depth, to, depth, outputs, ...share),
    );
  }
  sandbox.inParts(parts, (...share) => kernels.quantizeImages(a, images, table, ...share));
  sandbox.inParts(parts, (...share) => kernels.convolveInt8(images, panels, c, out, table, patches, slots, ...share));
  sandbox.checkGuards();
  return sandbox.read(out, size);
}

describe.each(BUILDS)("int8 convolution, %s", (build: Build) => {
  const sandbox = new Sandbox(build);

  test.each(CASES)("%s: the bits of the reference, for any number of workers", (_, sizes) => {
    const { samples, groups, channels, outputs, image, kernel } = sizes;
    const x = randomFloats(samples * groups * channels * image[0] * image[1], 1, 2).map((value) => value - 0.5);
    const w = randomFloats(groups * outputs * channels * kernel[0] * kernel[1], 2);
    const bias = randomFloats(groups * outputs, 3);
    const expected = reference(x, w, bias, sizes);
    for (const parts of PARTS) expect(convolution(sandbox, parts, x, w, bias, sizes)).toEqual(expected);
    expect(convolution(sandbox, 2, x, w, null, sizes)).toEqual(reference(x, w, null, sizes));
  });

  test.each([NaN, Infinity])("%f makes its sample NaN, and no other", (wrong) => {
    const size = BASE.channels * BASE.image[0] * BASE.image[1];
    const x = randomFloats(2 * size, 1);
    const w = randomFloats(BASE.outputs * BASE.channels * 9, 2);
    const clean = convolution(sandbox, 1, x, w, null, BASE);
    const out = convolution(sandbox, 2, x.with(size + 5, wrong), w, null, BASE);
    expect(out).toEqual(clean.map((value, i) => (i < clean.length / 2 ? value : NaN)));
  });
});
