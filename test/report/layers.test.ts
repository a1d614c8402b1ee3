import { describe, expect, test } from "vitest";
import { type LayerStateRecord, recordRun } from "../../src/report/index.ts";
import { blobs } from "../study/support.ts";
import { identity, threeClasses, trainerOf } from "./fixtures.ts";
import { Trainer, data, manualSeed, nn, ops, optim, tensor } from "./names.ts";

async function layersOf(trainer: Trainer, set: data.Dataset): Promise<readonly LayerStateRecord[]> {
  const { layers } = await recordRun(trainer).evaluate(set, { layers: true, mistakes: 0 });
  return layers;
}

describe("layers", () => {
  test("have the moments and the histogram of their outputs", async () => {
    const x = tensor(
      Float32Array.from({ length: 80 }, (_, i) => i % 40),
      [80, 1],
    );
    const [layer] = await layersOf(trainerOf(identity(1), nn.mseLoss()), data.fromArrays(x, x));
    expect(layer).toMatchObject({ path: "0", layer: "linear 1 -> 1", mean: 19.5, dead: null, warnings: [] });
    expect(layer?.deviation).toBeCloseTo(Math.sqrt((40 * 40 - 1) / 12), 12);
    expect(layer?.histogram).toEqual({ low: 0, high: 39, counts: Array.from({ length: 40 }, () => 2) });
  });

  test("have the gradient of the loss by their weights", async () => {
    // d/dw of the mean of (w x - y)² at w = 1 is the mean of 2 x (x - y), the same in each of four batches.
    const x = tensor([[1], [3], [1], [3], [1], [3], [1], [3]]);
    const y = tensor([[2], [1], [2], [1], [2], [1], [2], [1]]);
    const [layer] = await layersOf(trainerOf(identity(1), nn.mseLoss()), data.fromArrays(x, y));
    expect(layer?.gradient).toBeCloseTo((2 * 1 * (1 - 2) + 2 * 3 * (3 - 1)) / 2, 6);
  });

  test("of a model leave out dropout, which gives its input, and containers", async () => {
    class Functional extends nn.Module {
      readonly first = nn.linear(4, 8);
      readonly scale = new nn.Parameter([1]);
      override forward(x: Parameters<nn.Linear["forward"]>[0]) {
        return ops.multiply(this.scale, ops.relu(this.first.call(x)));
      }
    }
    manualSeed(3);
    const model = nn.sequential(
      nn.sequential(nn.linear(4, 4), nn.dropout(0.5)),
      new Functional(),
      nn.batchNorm1d(8),
      nn.linear(8, 3),
    );
    const layers = await layersOf(trainerOf(model), blobs(150, 3, 4, 1, 5));
    expect(layers.map(({ path }) => path)).toEqual(["0.0", "1", "1.first", "2", "3"]);
    expect(layers.map(({ gradient }) => gradient !== null)).toEqual([true, false, true, false, true]);
    expect(layers[1]?.dead?.of).toBe(8);
  });

  test("with dead units have a count of them and a warning, from 100 samples on", async () => {
    const model = nn.sequential(nn.linear(3, 10), nn.relu(), nn.linear(10, 3));
    const { bias } = { bias: Float32Array.from({ length: 10 }, (_, i) => (i < 6 ? -1000 : 1000)) };
    model.loadStateDict({ ...model.stateDict(), "0.bias": tensor(bias) });
    const set = threeClasses();
    const layers = await layersOf(trainerOf(model), set);
    expect(layers[1]?.dead).toEqual({ units: 6, of: 10 });
    expect(layers[1]?.warnings).toEqual([
      expect.stringMatching(/^In layer "1" \(relu\), 6 of 10 units are 0 for all of 256 samples\. Train again at /),
    ]);
    const few = await layersOf(trainerOf(model), data.subset(set, [...Array(99).keys()]));
    expect(few[1]).toMatchObject({ dead: null, warnings: [] });
  });

  test("with vanishing gradients have a warning", async () => {
    manualSeed(3);
    const hidden = Array.from({ length: 8 }, () => [nn.linear(8, 8), nn.sigmoid()]).flat();
    const model = nn.sequential(nn.linear(4, 8), nn.sigmoid(), ...hidden, nn.linear(8, 3));
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const layers = await layersOf(trainer, blobs(200, 3, 4, 1, 5));
    const [first, ...others] = layers;
    expect(first?.warnings).toEqual([
      expect.stringMatching(/^Relative to the weight, the gradient of "0\.weight" is /),
    ]);
    expect(others.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(first?.gradient).toBeLessThan(1e-6);
  });

  test("of convolutions and recurrent layers are looked at", async () => {
    const x = tensor(
      Float32Array.from({ length: 120 * 64 }, (_, i) => Math.sin(i)),
      [120, 1, 8, 8],
    );
    const labels = Int32Array.from({ length: 120 }, (_, i) => i % 3);
    const images = nn.sequential(nn.conv2d(1, 4, 3), nn.relu(), nn.maxPool2d(2), nn.flatten(), nn.linear(36, 3));
    const layers = await layersOf(trainerOf(images), data.fromArrays(x, labels));
    expect(layers.map(({ layer }) => layer.split(" ")[0])).toEqual([
      "conv2d",
      "relu",
      "maxPool2d",
      "flatten",
      "linear",
    ]);
    expect(layers[1]?.dead?.of).toBe(4);
    expect(layers[0]?.histogram.counts.reduce((sum, each) => sum + each, 0)).toBe(120 * 4 * 6 * 6);
    const steps = tensor(
      Float32Array.from({ length: 120 * 8 }, (_, i) => Math.sin(i)),
      [120, 4, 2],
    );
    const sequences = nn.sequential(nn.gru(2, 5, { batchFirst: true }), nn.flatten(), nn.linear(20, 3));
    const recurrent = await layersOf(trainerOf(sequences), data.fromArrays(steps, labels));
    expect(recurrent.map(({ path }) => path)).toEqual(["0", "1", "2"]);
    expect(recurrent[0]?.gradient).toBeGreaterThan(0);
  });

  test("of a single sample have no gradients, and a note says so", async () => {
    const { layers, notes } = await recordRun(trainerOf(identity(3))).evaluate(data.subset(threeClasses(), [0]), {
      layers: true,
    });
    expect(layers[0]?.gradient).toBe(null);
    expect(notes).toContain("Gradients are left out: they need at least two samples.");
  });
});
