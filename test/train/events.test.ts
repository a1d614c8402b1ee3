/** The stream of events that `fit` and `trainer.events` consume. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Callback, type TrainingEvent, Trainer, data, manualSeed, nn, optim } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

const SET = data.fromArrays(randomTensor([12, 3], 1), randomTensor([12, 2], 2));
const OPTIONS = { progress: false, epochs: 2, batchSize: 5 } as const;

function make(): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(3, 8), nn.relu(), nn.dropout(0.5), nn.linear(8, 2));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.1 }) });
}

const weightsOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);

/** `step 1.2`, `epoch 1`. */
function lineOf(event: TrainingEvent): string {
  if (event.type === "step") return `step ${event.epoch}.${event.step} of ${event.steps}: ${event.samples}`;
  return "epoch" in event ? `${event.type} ${event.epoch}` : event.type;
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "lanegrad-events-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const TOLD = [
  "begin 1",
  "step 1.1 of 1: 5",
  "step 1.2 of 2: 5",
  "step 1.3 of 3: 2",
  "validation 1",
  "epoch 1",
  "checkpoint 1",
  "step 2.1 of 4: 5",
  "step 2.2 of 5: 5",
  "step 2.3 of 6: 2",
  "validation 2",
  "epoch 2",
  "checkpoint 2",
  "end",
];

describe("events", () => {
  test("come in order, with the same bits as fit", async () => {
    const streamed = make();
    const lines: string[] = [];
    const options = { ...OPTIONS, validation: SET };
    const checkpoint = { directory: directory() };
    for await (const event of streamed.events(SET, { ...options, checkpoint })) {
      if (event.type !== "progress") lines.push(lineOf(event));
    }
    expect(lines).toEqual(TOLD);
    const plain = make();
    await plain.fit(SET, options);
    expect(weightsOf(streamed)).toEqual(weightsOf(plain));
  });

  test("are those that callbacks hear, each before the reader", async () => {
    const heard: string[] = [];
    const hear = (event: TrainingEvent): void => void heard.push(lineOf(event));
    const callback: Callback = {
      onBegin: hear,
      onStep: hear,
      onValidation: hear,
      onEpoch: hear,
      onCheckpoint: hear,
      onEnd: hear,
    };
    const options = { ...OPTIONS, validation: SET, checkpoint: { directory: directory() }, callbacks: [callback] };
    const before: (string | undefined)[] = [];
    for await (const event of make().events(SET, options)) if (event.type !== "progress") before.push(heard.at(-1));
    expect(heard).toEqual(TOLD);
    expect(before).toEqual(TOLD);
  });

  test("a step runs when the event after it is asked for", async () => {
    const trainer = make();
    const events = trainer.events(SET, OPTIONS);
    expect((await events.next()).value).toMatchObject({ type: "begin", samples: 12, steps: 3, epochs: 2 });
    expect(trainer.options.optimizer.steps).toBe(0);
    for (let step = 1; step <= 2; step++) {
      let { value } = await events.next();
      if (value && "type" in value && value.type === "progress") ({ value } = await events.next());
      expect(value).toMatchObject({ type: "step", step });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(trainer.options.optimizer.steps).toBe(step);
    }
    await events.return(undefined as never);
  });

  test("leaving the loop ends the training: callbacks hear why, modes are restored, and a resume goes on to the same bits", async () => {
    const left = make();
    left.model.eval();
    const stopped: unknown[] = [];
    const callbacks: Callback[] = [{ onEnd: ({ history }) => void stopped.push(history.stopped) }];
    for await (const event of left.events(SET, { ...OPTIONS, callbacks })) {
      if (event.type === "step" && event.steps === 4) break;
    }
    expect(stopped).toEqual(["its reader left"]);
    expect(left.model.training).toBe(false);
    left.model.train();
    const history = await left.fit(SET, { ...OPTIONS, resume: true });
    const whole = make();
    await whole.fit(SET, OPTIONS);
    expect(weightsOf(left)).toEqual(weightsOf(whole));
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test("leaving the loop ends the training also where that fails later, and its error is thrown", async () => {
    const late = (): Promise<never> => new Promise((_, reject) => void setTimeout(() => reject(new Error("late")), 1));
    const endless = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: SET }), return: late }),
    };
    for (const [samples, options] of [
      [SET, { callbacks: [{ onEnd: late }] }],
      [{ batches: () => endless as AsyncIterable<typeof SET> }, {}],
    ] as const) {
      const left = make();
      const read = async (): Promise<void> => {
        for await (const event of left.events(samples, { ...options, epochs: 2 })) if (event.type === "step") break;
      };
      await expect(read()).rejects.toThrow("late");
      const { epochs } = await left.fit(SET, OPTIONS);
      expect(epochs.length).toBe(2);
    }
  });

  test("an error of a callback is thrown where the events are read, and the trainer stays usable", async () => {
    const failed = make();
    const read = async (): Promise<string[]> => {
      const lines: string[] = [];
      const callbacks = [{ onEpoch: () => Promise.reject(new Error("mine")) }];
      try {
        for await (const event of failed.events(SET, { ...OPTIONS, callbacks })) lines.push(lineOf(event));
      } catch (error) {
        lines.push(String(error));
      }
      return lines;
    };
    expect((await read()).slice(-3)).toEqual(["step 1.3 of 3: 2", "end", "Error: mine"]);
    const plain = make();
    await plain.fit(SET, { ...OPTIONS, epochs: 1 });
    expect(failed.step(SET.x, SET.y)).toBe(plain.step(SET.x, SET.y));
  });

  test("the history is what the stream returns", async () => {
    const events = make().events(SET, OPTIONS);
    let next = await events.next();
    while (!next.done) next = await events.next();
    expect(next.value).toMatchObject({ aborted: false, stopped: undefined, epochs: [{ epoch: 1 }, { epoch: 2 }] });
  });
});

describe("a training ends early", () => {
  test("after a step at which a callback stops it, with its reason", async () => {
    const trainer = make();
    const onStep = ({ steps, stop }: { steps: number; stop: (reason: string) => void }): void => {
      if (steps === 4) stop("enough");
    };
    const { stopped, aborted, epochs } = await trainer.fit(SET, { ...OPTIONS, callbacks: [{ onStep }] });
    expect([stopped, aborted, epochs.length, trainer.options.optimizer.steps]).toEqual(["enough", false, 1, 4]);
  });

  test("after stepLimit steps, and a resume with a higher limit goes on to the same bits", async () => {
    const limited = make();
    const first = await limited.fit(SET, { ...OPTIONS, stepLimit: 4 });
    expect([first.stopped, limited.options.optimizer.steps]).toEqual(["step limit", 4]);
    const second = await limited.fit(SET, { ...OPTIONS, stepLimit: 100, resume: true });
    expect([second.stopped, second.epochs.length]).toEqual([undefined, 2]);
    const whole = make();
    await whole.fit(SET, OPTIONS);
    expect(weightsOf(limited)).toEqual(weightsOf(whole));
  });

  test("at the end of an epoch, which counts: the limit is its last step", async () => {
    const { stopped, epochs } = await make().fit(SET, { ...OPTIONS, stepLimit: 3 });
    expect([stopped, epochs.length]).toEqual(["step limit", 1]);
  });

  test("at the end of an epoch leaves a checkpoint of it, though none is due", async () => {
    const path = directory();
    const onEpoch = ({ stop }: { stop: (reason: string) => void }): void => stop("enough");
    const checkpoint = { directory: path, everyEpochs: 9 };
    await make().fit(SET, { ...OPTIONS, checkpoint, callbacks: [{ onEpoch }] });
    expect(readdirSync(path).filter((name) => name.startsWith("step-"))).toEqual(["step-000000003.safetensors"]);
  });

  test("after timeLimit seconds", async () => {
    const began = performance.now();
    const { stopped } = await make().fit(SET, { ...OPTIONS, epochs: 1e9, timeLimit: 0.2 });
    expect(stopped).toBe("time limit");
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  test("not where the reason comes after the last step", async () => {
    const onEnd = (): void => {};
    const onEpoch = ({ epoch, stop }: { epoch: number; stop: (reason: string) => void }): void => {
      if (epoch === 2) stop("late");
    };
    const { stopped } = await make().fit(SET, { ...OPTIONS, callbacks: [{ onEnd, onEpoch }] });
    expect(stopped).toBeUndefined();
  });
});

describe("callbacks", () => {
  test("all hear of the end, also after one failed there", async () => {
    const heard: string[] = [];
    const failing = (name: string) => ({
      onEnd: () => {
        heard.push(name);
        throw new Error(name);
      },
    });
    const done = make().fit(SET, { ...OPTIONS, callbacks: [failing("first"), failing("second")] });
    await expect(done).rejects.toThrow("second");
    expect(heard).toEqual(["second", "first"]);
  });

  test.each([
    ["nothing to call", {}],
    ["a method that is no function", { onStep: 3 }],
    ["half a state", { onStep: () => {}, stateDict: () => ({}) }],
    ["no object", 3],
  ])("with %s are refused before a step", async (_, callback) => {
    const trainer = make();
    const callbacks = [callback as Callback];
    await expect(trainer.fit(SET, { ...OPTIONS, callbacks })).rejects.toThrow("fit: callbacks must be objects with");
    expect(trainer.options.optimizer.steps).toBe(0);
  });

  test("have a state in checkpoints, by name", async () => {
    const counter = (): Callback & { readonly count: () => number } => {
      let count = 0;
      return {
        name: "counter",
        onStep: () => void count++,
        stateDict: () => ({ count }),
        loadStateDict: (state) => void (count = Number(state["count"])),
        count: () => count,
      };
    };
    const [first, second] = [counter(), counter()];
    const checkpoint = { directory: directory(), everySteps: 1 };
    await make().fit(SET, { ...OPTIONS, checkpoint, callbacks: [first], stepLimit: 4 });
    await make().fit(SET, { ...OPTIONS, checkpoint, callbacks: [second], resume: true });
    expect([first.count(), second.count()]).toEqual([4, 6]);
    await expect(make().fit(SET, { ...OPTIONS, checkpoint, resume: true })).rejects.toThrow(
      'callbacks "counter" instead of "none with a state"',
    );
    expect(readdirSync(checkpoint.directory).length).toBeGreaterThan(0);
  });
});
