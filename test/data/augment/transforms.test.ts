import { describe, expect, test } from "vitest";
import { Tensor, data, tensor } from "../../../src/index.ts";
import { beta } from "../../../src/data/augment/beta.ts";
import { Draws } from "../../../src/data/augment/draws.ts";

const { augment, fromArrays, transforms } = data;

const inOrder = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
/** Expects a mean within 4 standard errors. */
function expectMean(values: ArrayLike<number>, expected: number, deviation: number): void {
  expect(Math.abs(mean(values) - expected)).toBeLessThan((4 * deviation) / Math.sqrt(values.length));
}

function changed(x: Tensor, y: Tensor | Int32Array, list: readonly data.transforms.Transform[], epoch = 1): data.Batch {
  const [count = 0] = x.shape;
  return augment(fromArrays(x, y), list, { seed: 7 }).rows(inOrder(count), epoch) as data.Batch;
}

describe("noise", () => {
  test("has the moments of the normal distribution, by column", () => {
    const count = 5000;
    const x = tensor(
      Float32Array.from({ length: 3 * count }, (_, i) => i % 3),
      [count, 3],
    );
    const { data: made } = changed(x, new Int32Array(count), [transforms.noise([0.5, 0, 2])]).x;
    const column = (which: number): number[] => Array.from(inOrder(count), (i) => (made[3 * i + which] ?? NaN) - which);
    expect(column(1).every((value) => value === 0)).toBe(true);
    for (const [which, std] of [
      [0, 0.5],
      [2, 2],
    ] as const) {
      const drawn = column(which).map((value) => value / std);
      expectMean(drawn, 0, 1);
      expectMean(
        drawn.map((z) => z * z),
        1,
        Math.sqrt(2),
      );
      expectMean(
        drawn.map((z) => z ** 4),
        3,
        Math.sqrt(96),
      );
    }
  });
});

describe("masking and swapNoise", () => {
  const [count, width] = [400, 20];
  const x = tensor(
    Float32Array.from({ length: count * width }, (_, i) => Math.floor(i / width) + (i % width) * 1000),
    [count, width],
  );

  test("masking replaces numbers with its probability, each by itself", () => {
    const { data: made } = changed(x, new Int32Array(count), [transforms.masking({ p: 0.2, value: -5 })]).x;
    expect(made.every((value, i) => value === -5 || value === x.data[i])).toBe(true);
    expectMean(
      made.map((value) => Number(value === -5)),
      0.2,
      Math.sqrt(0.16),
    );
    const inRow = inOrder(count).map(
      (i) => made.subarray(i * width, (i + 1) * width).filter((value) => value === -5).length,
    );
    // Variance of a binomial count, 3.2, of standard error about 3.2 sqrt(2 / 400).
    expectMean(
      Float64Array.from(inRow, (each) => (each - 4) ** 2),
      3.2,
      3.2 * Math.SQRT2,
    );
  });

  test("swap noise takes numbers of one other sample, of the same column", () => {
    const { data: made, shape } = changed(x, new Int32Array(count), [transforms.swapNoise({ p: 0.3 })]).x;
    expect(shape).toEqual([count, width]);
    const others = new Set<number>();
    const swapped = Array.from(inOrder(count), (i) => {
      const from = new Set<number>();
      let changes = 0;
      for (let column = 0; column < width; column++) {
        const source = (made[i * width + column] ?? NaN) - column * 1000;
        if (!(Number.isInteger(source) && source >= 0 && source < count)) throw new Error(`no sample: ${source}`);
        if (source === i) continue;
        changes++;
        from.add(source);
      }
      expect(from.size).toBeLessThanOrEqual(1);
      for (const each of from) others.add(each);
      return changes / width;
    });
    expectMean(swapped, 0.3 * (1 - 1 / count), Math.sqrt(0.21 / width));
    expect(others.size).toBeGreaterThan(200); // 400 draws out of 400 give 253 different ones on average
  });
});

describe("erasing", () => {
  test("one rectangle in all channels, of an area uniform in the range, with the probability", () => {
    const [count, height, width] = [800, 40, 50];
    const x = new Tensor([count, 2, height, width], "float32", new Float32Array(count * 2 * height * width).fill(1));
    const range = [0.1, 0.3] as const;
    const { data: made } = changed(x, new Int32Array(count), [transforms.erasing({ p: 0.6, area: range, value: 9 })]).x;
    const areas: number[] = [];
    const ratios: number[] = [];
    const tops: number[] = [];
    for (let i = 0; i < count; i++) {
      const [first, second] = [0, 1].map((channel) =>
        made.subarray((2 * i + channel) * height * width, (2 * i + channel + 1) * height * width),
      ) as [Float32Array, Float32Array];
      expect(first.every((value, pixel) => value === second[pixel])).toBe(true);
      const at = Array.from(first.keys()).filter((pixel) => first[pixel] === 9);
      if (at.length === 0) continue;
      const [rows, columns] = [at.map((pixel) => Math.floor(pixel / width)), at.map((pixel) => pixel % width)];
      const [top, left] = [Math.min(...rows), Math.min(...columns)];
      const [high, wide] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
      expect(high * wide).toBe(at.length);
      areas.push(at.length / (height * width));
      ratios.push(Math.log(high / wide));
      tops.push(top / Math.max(height - high, 1));
    }
    expect(Math.abs(areas.length / count - 0.6)).toBeLessThan(4 * Math.sqrt(0.24 / count));
    expect(Math.min(...areas)).toBeGreaterThan(0.09);
    expect(Math.max(...areas)).toBeLessThan(0.32);
    // A uniform area: of those that fit; the largest and narrowest do not, in less than 2 % of draws.
    expect(Math.abs(mean(areas) - 0.2)).toBeLessThan(0.012);
    expect(Math.abs(Math.sqrt(mean(areas.map((each) => (each - 0.2) ** 2))) - 0.2 / Math.sqrt(12))).toBeLessThan(0.006);
    expect(Math.max(...ratios.map(Math.abs))).toBeLessThan(Math.log(1 / 0.3) + 0.15);
    // Uniform in ± ln(1 / 0.3) has the standard deviation 0.695; the tallest of the large ones do not fit.
    expect(Math.abs(Math.sqrt(mean(ratios.map((each) => each * each))) - 0.67)).toBeLessThan(0.06);
    expect(Math.abs(mean(tops) - 0.5)).toBeLessThan(0.06);
  });

  test("an image in which no rectangle fits stays; one rectangle can cover all", () => {
    const x = tensor(new Float32Array(20).fill(1), [1, 1, 20]);
    expect(changed(x, new Int32Array(1), [transforms.erasing({ p: 1, area: [1, 1], ratio: [1, 1] })]).x.data).toEqual(
      x.data,
    );
    const square = tensor(new Float32Array(25).fill(1), [1, 5, 5]);
    const { data: made } = changed(square, new Int32Array(1), [
      transforms.erasing({ p: 1, area: [1, 1], ratio: [1, 1] }),
    ]).x;
    expect(made).toEqual(new Float32Array(25));
  });
});

describe("mixup", () => {
  const count = 6000;
  /** Sample i is the number i, so that a mixed sample between whole targets tells its share. */
  const targets = tensor(
    Float32Array.from({ length: count }, (_, i) => i % 2),
    [count, 1],
  );

  test.each([0.1, 0.4, 1, 2.5, 30])("shares are drawn from Beta(α, α), α = %d", (alpha) => {
    const draws = new Draws({ seed: 3, stream: 0 }, 1);
    const drawn = Array.from({ length: 20_000 }, (_, i) => {
      draws.begin(0, i);
      return beta(alpha, draws);
    });
    expect(drawn.every((share) => share >= 0 && share <= 1)).toBe(true);
    const variance = 1 / (4 * (2 * alpha + 1));
    expectMean(drawn, 0.5, Math.sqrt(variance));
    // Fourth central moment of Beta(α, α): 3 / (16 (2α + 1) (2α + 3)).
    const fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
    expectMean(
      drawn.map((share) => (share - 0.5) ** 2),
      variance,
      Math.sqrt(fourth - variance ** 2),
    );
    // Kurtosis 3 (2α + 1) / (2α + 3) tells Beta from other laws of this variance.
    expect(Math.abs(mean(drawn.map((share) => (share - 0.5) ** 4)) / fourth - 1)).toBeLessThan(0.06);
  });

  test("targets of numbers are mixed as samples are", () => {
    const { x, y } = changed(targets, targets, [transforms.mixup({ alpha: 1 })]);
    expect(x.data).toEqual(y.data);
    const mixed = x.data.filter((value) => value > 0 && value < 1);
    // Half of all pairs differ; their shares are uniform.
    expect(Math.abs(mixed.length / count - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / count));
    expectMean(mixed, 0.5, Math.sqrt(1 / 12));
  });

  test("the share does not depend on the other sample", () => {
    const [samples, epochs] = [200, 20];
    const x = tensor(Array.from({ length: samples }, (_, i) => [i, i * i]));
    const y = tensor(new Float32Array(samples), [samples, 1]);
    const others: number[] = [];
    const shares: number[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const { data: mixed } = changed(x, y, [transforms.mixup({ alpha: 1 })], epoch).x;
      for (let i = 0; i < samples; i++) {
        const [first, second] = [(mixed[2 * i] ?? NaN) - i, (mixed[2 * i + 1] ?? NaN) - i * i];
        if (Math.abs(first) < 0.5) continue; // too near to tell which other one it is
        const other = Math.round(second / first) - i;
        others.push(other / samples - 0.5);
        shares.push(first / (other - i) - 0.5);
      }
    }
    expect(others.length).toBeGreaterThan(0.95 * samples * epochs);
    const product = mean(others.map((other, i) => other * (shares[i] ?? NaN)));
    expect(Math.abs(product)).toBeLessThan(4 / 12 / Math.sqrt(others.length));
  });

  test("labels stay, and samples are nearer to their own: shares from Beta(α + 1, α)", () => {
    const labels = Int32Array.from(targets.data);
    const { x, y } = changed(targets, labels, [transforms.mixup({ alpha: 1 })]);
    expect([y.dtype, y.data]).toEqual(["int32", labels]);
    const own = Array.from(x.data, (value, i) => (labels[i] === 1 ? value : 1 - value)).filter(
      (share) => share < 1 && share > 0,
    );
    // Beta(2, 1): mean 2 / 3, variance 1 / 18.
    expectMean(own, 2 / 3, Math.sqrt(1 / 18));
  });

  test("the expected loss with labels is that of mixed targets", () => {
    // Loss of the prediction x: (x - y)², linear in the target's shares for labels 0 and 1.
    const labels = Int32Array.from(targets.data);
    const hard = changed(targets, labels, [transforms.mixup({ alpha: 0.6 })]);
    const soft = changed(targets, labels, [transforms.mixup({ alpha: 0.6, classes: 2 })]);
    const hardLosses = hard.x.data.map((value, i) => (value - (labels[i] ?? NaN)) ** 2);
    const softLosses = soft.x.data.map((value, i) => {
      const [zero, one] = [soft.y.data[2 * i] ?? NaN, soft.y.data[2 * i + 1] ?? NaN];
      return zero * value ** 2 + one * (value - 1) ** 2;
    });
    const deviation = Math.sqrt(mean(hardLosses.map((loss) => loss ** 2)));
    expect(mean(softLosses)).toBeGreaterThan(0.03);
    expect(Math.abs(mean(hardLosses) - mean(softLosses))).toBeLessThan((4 * Math.SQRT2 * deviation) / Math.sqrt(count));
  });

  test("with classes, labels are probabilities in every epoch; augmented samples are mixed", () => {
    const labels = Int32Array.of(2, 0, 1);
    const x = tensor([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const list = [transforms.mixup({ alpha: 1, classes: 3 })];
    const evaluated = changed(x, labels, list, 0);
    expect(evaluated.y.toArray()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const { x: mixed, y } = changed(x, labels, list);
    expect(String(y)).toBe("float32 [3, 3]");
    // Label of sample i is that of its 1: the same permutation in x and y.
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        expect(y.data[row * 3 + (labels[column] ?? 0)]).toBeCloseTo(mixed.data[row * 3 + column] ?? NaN, 6);
      }
    }
    const shifted = changed(tensor([[[1, 2]], [[4, 8]]]), Int32Array.of(0, 1), [
      transforms.horizontalFlip({ p: 1 }),
      transforms.mixup({ alpha: 1, classes: 2 }),
    ]);
    const [share = NaN, rest = NaN] = shifted.y.data;
    expect(shifted.x.data[0]).toBeCloseTo(2 * share + 8 * rest, 5);
  });

  test("refuses labels that are no class", () => {
    const x = tensor([[1], [2]]);
    expect(() => changed(x, Int32Array.of(0, 5), [transforms.mixup({ classes: 3 })])).toThrow(
      "mixup: labels must be from 0 to 2; got 5",
    );
    expect(() => changed(x, tensor([[1], [2]]), [transforms.mixup({ classes: 3 })])).toThrow(
      "mixup: y must be int32 [samples] with classes; got float32 [",
    );
  });
});

test.each<[string, () => unknown, string]>([
  ["a probability", () => transforms.horizontalFlip({ p: 1.5 }), "horizontalFlip: p must be from 0 to 1; got 1.5"],
  ["ends out of order", () => transforms.rotation([3, 1]), "rotation: degrees must be [lowest, highest]; got [3, 1]"],
  [
    "a range of three",
    () => transforms.rotation([1, 2, 3] as never),
    "rotation: degrees must be a number or [lowest, highest]; got",
  ],
  ["a zoom by nothing", () => transforms.zoom([0, 1]), "zoom: factor must be a finite number of at least 0.001; got 0"],
  ["a zoom below nothing", () => transforms.zoom(1), "zoom: factor must be from 0 to 0.999; got 1"],
  ["a unit", () => transforms.shift({ unit: "cm" as never }), 'shift: unit must be "pixels" or "share"; got "cm"'],
  ["an area above 1", () => transforms.erasing({ area: [0.1, 2] }), "erasing: area must be from 0.000001 to 1; got 2"],
  [
    "a negative deviation",
    () => transforms.noise([1, -1]),
    "noise: std[1] must be a finite number of at least 0; got -1",
  ],
  ["no deviation", () => transforms.noise(NaN), "noise: std must be a finite number of at least 0; got NaN"],
  ["alpha 0", () => transforms.mixup({ alpha: 0 }), "mixup: alpha must be a finite number above 0; got 0"],
  ["one class", () => transforms.mixup({ classes: 1 }), "mixup: classes must be a whole number of at least 2; got 1"],
])("transforms refuse %s", (_, act, message) => {
  expect(act).toThrow(message);
});
