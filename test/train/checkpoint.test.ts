import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  FileError,
  type FitOptions,
  FormatError,
  type History,
  NonFiniteError,
  StateDictError,
  Trainer,
  data,
  manualSeed,
  nn,
  optim,
} from "../../src/index.ts";
import { load } from "../../src/io/index.ts";
import { hostError, replaceFiles } from "../files/host.ts";
import { scratch } from "../files/support.ts";
import { randomTensor } from "../support.ts";
import { historyText, stateText } from "./trainings.ts";

const SET = data.fromArrays(randomTensor([12, 3], 1), randomTensor([12, 2], 2));
const QUIET = { progress: false, batchSize: 4, epochs: 4 } as const; // 3 steps in an epoch, 12 in all

interface Made {
  readonly hidden?: number;
  readonly seed?: number;
  readonly optimizer?: optim.Optimizer;
  readonly loss?: nn.Loss;
}

function make({ hidden = 5, seed = 1, optimizer = optim.adam({ lr: 0.05 }), loss = nn.mseLoss() }: Made = {}): Trainer {
  manualSeed(seed);
  const model = nn.sequential(nn.linear(3, hidden), nn.dropout(0.3), nn.linear(hidden, 2));
  return new Trainer(model, { loss, optimizer });
}

/** Trains with checkpoints in a directory. */
function fit(directory: string, options: FitOptions = {}, trainer = make()): Promise<History> {
  const { checkpoint, ...others } = options;
  return trainer.fit(SET, { ...QUIET, ...others, checkpoint: { directory, ...checkpoint } });
}

/** Steps of the checkpoints in a directory, and the names of its other files. */
function filesIn(directory: string): (number | string)[] {
  const names = readdirSync(directory).toSorted();
  return names.map((name) => (/^step-\d{9}\.safetensors$/.test(name) ? Number(name.slice(5, 14)) : name));
}

function fileAt(directory: string, step: number): string {
  return join(directory, `step-${String(step).padStart(9, "0")}.safetensors`);
}

/** The warnings of this test, as they come. */
function warnings(): string[] {
  const messages: string[] = [];
  const spy = vi.spyOn(process, "emitWarning").mockImplementation((message, ...kind) => {
    messages.push(`${JSON.stringify(kind)} ${String(message)}`);
  });
  onTestFinished(() => spy.mockRestore());
  return messages;
}

/** The error that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (error instanceof Error) return error;
  throw new Error(`expected an error; got ${String(error)}`);
}

/** State and history of a training that nothing disturbed. */
async function undisturbed(): Promise<string> {
  const trainer = make();
  return textOf(trainer, await trainer.fit(SET, QUIET));
}

function textOf(trainer: Trainer, history: History): string {
  return `${historyText(history)}\n${stateText({ trainer })}`;
}

describe("checkpoints are written", () => {
  test.each<[string, FitOptions["checkpoint"], number[]]>([
    ["after every epoch by default", undefined, [3, 6, 9, 12]],
    ["every second epoch, and the last", { directory: "", everyEpochs: 3 }, [9, 12]],
    ["every fifth step, and the last", { directory: "", everySteps: 5 }, [5, 10, 12]],
    ["by epochs and steps", { directory: "", everyEpochs: 2, everySteps: 5 }, [5, 6, 10, 12]],
    [
      "every step, those of an epoch's end once",
      { directory: "", everySteps: 1 },
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ],
    ["at the end alone, if the time is not up", { directory: "", everySeconds: 3600 }, [12]],
  ])("%s", async (_, given, steps) => {
    const directory = scratch();
    const written: string[] = [];
    replaceFiles("rename", (files) => (from, to) => {
      if (to.endsWith(".safetensors")) written.push(to);
      return files.rename(from, to);
    });
    await fit(directory, { checkpoint: { ...given, directory, keep: 100 } });
    expect(filesIn(directory)).toEqual(steps);
    expect(written).toEqual(steps.map((step) => fileAt(directory, step)));
  });

  test("after the step at which seconds have passed", async () => {
    const directory = scratch();
    const onStep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
    const began = performance.now();
    await fit(directory, { onStep, checkpoint: { directory, everySeconds: 0.1, keep: 100 } });
    const seconds = (performance.now() - began) / 1000;
    const steps = filesIn(directory).map(Number);
    // 12 steps of at least 30 ms, or longer on a busy machine; one more checkpoint at the end.
    expect(steps.length).toBeGreaterThanOrEqual(2);
    expect(steps.length).toBeLessThanOrEqual(seconds / 0.1 + 1);
    expect(steps.at(-1)).toBe(12);
  });

  test("and the newest are kept", async () => {
    const directory = scratch();
    await fit(directory);
    expect(filesIn(directory)).toEqual([6, 9, 12]);
    const other = scratch();
    await fit(other, { checkpoint: { directory: other, keep: 1, everySteps: 2 } });
    expect(filesIn(other)).toEqual([12]);
  });

  test("into a directory that is made, by path or URL", async () => {
    const directory = join(scratch(), "a", "b c");
    await make().fit(SET, { ...QUIET, checkpoint: { directory: pathToFileURL(directory) } });
    expect(filesIn(directory)).toEqual([6, 9, 12]);
  });

  test("when a signal ends the training, also before its first step", async () => {
    const directory = scratch();
    await fit(directory, { signal: AbortSignal.abort() });
    expect(filesIn(directory)).toEqual([0]);
    const trainer = make({ seed: 2 });
    const history = await fit(directory, { resume: true }, trainer);
    expect(textOf(trainer, history)).toBe(await undisturbed());
  });

  test("with the model, which load makes again", async () => {
    const directory = scratch();
    const trainer = make();
    await fit(directory, { checkpoint: { directory, best: "loss" } }, trainer);
    const x = randomTensor([2, 3], 9);
    const best = await load(join(directory, "best.safetensors"));
    expect(best.predict(x)).toEqual(trainer.model.predict(x));
    expect((await load(fileAt(directory, 12))).namedParameters().map(([name]) => name)).toEqual(
      trainer.model.namedParameters().map(([name]) => name),
    );
  });

  test("without the model's configuration, if a class cannot be described", async () => {
    class Scaled extends nn.Module {
      readonly inner: nn.Linear;
      constructor(inputs: number) {
        super();
        this.inner = nn.linear(inputs, 2);
      }
      override forward(x: Parameters<nn.Linear["forward"]>[0]): ReturnType<nn.Linear["forward"]> {
        return this.inner.call(x);
      }
    }
    const directory = scratch();
    const trainer = new Trainer(new Scaled(3), { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    await fit(directory, {}, trainer);
    await expect(load(fileAt(directory, 12))).rejects.toThrow(FormatError);
    expect((await fit(directory, { resume: true }, trainer)).epochs.length).toBe(4);
  });
});

describe("wrong options are refused before anything is made", () => {
  test.each<[object, string]>([
    [{ directory: 3 }, "fit: checkpoint: directory must be a path; got 3"],
    [{ directory: "" }, 'fit: checkpoint: directory must be a path; got ""'],
    [{}, "fit: checkpoint: directory must be a path; got undefined"],
    [
      { directory: "x", every: 3 },
      "fit: checkpoint: options must be directory, everySteps, everySeconds, everyEpochs, keep, best, mode; got every",
    ],
    [{ directory: "x", everySteps: 0 }, "everySteps must be a whole number of at least 1; got 0"],
    [{ directory: "x", everySteps: 1.5 }, "everySteps must be a whole number of at least 1; got 1.5"],
    [{ directory: "x", everySeconds: 0 }, "everySeconds must be a finite number above 0; got 0"],
    [{ directory: "x", everySeconds: NaN }, "everySeconds must be a finite number above 0; got NaN"],
    [{ directory: "x", everyEpochs: 0 }, "everyEpochs must be a whole number of at least 1; got 0"],
    [{ directory: "x", keep: 0 }, "keep must be a whole number of at least 1; got 0"],
    [{ directory: "x", best: "losses" }, 'best must be "loss", "accuracy", "validation loss" or "validation accuracy"'],
    [
      { directory: "x", best: "validation loss" },
      'best "validation loss" must have the option validation of fit; got none',
    ],
    [{ directory: "x", best: "accuracy" }, 'best "accuracy" must have a loss that gives an accuracy; got mseLoss'],
  ])("%j", async (checkpoint, message) => {
    const root = scratch();
    const given = checkpoint as { readonly directory?: unknown };
    const directory = given.directory === "x" ? join(root, "x") : given.directory;
    const options = { ...QUIET, checkpoint: { ...given, ...("directory" in given && { directory }) } };
    const trainer = make();
    const before = stateText({ trainer });
    const error = await errorOf(trainer.fit(SET, options as FitOptions));
    expect(error.message).toContain(message);
    expect(error.name).toMatch(/^(Type|Range)Error$/);
    expect(readdirSync(root)).toEqual([]);
    expect(stateText({ trainer })).toBe(before);
  });

  test("a schedule without a state", async () => {
    const trainer = make();
    const schedule = { optimizer: trainer.options.optimizer, step: () => {} };
    const message = "needs a schedule with stateDict and loadStateDict; got one without";
    await expect(fit(scratch(), { schedule }, trainer)).rejects.toThrow(`fit: checkpoint ${message}`);
    await expect(trainer.fit(SET, { ...QUIET, schedule, resume: true })).rejects.toThrow(`fit: resume ${message}`);
  });
});

describe("a damaged checkpoint", () => {
  const damages: [string, (file: string) => void][] = [
    ["emptied", (file) => truncateSync(file, 0)],
    ["cut in its header", (file) => truncateSync(file, 100)],
    ["cut by its last byte", (file) => truncateSync(file, readFileSync(file).length - 1)],
    ["longer by a byte", (file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.of(0)]))],
    ["of other bytes", (file) => writeFileSync(file, "not a checkpoint")],
    ["of an earlier step", (file) => copyFileSync(file.replace("12.", "09."), file)],
  ];

  test.each(damages)("is not used, and the one before it is, with a warning: %s", async (_, damage) => {
    const directory = scratch();
    await fit(directory);
    damage(fileAt(directory, 12));
    const heard = warnings();
    const trainer = make({ seed: 2 });
    const history = await fit(directory, { resume: true }, trainer);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(
      /^\["LanegradWarning"\] fit: .*step-000000012\.safetensors".*; the checkpoint before it is used$/,
    );
    expect(textOf(trainer, history)).toBe(await undisturbed());
    expect(filesIn(directory)).toEqual([6, 9, 12, "step-000000012.safetensors.damaged"]);
    // Set aside: it is never read again.
    expect((await fit(directory, { resume: true }, make({ seed: 3 }))).epochs.length).toBe(4);
    expect(heard).toHaveLength(1);
  });

  test("by one bit, anywhere, is found", async () => {
    const directory = scratch();
    await fit(directory, { epochs: 1 });
    const file = fileAt(directory, 3);
    const whole = readFileSync(file);
    // Of a new training with one checkpoint: any damage is an error.
    for (let at = 0; at < whole.length; at += at < 200 ? 1 : 41) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, bytes);
      const error = await errorOf(fit(directory, { resume: true }));
      expect(`${at}: ${error.name}`).toBe(`${at}: FormatError`);
      expect(error.message).toContain("must have a checkpoint that is not damaged; got ");
      expect(error.message).toContain(file);
    }
    writeFileSync(file, whole);
    expect((await fit(directory, { resume: true, epochs: 1 })).epochs.length).toBe(1);
  });

  test("is an error if all are; then nothing changes", async () => {
    const directory = scratch();
    await fit(directory);
    for (const step of [6, 9, 12]) truncateSync(fileAt(directory, step), 1000);
    const trainer = make({ seed: 2 });
    const before = stateText({ trainer });
    const { message } = await errorOf(fit(directory, { resume: true }, trainer));
    for (const step of [6, 9, 12]) expect(message).toContain(fileAt(directory, step));
    expect(filesIn(directory)).toEqual([6, 9, 12]);
    expect(stateText({ trainer })).toBe(before);
  });

  test("of another training is not used", async () => {
    const [directory, other] = [scratch(), scratch()];
    await fit(directory);
    await fit(other, {}, make({ hidden: 6 }));
    copyFileSync(fileAt(other, 12), fileAt(directory, 12));
    const heard = warnings();
    const trainer = make();
    const history = await fit(directory, { resume: true }, trainer);
    expect(heard.join("\n")).toContain(
      'must be of the same training; got model "0: linear 3 -> 6" instead of "0: linear 3 -> 5"',
    );
    expect(textOf(trainer, history)).toBe(await undisturbed());
  });

  test("that is the best is lost, with a warning, and training goes on", async () => {
    const directory = scratch();
    const checkpoint = { directory, best: "loss", keep: 1 } as const;
    // The first epoch is the best: afterwards weights are random.
    const spoil = (trainer: Trainer) => (): void => {
      for (const each of trainer.model.parameters()) each.write().fill(9);
    };
    const trainer = make();
    await fit(directory, { checkpoint, epochs: 2, onEpoch: spoil(trainer) }, trainer);
    expect(filesIn(directory)).toEqual(["best.safetensors", 3, 6]);
    truncateSync(fileAt(directory, 3), 500);
    const heard = warnings();
    const history = await fit(directory, { checkpoint, epochs: 3, resume: true });
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(/step-000000003\.safetensors".*; the weights of the best epoch so far, 1, are lost$/);
    expect(history.best?.epoch).toBe(3);
  });
});

describe("the best epoch", () => {
  const CLASSES = data.fromArrays(
    randomTensor([12, 3], 1),
    Int32Array.from({ length: 12 }, (_, i) => i % 2),
  );
  const VALIDATION = data.fromArrays(
    randomTensor([8, 3], 3),
    Int32Array.from({ length: 8 }, (_, i) => i % 2),
  );

  test.each(["loss", "accuracy", "validation loss", "validation accuracy"] as const)("by %s", async (best) => {
    const directory = scratch();
    const trainer = make({ loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.3 }) });
    const weights: string[] = [];
    const history = await trainer.fit(CLASSES, {
      ...QUIET,
      epochs: 8,
      validation: VALIDATION,
      checkpoint: { directory, best, everyEpochs: 8 },
      onEpoch: () => void weights.push(JSON.stringify(trainer.model.stateDict())),
    });
    const values = history.epochs.map((epoch) => {
      const { loss, accuracy } = best.startsWith("validation") ? epoch.validation : epoch;
      return best.endsWith("loss") ? loss : (accuracy ?? NaN);
    });
    const value = best.endsWith("loss") ? Math.min(...values) : Math.max(...values);
    const first = values.indexOf(value); // ties keep the first
    expect(history.best).toEqual({ by: best, epoch: first + 1, value, steps: 3 * (first + 1) });
    expect(JSON.stringify(trainer.model.stateDict())).toBe(weights[first]);
    expect(readFileSync(join(directory, "best.safetensors"))).toEqual(readFileSync(fileAt(directory, 3 * (first + 1))));
  });

  test("is never one of NaN, and the first of equals", async () => {
    const directory = scratch();
    const trainer = make();
    const bad = data.fromArrays(randomTensor([2, 3], 1), [[NaN, 0], [0, 0]]); // prettier-ignore
    const history = await trainer.fit(SET, {
      ...QUIET,
      nonFinite: "continue",
      validation: bad,
      checkpoint: { directory, best: "validation loss" },
    });
    expect(history.best).toBeUndefined();
    expect(filesIn(directory)).toEqual([6, 9, 12]);
    const still = make({ optimizer: optim.sgd({ lr: 1e-30 }) });
    const other = scratch();
    const { best } = await fit(other, { validation: SET, checkpoint: { directory: other, best: "validation loss", keep: 1 } }, still); // prettier-ignore
    expect(best?.epoch).toBe(1);
    expect(filesIn(other)).toEqual(["best.safetensors", 3, 12]);
  });

  /** A training whose second epoch is the best. */
  function spoiled(): { trainer: Trainer; onEpoch: NonNullable<FitOptions["onEpoch"]>; best: () => string } {
    const trainer = make();
    let best = "";
    return {
      trainer,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) best = JSON.stringify(trainer.model.stateDict());
        if (epoch === 3) for (const each of trainer.model.parameters()) each.write().fill(5);
      },
      best: () => best,
    };
  }

  let stop = new AbortController();
  const at11 = (trainer: Trainer, act: () => void): FitOptions => ({
    onStep: () => void (trainer.options.optimizer.steps === 11 && act()),
  });
  const failing = (): never => {
    throw new Error("mine");
  };

  test.each<[string, (trainer: Trainer) => FitOptions, string]>([
    ["its end", () => ({}), "ended"],
    ["an abort", (trainer) => at11(trainer, () => stop.abort()), "ended"],
    ["an error of a callback", (trainer) => at11(trainer, failing), "Error: mine"],
    [
      "a loss that is not finite",
      (trainer) => at11(trainer, () => void trainer.model.parameters()[0]?.write().fill(NaN)),
      "NonFiniteError: fit: the loss must be finite; got NaN in epoch 4, step 3",
    ],
  ])("gives the model its weights after %s; the checkpoint has the last", async (_, options, end) => {
    stop = new AbortController();
    const directory = scratch();
    const { trainer, onEpoch, best } = spoiled();
    const checkpoint = { directory, best: "loss", everySteps: 1, keep: 1 } as const;
    const ended = fit(directory, { ...options(trainer), onEpoch, checkpoint, signal: stop.signal }, trainer);
    expect(await ended.then(() => "ended", String)).toContain(end);
    expect(JSON.stringify(trainer.model.stateDict())).toBe(best());
    const files = filesIn(directory);
    const last = Number(files.at(-1));
    expect(files).toEqual(["best.safetensors", 6, last]);
    expect(last).toBeGreaterThanOrEqual(10);
    const [loaded, ofBest] = [await load(fileAt(directory, last)), await load(join(directory, "best.safetensors"))];
    expect(JSON.stringify(ofBest.stateDict())).toBe(best());
    expect(JSON.stringify(loaded.stateDict())).not.toBe(best());
  });

  test("is known after a resume, which another metric forgets", async () => {
    const directory = scratch();
    const { trainer, onEpoch, best } = spoiled();
    await fit(directory, { onEpoch, checkpoint: { directory, best: "loss", keep: 1 } }, trainer);
    const resumed = make({ seed: 4 });
    const history = await fit(directory, { resume: true, checkpoint: { directory, best: "loss", keep: 1 } }, resumed);
    expect(history.best?.epoch).toBe(2);
    expect(JSON.stringify(resumed.model.stateDict())).toBe(best());
    const options = { resume: true, checkpoint: { directory, best: "validation loss" }, validation: SET } as const;
    expect((await fit(directory, options)).best).toBeUndefined();
    expect(filesIn(directory)).toEqual(["best.safetensors", 6, 12]);
  });

  test("has a copy of its file where there are no hard links", async () => {
    const directory = scratch();
    replaceFiles("link", () => () => Promise.reject(hostError("EPERM: operation not permitted")));
    const { best } = await fit(directory, { checkpoint: { directory, best: "loss" } });
    expect(readFileSync(join(directory, "best.safetensors"))).toEqual(
      readFileSync(fileAt(directory, best?.steps ?? 0)),
    );
    expect(filesIn(directory).filter((name) => name === "lock" || String(name).endsWith(".tmp"))).toEqual([]);
  });
});

describe("what differs is refused, by name and with both values, and nothing changes", () => {
  const other = data.fromArrays(randomTensor([13, 3], 1), randomTensor([13, 2], 2));
  const step = (trainer: Trainer): FitOptions => ({ schedule: optim.stepLr(trainer.options.optimizer, 2) });
  const rows: [string, (trainer: Trainer) => FitOptions, Made, string, typeof SET?][] = [
    ["the model's shape", () => ({}), { hidden: 6 }, 'model "0: linear 3 -> 5" instead of "0: linear 3 -> 6"'],
    [
      "a learning rate",
      () => ({}),
      { optimizer: optim.adam({ lr: 0.1 }) },
      'optimizer "adam lr 0.05" instead of "adam lr 0.1"',
    ],
    ["another option of the optimizer", () => ({}), { optimizer: optim.adam({ lr: 0.05, eps: 0.1 }) }, "eps as 1e-8 instead of 0.1"], // prettier-ignore
    [
      "the optimizer",
      () => ({}),
      { optimizer: optim.sgd({ lr: 0.05 }) },
      'optimizer "adam lr 0.05" instead of "sgd lr 0.05"',
    ],
    ["samples", () => ({}), {}, "samples 12 instead of 13", other],
    ["batchSize", () => ({ batchSize: 3 }), {}, "batchSize 4 instead of 3"],
    ["shuffle", () => ({ shuffle: false }), {}, "shuffle true instead of false"],
    ["the loss", () => ({}), { loss: nn.l1Loss() }, 'loss "mseLoss" instead of "l1Loss"'],
    ["a schedule that was not there", step, {}, 'schedule "none" instead of "stepLr"'],
  ];

  test.each(rows)("%s", async (_, options, made, message, set = SET) => {
    const directory = scratch();
    await fit(directory);
    const files = readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "latin1")]);
    const trainer = make({ seed: 2, ...made });
    const given = options(trainer);
    const before = stateText({ trainer });
    const error = await errorOf(trainer.fit(set, { ...QUIET, ...given, resume: true, checkpoint: { directory } }));
    expect(error).toBeInstanceOf(StateDictError);
    expect(error.message).toContain(`fit: resume: "${fileAt(directory, 12)}" must be of the same training; got `);
    expect(error.message).toContain(message);
    expect(stateText({ trainer })).toBe(before);
    expect(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "latin1")])).toEqual(files);
  });

  test("a missing schedule, and averages", async () => {
    const directory = scratch();
    const averaging = (): Trainer => {
      const model = nn.sequential(nn.linear(3, 5), nn.dropout(0.3), nn.linear(5, 2));
      return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.05 }), averaging: { decay: 0.9 } });
    };
    const trainer = averaging();
    await fit(directory, step(trainer), trainer);
    const { message } = await errorOf(fit(directory, { resume: true }));
    expect(message).toContain('schedule "stepLr" instead of "none"');
    expect(message).toContain('averaging "decay 0.9" instead of "none"');
  });

  test("in memory too", async () => {
    const trainer = make();
    await trainer.fit(SET, QUIET);
    const loaded = make({ seed: 2 });
    loaded.loadStateDict(trainer.stateDict());
    await expect(loaded.fit(SET, { ...QUIET, batchSize: 6, resume: true })).rejects.toThrow(
      "fit: resume: the trainer's state must be of the same training; got batchSize 4 instead of 6",
    );
  });
});

test("a training whose callback loads an earlier state goes on at its own place, also after a resume", async () => {
  const rolledBack = async (directory: string, stopAt?: number): Promise<[Trainer, History]> => {
    const stop = new AbortController();
    const trainer = make();
    let [good, steps] = [trainer.stateDict(), 0];
    const history = await fit(
      directory,
      {
        checkpoint: { directory, everySteps: 1 },
        signal: stop.signal,
        onStep: () => {
          steps++;
          if (steps === 2) good = trainer.stateDict();
          if (steps === 5) trainer.loadStateDict(good);
          if (steps === stopAt) stop.abort();
        },
      },
      trainer,
    );
    return [trainer, history];
  };
  const directory = scratch();
  await rolledBack(directory, 8);
  const resumed = make();
  const history = await fit(directory, { resume: true }, resumed);
  expect(resumed.options.optimizer.steps).toBe(12 - 5 + 2);
  expect(textOf(resumed, history)).toBe(textOf(...(await rolledBack(scratch()))));
});

describe("a new training", () => {
  test("does not begin where there are checkpoints", async () => {
    const directory = scratch();
    await fit(directory);
    const trainer = make();
    const before = stateText({ trainer });
    const { name, message } = await errorOf(fit(directory, {}, trainer));
    expect(`${name}: ${message}`).toBe(
      `StateDictError: fit: checkpoint: the directory of a new training must have no checkpoints; got 3 in "${directory}" (resume: true goes on from the newest)`,
    );
    expect(stateText({ trainer })).toBe(before);
    expect(filesIn(directory)).toEqual([6, 9, 12]);
  });

  test("begins with resume where there are none, whatever the trainer did before", async () => {
    const directory = scratch();
    const trainer = make();
    await trainer.fit(SET, { ...QUIET, epochs: 2 });
    const history = await fit(directory, { resume: true }, trainer);
    expect(history.epochs.length).toBe(4);
    expect(trainer.options.optimizer.steps).toBe(18);
  });

  test("continues a loaded state with resume where there are none", async () => {
    const directory = scratch();
    const trainer = make();
    await trainer.fit(SET, { ...QUIET, epochs: 2 });
    const state = structuredClone(trainer.stateDict());
    const loaded = make({ seed: 2 });
    loaded.loadStateDict(state);
    const history = await fit(directory, { resume: true }, loaded);
    expect(textOf(loaded, history)).toBe(await undisturbed());
  });

  test("leaves other files alone", async () => {
    const directory = scratch();
    const names = [".notes.tmp", "lock.txt", "step-1.safetensors", "step-000000001.safetensors.old", ".env"];
    for (const name of names) writeFileSync(join(directory, name), name);
    writeFileSync(join(directory, ".step-000000003.safetensors.12-0123456789abcdef.tmp"), "unfinished");
    mkdirSync(join(directory, "plots"));
    await fit(directory);
    expect(new Set(filesIn(directory))).toEqual(new Set([...names, "plots", 6, 9, 12]));
  });

  test("in a second trainer at the same time is refused, and the first goes on", async () => {
    const directory = scratch();
    const trainer = make();
    let refused: Error | undefined;
    const onStep = async ({ epoch, step }: { epoch: number; step: number }): Promise<void> => {
      if (epoch === 2 && step === 2) refused = await errorOf(fit(directory, { resume: true }, make()));
    };
    manualSeed(1);
    await fit(directory, { onStep }, trainer);
    expect(refused).toBeInstanceOf(FileError);
    expect(refused).toMatchObject({ code: "EBUSY" });
    expect(refused?.message).toMatch(
      /must be used by one training at a time; got process \d+ on ".*" that holds ".*lock"/,
    );
    expect(filesIn(directory)).toEqual([6, 9, 12]);
  });
});

test("a loss that is not finite ends a training, and the last good checkpoint stands", async () => {
  const directory = scratch();
  const trainer = make();
  const onStep = ({ epoch }: { epoch: number }): void => {
    if (epoch === 3) trainer.model.parameters()[0]?.write().fill(NaN);
  };
  await expect(fit(directory, { onStep }, trainer)).rejects.toThrow(NonFiniteError);
  expect(filesIn(directory)).toEqual([3, 6]);
  const resumed = make({ seed: 2 });
  const history = await fit(directory, { resume: true }, resumed);
  expect(textOf(resumed, history)).toBe(await undisturbed());
  rmSync(directory, { recursive: true });
});
