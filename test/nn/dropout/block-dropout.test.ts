import { describe, expect, test } from "vitest";
import { type Operand, Tensor, Trainer, manualSeed, nn, optim, tensor } from "../../../src/index.ts";
import { randomTensor, thrownBy } from "../../support.ts";

const ones = new Tensor([10, 64], "float32", new Float32Array(640).fill(1));
const shares = (values: ArrayLike<number>): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const value of Array.from(values)) counts.set(value, (counts.get(value) ?? 0) + 1 / values.length);
  return counts;
};

describe("dropout by blocks", () => {
  test("keeps exactly round((1 - p) * blocks) blocks, at the scale that keeps the mean", () => {
    for (const [p, kept] of [
      [0.1, 7],
      [0.3, 6],
      [0.5, 4],
      [0.9, 1],
      [0.99, 1], // one block always remains
    ] as const) {
      const drawn = shares(nn.dropout(p, { block: 8, group: 4 }).run(ones).data);
      expect(drawn.get(Math.fround(8 / kept))).toBeCloseTo(kept / 8, 10);
      expect(drawn.get(0)).toBeCloseTo(1 - kept / 8, 10);
    }
  });

  test("p = 0 changes nothing, and p = 1 leaves nothing", () => {
    const x = randomTensor([10, 64], 1);
    expect(nn.dropout(0, { block: 8 }).run(x).data).toEqual(x.data);
    expect(nn.dropout(0.01, { block: 8 }).run(x).data).toEqual(x.data); // all of 8 blocks are kept
    expect(shares(nn.dropout(1, { block: 8 }).run(ones).data)).toEqual(new Map([[0, expect.closeTo(1, 10)]]));
  });

  test("evaluation passes everything on; classic scaling multiplies by the share that training keeps", () => {
    const x = randomTensor([10, 64], 1);
    expect(nn.dropout(0.5, { block: 8 }).predict(x).data).toEqual(x.data);
    const classic = nn.dropout(0.3, { block: 8, scaling: "classic" });
    expect(new Set(classic.run(ones).data)).toEqual(new Set([0, 1]));
    expect(new Set(classic.predict(ones).data)).toEqual(new Set([0.75]));
  });

  test("one choice serves a group, and a last one that is smaller; 32 samples where left out, or all", () => {
    const rows = (layer: nn.Module, samples: number): unknown[] => {
      const { data } = layer.run(new Tensor([samples, 512], "float32", new Float32Array(samples * 512).fill(1)));
      return Array.from({ length: samples }, (_, i) => data.subarray(i * 512, (i + 1) * 512).join());
    };
    const distinct = (layer: nn.Module, samples: number): number => new Set(rows(layer, samples)).size;
    expect(distinct(nn.dropout(0.5, { block: 8, group: 5 }), 13)).toBe(3);
    expect(distinct(nn.dropout(0.5, { block: 8 }), 70)).toBe(3);
    expect(distinct(nn.dropout(0.5, { block: 8, group: "batch" }), 70)).toBe(1);
  });

  test("channels of pictures are dropped whole", () => {
    const { data } = nn
      .dropout(0.5, { block: 2, group: 3 })
      .run(new Tensor([6, 8, 3, 3], "float32", new Float32Array(432).fill(1)));
    const pictures = Array.from({ length: 48 }, (_, i) => new Set(data.subarray(i * 9, (i + 1) * 9)));
    expect(pictures.every((values) => values.size === 1)).toBe(true);
    expect(pictures.filter((values) => values.has(2))).toHaveLength(24);
  });

  test("p may be set, and counts from the next step on", () => {
    const layer = nn.dropout(0.5, { block: 8, group: 1 });
    const model = nn.sequential(nn.linear(64, 64), layer);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0 }) });
    const zeros = (): number => shares(model.run(ones).data).get(0) ?? 0;
    expect(zeros()).toBeCloseTo(0.5, 10);
    trainer.step(ones, ones);
    layer.p = 0.25;
    expect(zeros()).toBeCloseTo(0.25, 10);
    layer.p = 0.5;
    expect(zeros()).toBeCloseTo(0.5, 10);
    expect(thrownBy(() => (layer.p = 2))).toBe("RangeError: dropout: p must be from 0 to 1; got 2");
    expect(zeros()).toBeCloseTo(0.5, 10);
  });

  test("p counts in evaluation too, where scaling is classic, also for what was compiled before", () => {
    const layer = nn.dropout(0.5, { block: 8, scaling: "classic" });
    const compiled = layer.compile([10, 64]);
    expect(new Set([...layer.predict(ones).data, ...compiled(ones).data])).toEqual(new Set([0.5]));
    layer.p = 0.25;
    expect(new Set([...layer.predict(ones).data, ...compiled(ones).data])).toEqual(new Set([0.75]));
    layer.p = 1;
    expect(new Set([...layer.predict(ones).data, ...compiled(ones).data])).toEqual(new Set([0]));
  });

  test("a rate that changes with every step is traced again for another number of kept blocks alone", () => {
    let traces = 0;
    class Counted extends nn.Module {
      readonly drop = nn.dropout(0, { block: 8 });
      override forward(x: Operand): Operand {
        traces++;
        return this.drop.call(x);
      }
    }
    const model = new Counted();
    for (let step = 0; step <= 1000; step++) {
      model.drop.p = step / 1000;
      const kept = step === 1000 ? 0 : Math.max(1, Math.round(8 * (1 - step / 1000)));
      expect(shares(model.run(ones).data).get(0) ?? 0).toBeCloseTo(1 - kept / 8, 10);
    }
    expect(traces).toBe(9); // 8 blocks to none
  });

  test("nothing is dropped of nothing", () => {
    for (const shape of [
      [0, 64],
      [4, 0],
    ])
      expect(nn.dropout(0.5, { block: 8 }).run(new Tensor(shape, "float32", new Float32Array(0))).shape).toEqual(shape);
  });

  test("a layer norm between keeps what is before it from skipping, and the summary tells", () => {
    const skipped = (...between: nn.Module[]): string => {
      manualSeed(1);
      const model = new nn.Sequential(nn.linear(64, 64), ...between, nn.dropout(0.5, { block: 16 }), nn.linear(64, 32));
      return model
        .summary([32, 64])
        .split("\n")
        .filter((line) => /^\d/.test(line))
        .map((line) => line.replaceAll(/ {2,}/g, " | "))
        .join("\n");
    };
    expect(skipped(nn.relu())).toMatchInlineSnapshot(`
      "0 | linear 64 -> 64 | [32, 64] | 4,160 | 132,096 (131,072 skipped)
      1 | relu | [32, 64] | 0 | 1,024
      2 | dropout 0.5, blocks of 16, groups of 32 | [32, 64] | 0 | 1,028
      3 | linear 64 -> 32 | [32, 32] | 2,080 | 66,560 (65,536 skipped)"
    `);
    expect(skipped(nn.layerNorm(64))).toMatchInlineSnapshot(`
      "0 | linear 64 -> 64 | [32, 64] | 4,160 | 264,192
      1 | layerNorm 64 | [32, 64] | 128 | 14,336
      2 | dropout 0.5, blocks of 16, groups of 32 | [32, 64] | 0 | 1,028
      3 | linear 64 -> 32 | [32, 32] | 2,080 | 66,560 (65,536 skipped)"
    `);
  });

  test("learns what dropout of single units learns", () => {
    manualSeed(4);
    const x = randomTensor([256, 20], 1);
    const y = tensor(Int32Array.from({ length: 256 }, (_, i) => ((x.data[i * 20] ?? 0) > 0 ? 1 : 0)));
    const drop = (): nn.Module => nn.dropout(0.5, { block: 16, group: 32 });
    const model = new nn.Sequential(
      nn.linear(20, 128),
      nn.relu(),
      drop(),
      nn.linear(128, 128),
      nn.relu(),
      drop(),
      nn.linear(128, 2),
    );
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-2 }) });
    for (let step = 0; step < 60; step++) trainer.step(x, y);
    expect(trainer.evaluate({ x, y, length: 256 }).accuracy).toBeGreaterThan(0.98);
  });

  test.each([
    [() => nn.dropout(1.5, { block: 16 }), "RangeError: dropout: p must be from 0 to 1; got 1.5"],
    [() => nn.dropout(NaN, { block: 16 }), "RangeError: dropout: p must be from 0 to 1; got NaN"],
    [() => nn.dropout(0.5, { block: 0 }), "RangeError: dropout: block must be a whole number of at least 1; got 0"],
    [() => nn.dropout(0.5, { block: 1.5 }), "RangeError: dropout: block must be a whole number of at least 1; got 1.5"],
    [
      () => nn.dropout(0.5, { block: 16, group: 0 }),
      "RangeError: dropout: group must be a whole number of at least 1; got 0",
    ],
    [
      () => nn.dropout(0.5, { block: 16, scaling: "none" as "classic" }),
      'RangeError: dropout: scaling must be "inverted" or "classic"; got "none"',
    ],
    [
      () => nn.dropout(0.5, { block: 16, axes: [1] } as { block: number }),
      "TypeError: dropout: options must be block, group, scaling; got axes",
    ],
    [
      () => nn.dropout(0.5, { block: 16 }).run(tensor([1, 2])),
      "ShapeError: dropout: blocks need an axis of samples and one of units; got input [2]",
    ],
  ])("%o is refused", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
