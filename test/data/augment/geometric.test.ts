import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Tensor, data, tensor } from "../../../src/index.ts";
import { expectClose } from "../../support.ts";

const { augment, fromArrays, transforms } = data;

interface Case {
  readonly shape: readonly [number, number, number];
  readonly transforms: readonly (readonly [string, ...number[]])[];
  readonly image: readonly number[];
  readonly out: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL("../fixtures/augmentation.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};

/** A transform that draws from a range of one number. */
function made([name, ...[first = 0, second = 0]]: readonly [string, ...number[]]): data.transforms.Transform {
  if (name === "shift") return transforms.shift({ x: [first, first], y: [second, second] });
  if (name === "rotation") return transforms.rotation([first, first]);
  if (name === "zoom") return transforms.zoom([first, first]);
  return name === "horizontalFlip" ? transforms.horizontalFlip({ p: 1 }) : transforms.verticalFlip({ p: 1 });
}

/** The images after the transforms, in epoch 1. */
function changed(x: Tensor, list: readonly data.transforms.Transform[], options: data.AugmentOptions = {}): Tensor {
  const [count = 0] = x.shape;
  const set = augment(fromArrays(x, new Int32Array(count)), list, options);
  const batch = set.rows(
    Int32Array.from({ length: count }, (_, i) => i),
    1,
  ) as data.Batch;
  expect(batch.x.shape).toEqual(x.shape);
  return batch.x;
}

describe("geometric transforms", () => {
  test.each(cases)("$transforms of $shape as PyTorch's affine_grid and grid_sample", ({ shape, image, out, ...of }) => {
    const x = tensor(Float32Array.from(image), [1, ...shape]);
    expectClose(changed(x, of.transforms.map(made)).data, out, { absolute: 2e-6, relative: 2e-6 });
  });

  test("directions: right, down, counterclockwise; integer shifts and flips move numbers without rounding", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(changed(x, [made(["shift", 1, 0])]).toArray()).toEqual([
      [
        [0, 1],
        [0, 3],
      ],
    ]);
    expect(changed(x, [made(["shift", 0, 1])]).toArray()).toEqual([
      [
        [0, 0],
        [1, 2],
      ],
    ]);
    expectClose(changed(x, [made(["rotation", 90])]).data, [2, 4, 1, 3]);
    expect(changed(x, [made(["horizontalFlip"])]).toArray()).toEqual([
      [
        [2, 1],
        [4, 3],
      ],
    ]);
    expect(changed(x, [made(["verticalFlip"])]).toArray()).toEqual([
      [
        [3, 4],
        [1, 2],
      ],
    ]);
  });

  test("shares of width and height", () => {
    const x = tensor([
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    ]);
    const half = transforms.shift({ x: [0.5, 0.5], y: [-0.5, -0.5], unit: "share" });
    expect(changed(x, [half]).toArray()).toEqual([
      [
        [0, 0, 5, 6],
        [0, 0, 0, 0],
      ],
    ]);
  });

  test("flat images with a shape are changed as images; fill is what comes in", () => {
    const x = tensor(
      Float32Array.from({ length: 24 }, (_, i) => i),
      [2, 12],
    );
    const images = new Tensor([2, 2, 3, 2], "float32", x.data);
    const list = [made(["shift", 0.5, 1]), made(["rotation", 15])];
    const flat = changed(x, list, { shape: [2, 3, 2], fill: -1 });
    expect(flat.data).toEqual(changed(images, list, { fill: -1 }).data);
    expect(changed(x, [made(["shift", 9, 0])], { shape: [1, 3, 4], fill: 7 }).data).toEqual(
      new Float32Array(24).fill(7),
    );
  });

  test("maps that follow one another are one interpolation: a shift and its inverse change nothing", () => {
    const x = tensor(
      Float32Array.from({ length: 25 }, (_, i) => Math.sin(i)),
      [1, 5, 5],
    );
    expect(changed(x, [made(["shift", 0.5, 3]), made(["shift", -0.5, -3])]).data).toEqual(x.data);
    const between = [made(["shift", 0.5, 3]), transforms.masking({ p: 0 }), made(["shift", -0.5, -3])];
    expect(changed(x, between).data).not.toEqual(x.data);
  });
});

describe("what is drawn", () => {
  const SIZE = 41;
  /** Images with one lit pixel in the middle. */
  const dots = (count: number): Tensor => {
    const images = new Float32Array(count * SIZE * SIZE);
    for (let i = 0; i < count; i++) images[i * SIZE * SIZE + (SIZE * SIZE - 1) / 2] = 1;
    return new Tensor([count, SIZE, SIZE], "float32", images);
  };
  /** Center of mass of each image, in pixels from the center. */
  const places = ({ data: images, shape: [count = 0] }: Tensor): { x: number; y: number }[] =>
    Array.from({ length: count }, (_, i) => {
      let [x, y, sum] = [0, 0, 0];
      for (let row = 0; row < SIZE; row++) {
        for (let column = 0; column < SIZE; column++) {
          const value = images[(i * SIZE + row) * SIZE + column] ?? 0;
          x += value * (column - (SIZE - 1) / 2);
          y += value * (row - (SIZE - 1) / 2);
          sum += value;
        }
      }
      return { x: x / sum, y: y / sum };
    });

  test("shifts are uniform in their ranges and independent of each other", () => {
    const found = places(changed(dots(2000), [transforms.shift({ x: 4, y: [2, 12] })], { seed: 5 }));
    const mean = (of: (place: { x: number; y: number }) => number): number =>
      found.reduce((sum, place) => sum + of(place), 0) / found.length;
    expect(Math.max(...found.map(({ x }) => Math.abs(x)))).toBeLessThanOrEqual(4.0001);
    expect(Math.min(...found.map(({ y }) => y))).toBeGreaterThanOrEqual(1.9999);
    expect(Math.max(...found.map(({ y }) => y))).toBeLessThanOrEqual(12.0001);
    // Standard errors: 8 / sqrt(12 · 2000) = 0.052 and 10 / sqrt(12 · 2000) = 0.065; bounds are 4 of them.
    expect(Math.abs(mean(({ x }) => x))).toBeLessThan(0.21);
    expect(Math.abs(mean(({ y }) => y) - 7)).toBeLessThan(0.26);
    // Variance 16 / 3, of kurtosis 1.8: standard error 16 / 3 sqrt(0.8 / 2000) = 0.107.
    expect(Math.abs(mean(({ x }) => x * x) - 16 / 3)).toBeLessThan(0.43);
    // Covariance: 16 / 3 · 100 / 12 in the root, by 2000.
    expect(Math.abs(mean(({ x, y }) => x * (y - 7)))).toBeLessThan(4 * Math.sqrt(((16 / 3) * (100 / 12)) / 2000));
  });

  test("flips happen with their probability", () => {
    const x = tensor(
      Float32Array.from({ length: 4000 }, (_, i) => i % 2),
      [2000, 1, 2],
    );
    const { data: flipped } = changed(x, [transforms.horizontalFlip({ p: 0.3 })], { seed: 1 });
    const share = Array.from({ length: 2000 }, (_, i) => flipped[2 * i] ?? 0).reduce((sum, bit) => sum + bit, 0) / 2000;
    expect(Math.abs(share - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 2000));
  });
});
