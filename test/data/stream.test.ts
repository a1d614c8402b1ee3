import { describe, expect, expectTypeOf, test } from "vitest";
import { type Tensor, data, manualSeed, tensor } from "../../src/index.ts";

const { stream } = data;

interface Numbered {
  readonly x: Float32Array;
  readonly y: number;
}

function* counting(count: number): Generator<Numbered> {
  for (let i = 0; i < count; i++) yield { x: Float32Array.of(i, -i), y: i };
}

async function* later(count: number): AsyncGenerator<Numbered> {
  for (const sample of counting(count)) {
    await Promise.resolve();
    yield sample;
  }
}

async function all<T>(batches: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const listed: T[] = [];
  for await (const batch of batches) listed.push(batch);
  return listed;
}

async function order(options: data.StreamOptions, count: number, epoch = 1): Promise<number[]> {
  const batches = await all(stream(() => counting(count), options).batches(epoch));
  return batches.flatMap(({ y }) => [...y.data]);
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("stream", () => {
  test.each([["of a generator", counting] as const, ["of an async generator", later] as const])(
    "%s gives batches in order; the last may be smaller",
    async (_, source) => {
      const set = stream(() => source(7), { batchSize: 3 });
      const batches = await all(set.batches(1));
      expect(batches.map(({ x, y }) => [x.toArray(), y.toArray()])).toEqual([
        [
          [
            [0, -0],
            [1, -1],
            [2, -2],
          ],
          [0, 1, 2],
        ],
        [
          [
            [3, -3],
            [4, -4],
            [5, -5],
          ],
          [3, 4, 5],
        ],
        [[[6, -6]], [6]],
      ]);
      expect((await all(stream(() => source(7), { batchSize: 3, dropLast: true }).batches(1))).length).toBe(2);
    },
  );

  test("the source is asked anew for each epoch, and told which", async () => {
    const epochs: number[] = [];
    const set = stream((epoch) => {
      epochs.push(epoch);
      return [{ x: [epoch], y: 0 }];
    });
    const found = [await all(set.batches(3)), await all(set.batches(0))].map(([batch]) => batch?.x.toArray());
    expect([found, epochs]).toEqual([
      [[[3]], [[0]]],
      [3, 0],
    ]);
  });

  test("several inputs and targets, by name or in order, labels and weights", async () => {
    const set = stream(
      () => [
        { x: { user: Int32Array.of(1), item: tensor([[1, 2]]) }, y: 3, weight: 0.5 },
        { x: { user: Int32Array.of(2), item: tensor([[3, 4]]) }, y: 4, weight: 2 },
      ],
      { labels: true },
    );
    const [batch] = await all(set.batches(1));
    expectTypeOf(batch?.y).toEqualTypeOf<Tensor | undefined>();
    expect([String(batch?.x.user), String(batch?.x.item), String(batch?.y)]).toEqual([
      "int32 [2, 1]",
      "float32 [2, 1, 2]",
      "int32 [2]",
    ]);
    expect([batch?.x.item.toArray(), batch?.y.toArray(), batch?.weights?.toArray()]).toEqual([
      [[[1, 2]], [[3, 4]]],
      [3, 4],
      [0.5, 2],
    ]);
    const listed = stream(() => [{ x: [tensor([1]), tensor([2, 3])], y: tensor([0]) }]);
    const [first] = await all(listed.batches(1));
    expect(first?.x.map((each) => each.toArray())).toEqual([[[1]], [[2, 3]]]);
  });

  test("a source may reuse its arrays", async () => {
    function* reusing(): Generator<Numbered> {
      const x = new Float32Array(1);
      for (let i = 0; i < 20; i++) {
        x[0] = i;
        yield { x, y: i };
      }
    }
    for (const { x, y } of await all(stream(reusing, { shuffleBuffer: 6, batchSize: 4 }).batches(1))) {
      expect(x.data).toEqual(y.data);
    }
  });
});

describe("the shuffle buffer", () => {
  test("gives every sample once, none earlier than the buffer allows", async () => {
    for (const shuffleBuffer of [1, 2, 10, 99, 100, 500]) {
      const found = await order({ shuffleBuffer, batchSize: 7, seed: 1 }, 100);
      expect(found.toSorted((a, b) => a - b)).toEqual(inOrder(100));
      // The sample drawn at place i was read by then.
      expect(found.every((sample, place) => sample < place + shuffleBuffer)).toBe(true);
    }
    expect(await order({ shuffleBuffer: 1 }, 10)).toEqual(inOrder(10));
    expect(await order({}, 10)).toEqual(inOrder(10));
  });

  test("the order is a function of seed and epoch, and not of the size of batches; epoch 0 keeps that of the source", async () => {
    const first = await order({ shuffleBuffer: 20, seed: 1 }, 100);
    expect(await order({ shuffleBuffer: 20, seed: 1, batchSize: 3 }, 100)).toEqual(first);
    expect(await order({ shuffleBuffer: 20, seed: 2 }, 100)).not.toEqual(first);
    expect(await order({ shuffleBuffer: 20, seed: 1 }, 100, 2)).not.toEqual(first);
    expect(await order({ shuffleBuffer: 20, seed: 1 }, 100, 0)).toEqual(inOrder(100));
    const drawn = async (): Promise<number[]> => {
      manualSeed(3);
      return order({ shuffleBuffer: 20 }, 100);
    };
    expect(await drawn()).toEqual(await drawn());
  });

  test("a buffer as large as the stream gives every sample every place alike", async () => {
    const [samples, epochs] = [5, 4000];
    const counts = new Float64Array(samples * samples);
    const set = stream(() => counting(samples), { shuffleBuffer: samples, batchSize: samples, seed: 8 });
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (const { y } of await all(set.batches(epoch))) {
        y.data.forEach(
          (sample, place) => (counts[place * samples + sample] = (counts[place * samples + sample] ?? 0) + 1),
        );
      }
    }
    const deviation = Math.sqrt(epochs * (1 / samples) * (1 - 1 / samples));
    for (const count of counts) expect(Math.abs(count - epochs / samples)).toBeLessThan(4 * deviation);
  });

  test("holds no more samples than its size and one batch", async () => {
    let read = 0;
    const most: number[] = [];
    function* source(): Generator<Numbered> {
      for (const sample of counting(1000)) {
        read++;
        yield sample;
      }
    }
    let given = 0;
    for await (const { y } of stream(source, { shuffleBuffer: 50, batchSize: 10 }).batches(1)) {
      given += y.size;
      most.push(read - given);
    }
    expect(Math.max(...most)).toBe(50);
    expect(given).toBe(1000);
  });
});

describe("errors of streams", () => {
  test("an iterator that was read before is named", async () => {
    const once = [{ x: [1], y: 0 }].values();
    const streamed = data.stream(() => once);
    const read = async (epoch: number) => {
      for await (const { y } of streamed.batches(epoch)) expect(y.size).toBe(1);
    };
    await read(1);
    await expect(read(2)).rejects.toThrow(
      "got none in epoch 2 (the function is called for each epoch: did it return the same iterator?)",
    );
  });

  const broken =
    (...samples: unknown[]): (() => Iterable<never>) =>
    () =>
      samples as never[];
  test.each<[string, () => Iterable<never>, data.StreamOptions, string]>([
    ["no samples", broken(), {}, "stream: the source must give at least one sample; got none in epoch 1"],
    [
      "ragged samples",
      broken({ x: [1, 2], y: 0 }, { x: [1, 2], y: 0 }, { x: [1], y: 0 }),
      {},
      "stream: sample 3 must be x float32 [2], y float32 [] as the first; got x float32 [1], y float32 []",
    ],
    [
      "another dtype",
      broken({ x: [1], y: 0 }, { x: Int32Array.of(1), y: 0 }),
      {},
      "stream: sample 2 must be x float32 [1], y float32 [] as the first; got x int32 [1], y float32 []",
    ],
    [
      "other names",
      broken({ x: { a: [1] }, y: 0 }, { x: { b: [1] }, y: 0 }),
      {},
      "stream: sample 2 must be x.a float32 [1], y float32 [] as the first; got x.b float32 [1], y float32 []",
    ],
    [
      "text",
      broken({ x: [1], y: 0 }, { x: ["2"], y: 0 }),
      {},
      'must be numbers or arrays of them; got "2" at [0], in x of stream, in sample 2',
    ],
    ["a sample without y", broken({ x: [1] }), {}, "stream: sample 1 must have x and y; got one without y"],
    ["a sample that is none", broken({ x: [1], y: 1 }, null), {}, "stream: sample 2 must have x and y; got null"],
    [
      "labels that are not whole",
      broken({ x: [1], y: 0.5 }),
      { labels: true },
      "tensor: int32 must be whole numbers of 32 bits; got 0.5 at index 0, in y of stream, in sample 1",
    ],
    [
      "a weight below 0",
      broken({ x: [1], y: 0, weight: -1 }),
      {},
      "stream: the weight of sample 1 must be finite and at least 0; got -1",
    ],
    [
      "weights of some",
      broken({ x: [1], y: 0, weight: 1 }, { x: [1], y: 0 }),
      {},
      "stream: sample 2 must have a weight as the first; got undefined",
    ],
    [
      "fewer samples than length",
      broken({ x: [1], y: 0 }),
      { length: 2 },
      "stream: the source must give as many samples as the option length, 2; got 1 in epoch 1",
    ],
    [
      "more samples than length",
      broken({ x: [1], y: 0 }, { x: [1], y: 0 }),
      { length: 1 },
      "stream: the source must give as many samples as the option length, 1; got more in epoch 1",
    ],
    [
      "a batch larger than the data",
      broken({ x: [1], y: 0 }),
      { dropLast: true, batchSize: 2 },
      "stream: batchSize must be at most the number of samples, 1, with dropLast; got 2",
    ],
    ["a source without samples", (() => 3) as never, {}, "stream: source must return an iterable of samples; got 3"],
  ])("%s", async (_, source, options, message) => {
    await expect(all(stream(source, options).batches(1))).rejects.toThrow(message);
  });

  test.each([false, true])(
    "an error of the source is passed on after the batches before it; async: %s",
    async (isAsync) => {
      const failure = new Error("the disk is gone");
      async function* asyncSource(): AsyncGenerator<Numbered> {
        yield* later(5);
        throw failure;
      }
      function* source(): Generator<Numbered> {
        yield* counting(5);
        throw failure;
      }
      const seen: number[] = [];
      const work = (async (): Promise<void> => {
        for await (const { y } of stream(isAsync ? asyncSource : source, { batchSize: 2 }).batches(1))
          seen.push(...y.data);
      })();
      await expect(work).rejects.toBe(failure);
      expect(seen).toEqual([0, 1, 2, 3]);
    },
  );

  test.each([false, true])(
    "the source is closed when the loop ends early, and by a wrong sample; async: %s",
    async (isAsync) => {
      let closed = 0;
      function* source(): Generator<Numbered> {
        try {
          yield* counting(5);
          yield { x: new Float32Array(1), y: 0 };
          yield* counting(5);
        } finally {
          closed++;
        }
      }
      async function* asyncSource(): AsyncGenerator<Numbered> {
        yield* source();
      }
      const set = stream(isAsync ? asyncSource : source, { batchSize: 2 });
      for await (const batch of set.batches(1)) if (batch) break;
      expect(closed).toBe(1);
      await expect(all(set.batches(1))).rejects.toThrow("stream: sample 6 must be");
      expect(closed).toBe(2);
    },
  );
});
