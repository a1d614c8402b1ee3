import { describe, expect, test } from "vitest";
import { Tensor, data, manualSeed, nn } from "../../src/index.ts";
import { planBatches } from "../../src/data/batches.ts";
import { nextStream, permutation } from "../../src/runtime/random.ts";
import { MadeBatches } from "../../src/train/fit/made-batches.ts";
import type { BatchTensors } from "../../src/train/step/batch.ts";
import { randomTensor } from "../support.ts";

const SAMPLES = 11;
const set = data.fromArrays(randomTensor([SAMPLES, 3], 1), randomTensor([SAMPLES, 2], 2));
const plan = planBatches("fit", SAMPLES, { batchSize: 4, shuffle: true });
const [model, loss] = [nn.linear(3, 2), nn.mseLoss()];

async function rest(batches: MadeBatches): Promise<BatchTensors[]> {
  const listed: BatchTensors[] = [];
  for (let batch = await batches.next(); batch; batch = await batches.next()) listed.push(batch);
  return listed;
}

const indexed = (asked: number[][] = []): data.IndexedDataset => ({
  length: SAMPLES,
  rows: async (indices) => {
    asked.push([...indices]);
    await Promise.resolve();
    const { x, y } = data.subset(set, indices);
    return { x, y };
  },
});

describe("batches of fit that are made when they are asked for", () => {
  test("samples by index come in the order of the stream and the epoch, the next asked for before the current is given", async () => {
    manualSeed(2);
    const orders = nextStream();
    const asked: number[][] = [];
    const batches = new MadeBatches(model, loss, indexed(asked), plan);
    for (const epoch of [1, 2]) {
      asked.length = 0;
      const order = permutation(SAMPLES, orders, epoch - 1);
      batches.begin(epoch, orders);
      const first = await batches.next();
      expect(asked).toEqual([Array.from(order.slice(0, 4)), Array.from(order.slice(4, 8))]);
      const listed = [first, ...(await rest(batches))];
      expect(listed.map((batch) => batch?.tensors.map(String))).toEqual([
        ["float32 [4, 3]", "float32 [4, 2]"],
        ["float32 [4, 3]", "float32 [4, 2]"],
        ["float32 [3, 3]", "float32 [3, 2]"],
      ]);
      const rows = listed.flatMap((batch) => [...(batch?.tensors[0]?.data ?? [])]);
      expect(rows).toEqual([...data.subset(set, order).x.data]);
      expect(await batches.next()).toBeUndefined();
      await batches.close();
    }
  });

  test("a resumed epoch skips batches without making them; those of a stream are read", async () => {
    const orders = nextStream();
    const asked: number[][] = [];
    const batches = new MadeBatches(model, loss, indexed(asked), plan);
    batches.begin(3, orders);
    const whole = await rest(batches);
    asked.length = 0;
    batches.begin(3, orders, 2);
    expect(await rest(batches)).toEqual(whole.slice(2));
    expect(asked.length).toBe(1);
    const streamed = data.stream(() => Array.from({ length: 9 }, (_, i) => ({ x: [i, i, i], y: [i, i] })), {
      batchSize: 2,
      shuffleBuffer: 4,
      seed: 1,
    });
    const fromStream = new MadeBatches(model, loss, streamed);
    fromStream.begin(2, orders);
    const all = await rest(fromStream);
    fromStream.begin(2, orders, 3);
    expect(await rest(fromStream)).toEqual(all.slice(3));
    expect(all.length).toBe(5);
  });

  test("inputs by name and weights are in the order of the model", async () => {
    class Both extends nn.Module {
      override readonly inputNames = ["b", "a"];
      override forward(b: never): never {
        return b;
      }
    }
    const weights = new Tensor([1], "float32", Float32Array.of(0));
    const [a, b, y] = [1, 2, 3].map((value) => new Tensor([1, 1], "float32", Float32Array.of(value))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const batches = new MadeBatches(new Both(), loss, { batches: () => [{ x: { a, b }, y, weights }] });
    batches.begin(1, nextStream());
    expect(await batches.next()).toEqual({ tensors: [b, a, y, weights], inputs: 2, isWeighted: true });
  });

  test("close ends the stream, also in the middle of it and before its begin", async () => {
    const events: string[] = [];
    const samples: data.StreamedDataset = {
      async *batches(epoch) {
        events.push(`open ${epoch}`);
        try {
          for (;;) {
            await Promise.resolve();
            yield { x: set.x, y: set.y };
          }
        } finally {
          events.push(`closed ${epoch}`);
        }
      },
    };
    const batches = new MadeBatches(model, loss, samples);
    await batches.close();
    batches.begin(1, nextStream());
    await batches.close();
    expect(events).toEqual([]);
    batches.begin(2, nextStream());
    await batches.next();
    await batches.close();
    expect(events).toEqual(["open 2", "closed 2"]);
    expect(await batches.next()).toBeUndefined();
  });

  const nothing = new Tensor([0, 3], "float32", new Float32Array());
  test.each<[string, data.IndexedDataset | data.StreamedDataset, string]>([
    [
      "a batch without samples",
      { batches: () => [{ x: nothing, y: nothing }] },
      "fit: batches() of the data set must give at least one sample; got x float32 [0, 3], y float32 [0, 3]",
    ],
    [
      "tensors that differ in rows",
      { batches: () => [{ x: set.x, y: nothing }] },
      "fit: batches() of the data set must give tensors with one row for each sample; got x float32 [11, 3], y float32 [0, 3]",
    ],
    [
      "another count than was asked for",
      { length: SAMPLES, rows: () => ({ x: set.x, y: set.y }) },
      "fit: rows() of the data set must give 4 samples, one for each index; got x float32 [11, 3], y float32 [11, 2]",
    ],
    ["no iterable", { batches: () => 3 as never }, "fit: batches() of the data set must return an iterable; got 3"],
    [
      "no batch",
      { batches: () => [3 as never] },
      "fit: batches() of the data set must give batches with x and y; got 3",
    ],
    [
      "weights below 0",
      { batches: () => [{ ...data.subset(set, [0]), weights: new Tensor([1], "float32", Float32Array.of(-1)) }] },
      "fit: weights must be finite and at least 0; got -1 at index 0",
    ],
    [
      "text as a tensor",
      { batches: () => [{ x: "3" as never, y: set.y }] },
      'fit: x of the data set must be a tensor; got "3"',
    ],
  ])("refuses %s", async (_, samples, message) => {
    const batches = new MadeBatches(model, loss, samples, plan);
    batches.begin(1, nextStream());
    await expect(batches.next()).rejects.toThrow(message);
    expect(await batches.next()).toBeUndefined();
    await batches.close();
  });

  test("an error of the data set is passed on, after the batches before it", async () => {
    const failure = new Error("the network is down");
    async function* failing(): AsyncGenerator<data.Batch> {
      yield { x: set.x, y: set.y };
      await Promise.resolve();
      throw failure;
    }
    const batches = new MadeBatches(model, loss, { batches: failing });
    batches.begin(1, nextStream());
    expect((await batches.next())?.tensors.length).toBe(2);
    await expect(batches.next()).rejects.toBe(failure);
    await batches.close();
  });
});
