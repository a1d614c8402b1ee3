import { describe, expect, test } from "vitest";
import { Trainer, manualSeed, nn, optim, tensor, vjp } from "../../../src/index.ts";
import { expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";
import { TWO_SIDED } from "../../statistics.ts";
import { Held, momentsOf } from "./support.ts";

const ones = (shape: readonly number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);

interface Form {
  readonly name: string;
  readonly make: (p: number) => nn.Module & { p: number };
  readonly shape: readonly number[];
  readonly describes: string;
  readonly most?: number;
}

/** Every form with a rate, and a shape that it takes. */
const FORMS: readonly Form[] = [
  { name: "dropout", make: nn.dropout, shape: [5, 7], describes: "dropout 0.5" },
  {
    name: "classic dropout",
    make: (p) => nn.dropout(p, { scaling: "classic" }),
    shape: [5, 7],
    describes: "dropout 0.5, classic",
  },
  {
    name: "dropout along time",
    make: (p) => nn.dropout(p, { axes: [1] }),
    shape: [3, 4, 5],
    describes: "dropout 0.5, axes 1",
  },
  {
    name: "dropout of groups",
    make: (p) => nn.dropout(p, { group: 2 }),
    shape: [5, 3],
    describes: "dropout 0.5, group 2",
  },
  { name: "dropout1d", make: nn.dropout1d, shape: [3, 4, 5], describes: "dropout1d 0.5" },
  { name: "dropout2d", make: nn.dropout2d, shape: [3, 4, 2, 5], describes: "dropout2d 0.5" },
  { name: "dropout3d", make: nn.dropout3d, shape: [3, 4, 2, 3, 2], describes: "dropout3d 0.5" },
  { name: "alphaDropout", make: nn.alphaDropout, shape: [5, 7], describes: "alphaDropout 0.5" },
  {
    name: "featureAlphaDropout",
    make: nn.featureAlphaDropout,
    shape: [3, 4, 5],
    describes: "featureAlphaDropout 0.5",
  },
  {
    name: "gaussianDropout",
    make: nn.gaussianDropout,
    shape: [5, 7],
    describes: "gaussianDropout 0.5",
    most: 1 - 2 ** -20,
  },
  {
    name: "dropBlock2d",
    make: (p) => nn.dropBlock2d(p, 1),
    shape: [3, 2, 4, 5],
    describes: "dropBlock2d 0.5, 1 x 1",
  },
];

describe.each(FORMS)("$name", ({ make, shape, describes, most = 1 }) => {
  const x = randomTensor(shape, 3);

  test("evaluation is the identity, or a scale", () => {
    const layer = make(0.5);
    expect(layer.describe()).toBe(describes);
    const scale = describes.includes("classic") ? 0.5 : 1;
    expect(layer.predict(x).data).toEqual(x.data.map((value) => value * scale));
  });

  test("gradients by differences, masks held", () => {
    manualSeed(3);
    const held = new Held(make(0.4));
    held.rewind();
    expectGradient(held, [x]);
    expectGradient(new Held(make(0.4).eval()), [x]);
  });

  test("p = 0 changes nothing; at 1 nothing is left, and no gradient", () => {
    const layer = make(0);
    expect(layer.run(x).data).toEqual(x.data);
    if (most < 1) return;
    layer.p = 1;
    expect([...layer.run(x).data].every((value) => value === 0)).toBe(true);
    expect([...(vjp(layer, [x], x).inputs[0]?.data ?? [NaN])].every((value) => value === 0)).toBe(true);
  });

  test("p may change between steps, without a new trace", () => {
    const weight = nn.linear(shape.at(-1) ?? 1, 2);
    const layer = make(0);
    const trainer = new Trainer(nn.sequential(layer, weight), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0 }) });
    const y = randomTensor([...shape.slice(0, -1), 2], 4);
    const program = trainer.stepProgram(x, y);
    const before = trainer.step(x, y);
    expect(trainer.step(x, y)).toBe(before);
    layer.p = 0.5;
    expect(layer.p).toBe(0.5);
    expect(trainer.step(x, y)).not.toBe(before);
    layer.p = 0;
    expect(trainer.step(x, y)).toBe(before);
    expect(trainer.stepProgram(x, y)).toBe(program);
  });

  const where = describes.split(" ")[0] ?? "";
  const range = most < 1 ? "from 0 to below 1" : "from 0 to 1";
  test.each([
    [-0.1, "-0.1"],
    [1.1, "1.1"],
    [NaN, "NaN"],
    [Infinity, "Infinity"],
    ["0.5", '"0.5"'],
    [[0.5], "[0.5]"],
    [null, "null"],
  ])("p = %j is refused, at first and later", (p, got) => {
    const refused = `RangeError: ${where}: p must be ${range}; got ${got}`;
    expect(thrownBy(() => make(p as number))).toBe(refused);
    const layer = make(0.25);
    expect(thrownBy(() => (layer.p = p as number))).toBe(refused);
    expect(layer.p).toBe(0.25);
  });
});

/** Which elements are 0, as rows of the last axis. */
const zeroed = (data: Float32Array, columns: number): string[] =>
  Array.from({ length: data.length / columns }, (_, r) =>
    Array.from(data.subarray(r * columns, (r + 1) * columns), (value) => (value === 0 ? "0" : "x")).join(""),
  );

describe("masks that are shared", () => {
  interface Shared {
    readonly options: nn.DropoutOptions;
    readonly shape: readonly number[];
    /** Axes whose indices tell draws apart. */
    readonly own: readonly number[];
    /** Samples in a row that have one. */
    readonly together?: number;
  }
  const cases: readonly Shared[] = [
    { options: { axes: [1] }, shape: [6, 5, 40], own: [0, 2] },
    { options: { axes: [-1] }, shape: [40, 6], own: [0] },
    { options: { axes: [0] }, shape: [6, 40], own: [1] },
    { options: { axes: [0, 2] }, shape: [4, 30, 3, 7], own: [1, 3] },
    { options: { axes: [1, 2] }, shape: [20, 3, 4, 9], own: [0, 3] },
    { options: { axes: [0, 1] }, shape: [6, 40], own: [] },
    { options: { group: "batch" }, shape: [6, 40], own: [1] },
    { options: { group: 4 }, shape: [10, 33], own: [0, 1], together: 4 },
    { options: { group: 100 }, shape: [10, 33], own: [1] },
    { options: { group: 3 }, shape: [60], own: [0], together: 3 },
    { options: { group: 2, axes: [2] }, shape: [9, 20, 5], own: [0, 1], together: 2 },
    { options: { group: 2, axes: [1] }, shape: [9, 5, 1], own: [0], together: 2 },
    { options: { axes: [1] }, shape: [40, 1], own: [0] },
  ];
  test.each(cases)("$options on $shape", ({ options, shape, own, together = 1 }) => {
    manualSeed(1);
    const layer = nn.dropout(0.5, options);
    const { data } = layer.run(ones(shape));
    const found = new Map<string, Set<number>>();
    data.forEach((value, i) => {
      const indices = shape.map(
        (extent, axis) => Math.floor(i / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % extent,
      );
      const key = own.map((axis) => Math.floor((indices[axis] ?? 0) / (axis === 0 ? together : 1))).join();
      found.set(key, (found.get(key) ?? new Set()).add(value));
    });
    for (const values of found.values()) expect(values.size).toBe(1);
    const kept = [...found.values()].filter((values) => values.has(2)).length;
    expect(Math.abs(kept - found.size / 2)).toBeLessThanOrEqual(TWO_SIDED * Math.sqrt(found.size / 4) + 0.5);
  });

  test("channels: all of one, none of the next", () => {
    manualSeed(2);
    const rows = zeroed(nn.dropout2d(0.5).run(ones([8, 16, 3, 4])).data, 12);
    expect(new Set(rows)).toEqual(new Set(["0".repeat(12), "x".repeat(12)]));
    expect(new Set(zeroed(nn.dropout1d(0.5).run(ones([32, 6])).data, 6)).size).toBe(2);
    expect(new Set(zeroed(nn.dropout2d(0.5).run(ones([2, 16, 6])).data, 6)).size).toBe(2);
    expect(new Set(zeroed(nn.dropout3d(0.5).run(ones([32, 2, 3, 2])).data, 12)).size).toBe(2);
  });
});

describe("alphaDropout", () => {
  // What torch.nn.AlphaDropout(p) makes of 2 in PyTorch 1.13: dropped, kept.
  test.each([
    [0.05, -1.5947757959365845, 1.9936245679855347],
    [0.1, -1.4577387571334839, 2.004539966583252],
    [0.3, -1.059548258781433, 2.175997257232666],
    [0.5, -0.7791939377784729, 2.5520036220550537],
    [0.9, -0.2858858108520508, 5.825190544128418],
  ])("p = %d gives PyTorch's values", (p, dropped, kept) => {
    const two = tensor(new Float32Array(1000).fill(2));
    for (const layer of [nn.alphaDropout(p), nn.featureAlphaDropout(p)]) {
      const x = layer.name === "alphaDropout" ? two : tensor(two.data, [10, 100]);
      const values = [...new Set(layer.run(x).data)].toSorted((a, b) => a - b);
      expectClose(values, [dropped, kept], { relative: 1e-6, absolute: 0 });
    }
  });

  test("mean 0 and variance 1 last through ten layers of SELU", () => {
    manualSeed(8);
    const width = 256;
    const layer = (): nn.Module[] => {
      const linear = nn.linear(width, width, { bias: false });
      nn.init.normal(linear.weight, 0, 1 / Math.sqrt(width));
      return [linear, nn.selu(), nn.alphaDropout(0.1)];
    };
    const model = new nn.Sequential(...Array.from({ length: 10 }, layer).flat());
    const x = new nn.GaussianNoise(1).run(tensor(new Float32Array(512 * width), [512, width]));
    const [mean, variance] = momentsOf(model.run(x).data);
    // Weights of finite width move the fixed point by some 1 / sqrt(width) = 0.06 a layer, and it pulls back.
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(variance - 1)).toBeLessThan(0.2);
    // Plain dropout in its place does not keep them.
    const plain = new nn.Sequential(
      ...model.layers.map((each) => (each instanceof nn.AlphaDropout ? nn.dropout(0.1) : each)),
    );
    expect(Math.abs(momentsOf(plain.run(x).data)[1] - 1)).toBeGreaterThan(0.2);
  });
});

describe("gaussian noise", () => {
  const many = tensor(new Float32Array(100_000).fill(3));
  /** How far mean and variance of normal draws are off, in their standard deviations: that of (z - mean)² is √2 variance. */
  function offBy(values: Float32Array, mean: number, variance: number): number {
    const [gotMean, gotVariance] = momentsOf(values);
    const root = Math.sqrt(values.length);
    return Math.max(
      (Math.abs(gotMean - mean) / Math.sqrt(variance)) * root,
      (Math.abs(gotVariance - variance) / (Math.SQRT2 * variance)) * root,
    );
  }

  test.each([0.1, 0.5, 0.8])("gaussianDropout(%d): mean x, variance x² p / (1 - p)", (p) => {
    manualSeed(4);
    expect(offBy(nn.gaussianDropout(p).run(many).data, 3, (9 * p) / (1 - p))).toBeLessThan(TWO_SIDED);
  });

  test("gaussianNoise: mean x, variance std²; it may change between steps", () => {
    manualSeed(5);
    const layer = nn.gaussianNoise(0.5);
    expect(layer.describe()).toBe("gaussianNoise 0.5");
    expect(offBy(layer.run(many).data, 3, 0.25)).toBeLessThan(TWO_SIDED);
    layer.std = 2;
    expect(offBy(layer.run(many).data, 3, 4)).toBeLessThan(TWO_SIDED);
    layer.std = 0;
    expect(layer.run(many).data).toEqual(many.data);
    expect(layer.predict(many).data).toEqual(many.data);
    expectGradient(new Held(nn.gaussianNoise(0.5)), [randomTensor([5], 1)]);
  });
});

describe("dropBlock2d", () => {
  test.each([
    { p: 0.1, size: 3 },
    { p: 0.25, size: 7 },
    { p: 0.25, size: 4 },
  ])("p = $p, blocks of $size: the share that is zeroed, the mean, and nothing but blocks", ({ p, size }) => {
    manualSeed(6);
    const [planes, extent] = [512, 20];
    const { data } = nn.dropBlock2d(p, size).run(ones([8, planes / 8, extent, extent]));
    const [mean] = momentsOf(data);
    expect(Math.abs(mean - 1)).toBeLessThan(1e-5); // size / kept, by construction
    const starts = (extent - size + 1) ** 2;
    const gamma = (p * extent ** 2) / (size ** 2 * starts);
    /** Blocks that would cover an element, of those that lie inside. */
    const covering = (at: number): number => Math.min(at, extent - size) - Math.max(0, at - size + 1) + 1;
    let expected = 0;
    for (let h = 0; h < extent; h++) {
      for (let w = 0; w < extent; w++) expected += 1 - (1 - gamma) ** (covering(h) * covering(w));
    }
    const counts = Array.from({ length: planes }, (_, plane) =>
      data
        .subarray(plane * extent ** 2, (plane + 1) * extent ** 2)
        .reduce((sum, value) => sum + Number(value === 0), 0),
    );
    const [zeros, variance] = momentsOf(counts);
    expect(Math.abs(zeros - expected)).toBeLessThan(TWO_SIDED * Math.sqrt(variance / planes));
    // Every zero lies in a whole block of zeros.
    const isZero = (plane: number, h: number, w: number): boolean => data[(plane * extent + h) * extent + w] === 0;
    const blockAt = (plane: number, h: number, w: number): boolean =>
      Array.from({ length: size ** 2 }, (_, i) => isZero(plane, h + Math.floor(i / size), w + (i % size))).every(
        Boolean,
      );
    for (let h = 0; h < extent; h++) {
      for (let w = 0; w < extent; w++) {
        if (!isZero(0, h, w)) continue;
        const [top, left] = [Math.max(0, h - size + 1), Math.max(0, w - size + 1)];
        const covered = Array.from({ length: size ** 2 }, (_, i) => [top + Math.floor(i / size), left + (i % size)]);
        expect(
          covered.some(
            ([r = 0, c = 0]) => r <= Math.min(h, extent - size) && c <= Math.min(w, extent - size) && blockAt(0, r, c),
          ),
        ).toBe(true);
      }
    }
  });
});

const refused: readonly [() => unknown, string][] = [
  [() => nn.gaussianNoise(-1), "RangeError: gaussianNoise: std must be a finite number of at least 0; got -1"],
  [() => nn.gaussianNoise(NaN), "RangeError: gaussianNoise: std must be a finite number of at least 0; got NaN"],
  [() => nn.gaussianDropout(1), "RangeError: gaussianDropout: p must be from 0 to below 1; got 1"],
  [() => nn.dropBlock2d(0.1, 0), "RangeError: dropBlock2d: blockSize must be a whole number of at least 1; got 0"],
  [
    () => nn.sequential(nn.dropBlock2d(0.1, 5)).run(ones([1, 1, 4, 6])),
    'ShapeError: dropBlock2d: blockSize must be at most the height and the width; got 5 for input [1, 1, 4, 6] (in "0" (dropBlock2d 0.1, 5 x 5))',
  ],
  [() => nn.dropBlock2d(0.1, 2).run(ones([4, 6])), "ShapeError: dropBlock2d: x must be [N, C, H, W]; got input [4, 6]"],
  [
    () =>
      nn
        .dropout1d()
        .eval()
        .run(ones([4])),
    "ShapeError: dropout1d: x must be [N, C, L] or [C, L]; got input [4]",
  ],
  [
    () => nn.dropout2d().run(ones([4, 4])),
    "ShapeError: dropout2d: x must be [N, C, H, W] or [N, C, L]; got input [4, 4]",
  ],
  [
    () => nn.dropout3d().run(ones([4, 4])),
    "ShapeError: dropout3d: x must be [N, C, D, H, W] or [C, D, H, W]; got input [4, 4]",
  ],
  [
    () => nn.featureAlphaDropout().run(ones([4])),
    "ShapeError: featureAlphaDropout: x must be [N, C, ...]; got input [4]",
  ],
  [
    () => nn.dropout(0.5, { axes: [2] }).run(ones([4, 4])),
    "RangeError: dropout: axis must be from -2 to 1; got 2 for input [4, 4]",
  ],
  [() => nn.dropout(0.5, { axes: 1 as never }), "TypeError: dropout: axes must be an array of whole numbers; got 1"],
  [() => nn.dropout(0.5, { axes: [0.5] }), "TypeError: dropout: axes must be an array of whole numbers; got [0.5]"],
  [() => nn.dropout(0.5, { group: 0 }), "RangeError: dropout: group must be a whole number of at least 1; got 0"],
  [
    () => nn.dropout(0.5, { group: "sample" as never }),
    'RangeError: dropout: group must be a whole number or "batch"; got "sample"',
  ],
  [
    () => nn.dropout(0.5, { scaling: "none" as never }),
    'RangeError: dropout: scaling must be "inverted" or "classic"; got "none"',
  ],
  [() => nn.dropout(0.5, { axis: [1] } as never), "TypeError: dropout: options must be scaling, axes, group; got axis"],
];
test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
