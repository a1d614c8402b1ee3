import { describe, expect, test } from "vitest";
import { Tensor, manualSeed, nn, tensor } from "../../../src/index.ts";
import { TWO_SIDED, chiSquaredBound, pairs } from "../../statistics.ts";
import { randomTensor } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";
import { momentsOf } from "./support.ts";

const P = 0.3;

/** Ones in a shape. */
function ones(...shape: readonly number[]): Tensor {
  return new Tensor(shape, "float32", new Float32Array(shape.reduce((size, extent) => size * extent, 1)).fill(1));
}

/** Every `stride`th number. */
const each = (data: Float32Array, stride: number): Float32Array => data.filter((_, i) => i % stride === 0);

interface Form {
  readonly name: string;
  readonly make: () => nn.Module;
  readonly x: Tensor;
  /** What is kept or dropped, in the order of the draws: above 0 where it is kept; the mean of all is 1 where not said. */
  readonly draws: (out: Float32Array) => Float32Array;
  readonly mean?: number;
}

/** A linear layer that gives what its weights are: the first row of them for the input [1, 0, 0, ...]. */
function unitWeights(make: (layer: nn.Linear) => nn.Module): nn.Module {
  const layer = nn.linear(200, 200, { bias: false });
  layer.weight.assign(new Float32Array(40_000).fill(1));
  return make(layer);
}
const identity = tensor(
  Float32Array.from({ length: 40_000 }, (_, i) => (i % 201 === 0 ? 1 : 0)),
  [200, 200],
);

/** Each form whose draws are kept or dropped independently, 30,000 draws or more. */
const FORMS: readonly Form[] = [
  { name: "dropout", make: () => nn.dropout(P), x: ones(40, 1000), draws: (out) => out },
  {
    name: "dropout, one mask for all times",
    make: () => nn.dropout(P, { axes: [1] }),
    x: ones(200, 3, 200),
    draws: (out) => out.filter((_, i) => i % 600 < 200),
  },
  {
    name: "dropout, one mask for four samples",
    make: () => nn.dropout(P, { group: 4 }),
    x: ones(160, 1000),
    draws: (out) => out.filter((_, i) => i % 4000 < 1000),
  },
  { name: "dropout1d", make: () => nn.dropout1d(P), x: ones(200, 200, 3), draws: (out) => each(out, 3) },
  { name: "dropout2d", make: () => nn.dropout2d(P), x: ones(200, 200, 2, 2), draws: (out) => each(out, 4) },
  { name: "dropout3d", make: () => nn.dropout3d(P), x: ones(200, 200, 1, 2, 2), draws: (out) => each(out, 4) },
  {
    name: "dropBlock2d of single elements",
    make: () => nn.dropBlock2d(P, 1),
    x: ones(10, 4, 30, 40),
    draws: (out) => out,
  },
  {
    name: "lockedDropout",
    make: () => nn.lockedDropout(P),
    x: ones(2, 200, 200),
    draws: (out) => out.subarray(0, 40_000),
  },
  {
    name: "stochasticDepth by rows",
    make: () => nn.stochasticDepth(nn.identity(), P, { mode: "row" }),
    x: ones(40_000, 1),
    draws: (out) => out.map((value) => value - 1),
  },
  {
    name: "weightDrop",
    make: () => unitWeights((layer) => nn.weightDrop(layer, ["weight"], P)),
    x: identity,
    draws: (out) => out,
  },
  {
    name: "dropConnect by samples",
    make: () => {
      const layer = nn.dropConnect(1, 200, { p: P, bias: false, masks: "sample" });
      layer.weight.assign(new Float32Array(200).fill(1));
      return layer;
    },
    x: ones(200, 1),
    draws: (out) => out,
  },
  {
    name: "alphaDropout",
    make: () => nn.alphaDropout(P),
    x: ones(40, 1000),
    draws: (out) => out,
    // 1 is no number of mean 0: what comes out is a (1 - p) + (a p α' + b) on average, with b = -a p α'.
    mean: 0.7 / Math.sqrt(0.7 * (1 + 0.3 * 1.7580993408473766 ** 2)),
  },
];

describe.each(FORMS)("$name", ({ make, x, draws, mean = 1 }) => {
  manualSeed(21);
  const [layer, other] = [make(), make()];
  const [first, second, elsewhere] = [layer, layer, other].map((from) => draws(from.run(x).data)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const count = first.length;
  const kept = (values: Float32Array, i: number): number => Number((values[i] ?? NaN) > 0);

  test("a share of p is dropped", () => {
    const dropped = first.reduce((sum, value) => sum + Number(!(value > 0)), 0);
    expect(Math.abs(dropped - count * P)).toBeLessThan(TWO_SIDED * Math.sqrt(count * P * (1 - P)));
  });

  test("mean and variance are those of the formula", () => {
    const [gotMean, gotVariance] = momentsOf(first);
    // Two values, apart by what one standard deviation √(p (1 - p)) of the draws is a share of.
    const gap = Math.max(...first) - Math.min(...first);
    const variance = P * (1 - P) * gap ** 2;
    expect(Math.abs(gotMean - mean)).toBeLessThan(TWO_SIDED * Math.sqrt(variance / count));
    // That of two values errs with (1 - 2 p) times the share of the dropped.
    const bound = TWO_SIDED * (1 - 2 * P) * gap ** 2 * Math.sqrt((P * (1 - P)) / count);
    expect(Math.abs(gotVariance - variance)).toBeLessThan(bound + (10 * variance) / count);
    expect(new Set(first).size).toBe(2);
  });

  test.each([1, 2, 8, 200])("draws %i apart are independent", (distance) => {
    const disjoint = Math.floor(count / (2 * distance)) * distance;
    const statistic = pairs(P, disjoint, (i) => {
      const at = Math.floor(i / distance) * 2 * distance + (i % distance);
      return [kept(first, at), kept(first, at + distance)];
    });
    expect(statistic).toBeLessThan(chiSquaredBound(3));
  });

  test("steps are independent, and so are layers made alike", () => {
    expect(pairs(P, count, (i) => [kept(first, i), kept(second, i)])).toBeLessThan(chiSquaredBound(3));
    expect(pairs(P, count, (i) => [kept(first, i), kept(elsewhere, i)])).toBeLessThan(chiSquaredBound(3));
  });

  test("no two of 20 steps are alike, of two layers made alike, and the same seed repeats them all", () => {
    const masks = (): string[] => {
      manualSeed(22);
      const layers = [make(), make()];
      return layers.flatMap((from) =>
        Array.from({ length: 10 }, () => Buffer.from(draws(from.run(x).data).slice(0, 200).buffer).toString("base64")),
      );
    };
    const drawn = masks();
    expect(new Set(drawn).size).toBe(20);
    expect(masks()).toEqual(drawn);
  });
});

test("every form draws the same on 1, 2, 3 and 4 threads", async () => {
  const x = randomTensor([17, 3, 20, 20], 1);
  const forms = (): nn.Module[] => [
    nn.dropout(P),
    nn.dropout(P, { axes: [1] }),
    nn.dropout(P, { axes: [0, 3] }),
    nn.dropout(P, { group: 5 }),
    nn.dropout2d(P),
    nn.alphaDropout(P),
    nn.featureAlphaDropout(P),
    nn.gaussianDropout(P),
    nn.gaussianNoise(0.5),
    nn.dropBlock2d(P, 3),
    nn.stochasticDepth(nn.sigmoid(), P, { mode: "row" }),
    nn.stochasticDepth(nn.sigmoid(), P),
    nn.concreteDropout(nn.identity(), { p: P }),
    nn.weightDrop(nn.linear(20, 20), ["weight"], P),
    nn.dropConnect(20, 20, { masks: "sample" }),
  ];
  await expectSameBits([2, 3, 4], () => {
    manualSeed(23);
    const model = new nn.Sequential(...forms());
    return Array.from({ length: 2 }, () => model.run(x).data);
  });
});
