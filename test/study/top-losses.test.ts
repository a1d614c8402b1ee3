import { describe, expect, test } from "vitest";
import { Tensor, Trainer, data, nn, ops, optim, tensor } from "../../src/index.ts";
import { topLosses } from "../../src/study/index.ts";
import { Lambda, expectClose } from "../support.ts";
import { fixtures } from "./fixtures.ts";

const { losses } = fixtures;
const logits = tensor(losses.logits);
const labels = tensor(Int32Array.from(losses.labels));
const set = data.fromArrays(logits, labels);

/** A model that is the identity: its weight is the unit matrix. */
function identity(size: number): nn.Module {
  const layer = nn.linear(size, size, { bias: false });
  const unit = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  layer.loadStateDict({ weight: { shape: [size, size], dtype: "float32", data: unit } });
  return nn.sequential(layer, nn.dropout(0.5));
}

const trainerOf = (loss: nn.Loss, size = 3): Trainer =>
  new Trainer(identity(size), { loss, optimizer: optim.sgd({ lr: 1 }) });

/** Losses in the order of the data set. */
async function lossesOf(trainer: Trainer, samples: Parameters<typeof topLosses>[1]): Promise<number[]> {
  const top = await topLosses(trainer, samples, { count: 100, batchSize: 5 });
  const found = top.map(({ loss }) => loss);
  expect(found).toEqual(found.toSorted((a, b) => b - a));
  return top.toSorted((a, b) => a.index - b.index).map(({ loss }) => loss);
}

describe("losses of samples", () => {
  test("are PyTorch's with reduction none, and scikit-learn's log loss", async () => {
    const found = await lossesOf(trainerOf(nn.crossEntropyLoss()), set);
    expectClose(found, losses.crossEntropy);
    expectClose(found, losses.logLoss);
  });

  test.each(["mean", "sum"] as const)("with class weights and label smoothing, reduction %s", async (reduction) => {
    const loss = nn.crossEntropyLoss({ weight: [0.5, 1, 2], labelSmoothing: 0.25, reduction });
    expectClose(await lossesOf(trainerOf(loss), set), losses.weighted);
  });

  test("are 0 for ignored labels", async () => {
    expectClose(await lossesOf(trainerOf(nn.crossEntropyLoss({ ignoreIndex: 1 })), set), losses.ignored);
  });

  test("are means over the elements of a sample", async () => {
    const two = data.fromArrays(tensor(losses.twoLogits), tensor(losses.twoTargets));
    expectClose(await lossesOf(trainerOf(nn.bceWithLogitsLoss(), 2), two), losses.bce);
    expectClose(await lossesOf(trainerOf(nn.mseLoss(), 2), two), losses.mse);
    const sums = await lossesOf(trainerOf(nn.mseLoss({ reduction: "sum" }), 2), two);
    expectClose(
      sums,
      losses.mse.map((loss) => 2 * loss),
    );
  });

  test("do not depend on the weights of samples", async () => {
    const weights = tensor(Float32Array.from({ length: 12 }, (_, i) => (i % 3) + (i === 0 ? 0 : 0.5)));
    const weighted = data.fromArrays(logits, labels, { weights });
    expectClose(await lossesOf(trainerOf(nn.crossEntropyLoss()), weighted), losses.crossEntropy);
  });

  test("of a function of operands", async () => {
    const own = new nn.Loss("own", (prediction, target) => ops.mean(ops.square(ops.subtract(prediction, target))));
    const two = data.fromArrays(tensor(losses.twoLogits), tensor(losses.twoTargets));
    expectClose(await lossesOf(trainerOf(own, 2), two), losses.mse);
  });

  test("of samples by index and of a stream are those of the data set", async () => {
    const trainer = trainerOf(nn.crossEntropyLoss());
    const at = (indices: Int32Array) => data.subset(set, indices);
    const indexed = { length: 12, rows: (indices: Int32Array) => Promise.resolve(at(indices)) };
    const streamed = {
      *batches() {
        yield at(Int32Array.of(0, 1, 2, 3, 4, 5, 6));
        yield at(Int32Array.of(7, 8, 9, 10, 11));
      },
    };
    expectClose(await lossesOf(trainer, indexed), losses.crossEntropy);
    expectClose(await lossesOf(trainer, streamed), losses.crossEntropy);
  });
});

describe("topLosses", () => {
  test("gives index, prediction, input and target of the highest", async () => {
    const trainer = trainerOf(nn.crossEntropyLoss());
    const order = losses.crossEntropy.map((loss, index) => ({ loss, index })).toSorted((a, b) => b.loss - a.loss);
    const top = await topLosses(trainer, set, { count: 3, batchSize: 4 });
    expect(top.map(({ index }) => index)).toEqual(order.slice(0, 3).map(({ index }) => index));
    for (const { index, x, y, prediction } of top) {
      expect(x.toArray()).toEqual([losses.logits[index]]);
      expect(prediction.toArray()).toEqual([losses.logits[index]]);
      expect(y.toArray()).toEqual([losses.labels[index]]);
    }
    expect(await topLosses(trainer, set)).toHaveLength(10);
  });

  test("keeps the order of equal losses, and NaN is highest", async () => {
    const loss = new nn.Loss("root", (prediction, target) => ops.mean(ops.sqrt(ops.subtract(prediction, target))));
    const x = tensor([[4], [1], [0], [1], [9]]);
    const y = tensor([[0], [0], [1], [0], [0]]);
    const top = await topLosses(trainerOf(loss, 1), data.fromArrays(x, y));
    expect(top.map(({ index }) => index)).toEqual([2, 4, 0, 1, 3]);
    expect(top[0]?.loss).toBeNaN();
  });

  test("works for images and for token ids, and leaves model and modes as they are", async () => {
    const cnn = nn.sequential(nn.conv2d(1, 2, 3), nn.relu(), nn.flatten(), nn.dropout(0.5), nn.linear(8, 2));
    const words = nn.sequential(nn.embedding(5, 4), new Lambda((x) => ops.mean(x, [1])), nn.linear(4, 2));
    const images = new Tensor(
      [3, 1, 4, 4],
      "float32",
      Float32Array.from({ length: 48 }, (_, i) => (i * 7) % 5),
    );
    const ids = new Tensor(
      [3, 3],
      "int32",
      Int32Array.from({ length: 9 }, (_, i) => i % 5),
    );
    const y = tensor(Int32Array.of(0, 1, 0));
    for (const [model, x] of [
      [cnn, images],
      [words, ids],
    ] as const) {
      const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
      const before = [model.stateDict(), model.randomState()];
      const top = await topLosses(trainer, data.fromArrays<Tensor, Tensor>(x, y));
      expect([model.stateDict(), model.randomState()]).toEqual(before);
      expect(model.training).toBe(true);
      expect(top.map(({ x: row }) => row.shape[0])).toEqual([1, 1, 1]);
      const mean = top.reduce((sum, { loss }) => sum + loss / 3, 0);
      expect(mean).toBeCloseTo(trainer.evaluate(data.fromArrays<Tensor, Tensor>(x, y)).loss, 5);
    }
  });

  test("refuses what does not fit", async () => {
    const trainer = trainerOf(nn.crossEntropyLoss());
    await expect(topLosses(trainer, set, { count: 0 })).rejects.toThrow(
      "topLosses: count must be a whole number of at least 1; got 0",
    );
    const pooled = new Lambda((x) => ops.reshape(x, [9]));
    const model = nn.sequential(nn.linear(3, 3), pooled);
    const flat = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });
    await expect(topLosses(flat, data.subset(set, [0, 1, 2]))).rejects.toThrow(
      "topLosses: predictions must have one row for each of 3 samples; got [9]",
    );
    await expect(topLosses(trainer, { length: 0, rows: () => set })).rejects.toThrow(
      "topLosses: length of the data set must be a whole number of at least 1; got 0",
    );
  });

  test("passes on the error of a stream", async () => {
    const broken = {
      async *batches() {
        yield set;
        throw new Error("disk");
      },
    };
    await expect(topLosses(trainerOf(nn.crossEntropyLoss()), broken)).rejects.toThrow("disk");
  });
});
