import { describe, expect, test } from "vitest";
import { HALF_WORKERS, Half, PRODUCT_RUN, TILE_FLOATS, halfPanelFloats } from "#kernels/contract";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../../src/files/safetensors/half.ts";
import { BUILDS, LENGTHS, PARTS, Sandbox, randomFloats } from "../harness.ts";

/** Formats, with the code of files as reference: it is compared with NumPy's in test/files. */
const FORMATS = [
  {
    name: "bf16",
    format: Half.bf16,
    infinity: 0x7f80,
    narrow: (x: Float32Array, out: Uint16Array) => toBfloat16(new Uint32Array(x.buffer), out),
    widen: fromBfloat16,
  },
  {
    name: "f16",
    format: Half.f16,
    infinity: 0x7c00,
    narrow: (x: Float32Array, out: Uint16Array) => toFloat16(new Uint32Array(x.buffer), x, out),
    widen: fromFloat16,
  },
] as const;

type Format = (typeof FORMATS)[number];

/** [M, N, K]: every edge in each place, then sizes beyond one block of rows and one run of k. */
const EDGES = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 67];
const SIZES: readonly (readonly [number, number, number])[] = [
  ...EDGES.flatMap((size) => [[size, 33, 17] as const, [4, size, 9] as const, [3, 17, size] as const]),
  ...EDGES.map((size) => [size, size, size] as const),
  [1, 301, 129],
  [101, 13, 7],
  [211, 35, 50],
  [5, 11, 1025],
  [2, 5, 2100],
  [98, 3, 2100],
];

function narrowed({ narrow }: Format, x: Float32Array): Uint16Array {
  const out = new Uint16Array(x.length);
  expect(narrow(x, out)).toBe(-1);
  return out;
}

function widened({ widen }: Format, halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  widen(halves, new Uint32Array(out.buffer));
  return out;
}

/** Every number that the format has, its neighbours in float32, and the middle to the next number. */
function aroundNumbers(format: Format): Float32Array {
  const sizes = widened(
    format,
    Uint16Array.from({ length: format.infinity }, (_, half) => half),
  );
  const bits = new Uint32Array(sizes.buffer);
  const around = [...sizes].flatMap((size, i) => {
    if (i === 0 || i === sizes.length - 1) return [size];
    return [size, (size + sizes[i + 1]!) / 2, ...new Float32Array(Uint32Array.of(bits[i]! - 1, bits[i]! + 1).buffer)];
  });
  return Float32Array.from([...around, ...around.map((size) => -size)]);
}

function sameBits(x: Float32Array, y: Float32Array): boolean {
  return Buffer.compare(Buffer.from(x.buffer), Buffer.from(y.buffer)) === 0;
}

describe.each(BUILDS)("%s", (build) => {
  const sandbox = new Sandbox(build);

  describe.each(FORMATS)("$name", (format) => {
    test("narrowToHalf rounds to the nearest, to even in the middle, for any length", () => {
      const cases = [aroundNumbers(format), ...LENGTHS.map((length) => randomFloats(length, length + 1, 3))];
      for (const x of cases) {
        const expected = narrowed(format, x);
        for (const parts of PARTS) {
          sandbox.reset();
          const [at, out] = [sandbox.floats(x), sandbox.halves(new Uint16Array(x.length).fill(0xffff))];
          sandbox.inParts(parts, (...share) =>
            sandbox.kernels.narrowToHalf(at, out, x.length, format.format, ...share),
          );
          sandbox.checkGuards();
          const wrong = sandbox.readHalves(out, x.length).findIndex((half, i) => half !== expected[i]);
          expect(wrong, `index of ${x.length}, which is ${x[wrong]}`).toBe(-1);
        }
      }
    });

    test("narrowToHalf gives infinity for NaN and numbers beyond the largest", () => {
      sandbox.reset();
      const largest = widened(format, Uint16Array.of(format.infinity - 1))[0]!;
      const beyond = largest + (largest - widened(format, Uint16Array.of(format.infinity - 2))[0]!) / 2;
      const x = [beyond, Math.min(2 * largest, 3.4e38), Infinity, NaN].flatMap((size) => [size, -size]);
      const [at, out] = [sandbox.floats(x), sandbox.halves(new Uint16Array(x.length))];
      new Uint32Array(sandbox.memory.buffer, at + 4 * x.length - 4, 1).fill(0xffff_ffff); // a NaN of all ones
      sandbox.kernels.narrowToHalf(at, out, x.length, format.format, 0, 1);
      expect([...sandbox.readHalves(out, x.length)].map((half) => half & 0x7fff)).toEqual(x.map(() => format.infinity));
    });

    test("widenHalf is exact for every number, for any length", () => {
      const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((half) => (half & 0x7fff) < format.infinity);
      for (const length of [...LENGTHS, all.length]) {
        const halves = all.slice(all.length - length);
        for (const parts of PARTS) {
          sandbox.reset();
          const [at, out] = [sandbox.halves(halves), sandbox.empty(length)];
          sandbox.inParts(parts, (...share) => sandbox.kernels.widenHalf(at, out, length, format.format, ...share));
          sandbox.checkGuards();
          expect(sameBits(sandbox.read(out, length), widened(format, halves)), `${length}`).toBe(true);
        }
      }
    });

    test("matmulHalf has the bits of matmulDirect with rounded weights", () => {
      const { kernels } = sandbox;
      for (const [M, N, K] of SIZES) {
        const halves = narrowed(format, randomFloats(N * K, 2 + N));
        const a = randomFloats(M * K, 1 + M);
        sandbox.reset();
        const [aAt, rounded] = [sandbox.floats(a), sandbox.floats(widened(format, halves))];
        const weights = sandbox.halves(halves);
        const [expected, workspace] = [sandbox.empty(M * N), K > PRODUCT_RUN ? sandbox.empty(TILE_FLOATS) : 0];
        kernels.matmulDirect(aAt, K, 1, rounded, 1, K, expected, M, N, K, workspace, 0, 1);
        for (const parts of PARTS) {
          const out = sandbox.empty(M * N);
          sandbox.inParts(parts, (...share) => kernels.matmulHalf(aAt, weights, out, M, N, K, format.format, ...share));
          sandbox.checkGuards();
          const same = sameBits(sandbox.read(out, M * N), sandbox.read(expected, M * N));
          expect(same, `[${M}, ${N}], K ${K}, ${parts} parts`).toBe(true);
        }
      }
    });

    test.each([8, 16])("matmulHalfPanels has the bits of matmulPanels with rounded weights, panels of %i", (panel) => {
      const { kernels } = sandbox;
      for (const [M, N, K] of SIZES) {
        const b = randomFloats(K * N, 2 + N);
        const a = randomFloats(M * K, 1 + M);
        const size = Math.ceil(N / panel) * panel * K;
        const layouts: readonly (readonly [number, number])[] = [
          [1, K],
          [N, 1],
        ];
        for (const strides of layouts) {
          sandbox.reset();
          const [aAt, bAt] = [sandbox.floats(a), sandbox.halves(narrowed(format, b))];
          const rounded = sandbox.floats(widened(format, narrowed(format, b)));
          const [panels, expected] = [sandbox.empty(size), sandbox.empty(M * N)];
          kernels.packPanels(rounded, ...strides, panels, K, N, panel, 0, 1);
          kernels.matmulPanels(aAt, K, panels, expected, M, N, K, sandbox.empty(TILE_FLOATS), panel, 0, 1);
          for (const parts of [...PARTS, HALF_WORKERS + 3]) {
            const out = sandbox.empty(M * N);
            const workers = Math.min(parts, HALF_WORKERS);
            const workspace = sandbox.empty(workers * halfPanelFloats(Math.min(K, PRODUCT_RUN)));
            sandbox.inParts(parts, (...share) =>
              kernels.matmulHalfPanels(aAt, bAt, ...strides, out, M, N, K, format.format, workspace, panel, ...share),
            );
            sandbox.checkGuards();
            const same = sameBits(sandbox.read(out, M * N), sandbox.read(expected, M * N));
            expect(same, `[${M}, ${N}], K ${K}, ${parts} parts`).toBe(true);
          }
        }
      }
    });

    test("weights may end where memory ends", () => {
      const full = new Sandbox(build);
      const memoryEnd = full.memory.buffer.byteLength;
      for (const [M, N, K] of SIZES.slice(0, 40)) {
        full.reset();
        const [a, out] = [full.floats(new Float32Array(M * K)), full.empty(M * N)];
        full.kernels.matmulHalf(a, memoryEnd - 2 * N * K, out, M, N, K, format.format, 0, 1);
        expect(full.read(out, M * N).every((value) => value === 0)).toBe(true);
        const wide = full.empty(N * K);
        full.kernels.widenHalf(memoryEnd - 2 * N * K, wide, N * K, format.format, 0, 1);
        expect(full.read(wide, N * K).every((value) => value === 0)).toBe(true);
      }
    });
  });
});
