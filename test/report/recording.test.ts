import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  StateDictError,
  Trainer,
  data,
  dropoutSchedule,
  earlyStopping,
  manualSeed,
  metrics,
  nn,
  optim,
  tensor,
} from "../../src/index.ts";
import { type EpochRecord, recordRun, stateHash } from "../../src/report/index.ts";
import { blobs } from "../study/support.ts";
import { trainerOf } from "./fixtures.ts";

const set = blobs(120, 3, 4, 1, 5);
const { training, validation } = data.split(set, { training: 0.7, validation: 0.3 });
const network = (): nn.Sequential =>
  nn.sequential(nn.linear(4, 16), nn.relu(), nn.dropout(0.4), nn.concreteDropout(nn.linear(16, 3)));

let directory: string;
beforeEach(() => {
  manualSeed(7);
  directory = mkdtempSync(join(tmpdir(), "lanegrad-report-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Epochs without their times. */
function timeless(epochs: readonly EpochRecord[]): readonly object[] {
  return epochs.map((each) => ({ ...each, seconds: 0 }));
}

describe("a recording", () => {
  test("has the epochs of the history, with JSON's numbers", async () => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer, { name: "first", seed: 7, settings: { batch: 32 } });
    const { epochs } = await trainer.fit(training, {
      epochs: 3,
      validation,
      metrics: { balanced: metrics.balancedAccuracy },
      callbacks: [run],
      progress: false,
    });
    const record = run.toJSON();
    expect(
      record.epochs.map(({ loss, accuracy, validation: own, seconds }) => ({ loss, accuracy, own, seconds })),
    ).toEqual(
      epochs.map(({ loss, accuracy, validation: own, seconds }) => ({
        loss,
        accuracy,
        own: { loss: own.loss, accuracy: own.accuracy, metrics: own.metrics },
        seconds,
      })),
    );
    expect(record).toMatchObject({
      name: "first",
      seed: 7,
      stopped: null,
      bestEpoch: null,
      recipe: null,
      schema: null,
    });
    expect(record.settings).toEqual({ loss: "crossEntropyLoss", optimizer: "adam lr 0.01", batch: 32 });
    expect(Date.now() - Date.parse(record.began)).toBeLessThan(60_000);
    expect(JSON.parse(JSON.stringify(run))).toEqual({ ...record, seconds: expect.any(Number) as number });
    expect(record.machine).toMatchObject({ host: `Node ${process.versions.node}`, kernels: "strict" });
    expect(record.machine.memory).toBeGreaterThan(2 ** 28);
    expect(record.model.parameters).toBe(trainer.model.parameters().reduce((sum, { size }) => sum + size, 0));
    expect(record.model.summary).toBe(trainer.model.summary([32, 4]));
    expect(record.model.layers[0]).toEqual({ path: "0", layer: "linear 4 -> 16", output: [32, 16], parameters: 80 });
  });

  test.each([
    ["before", true],
    ["behind", false],
  ])("%s a schedule of p has the rates with which steps were made", async (_, isFirst) => {
    const model = network();
    const optimizer = optim.sgd({ lr: 0.5, groups: [{ parameters: model.parameters().slice(0, 1), lr: 0.25 }] });
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer });
    const run = recordRun(trainer);
    const schedule = dropoutSchedule(model, { from: 0, to: 0.4, epochs: 4 });
    await trainer.fit(training, {
      epochs: 3,
      schedule: optim.stepLr(optimizer, 1, { gamma: 0.5 }),
      callbacks: isFirst ? [run, schedule] : [schedule, run],
      progress: false,
    });
    const { epochs } = run.toJSON();
    expect(epochs.map(({ rates }) => rates)).toEqual([
      [0.5, 0.25],
      [0.25, 0.125],
      [0.125, 0.0625],
    ]);
    const p = epochs.map(({ dropout }) => dropout);
    expect(p.map((each) => each["2"])).toEqual([0, 0.1, 0.2]);
    const learned = p.map((each) => each["3"] ?? NaN);
    expect(new Set(learned).size).toBe(3);
    expect(learned[2]).toBe(Reflect.get(model.layers[3] ?? {}, "p"));
  });

  test.each([
    ["before", true],
    ["behind", false],
  ])("%s early stopping has the hash of the best weights", async (_, isFirst) => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer);
    const stopping = earlyStopping({ by: "loss", mode: "max", patience: 2 }); // the first epoch is the best
    const callbacks = isFirst ? [run, stopping] : [stopping, run];
    await trainer.fit(training, { epochs: 9, callbacks, progress: false });
    const record = run.toJSON();
    expect(record.bestEpoch).toBe(1);
    expect(record.epochs.length).toBe(3);
    expect(record.stopped).toBe("no better loss than in epoch 1 for 2 epochs");
    expect(record.weights).toBe(stateHash(trainer.model.stateDict()));
    trainer.step(training.x, training.y);
    expect(run.toJSON().weights).toBe(record.weights);
  });

  test("names the error that ended a training", async () => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer);
    const failing = { onEpoch: () => Promise.reject(new Error("no more")) };
    await expect(trainer.fit(training, { epochs: 3, callbacks: [run, failing], progress: false })).rejects.toThrow(
      "no more",
    );
    expect(run.toJSON()).toMatchObject({ stopped: "an error: Error: no more", epochs: [{ epoch: 1 }] });
  });

  test("begins anew with each training", async () => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer);
    const options = { epochs: 2, callbacks: [run], progress: false };
    await trainer.fit(training, options);
    await run.evaluate(validation);
    const { weights } = run.toJSON();
    await trainer.fit(training, options);
    const record = run.toJSON();
    expect(record.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(record.evaluations).toEqual([]);
    expect(record.weights).not.toBe(weights);
    expect(record.data.map(({ name }) => name)).toEqual(["training"]);
  });

  test("of a resumed training has the epochs before it too", async () => {
    const train = async (epochs: number, resume: boolean, checkpoint?: { readonly directory: string }) => {
      manualSeed(7);
      const trainer = trainerOf(network());
      const run = recordRun(trainer);
      const options = { epochs, resume, callbacks: [run], progress: false, validation };
      await trainer.fit(training, checkpoint ? { ...options, checkpoint } : options);
      return run.toJSON();
    };
    const whole = await train(5, false);
    const first = await train(3, false, { directory });
    const resumed = await train(5, true, { directory });
    expect(timeless(resumed.epochs)).toEqual(timeless(whole.epochs));
    expect(resumed.began).toBe(first.began);
    expect(resumed.weights).toBe(whole.weights);
  });

  test("refuses states that are none of its own, and stays as it is", () => {
    const run = recordRun(trainerOf(network()));
    const before = run.stateDict();
    for (const state of [{}, { began: "x", epochs: "[]" }, { ...before, epochs: "[{}]" }, { ...before, epochs: "[" }]) {
      expect(() => run.loadStateDict(state)).toThrow(StateDictError);
    }
    expect(run.stateDict()).toEqual(before);
  });

  test("refuses the training of another model", async () => {
    const run = recordRun(trainerOf(network()));
    await expect(trainerOf(nn.linear(4, 3)).fit(training, { callbacks: [run], progress: false })).rejects.toThrow(
      "recordRun: the training must be that of its trainer, of sequential of 4; got one of linear 4 -> 3",
    );
  });

  test("changes no bit of a training, and hears no steps", async () => {
    const train = async (isRecorded: boolean): Promise<string> => {
      manualSeed(7);
      const trainer = trainerOf(network());
      const run = recordRun(trainer);
      expect("onStep" in run).toBe(false);
      await trainer.fit(training, { epochs: 3, validation, callbacks: isRecorded ? [run] : [], progress: false });
      return stateHash(trainer.model.stateDict());
    };
    expect(await train(true)).toBe(await train(false));
  });
});

describe("options", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  test.each<[object, string]>([
    [{ name: "" }, 'name must be text; got ""'],
    [{ seed: -1 }, "seed must be"],
    [{ settings: { run: Symbol("a") } }, "settings.run must be plain JSON, without circles; got Symbol(a)"],
    [{ settings: { a: { b: [1, NaN] } } }, "settings.a.b[1] must be plain JSON, without circles; got NaN"],
    [{ settings: circle }, "settings.self.self must be plain JSON, without circles; got "],
    [{ recipe: new Map() }, "recipe must be plain JSON, without circles; got "],
    [{ schema: {} }, "schema must be a fitted schema of lanegrad/data; got {}"],
    [{ data: { training: { sha256: "F".repeat(64) } } }, "data.training.sha256 must be 64 hexadecimal digits; got "],
    [{ data: { training: { path: "x" } } }, "data.training: options must be file, sha256; got path"],
  ])("%o are refused", (options, message) => {
    expect(() => recordRun(trainerOf(network()), options)).toThrow(`recordRun: ${message}`);
  });

  test("are copied", () => {
    const settings = { list: [1] };
    const run = recordRun(trainerOf(network()), { settings, recipe: { settings } });
    settings.list.push(2);
    expect(run.toJSON()).toMatchObject({ settings: { list: [1] }, recipe: { settings: { list: [1] } } });
  });
});

describe("data of a recording", () => {
  test("have the SHA-256 of their tensors: of a line of JSON and the bytes of each", async () => {
    const trainer = trainerOf(network());
    const run = recordRun(trainer, { data: { validation: { file: "v.csv", sha256: "0".repeat(64) } } });
    const weights = tensor(new Float32Array(training.length).fill(0.5));
    const weighted = data.fromArrays(training.x, training.y, { weights });
    await trainer.fit(weighted, { callbacks: [run], validation, progress: false });
    const hash = createHash("sha256");
    for (const [name, { dtype, shape, data: numbers }] of Object.entries({ x: training.x, y: training.y, weights })) {
      hash.update(`["${name}","${dtype}",[${shape.join()}]]\n`);
      hash.update(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    }
    expect(run.toJSON().data).toEqual([
      { name: "training", samples: training.length, sha256: hash.digest("hex"), file: null },
      { name: "validation", samples: validation.length, sha256: "0".repeat(64), file: "v.csv" },
    ]);
  });

  test("that are made by index or come in a stream have none", async () => {
    const indexed = data.augment(training, []);
    const streamed = {
      batches: () => [0, 1, 2].map((i) => data.subset(training, [5 * i, 5 * i + 1, 5 * i + 2, 5 * i + 3, 5 * i + 4])),
    };
    const trainer = trainerOf(network());
    const run = recordRun(trainer);
    await trainer.fit(indexed, { callbacks: [run], progress: false });
    await run.evaluate(streamed, { name: "stream" });
    const { data: sets, model } = run.toJSON();
    expect(sets).toEqual([
      { name: "training", samples: training.length, sha256: null, file: null },
      { name: "stream", samples: null, sha256: null, file: null },
    ]);
    expect(model.layers[0]?.output).toEqual([32, 16]);
    const ofStream = recordRun(trainer);
    await trainer.fit(streamed, { callbacks: [ofStream], progress: false });
    expect(ofStream.toJSON().model.layers).toEqual([]);
    await ofStream.evaluate(streamed);
    expect(ofStream.toJSON().model.layers[0]?.output).toEqual([5, 16]);
  });
});
