/** `fit` on samples that are made when they are asked for. */
import { describe, expect, test } from "vitest";
import { type FitOptions, NonFiniteError, Trainer, data, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

const SET = data.fromArrays(randomTensor([23, 3], 1), randomTensor([23, 2], 2));
const QUIET = { progress: false, epochs: 3, batchSize: 5 } as const;

type Samples = Parameters<Trainer["fit"]>[0];

function make(accumulate = 1): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(3, 8), nn.relu(), nn.dropout(0.5), nn.linear(8, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.1 }), accumulate });
}

const weightsOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** The same samples by index, at once or after a while. */
function indexed(waits: boolean, asked: number[][] = []): data.IndexedDataset {
  return {
    length: SET.length,
    rows: (indices, epoch) => {
      asked.push([epoch, ...indices]);
      const { x, y } = data.subset(SET, indices);
      return waits ? later().then(() => ({ x, y })) : { x, y };
    },
  };
}

/** The same samples as a stream of batches, in order. */
function streamed(batchSize: number, log: string[] = []): data.StreamedDataset {
  return {
    async *batches(epoch) {
      log.push(`begin ${epoch}`);
      try {
        for (const batch of data.batches(SET, { batchSize })) {
          await later();
          yield batch;
        }
      } finally {
        log.push(`end ${epoch}`);
      }
    },
  };
}

async function trained(samples: Samples, options: FitOptions, accumulate = 1): Promise<number[]> {
  const trainer = make(accumulate);
  await trainer.fit(samples, { progress: false, epochs: 3, ...options });
  return weightsOf(trainer);
}

describe("samples by index", () => {
  test.each([false, true])("give the bits of tensors in memory, where rows wait: %s", async (waits) => {
    for (const options of [{ batchSize: 5 }, { batchSize: 5, dropLast: true }, { batchSize: 6, shuffle: false }]) {
      expect(await trained(indexed(waits), options)).toEqual(await trained(SET, options));
    }
    expect(await trained(indexed(waits), { batchSize: 5 }, 3)).toEqual(await trained(SET, { batchSize: 5 }, 3));
  });

  test("are asked for one batch ahead, each once in an epoch", async () => {
    const asked: number[][] = [];
    let most = 0;
    const onStep = ({ steps }: { steps: number }): void => void (most = Math.max(most, asked.length - steps));
    await make().fit(indexed(true, asked), { ...QUIET, epochs: 2, onStep });
    expect(most).toBe(1);
    for (const epoch of [1, 2]) {
      const indices = asked.filter(([of]) => of === epoch).flatMap(([, ...rest]) => rest);
      expect(indices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    }
  });

  test("go on to the same bits after a stop within an epoch, without making what was done", async () => {
    const asked: number[][] = [];
    const trainer = make();
    await trainer.fit(indexed(true), { ...QUIET, stepLimit: 8 });
    const { epochs } = await trainer.fit(indexed(true, asked), { ...QUIET, resume: true });
    expect(epochs).toHaveLength(3);
    expect(asked.filter(([epoch]) => epoch === 2)).toHaveLength(2);
    expect(weightsOf(trainer)).toEqual(await trained(SET, QUIET));
  });

  test("may have another length later: the training has that of its begin", async () => {
    for (const later of [1, 40, NaN]) {
      const set = indexed(true);
      let reads = 0;
      const changing = { rows: set.rows.bind(set), length: NaN };
      Object.defineProperty(changing, "length", { get: () => (reads++ < 2 ? set.length : later) });
      expect(await trained(changing, { batchSize: 5 })).toEqual(await trained(set, { batchSize: 5 }));
    }
  });

  test("name the sample whose number is not finite", async () => {
    const broken = indexed(false);
    const rows = broken.rows.bind(broken);
    const set: data.IndexedDataset = {
      length: 23,
      rows: (indices, epoch) => {
        const batch = rows(indices, epoch) as data.Batch;
        const row = indices.indexOf(17);
        if (row >= 0) batch.x.data[row * 3] = NaN;
        return batch;
      },
    };
    const trainer = make();
    const failed = trainer.fit(set, QUIET);
    await expect(failed).rejects.toThrow(NonFiniteError);
    await expect(failed).rejects.toThrow("x has NaN in sample 17, at index 0");
    expect(weightsOf(trainer).every(Number.isFinite)).toBe(true);
  });
});

describe("a stream", () => {
  test("gives the bits of tensors in memory in order, one update for three batches too", async () => {
    const inOrder = { batchSize: 5, shuffle: false };
    for (const accumulate of [1, 3]) {
      expect(await trained(streamed(5), {}, accumulate)).toEqual(await trained(SET, inOrder, accumulate));
    }
  });

  test("is opened once and closed in each epoch, also after a stop, and a resume goes on to the same bits", async () => {
    const log: string[] = [];
    const trainer = make();
    const options = { progress: false, epochs: 3 };
    const { stopped } = await trainer.fit(streamed(5, log), { ...options, stepLimit: 7 });
    expect(stopped).toBe("step limit");
    expect(log).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
    await trainer.fit(streamed(5, log), { ...options, resume: true });
    expect(log.slice(4)).toEqual(["begin 2", "end 2", "begin 3", "end 3"]);
    expect(weightsOf(trainer)).toEqual(await trained(SET, { batchSize: 5, shuffle: false }));
  });

  test("that fails midway ends the training with its error; what was trained stays, and training can go on", async () => {
    const failing: data.StreamedDataset = {
      async *batches() {
        for (const [i, batch] of [...data.batches(SET, { batchSize: 5 })].entries()) {
          if (i === 3) throw new Error("disk");
          yield batch;
        }
      },
    };
    const trainer = make();
    await expect(trainer.fit(failing, { progress: false })).rejects.toThrow("disk");
    // The third batch waited for the fourth, which would have said whether it is the last.
    expect(trainer.options.optimizer.steps).toBe(2);
    const other = make();
    await other.fit(SET, { ...QUIET, shuffle: false, stepLimit: 2 });
    expect(weightsOf(trainer)).toEqual(weightsOf(other));
    await trainer.fit(SET, { ...QUIET, epochs: 1 });
    expect(trainer.options.optimizer.steps).toBe(7);
  });

  test("of the library shuffles by seed and epoch, the same bits again", async () => {
    const source = function* () {
      for (let i = 0; i < SET.length; i++) {
        yield { x: SET.x.data.subarray(3 * i, 3 * i + 3), y: SET.y.data.subarray(2 * i, 2 * i + 2) };
      }
    };
    const run = (): Promise<number[]> => {
      manualSeed(5);
      return trained(data.stream(source, { batchSize: 5, shuffleBuffer: 10, seed: 7 }), {});
    };
    expect(await run()).toEqual(await run());
    const plain = data.stream(source, { batchSize: 5 });
    expect(await trained(plain, {})).toEqual(await trained(SET, { batchSize: 5, shuffle: false }));
    expect(await run()).not.toEqual(await trained(plain, {}));
  });

  test("that is empty, or given options of batches, is refused", async () => {
    const empty: data.StreamedDataset = { batches: () => [] };
    const refused = (samples: Samples, options: FitOptions): Promise<unknown> =>
      make().fit(samples, { progress: false, ...options });
    await expect(refused(empty, {})).rejects.toThrow("fit: a stream must have at least one batch; got none in epoch 1");
    await expect(refused(streamed(5), { batchSize: 3 })).rejects.toThrow(
      "fit: batchSize must be an option of the stream",
    );
    await expect(refused(streamed(5), { shuffle: true })).rejects.toThrow(
      "fit: shuffle must be an option of the stream",
    );
  });

  test("with tensors of another shape is refused at its batch, and nothing is half-changed", async () => {
    const odd: data.StreamedDataset = { batches: () => [SET, { x: tensor([[1, 2]]), y: tensor([[1, 2]]) }, SET] };
    const trainer = make();
    await expect(trainer.fit(odd, { progress: false })).rejects.toThrow(/inner sizes must agree|must be/);
    const other = make();
    await other.fit(SET, { progress: false, batchSize: 23, shuffle: false });
    expect(weightsOf(trainer)).toEqual(weightsOf(other));
  });
});

test("validation samples are made too, and evaluated to the same numbers", async () => {
  const validate = async (validation: Samples): Promise<unknown> => {
    const { epochs } = await make().fit(SET, { ...QUIET, validation });
    return epochs.map(({ validation: each }) => each.loss);
  };
  expect(await validate(indexed(true))).toEqual(await validate(SET));
  const close = (await validate(streamed(23))) as number[];
  expect(close).toEqual(await validate(SET));
});

test("averages are evaluated on validation samples that are made, too", async () => {
  const evaluated = async (validation: Samples): Promise<unknown> => {
    manualSeed(1);
    const averaging = { decay: 0.5 };
    const options = { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }), averaging };
    const trainer = new Trainer(nn.linear(3, 2), options);
    const { epochs } = await trainer.fit(SET, { progress: false, epochs: 2, validation });
    return epochs.map(({ averaged }) => averaged?.loss.toFixed(6));
  };
  const expected = await evaluated(SET);
  expect(await evaluated(indexed(true))).toEqual(expected);
  expect(await evaluated(streamed(5))).toEqual(expected);
});

test("an augmented data set trains to the same bits on the same seed, and otherwise than the plain one", async () => {
  const images = data.fromArrays(randomTensor([23, 1, 8, 8], 3), randomTensor([23, 2], 2));
  const run = async (samples: Samples): Promise<number[]> => {
    manualSeed(2);
    const model = nn.sequential(nn.flatten(), nn.linear(64, 2));
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.01 }) });
    await trainer.fit(samples, QUIET);
    return weightsOf(trainer);
  };
  const augmented = (): Samples => data.augment(images, [data.transforms.shift({ x: 2, y: 2 })], { seed: 3 });
  expect(await run(augmented())).toEqual(await run(augmented()));
  expect(await run(augmented())).not.toEqual(await run(images));
});
