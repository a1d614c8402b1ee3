import { Worker } from "node:worker_threads";
import { afterAll, expect, test } from "vitest";
import { Trainer, data, nn, optim, tensor } from "../../src/index.ts";

// A thread that writes a label that is allowed and one that is not, in turn, as fast as it can.
const shared = new Int32Array(new SharedArrayBuffer(4));
const worker = new Worker(
  "const { workerData } = require('worker_threads'); for (;;) { Atomics.store(workerData, 0, 0); Atomics.store(workerData, 0, 1 << 20); }",
  { eval: true, workerData: shared },
);
afterAll(async () => {
  await worker.terminate();
});

test("a label that another thread changes is never used unless it is allowed", async () => {
  const trainer = new Trainer(nn.linear(2, 3), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd({ lr: 0 }) });
  const x = tensor([[1, 2]]);
  const expected = trainer.step(x, tensor(new Int32Array(1)));
  const y = tensor(shared);
  const set = data.fromArrays(x, y);
  const outcomes = new Set<string>();
  const attempt = async (act: () => number | Promise<number>): Promise<void> => {
    outcomes.add(await Promise.resolve().then(act).then(String, String));
  };
  const refused = "RangeError: crossEntropyLoss: labels must be from 0 to 2 or -100; got 1048576 at index 0";
  for (let i = 0; i < 20_000 || outcomes.size < 2; i++) await attempt(() => trainer.step(x, y));
  for (let i = 0; i < 500; i++) {
    await attempt(async () => (await trainer.fit(set, { progress: false })).epochs[0]?.loss ?? NaN);
  }
  expect(outcomes).toEqual(new Set([String(expected), refused]));
});
