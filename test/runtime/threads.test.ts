import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { backend, configure, data, manualSeed, nn, optim, tensor, Trainer } from "../../src/index.ts";
import { ThreadTuner } from "../../src/runtime/thread-tuner.ts";
import { currentWorkers } from "../../src/runtime/worker-pool.ts";
import { randomTensor } from "../support.ts";
import { expectSameBits } from "../threads/shared-runs.ts";

afterEach(() => configure({ threads: "auto", reproducible: false }));

const x = randomTensor([37, 70], 1);
const y = tensor(Int32Array.from({ length: 37 }, (_, i) => i % 9));

/** A network whose sizes are no multiples of anything, and whose step is worth sharing. */
function makeModel(): nn.Module {
  manualSeed(6);
  return nn.sequential(
    nn.linear(70, 131),
    nn.relu(),
    nn.dropout(0.3),
    nn.linear(131, 67),
    nn.gelu(),
    nn.dropout(0.5, { scaling: "classic" }),
    nn.linear(67, 9),
  );
}

function makeTrainer(): Trainer {
  return new Trainer(makeModel(), {
    loss: nn.crossEntropyLoss(),
    optimizer: optim.adam({ weightDecay: 0.01, l1: 1e-4 }),
  });
}

/** Losses of `steps` steps and the parameters after them. */
function train(trainer: Trainer, steps: number): unknown {
  return [Array.from({ length: steps }, () => trainer.step(x, y)), trainer.model.stateDict()];
}

/** What `work` gives, or the error it ends with. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

/** Works until workers are started, and waits until all run. */
async function startWorkers(threads: number): Promise<void> {
  configure({ threads });
  const trainer = makeTrainer();
  const end = performance.now() + 5000;
  while (currentWorkers().length < threads - 1 && performance.now() < end) trainer.step(x, y);
  await new Promise((resolve) => setTimeout(resolve, 150));
}

describe("threads", () => {
  test.each([true, false])("1, 2, 3 and 4 give the same bits, reproducible %s", async (reproducible) => {
    configure({ reproducible, threads: 1 });
    const alone = train(makeTrainer(), 30);
    for (const threads of [2, 3, 4]) {
      await startWorkers(threads);
      expect(currentWorkers()).toHaveLength(threads - 1);
      // The first ten runs go both ways in turn, whatever is faster here.
      expect(train(makeTrainer(), 30)).toEqual(alone);
    }
  });

  test("so do clipping, groups, max-norm, masks, accumulation and averages", async () => {
    const run = (): unknown => {
      const optimizer = optim.nAdam({
        maxNorm: 0.6,
        groups: [{ parameters: (name) => name.endsWith("bias"), lr: 1e-3, weightDecay: 0.1 }],
      });
      const model = makeModel();
      const options = { clip: { norm: 0.5 }, accumulate: 2, averaging: { decay: 0.9 } };
      const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer, ...options });
      const before = train(trainer, 12);
      nn.prune(model, { amount: 0.5, scope: "global" });
      return [before, train(trainer, 12), trainer.gradientNorm, trainer.averaged?.stateDict()];
    };
    await expectSameBits([2, 3, 4], run);
  });

  test("prediction is shared to the same bits too", async () => {
    const { model } = makeTrainer();
    await expectSameBits([2, 3, 4], () => [model.predict(x), model.predict(x)]);
  });

  test("a worker that ends in the middle of the work leaves the work right", async () => {
    configure({ threads: 1 });
    const alone = train(makeTrainer(), 40);
    await startWorkers(2);
    const trainer = makeTrainer();
    const losses = Array.from({ length: 4 }, () => trainer.step(x, y));
    currentWorkers()[0]?.terminate();
    // Right to the bit; or an error that says what is left, where parameters were just being changed.
    const halfway =
      "WorkerLostError: threads: every worker must come to the end of its share; got no sign of one; " +
      "parameters are half updated, so load a state that was saved";
    expect([alone, halfway]).toContainEqual(
      outcome(() => {
        for (let i = 0; i < 36; i++) losses.push(trainer.step(x, y));
        return [losses, trainer.model.stateDict()];
      }),
    );
    await vi.waitFor(() => expect(backend().threads).toBe(1), { timeout: 10_000 }); // the thread's end is an event
    expect(backend().why.join()).toMatch(/1 thread: a worker (ended|stopped answering)/);
    configure({ threads: 2 });
    expect(backend().threads).toBe(2);
  });

  test("small programs stay on one thread and start none", () => {
    configure({ threads: 4 });
    const set = data.fromArrays([[0, 1]], [[1]]);
    const trainer = new Trainer(nn.linear(2, 1), { loss: nn.mseLoss(), optimizer: optim.sgd() });
    for (let i = 0; i < 20; i++) trainer.step(set.x, set.y);
    expect(currentWorkers()).toHaveLength(0);
  });

  test("without shared memory there is one thread, the same bits, and a reason", () => {
    const program = (before: string): string => `${before}
      const { backend, configure, manualSeed, nn, optim, tensor, Trainer } = require("./build/cjs/index.js");
      configure({ reproducible: true, threads: 3 });
      manualSeed(5);
      const model = nn.sequential(nn.linear(300, 200), nn.relu(), nn.dropout(0.5), nn.linear(200, 9));
      const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() });
      const x = tensor(new Float32Array(64 * 300).fill(0.1), [64, 300]), y = tensor(new Float32Array(64 * 9), [64, 9]);
      const losses = [];
      for (let i = 0; i < 20; i++) {
        losses.push(trainer.step(x, y));
        // Memory grows between the steps, which moves it where it is not shared.
        losses.push(nn.linear(1000, 200 + 40 * i).predict(tensor(new Float32Array(5000), [5, 1000])).size);
      }
      console.log(JSON.stringify([losses, backend().why.at(-1)]));`;
    const run = (before: string): unknown =>
      JSON.parse(execFileSync(process.execPath, ["-e", program(before)], { encoding: "utf8" }));
    const [losses] = run("") as [number[]];
    expect(run("delete globalThis.SharedArrayBuffer;")).toEqual([losses, "1 thread: this engine has no shared memory"]);
  });

  test("workers keep no process alive", () => {
    const program = `
      import { configure, nn, tensor } from "./build/esm/index.js";
      configure({ threads: 3 });
      const model = nn.linear(512, 512);
      for (let i = 0; i < 50; i++) model.predict(tensor(new Float32Array(64 * 512), [64, 512]));
      setTimeout(() => { model.predict(tensor(new Float32Array(64 * 512), [64, 512])); console.log("done"); }, 100);`;
    const options = { encoding: "utf8", timeout: 20_000 } as const;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", program], options)).toBe("done\n");
  });

  test.each([0, -1, 1.5, NaN, 65, 1e9, Infinity, "two", null])("threads: %s is refused", (threads) => {
    expect(() => configure({ threads: threads as number })).toThrow(
      `configure: threads must be "auto" or a whole number from 1 to 64; got ${typeof threads === "string" ? `"${threads}"` : threads}`,
    );
  });

  test("the clock decides which way a program runs, and is asked again", () => {
    const tuner = new ThreadTuner();
    const ways: (0 | 1)[] = [];
    const run = (times: readonly [number, number], count: number): void => {
      for (let i = 0; i < count; i++) {
        const way = tuner.next();
        ways.push(way);
        tuner.record(way, times[way]);
      }
    };
    run([2, 1], 50);
    expect(ways.slice(0, 10)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(ways.slice(10)).toEqual(Array.from({ length: 40 }, () => 1));
    run([2, 8], 300); // the machine is busy now
    expect(ways.slice(-90).filter((way) => way === 1).length).toBeLessThan(3);
    run([2, 1], 2000); // and free again
    expect(ways.at(-1)).toBe(1);
  });
});
