import { describe, expect, test } from "vitest";
import { Tensor, data, manualSeed, tensor } from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";

const { augment, fromArrays, transforms } = data;
const SAMPLES = 12;
const images = randomTensor([SAMPLES, 2, 5, 6], 3);
const labels = Int32Array.from({ length: SAMPLES }, (_, i) => i % 3);
const all = Int32Array.from({ length: SAMPLES }, (_, i) => i);
const everything = (): data.transforms.Transform[] => [
  transforms.shift({ x: 2, y: 1 }),
  transforms.noise(0.1),
  transforms.mixup({ alpha: 0.5 }),
  transforms.horizontalFlip(),
  transforms.rotation(20),
  transforms.erasing({ p: 0.7 }),
  transforms.masking({ p: 0.1 }),
  transforms.swapNoise({ p: 0.2 }),
];

type Rows = data.Batch;

function rowsOf(set: { rows: (indices: Int32Array, epoch: number) => unknown }, indices: Int32Array, epoch = 1): Rows {
  return set.rows(indices, epoch) as Rows;
}

function row({ x }: Rows, i: number): number[] {
  const width = x.size / (x.shape[0] ?? 1);
  return [...x.data.subarray(i * width, (i + 1) * width)];
}

describe("augment", () => {
  const set = augment(fromArrays(images, labels), everything(), { seed: 9 });

  test("a sample is a function of seed, epoch and index, whatever the batch and the order", () => {
    const whole = rowsOf(set, all);
    const again = augment(fromArrays(images, labels), everything(), { seed: 9 });
    expect(rowsOf(again, all)).toEqual(whole);
    const reversed = rowsOf(set, all.toReversed());
    for (const i of all) {
      expect(row(rowsOf(set, Int32Array.of(i)), 0)).toEqual(row(whole, i));
      expect(row(reversed, SAMPLES - 1 - i)).toEqual(row(whole, i));
    }
    const twice = rowsOf(set, Int32Array.of(4, 4));
    expect(row(twice, 0)).toEqual(row(twice, 1));
  });

  test("another epoch, another seed and another sample draw anew", () => {
    const of = (seed: number, epoch: number): Rows =>
      rowsOf(augment(fromArrays(images, labels), everything(), { seed }), all, epoch);
    const first = row(of(9, 1), 0);
    expect(row(of(9, 2), 0)).not.toEqual(first);
    expect(row(of(10, 1), 0)).not.toEqual(first);
    const equal = fromArrays(tensor(new Float32Array(8).fill(1), [2, 4]), labels.subarray(0, 2));
    const noisy = rowsOf(augment(equal, [transforms.noise(1)]), Int32Array.of(0, 1));
    expect(row(noisy, 0)).not.toEqual(row(noisy, 1));
    const both = rowsOf(augment(equal, [transforms.noise(1), transforms.noise(-0)], { seed: 1 }), Int32Array.of(0));
    const one = rowsOf(augment(equal, [transforms.noise(1)], { seed: 1 }), Int32Array.of(0));
    expect(row(both, 0)).toEqual(row(one, 0));
  });

  test("two transforms of one kind draw independently", () => {
    const zeros = fromArrays(tensor(new Float32Array(1000), [1, 1000]), new Int32Array(1));
    const once = rowsOf(augment(zeros, [transforms.noise(1)], { seed: 2 }), Int32Array.of(0)).x.data;
    const twice = rowsOf(augment(zeros, [transforms.noise(1), transforms.noise(1)], { seed: 2 }), Int32Array.of(0)).x
      .data;
    const second = twice.map((value, i) => value - (once[i] ?? 0));
    const product = Array.from(once).reduce((sum, value, i) => sum + value * (second[i] ?? 0), 0) / 1000;
    expect(Math.abs(product)).toBeLessThan(4 / Math.sqrt(1000));
  });

  test("the default seed is a stream of the global one", () => {
    const drawn = (): number[] => {
      manualSeed(4);
      return row(rowsOf(augment(fromArrays(images, labels), everything()), all), 3);
    };
    expect(drawn()).toEqual(drawn());
    manualSeed(4);
    const [a, b] = [0, 1].map(() => rowsOf(augment(fromArrays(images, labels), everything()), all));
    expect(a).not.toEqual(b);
  });

  test("epoch 0 gives samples as they are; the data set is never changed", () => {
    const before = images.data.slice();
    expect(rowsOf(set, all, 0).x.data).toEqual(images.data);
    rowsOf(set, all, 3);
    expect(images.data).toEqual(before);
  });

  test("a data set of samples by index, with promises, gives the same as one in memory and is not written to", async () => {
    const base = fromArrays(images, labels, { weights: Float32Array.from(labels, (label) => label + 1) });
    const kept: data.Batch[] = [];
    const indexed: data.IndexedDataset<Tensor, Tensor> = {
      length: SAMPLES,
      rows: async (indices) => {
        await Promise.resolve();
        const { x, y, weights } = data.subset(base, indices);
        kept.push({ x, y, weights });
        return { x, y, ...(weights && { weights }) };
      },
    };
    const made = await augment(indexed, everything(), { seed: 9 }).rows(all, 1);
    const inMemory = rowsOf(augment(base, everything(), { seed: 9 }), all);
    expect(made).toEqual(inMemory);
    expect(made.weights?.data).toEqual(base.weights?.data);
    kept.length = 0;
    const noisy = await augment(indexed, [transforms.noise(1)]).rows(all, 1);
    expect(noisy.x.data).not.toEqual(images.data);
    expect(kept[0]?.x.data).toEqual(images.data);
  });

  test("of several inputs one is changed", () => {
    const x = { picture: images, age: randomTensor([SAMPLES, 1], 1) };
    const of = (input?: string | number): data.Batch<typeof x> =>
      augment(fromArrays(x, labels), [transforms.shift({ x: 1 })], {
        seed: 1,
        ...(input !== undefined && { input }),
      }).rows(all, 1) as data.Batch<typeof x>;
    const made = of("picture");
    expect(made.x.age.data).toEqual(x.age.data);
    expect(made.x.picture.data).not.toEqual(images.data);
    const listed = augment(fromArrays([x.age, images], labels), [transforms.shift({ x: 1 })], { seed: 1, input: 1 });
    expect((listed.rows(all, 1) as data.Batch<Tensor[]>).x[1]).toEqual(made.x.picture);
    expect(() => of()).toThrow(
      "augment: input must be the name or the index of a tensor of x.picture, x.age; got undefined",
    );
    expect(() => of("face")).toThrow(/input must be .*; got "face"/);
  });

  test.each<[string, () => unknown, string]>([
    ["int32 samples", () => augment(fromArrays(labels, labels), []), "augment: x must be float32; got int32 [12]"],
    [
      "flat samples without a shape",
      () =>
        augment(fromArrays(randomTensor([2, 9], 1), labels.subarray(0, 2)), [
          transforms.zoom(0.1),
          transforms.rotation(3),
        ]),
      "augment: samples must be [channels, height, width] or [height, width] for zoom, rotation, or flat with the option shape; got [9]",
    ],
    [
      "a shape of another size",
      () =>
        augment(fromArrays(randomTensor([2, 9], 1), labels.subarray(0, 2)), [transforms.erasing()], {
          shape: [1, 2, 4],
        }),
      "augment: shape must hold as many numbers as a sample, [9]; got [1, 2, 4]",
    ],
    [
      "no transform",
      () => augment(fromArrays(images, labels), [transforms.zoom as never]),
      "augment: transforms must be made by functions of data.transforms; got a function at index 0",
    ],
    [
      "noise of other columns",
      () => augment(fromArrays(images, labels), [transforms.noise([1, 2])]),
      "noise: std must be one number for each column of samples [2, 5, 6]; got 2",
    ],
    [
      "a wrong index",
      () => augment(fromArrays(images, labels), []).rows(Int32Array.of(12), 1),
      "rows: indices must be whole numbers from 0 to 11; got 12",
    ],
    [
      "a wrong epoch",
      () => augment(fromArrays(images, labels), []).rows(all, -1),
      "augment: epoch must be a whole number",
    ],
    [
      "rows of another count",
      () => augment({ length: 3, rows: () => fromArrays(images, labels) }, []).rows(Int32Array.of(0), 1),
      "augment: rows() of the data set must give 1 samples, one for each index; got x float32 [12, 2, 5, 6], y int32 [12]",
    ],
    [
      "no samples",
      () => augment({ length: 0, rows: () => fromArrays(images, labels) }, []),
      "augment: length of the data set",
    ],
  ])("refuses %s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
