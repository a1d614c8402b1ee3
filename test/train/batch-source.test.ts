import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { Tensor, Trainer, data, manualSeed, nn, optim, tensor } from "../../src/index.ts";
import { Accumulation } from "../../src/train/step/accumulation.ts";
import { planBatches } from "../../src/data/batches.ts";
import { BatchSource, rowsFor } from "../../src/train/fit/batch-source.ts";
import { StreamedRows } from "../../src/train/fit/streamed-rows.ts";
import { ResidentRows } from "../../src/runtime/resident-rows.ts";
import { TrainingStep } from "../../src/train/step/training-step.ts";
import { RunningMetrics } from "../../src/train/evaluation/running-metrics.ts";
import { nextStream } from "../../src/runtime/random.ts";
import { randomTensor } from "../support.ts";

const SAMPLES = 30;
const x = randomTensor([SAMPLES, 5, 7], 1);
const labels = tensor(Int32Array.from({ length: SAMPLES }, (_, i) => (i * 5) % 4));

/** Draws masks, so that the order of draws shows. */
function makeModel(): nn.Module {
  return nn.sequential(nn.flatten(), nn.linear(35, 16), nn.relu(), nn.dropout(0.4), nn.linear(16, 4));
}

function make(loss: nn.Loss): Trainer {
  manualSeed(11);
  return new Trainer(makeModel(), { loss, optimizer: optim.adam({ lr: 0.01 }) });
}

/** The same step, as batch sources run it. */
function makeStep(loss: nn.Loss): TrainingStep {
  manualSeed(11);
  const model = makeModel();
  const optimizer = optim.adam({ lr: 0.01 });
  const members = optimizer.attach(model.namedParameters());
  const accumulation = new Accumulation(1, 0);
  const settings = {
    members,
    optimizer,
    accumulation,
    clip: undefined,
    regularization: {},
    averaging: undefined,
    description: {},
  };
  return new TrainingStep(model, loss, settings);
}

function bits(trainer: { readonly model: nn.Module }): number[][] {
  return trainer.model.parameters().map((each) => [...each.read()]);
}

const cases: readonly [string, nn.Loss, Tensor][] = [
  ["labels", nn.crossEntropyLoss(), labels],
  ["floats", nn.mseLoss(), randomTensor([SAMPLES, 4], 2)],
  ["rows of floats that are decided", nn.bceWithLogitsLoss(), randomTensor([SAMPLES, 4], 2)],
];

describe.each(cases)("batches of fit, targets %s", (_, loss, y) => {
  const set = data.fromArrays(x, y);

  test.each([{ batchSize: 7 }, { batchSize: 30 }, { batchSize: 1, shuffle: false }])(
    "train with %o to the bits of steps over data.batches",
    async (options) => {
      const [fitted, stepped, streamed] = [make(loss), make(loss), makeStep(loss)];
      manualSeed(3);
      const history = await fitted.fit(set, { ...options, epochs: 3, progress: false });
      manualSeed(3);
      const losses: number[] = [];
      const batches = data.batches(set, { shuffle: true, ...options });
      for (let epoch = 0; epoch < 3; epoch++) {
        let sum = 0;
        for (const batch of batches) {
          sum += stepped.step(batch.x, batch.y) * (batch.x.shape[0] ?? 0);
        }
        losses.push(sum / SAMPLES);
      }
      expect(history.epochs.map(({ loss }) => loss)).toEqual(losses);
      expect(bits(fitted)).toEqual(bits(stepped));

      manualSeed(3);
      const plan = planBatches("fit", set.length, { shuffle: true, ...options });
      const source = new BatchSource(streamed, set, plan, () => new StreamedRows());
      const orders = nextStream();
      const evaluations = Array.from({ length: 3 }, (_, i) => {
        const metrics = new RunningMetrics();
        source.begin(i + 1, orders);
        for (let step = 0; step < plan.length; step++) source.step(step, metrics);
        return metrics.result();
      });
      expect(bits(streamed)).toEqual(bits(stepped));
      expect(history.epochs).toMatchObject(evaluations);
    },
  );
});

describe("a data set in kernel memory", () => {
  const set = data.fromArrays(x, labels);

  test("is read again at each epoch", async () => {
    const changing = data.fromArrays(new Tensor(x.shape, "float32", x.data.slice()), labels);
    const trainer = make(nn.crossEntropyLoss());
    trainer.options.optimizer.lr = 0;
    const { epochs } = await trainer.fit(changing, {
      epochs: 2,
      progress: false,
      nonFinite: "continue",
      onEpoch: () => changing.x.data.fill(NaN),
    });
    expect(epochs.map(({ loss }) => Number.isNaN(loss))).toEqual([false, true]);
  });

  test.each(["overwritten", "transferred"])(
    "is scored as steps read it where it is %s within an epoch",
    async (what) => {
      const fit = async (change: (targets: Tensor<"int32">) => void): Promise<unknown> => {
        const targets = tensor(labels.data.slice());
        const weighted = nn.crossEntropyLoss({ weight: [1, 2, 3, 4] });
        const onStep = ({ step }: { readonly step: number }): void => void (step === 1 && change(targets));
        const { epochs } = await make(weighted).fit(data.fromArrays(x, targets), {
          batchSize: 7,
          progress: false,
          onStep,
        });
        return epochs.map(({ loss, accuracy }) => [loss, accuracy]);
      };
      const changed = await fit(({ data: numbers }) => {
        if (what === "overwritten") numbers.fill(3);
        else structuredClone(numbers, { transfer: [numbers.buffer] });
      });
      expect(changed).toEqual(await fit(() => {}));
    },
  );

  test("another number of kept blocks counts from the next step on", async () => {
    const makeBlocks = (): [nn.BlockDropout, Trainer] => {
      manualSeed(11);
      const drop = nn.dropout(0.5, { block: 8, group: 2 });
      const model = nn.sequential(nn.flatten(), nn.linear(35, 32), drop, nn.linear(32, 4));
      return [drop, new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0.1 }) })];
    };
    const change = (of: nn.BlockDropout, step: number): void => void (of.p = (step % 5) / 4);
    const [drop, fitted] = makeBlocks();
    const options = { batchSize: 4, shuffle: false } as const;
    await fitted.fit(set, { ...options, progress: false, onStep: ({ step }) => change(drop, step) });
    const [other, stepped] = makeBlocks();
    let step = 0;
    for (const batch of data.batches(set, options)) {
      stepped.step(batch.x, batch.y);
      change(other, ++step);
    }
    expect(bits(fitted)).toEqual(bits(stepped));
  });

  test("is refused as a whole where a target is not allowed, before anything changed", async () => {
    const trainer = make(nn.crossEntropyLoss());
    const before = bits(trainer);
    const wrong = Int32Array.from(labels.data);
    wrong[SAMPLES - 1] = 4;
    await expect(trainer.fit(data.fromArrays(x, wrong), { batchSize: 2, progress: false })).rejects.toThrow(
      "labels must be from 0 to 3 or -100; got 4 at index 29",
    );
    expect(bits(trainer)).toEqual(before);
    expect(trainer.options.optimizer.steps).toBe(0);
  });

  test("is refused too where memory that is not shared grows while the step is traced", () => {
    const program = `
      delete globalThis.SharedArrayBuffer;
      const { data, nn, optim, Trainer } = require("./build/cjs/index.js");
      const grown = [];
      class Growing extends nn.Module {
        inner = nn.linear(1, 3);
        forward(x) {
          grown.push(nn.linear(1000, 1000));
          return this.inner.call(x);
        }
      }
      const trainer = new Trainer(new Growing(), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
      const set = data.fromArrays([[1], [2], [3]], Int32Array.of(0, 1, 1e6));
      trainer.fit(set, { batchSize: 2, progress: false }).catch((error) => console.log(String(error)));`;
    expect(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })).toContain(
      "labels must be from 0 to 2 or -100; got 1000000 at index 2",
    );
  });

  test("is resident unless it is large or its samples are long", () => {
    const rowsOf = ({ x: samples, y: targets, length }: data.Dataset): unknown => rowsFor([samples, targets], length);
    expect(rowsOf(set)).toBeInstanceOf(ResidentRows);
    const long = data.fromArrays(tensor(new Float32Array(512), [2, 256]), labels.data.slice(0, 2));
    expect(rowsOf(long)).toBeInstanceOf(StreamedRows);
    // Never touched, so not real memory either.
    const large = data.fromArrays(tensor(new Float32Array(2 ** 26), [2 ** 20, 64]), new Int32Array(2 ** 20));
    expect(rowsOf(large)).toBeInstanceOf(StreamedRows);
  });

  test("lets timers run while epochs are short", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const options = { epochs: 1e9, progress: false, signal: controller.signal } as const;
    const { aborted } = await make(nn.crossEntropyLoss()).fit(set, options);
    expect(aborted).toBe(true);
  });
});
