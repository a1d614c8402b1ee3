import { describe, expect, test, vi } from "vitest";
import { type Operand, data, manualSeed, nn, ops, optim, tensor, Trainer, vjp } from "../../src/index.ts";
import { expectClose, randomTensor } from "../support.ts";

const XOR = data.fromArrays(
  [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  [[0], [1], [1], [0]],
);

function xorTrainer(options: { p?: number; optimizer?: optim.Optimizer } = {}): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(2, 16), nn.tanh(), nn.dropout(options.p ?? 0), nn.linear(16, 1), nn.sigmoid());
  return new Trainer(model, { loss: nn.bceLoss(), optimizer: options.optimizer ?? optim.adam({ lr: 0.05 }) });
}

/** Ten classes that a small network can learn: noisy copies of ten random prototypes. */
function blobs(count: number, seed: number): data.Dataset {
  const prototypes = randomTensor([10, 20], 5);
  const noise = randomTensor([count, 20], seed, 0.5);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  const x = noise.data.map((value, i) => value + (prototypes.data[(Math.floor(i / 20) % 10) * 20 + (i % 20)] ?? 0));
  return data.fromArrays(tensor(x, [count, 20]), tensor(labels, [count], "int32"));
}

describe("trainer", () => {
  test("learns XOR and says so", async () => {
    const trainer = xorTrainer();
    const history = await trainer.fit(XOR, { epochs: 300, progress: false });
    expect(history.epochs).toHaveLength(300);
    expect(history.epochs.at(-1)?.loss).toBeLessThan(0.05);
    expect(trainer.evaluate(XOR)).toMatchObject({ accuracy: 1 });
  });

  test("the same seed gives the same bits, mask by mask and shuffle by shuffle", async () => {
    const run = async (): Promise<number[]> => {
      const trainer = xorTrainer({ p: 0.5 });
      const { epochs } = await trainer.fit(XOR, { epochs: 20, batchSize: 3, progress: false });
      return epochs.map(({ loss }) => loss);
    };
    expect(await run()).toEqual(await run());
  });

  test("a step on a batch of another size is another program with the same optimizer state", () => {
    const model = nn.linear(1, 1, { bias: false });
    nn.init.constant(model.weight, 0);
    const optimizer = optim.sgd({ lr: 1, momentum: 0.5 });
    const trainer = new Trainer(model, { loss: (prediction) => ops.sum(prediction), optimizer });
    // The gradient is the sum of the inputs g; v = v / 2 + g, w = w - v: exact in float32.
    const states = [[1, 2, 3], [8], [1, 2, 3], [4, 1], [16]].map((numbers) => {
      const [x, y] = [tensor(numbers, [numbers.length, 1]), tensor(numbers, [numbers.length, 1])];
      trainer.step(x, y);
      return [model.weight.read()[0], optimizer.steps, trainer.stepProgram(x, y)] as const;
    });
    expect(states.map(([weight]) => weight)).toEqual([-6, -17, -28.5, -39.25, -60.625]);
    expect(states.map(([, steps]) => steps)).toEqual([1, 2, 3, 4, 5]);
    const programs = states.map(([, , program]) => program);
    expect(programs[2]).toBe(programs[0]);
    expect(programs[4]).toBe(programs[1]);
    expect(new Set(programs).size).toBe(3);
  });

  test("one update covers all parameters of a model", () => {
    const trainer = xorTrainer();
    const program = String(trainer.stepProgram(XOR.x, XOR.y));
    expect(program.match(/adam\(/g)).toHaveLength(1);
    expect(program).not.toContain("copyBlock");
    expect(program).toMatch(/\d+ calls, [\d.]+ kFLOP, [\d.]+ kB of scratch memory/);
  });

  test("the input's own gradient is not computed", () => {
    const trainer = new Trainer(nn.linear(5, 3), { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const products = String(trainer.stepProgram(randomTensor([2, 5], 1), randomTensor([2, 3], 2))).match(
      /matmul\w*\(/g,
    );
    expect(products).toHaveLength(2); // forward, and the gradient of the weight
  });

  test("a part that was trained before keeps its place when the whole is trained", () => {
    manualSeed(3);
    const head = nn.linear(4, 2);
    const headTrainer = new Trainer(head, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const [x, y] = [randomTensor([3, 4], 1), randomTensor([3, 2], 2)];
    headTrainer.step(x, y);
    const model = nn.sequential(nn.linear(6, 4), head);
    const before = model.stateDict();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    expect(model.stateDict()).toEqual(before);
    trainer.step(randomTensor([3, 6], 3), y);
    const after = model.stateDict();
    for (const [name, { data: values }] of Object.entries(before)) expect(after[name]?.data, name).not.toEqual(values);
    const loss = headTrainer.step(x, y);
    expect(headTrainer.step(x, y)).toBeLessThan(loss);
  });

  test("penalties are added to the loss and pull weights, not biases", () => {
    const make = (regularization: { l1?: number; l2?: number }): [number, Float32Array, Float32Array] => {
      const model = nn.linear(2, 1);
      model.loadStateDict({ weight: tensor([[3, -2]]), bias: tensor([5]) });
      const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }), regularization });
      const loss = trainer.step(tensor([[0, 0]]), tensor([[5]]));
      return [loss, model.weight.read().slice(), model.bias?.read().slice() ?? new Float32Array()];
    };
    expect(make({})).toEqual([0, Float32Array.of(3, -2), Float32Array.of(5)]);
    const [l1Loss, l1Weight, l1Bias] = make({ l1: 0.5 });
    expect(l1Loss).toBeCloseTo(2.5, 6); // 0.5 (3 + 2)
    expectClose(l1Weight, [2.95, -1.95]); // lr 0.1 times 0.5 sign(w)
    expect([...l1Bias]).toEqual([5]);
    const [l2Loss, l2Weight] = make({ l2: 0.5 });
    expect(l2Loss).toBeCloseTo(6.5, 6); // 0.5 (9 + 4)
    expectClose(l2Weight, [2.7, -1.8]); // lr 0.1 times 2 0.5 w
  });

  test("a learning rate that changes needs no new program", () => {
    const optimizer = optim.sgd({ lr: 0 });
    const model = nn.linear(1, 1);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer });
    const [x, y] = [tensor([[1]]), tensor([[7]])];
    const before = model.stateDict();
    const program = trainer.stepProgram(x, y);
    trainer.step(x, y);
    expect(model.stateDict()).toEqual(before);
    optimizer.lr = 0.1;
    trainer.step(x, y);
    expect(model.stateDict()).not.toEqual(before);
    expect(trainer.stepProgram(x, y)).toBe(program);
  });

  test("fit reports epochs, validates, and ends when the signal says so", async () => {
    manualSeed(4);
    const [training, validation] = [blobs(400, 1), blobs(100, 2)];
    const model = nn.sequential(nn.linear(20, 32), nn.relu(), nn.dropout(0.2), nn.linear(32, 10)).eval();
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-2 }) });
    const controller = new AbortController();
    const onEpoch = vi.fn<(epoch: { epoch: number }) => void>(({ epoch }) => {
      if (epoch === 3) controller.abort();
    });
    const log = vi.spyOn(process.stdout, "write");
    const { epochs, aborted } = await trainer.fit(training, {
      epochs: 9,
      validation,
      onEpoch,
      signal: controller.signal,
      progress: false,
    });
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
    expect(aborted).toBe(true);
    expect(epochs.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [1, 13],
      [2, 13],
      [3, 13],
    ]);
    expect(epochs[2]?.validation?.accuracy).toBeGreaterThan(0.9);
    expect(epochs[2]?.accuracy).toBeGreaterThan(epochs[0]?.accuracy ?? 1);
    expect(model.training).toBe(false);
  });

  test("evaluation takes no step, draws no mask and leaves the mode", () => {
    const trainer = xorTrainer({ p: 0.5 });
    const state = trainer.model.stateDict();
    const first = trainer.evaluate(XOR, { batchSize: 3 });
    expect(trainer.evaluate(XOR, { batchSize: 3 })).toEqual(first);
    expect(trainer.model.stateDict()).toEqual(state);
    expect(trainer.model.training).toBe(true);
  });

  test("a loss is averaged over batches as it weighs its samples, whatever their size", () => {
    const model = nn.linear(3, 2);
    const set = data.fromArrays(randomTensor([8, 3], 1), randomTensor([8, 2], 2));
    const labels = data.fromArrays(set.x, tensor(Int32Array.of(0, 1, 1, -100, 0, -100, 1, 1)));
    const losses: readonly (readonly [nn.Loss, data.Dataset])[] = [
      [nn.mseLoss(), set],
      [nn.mseLoss({ reduction: "sum" }), set],
      [nn.crossEntropyLoss({ weight: [0.2, 3] }), labels],
      [nn.crossEntropyLoss({ reduction: "sum" }), labels],
    ];
    for (const [loss, of] of losses) {
      const trainer = new Trainer(model, { loss, optimizer: optim.sgd() });
      const whole = trainer.evaluate(of, { batchSize: 8 });
      for (const batchSize of [1, 3, 4]) {
        const parts = trainer.evaluate(of, { batchSize });
        expect(parts.loss).toBeCloseTo(whole.loss, 5);
        expect(parts.accuracy).toBe(whole.accuracy);
      }
    }
  });

  test("ignored labels are neither right nor wrong, and NaN is never right", () => {
    const model = nn.linear(1, 2, { bias: false });
    model.loadStateDict({ weight: tensor([[1], [-1]]) });
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
    const set = data.fromArrays([[1], [1], [1]], tensor(Int32Array.of(0, -100, 1)));
    expect(trainer.evaluate(set).accuracy).toBe(0.5);
    nn.init.constant(model.weight, 0).write().fill(NaN);
    expect(trainer.evaluate(set).accuracy).toBe(0);
  });

  test("a validation set with a wrong label is found before anything is learned", async () => {
    const trainer = new Trainer(nn.linear(1, 2), { loss: nn.crossEntropyLoss(), optimizer: optim.sgd() });
    const before = trainer.model.stateDict();
    const good = data.fromArrays([[1], [2]], tensor(Int32Array.of(0, 1)));
    const bad = data.fromArrays([[1], [2]], tensor(Int32Array.of(0, 7)));
    await expect(trainer.fit(good, { validation: bad })).rejects.toThrow(
      "crossEntropyLoss: labels must be from 0 to 1 or -100; got 7 at index 1",
    );
    expect(trainer.model.stateDict()).toEqual(before);
  });

  test("vjp gives null for integers and zeros for parameters that play no part", () => {
    const model = new (class extends nn.Module {
      readonly used = nn.linear(2, 2);
      readonly idle = nn.linear(2, 1);
      override forward(x: Operand): Operand {
        return this.used.call(x);
      }
    })();
    const { parameters } = vjp(model, [randomTensor([1, 2], 1)], tensor([[1, 1]]));
    expect([...(parameters["idle.weight"]?.data ?? [])]).toEqual([0, 0]);
    expect([...(parameters["used.bias"]?.data ?? [])]).toEqual([1, 1]);
    const labels = tensor([0], undefined, "int32");
    expect(vjp(nn.crossEntropyLoss(), [randomTensor([1, 3], 1), labels], tensor(1)).inputs[1]).toBeNull();
  });
});
