import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Callback,
  type FitOptions,
  Trainer,
  data,
  earlyStopping,
  manualSeed,
  metrics,
  nn,
  optim,
} from "../../../src/index.ts";
import { randomTensor } from "../../support.ts";

const TRAINING = data.fromArrays(randomTensor([24, 3], 1), randomTensor([24, 2], 2));
const VALIDATION = data.fromArrays(randomTensor([12, 3], 3), randomTensor([12, 2], 4));
const OPTIONS = { progress: false, epochs: 60, batchSize: 8, validation: VALIDATION } as const;

function make(): Trainer {
  manualSeed(3);
  const model = nn.sequential(nn.linear(3, 32), nn.tanh(), nn.dropout(0.2), nn.linear(32, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.003 }) });
}

const weightsOf = ({ model }: { readonly model: Trainer["model"] }): number[] =>
  model.parameters().flatMap((each) => [...each.read()]);

/** The losses on the validation set that a training without early stopping gives. */
async function losses(): Promise<number[]> {
  const { epochs } = await make().fit(TRAINING, OPTIONS);
  return epochs.map(({ validation }) => validation.loss);
}

/** The epoch, counted from 1, at which patience ends, by the definition: so many epochs since the best. */
function endOf(values: readonly number[], patience: number, minDelta = 0): { end: number; best: number } {
  let [best, at] = [Infinity, 0];
  for (const [i, value] of values.entries()) {
    if (value + minDelta < best) [best, at] = [value, i + 1];
    else if (i + 1 - at >= patience) return { end: i + 1, best: at };
  }
  return { end: values.length, best: at };
}

describe("early stopping", () => {
  test.each([1, 3, 7])("ends after %d epochs without a lower loss on the validation set", async (patience) => {
    const { end, best } = endOf(await losses(), patience);
    expect(end).toBeLessThan(60);
    const trainer = make();
    const { epochs, stopped } = await trainer.fit(TRAINING, { ...OPTIONS, callbacks: [earlyStopping({ patience })] });
    expect([epochs.length, stopped]).toEqual([
      end,
      `no better validation loss than in epoch ${best} for ${patience} epochs`,
    ]);
    const atBest = make();
    await atBest.fit(TRAINING, { ...OPTIONS, epochs: best });
    expect(weightsOf(trainer)).toEqual(weightsOf(atBest));
  });

  test("ignores improvements below minDelta", async () => {
    const all = await losses();
    const minDelta = ((all[0] ?? 0) - Math.min(...all)) / 4;
    const { end } = endOf(all, 3, minDelta);
    expect(end).toBeLessThan(endOf(all, 3).end);
    const callbacks = [earlyStopping({ patience: 3, minDelta })];
    expect((await make().fit(TRAINING, { ...OPTIONS, callbacks })).epochs).toHaveLength(end);
  });

  test("follows a metric of fit, upwards unless told otherwise", async () => {
    const labels = Int32Array.from({ length: 24 }, (_, i) => i % 2);
    const set = data.fromArrays(randomTensor([24, 3], 1), labels);
    const history = async (mode?: "min" | "max"): Promise<number> => {
      manualSeed(1);
      const trainer = new Trainer(nn.linear(3, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 1e-6 }) });
      const callbacks = [earlyStopping({ by: "validation kappa", patience: 2, ...(mode && { mode }) })];
      let value = 0;
      const kappa = (): number => value++;
      const options: FitOptions = { epochs: 9, progress: false, validation: set, metrics: { kappa }, callbacks };
      return (await trainer.fit(set, options)).epochs.length;
    };
    expect([await history(), await history("min")]).toEqual([9, 3]);
    expect(metrics.cohenKappa).toBeTypeOf("function");
  });

  const fail: Callback = {
    onEpoch: ({ epoch }) => {
      if (epoch === 12) throw new Error("mine");
    },
  };
  const ways: readonly [string, FitOptions, RegExp][] = [
    ["a step limit", { stepLimit: 37 }, /^step limit$/],
    ["an error", { callbacks: [fail] }, /mine/],
  ];
  test.each(ways)("gives the best weights back after %s", async (_, options, ended) => {
    const { best } = endOf((await losses()).slice(0, 12), 60);
    expect(best).toBeLessThan(12);
    const trainer = make();
    const callbacks = [earlyStopping({ patience: 60 }), ...(options.callbacks ?? [])];
    const done = trainer.fit(TRAINING, { ...OPTIONS, ...options, callbacks });
    expect(await done.then(({ stopped }) => stopped, String)).toMatch(ended);
    const atBest = make();
    await atBest.fit(TRAINING, { ...OPTIONS, epochs: best });
    expect(weightsOf(trainer)).toEqual(weightsOf(atBest));
  });

  test("leaves the last weights where restoreBest is false", async () => {
    const trainer = make();
    const callbacks = [earlyStopping({ patience: 3, restoreBest: false })];
    const { epochs } = await trainer.fit(TRAINING, { ...OPTIONS, callbacks });
    const last = make();
    await last.fit(TRAINING, { ...OPTIONS, epochs: epochs.length });
    expect(weightsOf(trainer)).toEqual(weightsOf(last));
  });

  test("ends at the same epoch with the same bits after a stop and a resume, in memory and from a checkpoint", async () => {
    const whole = make();
    const expected = await whole.fit(TRAINING, { ...OPTIONS, callbacks: [earlyStopping({ patience: 7 })] });
    expect(expected.epochs.length).toBeGreaterThan(9);
    const weights = weightsOf(whole);

    const trainer = make();
    const callbacks = [earlyStopping({ patience: 7 })];
    await trainer.fit(TRAINING, { ...OPTIONS, callbacks, stepLimit: 26 });
    const inMemory = await trainer.fit(TRAINING, { ...OPTIONS, callbacks, resume: true });
    expect([inMemory.epochs.length, inMemory.stopped]).toEqual([expected.epochs.length, expected.stopped]);
    expect(weightsOf(trainer)).toEqual(weights);

    const directory = mkdtempSync(join(tmpdir(), "lanegrad-early-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const checkpoint = { directory };
    const again = (): Callback[] => [earlyStopping({ patience: 7 })];
    await make().fit(TRAINING, { ...OPTIONS, callbacks: again(), checkpoint, stepLimit: 26 });
    const second = make();
    const fromFile = await second.fit(TRAINING, { ...OPTIONS, callbacks: again(), checkpoint, resume: true });
    expect([fromFile.epochs.length, fromFile.stopped]).toEqual([expected.epochs.length, expected.stopped]);
    expect(weightsOf(second)).toEqual(weights);
  });

  test("ends at once, with the same bits, where a training that it ended is resumed; more patience goes on", async () => {
    const directory = mkdtempSync(join(tmpdir(), "lanegrad-early-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const options = { ...OPTIONS, checkpoint: { directory }, resume: true };
    const trained = async (patience: number): Promise<[number, string | undefined, number[]]> => {
      const trainer = make();
      const { epochs, stopped } = await trainer.fit(TRAINING, { ...options, callbacks: [earlyStopping({ patience })] });
      return [epochs.length, stopped, weightsOf(trainer)];
    };
    const first = await trained(3);
    expect(first[1]).toMatch(/^no better validation loss than in epoch \d+ for 3 epochs$/);
    expect(await trained(3)).toEqual(first);
    const [length] = await trained(4);
    expect(length).toBeGreaterThan(first[0]);
  });

  test("refuses what the training does not have, before a step", async () => {
    const trainer = make();
    const refused = (by: "validation loss" | "validation f1" | "accuracy", options: FitOptions): Promise<unknown> =>
      trainer.fit(TRAINING, { progress: false, ...options, callbacks: [earlyStopping({ by })] });
    await expect(refused("validation loss", {})).rejects.toThrow(
      "earlyStopping: by must be a metric of the training, loss; got validation loss",
    );
    await expect(refused("validation f1", { validation: VALIDATION })).rejects.toThrow("got validation f1");
    await expect(refused("accuracy", {})).rejects.toThrow("got accuracy");
    expect(trainer.options.optimizer.steps).toBe(0);
    expect(() => earlyStopping({ patience: 0 })).toThrow("patience must be a whole number of at least 1; got 0");
    expect(() => earlyStopping({ minDelta: -1 })).toThrow("minDelta must be a finite number of at least 0; got -1");
  });
});
