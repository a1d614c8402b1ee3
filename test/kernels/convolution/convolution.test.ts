import { describe, expect, test } from "vitest";
import { CONVOLUTION_FLOATS, KERNEL_GRADIENT_FLOATS, SPARE_ROWS } from "#kernels/contract";
import {
  type Correlation,
  type Pass,
  imagePasses,
  resultPass,
} from "../../../src/ops/convolution/correlation-geometry.ts";
import { BUILDS, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** What differs from one sample of one channel, a 3 x 3 kernel over 5 x 6, one step at a time. */
type Case = Partial<Omit<Correlation, "result">>;

const CASES: readonly Case[] = [
  {},
  { samples: 3, channels: 2, outputs: 3 },
  { samples: 2, groups: 3, channels: 2, outputs: 17, image: [4, 5], kernel: [2, 3] },
  { outputs: 9, image: [9, 8], stride: [2, 3], padding: [1, 2] },
  { channels: 3, outputs: 33, image: [11, 7], stride: [2, 1], dilation: [2, 3], padding: [3, 4] },
  { outputs: 4, image: [7, 9], kernel: [1, 1], stride: [2, 2] },
  { outputs: 2, image: [6, 6], kernel: [2, 2], stride: [3, 3] },
  { outputs: 5, image: [4, 4], kernel: [3, 3], padding: [4, 5] },
  { image: [8, 8], kernel: [4, 4], stride: [2, 2], dilation: [2, 2], padding: [3, 3] },
  { samples: 2, channels: 2, outputs: 3, image: [1, 1100], kernel: [1, 5], padding: [0, 2] },
  { samples: 0, image: [5, 5] },
  { channels: 60, outputs: 2, image: [3, 14] },
  { samples: 2, channels: 3, outputs: 2, image: [70, 40], padding: [1, 1] },
  { samples: 2, channels: 80, outputs: 3, image: [40, 30], padding: [1, 1] },
  { samples: 3, groups: 4, image: [6, 40], padding: [1, 1] },
  { groups: 3, outputs: 2, image: [5, 23], kernel: [3, 5], padding: [2, 0] },
  { groups: 2, image: [9, 12], stride: [2, 1], padding: [1, 1] },
  { groups: 2, outputs: 2, image: [12, 47], stride: [2, 2], kernel: [3, 4], padding: [1, 1] },
  { channels: 2, outputs: 3, image: [21, 30], kernel: [2, 1], stride: [9, 13], padding: [1, 0] },
  { samples: 19, channels: 2, outputs: 8, image: [7, 7], kernel: [5, 5], stride: [2, 2] },
];

/** Columns of a panel, and whether the kernels for few outputs do the work, which are given panels of 8. */
const WAYS = [
  { panel: 8, few: false },
  { panel: 16, few: false },
  { panel: 8, few: true },
] as const;
type Way = (typeof WAYS)[number];

/** Floats that the kernels ask for: sums aside, a run of dOut, and rows beyond those that are wanted. */
const [ASIDE, RUN, SPARE] = [CONVOLUTION_FLOATS, KERNEL_GRADIENT_FLOATS, SPARE_ROWS];

function frameOf(each: Case): Correlation {
  const frame = {
    samples: 1,
    groups: 1,
    channels: 1,
    outputs: 1,
    image: [5, 6] as const,
    kernel: [3, 3] as const,
    stride: [1, 1] as const,
    padding: [0, 0] as const,
    dilation: [1, 1] as const,
    axes: 2 as const,
    ...each,
  };
  const extent = (axis: 0 | 1): number => {
    const room = frame.image[axis] + 2 * frame.padding[axis] - frame.dilation[axis] * (frame.kernel[axis] - 1) - 1;
    return Math.floor(room / frame.stride[axis]) + 1;
  };
  return { ...frame, result: [extent(0), extent(1)] };
}

const sizes = (f: Correlation): { image: number; kernel: number; result: number } => ({
  image: f.samples * f.groups * f.channels * f.image[0] * f.image[1],
  kernel: f.groups * f.outputs * f.channels * f.kernel[0] * f.kernel[1],
  result: f.samples * f.groups * f.outputs * f.result[0] * f.result[1],
});

/** Calls `visit` with the indices of every product of a convolution: of image, kernel and result. */
function eachProduct(f: Correlation, visit: (image: number, kernel: number, result: number) => void): void {
  const [H, W] = f.image;
  const [h, w] = f.kernel;
  const [Y, X] = f.result;
  for (let unit = 0; unit < f.samples * f.groups; unit++) {
    for (let o = 0; o < f.outputs; o++) {
      for (let c = 0; c < f.channels; c++) {
        for (let y = 0; y < Y; y++) {
          for (let x = 0; x < X; x++) {
            for (let i = 0; i < h; i++) {
              for (let j = 0; j < w; j++) {
                const row = y * f.stride[0] + i * f.dilation[0] - f.padding[0];
                const column = x * f.stride[1] + j * f.dilation[1] - f.padding[1];
                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                const kernel = ((((unit % f.groups) * f.outputs + o) * f.channels + c) * h + i) * w + j;
                visit(
                  ((unit * f.channels + c) * H + row) * W + column,
                  kernel,
                  ((unit * f.outputs + o) * Y + y) * X + x,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** Sums of products in f64, and a bound: n roundings of at most half a unit each of n terms (Higham 2002, 3.1). */
class Exact {
  readonly sums: Float64Array;
  readonly #sizes: Float64Array;
  readonly #terms: Int32Array;

  constructor(length: number) {
    this.sums = new Float64Array(length);
    this.#sizes = new Float64Array(length);
    this.#terms = new Int32Array(length);
  }

  add(i: number, term: number): void {
    this.sums[i]! += term;
    this.#sizes[i]! += Math.abs(term);
    this.#terms[i]! += 1;
  }

  /** The first number that is further off than rounding allows, or "". */
  mismatch(actual: Float32Array): string {
    const wrong = actual.findIndex(
      (value, i) => !(Math.abs(value - this.sums[i]!) <= (this.#terms[i]! + 2) * 2 ** -24 * this.#sizes[i]!),
    );
    return wrong < 0 ? "" : `[${wrong}]: ${this.sums[wrong]} expected, got ${actual[wrong]}`;
  }
}

/** The bytes of what `run` gives in any number of parts, after checking that they are the same. */
function sameInParts(sandbox: Sandbox, run: (parts: number) => Float32Array): Float32Array {
  const [first = new Float32Array(), ...others] = PARTS.map((parts) => {
    sandbox.reset();
    const out = run(parts);
    sandbox.checkGuards();
    return out;
  });
  for (const other of others) expect(Buffer.compare(Buffer.from(other.buffer), Buffer.from(first.buffer))).toBe(0);
  return first;
}

/** What `convolve` gives over all passes; of `slots` workers some may have nothing to do. */
function convolve(
  sandbox: Sandbox,
  f: Correlation,
  { passes, coversImage }: Passes,
  leading: "outputs" | "channels",
  [x, kernel, bias]: readonly Float32Array[],
  { panel, few }: Way,
  parts: number,
): Float32Array {
  const area = f.kernel[0] * f.kernel[1];
  const forward = leading === "outputs";
  const [outputs, channels] = forward ? [f.outputs, f.channels] : [f.channels, f.outputs];
  const strides = forward ? ([f.channels * area, area] as const) : ([area, f.channels * area] as const);
  const size = forward ? sizes(f).result : sizes(f).image;
  const at = sandbox.floats(x ?? []);
  const w = sandbox.floats(kernel ?? []);
  const b = bias ? sandbox.floats(bias) : 0;
  const out = coversImage ? sandbox.empty(size) : sandbox.floats(new Float32Array(size));
  for (const { table, taps, depth, stripFloats } of passes) {
    const [rows, columns] = taps as [Pass["taps"][number], Pass["taps"][number]];
    const panels = sandbox.empty(f.groups * Math.ceil(outputs / panel) * panel * depth);
    sandbox.inParts(parts, (...share) =>
      sandbox.kernels.packKernel(
        ...([w, panels, f.groups, f.outputs * f.channels * area, channels, strides[1], outputs, strides[0]] as const),
        ...([rows.first, rows.step, rows.count, columns.first, columns.step, columns.count] as const),
        ...([f.kernel[1], panel] as const),
        ...share,
      ),
    );
    const geometry = sandbox.integers(table);
    const slots = 3;
    const workspace = sandbox.empty(slots * (ASIDE + stripFloats));
    sandbox.inParts(parts, (...share) =>
      few
        ? sandbox.kernels.convolveFew(at, panels, b, out, geometry, workspace, slots, ...share)
        : sandbox.kernels.convolve(at, panels, b, out, geometry, workspace, slots, panel, ...share),
    );
  }
  return sandbox.read(out, size);
}

interface Passes {
  readonly passes: readonly Pass[];
  readonly coversImage: boolean;
}

/** The pass that computes the whole result. */
const forwardPasses = (f: Correlation): Passes => ({ passes: [resultPass(f)], coversImage: true });

/** Whether the kernels for few outputs support these passes. */
function allowsFew({ passes }: Passes): boolean {
  return passes.every(({ outputs }) => outputs <= 8);
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  describe.each(WAYS)("panels of $panel columns, few: $few", (way) => {
    const { panel, few } = way;
    const forward = CASES.filter((each) => !few || allowsFew(forwardPasses(frameOf(each))));
    const back = CASES.filter((each) => !few || allowsFew(imagePasses(frameOf(each))));

    test.each(forward)("convolve: every sum of products and bias, %j", (each) => {
      const f = frameOf(each);
      const { image, kernel, result } = sizes(f);
      const [x, w, b] = [randomFloats(image, 1), randomFloats(kernel, 2), randomFloats(f.groups * f.outputs, 3)];
      const exact = new Exact(result);
      const plane = f.result[0] * f.result[1];
      for (let i = 0; i < result; i++) exact.add(i, b[Math.floor(i / plane) % b.length]!);
      eachProduct(f, (i, k, r) => exact.add(r, x[i]! * w[k]!));
      const run = (parts: number): Float32Array =>
        convolve(sandbox, f, forwardPasses(f), "outputs", [x, w, b], way, parts);
      expect(exact.mismatch(sameInParts(sandbox, run))).toBe("");
    });

    test.each(back)("convolve back: every element has what all patches give it, %j", (each) => {
      const f = frameOf(each);
      const { image, kernel, result } = sizes(f);
      const [y, w] = [randomFloats(result, 4), randomFloats(kernel, 5)];
      const exact = new Exact(image);
      eachProduct(f, (i, k, r) => exact.add(i, y[r]! * w[k]!));
      const run = (parts: number): Float32Array => convolve(sandbox, f, imagePasses(f), "channels", [y, w], way, parts);
      expect(exact.mismatch(sameInParts(sandbox, run))).toBe("");
    });

    test.each(forward)("kernelGradient: sums over samples and positions, %j", (each) => {
      const f = frameOf(each);
      const { image, kernel, result } = sizes(f);
      const [x, y] = [randomFloats(image, 6), randomFloats(result, 7)];
      const exact = new Exact(kernel);
      eachProduct(f, (i, k, r) => exact.add(k, x[i]! * y[r]!));
      const { table, depth, stripFloats } = resultPass(f);
      const chunks = Math.max(1, Math.min(4, f.samples));
      const run = (parts: number): Float32Array => {
        const [from, dOut, geometry] = [sandbox.floats(x), sandbox.floats(y), sandbox.integers(table)];
        const sums = sandbox.empty(chunks * f.groups * Math.ceil(f.outputs / panel) * panel * (depth + SPARE));
        const slots = 3;
        const workspace = sandbox.empty(slots * (RUN + stripFloats));
        const out = sandbox.empty(kernel);
        sandbox.inParts(parts, (...share) =>
          few
            ? sandbox.kernels.kernelGradientFew(from, dOut, sums, geometry, workspace, slots, chunks, ...share)
            : sandbox.kernels.kernelGradient(from, dOut, sums, geometry, workspace, slots, chunks, panel, ...share),
        );
        sandbox.inParts(parts, (...share) =>
          sandbox.kernels.sumKernelGradient(sums, out, chunks, f.groups, f.outputs, depth, panel, ...share),
        );
        return sandbox.read(out, kernel);
      };
      expect(exact.mismatch(sameInParts(sandbox, run))).toBe("");
    });
  });
});
