import { describe, expect, test } from "vitest";
import { Tensor, data, manualSeed } from "../../src/index.ts";

const { asyncBatches, fromArrays } = data;
const SAMPLES = 10;
const set = fromArrays(
  Float32Array.from({ length: SAMPLES }, (_, i) => i),
  Int32Array.from({ length: SAMPLES }, (_, i) => i),
);

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const listed: T[] = [];
  for await (const batch of batches) listed.push(batch);
  return listed;
}

/** A data set that notes what is asked for. */
class Noting implements data.IndexedDataset<Tensor, Tensor> {
  readonly length = SAMPLES;
  readonly asked: [number[], number][] = [];
  async rows(indices: Int32Array, epoch: number): Promise<data.Batch> {
    this.asked.push([[...indices], epoch]);
    await Promise.resolve();
    const { x, y } = data.subset(set, indices);
    indices.fill(0); // its own to use
    return { x, y };
  }
}

describe("asyncBatches", () => {
  test("samples by index in order, epoch by epoch", async () => {
    const samples = new Noting();
    const batches = asyncBatches(samples, { batchSize: 4 });
    expect(batches.length).toBe(3);
    expect((await all(batches)).map(({ x }) => [...x.data])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    await all(batches);
    await all(batches.epoch(7));
    expect(samples.asked.map(([, epoch]) => epoch)).toEqual([1, 1, 1, 2, 2, 2, 7, 7, 7]);
    expect(asyncBatches(samples, { batchSize: 4, dropLast: true }).length).toBe(2);
  });

  test("the batch after the current one is asked for before the current one is given", async () => {
    const samples = new Noting();
    const asked: number[] = [];
    for await (const batch of asyncBatches(samples, { batchSize: 4 })) if (batch) asked.push(samples.asked.length);
    expect(asked).toEqual([2, 3, 3]);
  });

  test("a shuffled order is a function of seed and epoch; epoch 0 is in order", async () => {
    const orders = async (): Promise<number[][]> => {
      manualSeed(6);
      const batches = asyncBatches(new Noting(), { batchSize: 4, shuffle: true });
      const passes = [await all(batches), await all(batches), await all(batches.epoch(1)), await all(batches.epoch(0))];
      return passes.map((pass) => pass.flatMap(({ x }) => [...x.data]));
    };
    const [first, second, firstAgain, evaluated] = await orders();
    expect(first).not.toEqual(second);
    expect(firstAgain).toEqual(first);
    expect(evaluated).toEqual(Array.from({ length: SAMPLES }, (_, i) => i));
    expect(first?.toSorted((a, b) => a - b)).toEqual(evaluated);
    expect((await orders())[0]).toEqual(first);
    manualSeed(6);
    const inMemory = [...data.batches(set, { batchSize: 4, shuffle: true })].flatMap(({ x }) => [...x.data]);
    expect(inMemory).toEqual(first);
    manualSeed(6);
    const copied = await all(asyncBatches(set, { batchSize: 4, shuffle: true }));
    expect(copied.flatMap(({ x }) => [...x.data])).toEqual(first);
  });

  test("batches of a stream as they are", async () => {
    const streamed = data.stream(
      () => [
        { x: [1], y: 2 },
        { x: [3], y: 4 },
        { x: [5], y: 6 },
      ],
      { batchSize: 2 },
    );
    const batches = asyncBatches(streamed);
    expect(batches.length).toBeUndefined();
    expect((await all(batches)).map(({ y }) => [...y.data])).toEqual([[2, 4], [6]]);
    expect(() => asyncBatches(streamed, { batchSize: 3 })).toThrow(
      "asyncBatches: batchSize must be an option of the stream, which makes the batches; got 3",
    );
  });

  test("an error comes after the batches before it, and only if it is waited for", async () => {
    const failure = new Error("no such sample");
    const failing: data.IndexedDataset<Tensor, Tensor> = {
      length: SAMPLES,
      rows: async (indices) => {
        await Promise.resolve();
        if (indices.includes(5)) throw failure;
        return data.subset(set, indices);
      },
    };
    const batches = asyncBatches(failing, { batchSize: 4 });
    let given = 0;
    // The second batch fails meanwhile: an unhandled rejection would fail this test.
    for await (const batch of batches) {
      given += batch.x.size;
      await new Promise((resolve) => setTimeout(resolve, 5));
      break;
    }
    expect(given).toBe(4);
    await expect(all(batches)).rejects.toBe(failure);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "asyncBatches: rows() of the data set must give batches with x and y; got undefined"],
    [
      "no y",
      { x: set.x },
      "asyncBatches: rows() of the data set must give batches with x and y; got a batch without y",
    ],
    ["an array as x", { x: [[1]], y: set.y }, "asyncBatches: x of the data set must be a tensor; got an array"],
    [
      "other counts",
      { x: set.x, y: new Tensor([2], "int32", new Int32Array(2)) },
      "asyncBatches: rows() of the data set must give tensors with one row for each sample; got x float32 [10], y int32 [2]",
    ],
    [
      "too many",
      { x: set.x, y: set.y },
      "asyncBatches: rows() of the data set must give 4 samples, one for each index; got x float32 [10], y int32 [10]",
    ],
    [
      "weights of another count",
      { ...data.subset(set, [0, 1, 2, 3]), weights: new Tensor([1], "float32", Float32Array.of(1)) },
      "asyncBatches: weights must be [4], one for each sample; got float32 [1]",
    ],
  ])("refuses batches with %s", async (_, batch, message) => {
    const wrong = { length: SAMPLES, rows: () => batch } as unknown as data.IndexedDataset;
    await expect(all(asyncBatches(wrong, { batchSize: 4 }))).rejects.toThrow(message);
  });
});
