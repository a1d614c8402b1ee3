import { describe, expect, test } from "vitest";
import { type Operand, data, manualSeed, nn, ops, optim, tensor, Trainer } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const X = randomTensor([8, 3], 1);
const Y = randomTensor([8, 2], 2);
const SET = data.fromArrays(X, Y);

function makeModel(): nn.Sequential {
  manualSeed(1);
  return nn.sequential(nn.linear(3, 4), nn.tanh(), nn.linear(4, 2));
}

const bodyOf = (model: nn.Sequential): nn.Linear => model.layers[0] as nn.Linear;
const headOf = (model: nn.Sequential): nn.Linear => model.layers[2] as nn.Linear;
const numbersOf = (module: nn.Module): number[] => module.parameters().flatMap((each) => [...each.read()]);

const OPTIMIZERS: readonly [string, () => optim.Optimizer][] = [
  [
    "momentum, weight decay, l1, max-norm",
    () => optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.1, l1: 0.1, maxNorm: 0.2 }),
  ],
  ["adamW", () => optim.adamW({ lr: 0.01 })],
  ["lion", () => optim.lion({ lr: 0.01, weightDecay: 0.1 })],
];

describe.each(OPTIMIZERS)("frozen parameters: %s", (_, optimizer) => {
  const options = { regularization: { l1: 0.1, l2: 0.1 }, clip: { norm: 1 } } as const;

  test("keep their bits, whatever was remembered of them, and the others change", () => {
    const model = makeModel();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optimizer(), ...options });
    trainer.step(X, Y);
    bodyOf(model).requiresGrad(false);
    const [body, head] = [numbersOf(bodyOf(model)), numbersOf(headOf(model))];
    for (let step = 0; step < 3; step++) trainer.step(X, Y);
    expect(numbersOf(bodyOf(model))).toEqual(body);
    expect(numbersOf(headOf(model))).not.toEqual(head);
  });

  test("train like the rest of the model alone", () => {
    const model = makeModel();
    bodyOf(model).requiresGrad(false);
    const whole = new Trainer(model, { loss: nn.mseLoss(), optimizer: optimizer(), ...options });
    const head = headOf(makeModel());
    const alone = new Trainer(head, { loss: nn.mseLoss(), optimizer: optimizer(), ...options });
    const hidden = nn.sequential(bodyOf(model), nn.tanh()).predict(X);
    for (let step = 0; step < 3; step++) expect(whole.step(X, Y)).toBeCloseTo(alone.step(hidden, Y), 5);
    const [found, expected] = [numbersOf(headOf(model)), numbersOf(head)];
    expectClose(found, expected);
  });

  test("thawed go on with what the optimizer remembers", () => {
    const make = (): Trainer => new Trainer(makeModel(), { loss: nn.mseLoss(), optimizer: optimizer() });
    const [frozen, plain] = [make(), make()];
    for (let step = 0; step < 3; step++) for (const trainer of [frozen, plain]) trainer.step(X, Y);
    frozen.model.requiresGrad(false);
    expect(() => frozen.step(X, Y)).toThrow("must not be frozen");
    frozen.model.requiresGrad();
    for (const trainer of [frozen, plain]) trainer.step(X, Y);
    expect(numbersOf(frozen.model)).toEqual(numbersOf(plain.model));
  });
});

describe("freezing", () => {
  test("computes no gradient for what is frozen", () => {
    const model = makeModel();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const products = (): number => String(trainer.stepProgram(X, Y)).match(/matmul\w*\(/g)?.length ?? 0;
    const all = products();
    bodyOf(model).requiresGrad(false);
    // The gradient by the body's weight, and that by its output.
    expect(products()).toBe(all - 2);
  });

  test("keeps the programs of each state", () => {
    const model = makeModel();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });
    const thawed = trainer.stepProgram(X, Y);
    bodyOf(model).requiresGrad(false);
    const frozen = trainer.stepProgram(X, Y);
    expect(frozen).not.toBe(thawed);
    bodyOf(model).requiresGrad();
    expect(trainer.stepProgram(X, Y)).toBe(thawed);
  });

  test("counts in fit from the next step on", async () => {
    const model = makeModel();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    const seen: number[][] = [];
    await trainer.fit(SET, {
      batchSize: 2,
      progress: false,
      onStep: ({ step }) => {
        if (step === 2) bodyOf(model).requiresGrad(false);
        seen.push(numbersOf(bodyOf(model)));
      },
    });
    expect(seen[1]).not.toEqual(seen[0]);
    expect(seen.slice(2)).toEqual([seen[1], seen[1]]);
  });

  test("keeps all bits but running statistics, which fit updates and steps in evaluation mode of the body do not", async () => {
    const body = nn.sequential(nn.linear(3, 4), nn.batchNorm1d(4), nn.relu());
    const model = nn.sequential(body, nn.linear(4, 2));
    body.requiresGrad(false);
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 0.1, weightDecay: 0.1 }) });
    const before = body.stateDict();
    body.eval();
    trainer.step(X, Y);
    expect(body.stateDict()).toEqual(before);
    await trainer.fit(SET, { epochs: 2, progress: false });
    const { "1.running_mean": mean, "1.running_var": variance, "1.num_batches_tracked": _, ...rest } = body.stateDict();
    expect(before).toMatchObject(rest);
    expect(mean).not.toEqual(before["1.running_mean"]);
    expect(variance).not.toEqual(before["1.running_var"]);
    expect(body.training).toBe(false);
  });

  test("between batches that are accumulated forgets what was added up", () => {
    const model = makeModel();
    const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }), accumulate: 2 });
    trainer.step(X, Y);
    bodyOf(model).requiresGrad(false);
    trainer.step(X, Y);
    bodyOf(model).requiresGrad();
    headOf(model).requiresGrad(false);
    const before = numbersOf(bodyOf(model));
    trainer.step(X, Y);
    const [once] = [numbersOf(bodyOf(model))];
    expect(once).toEqual(before);
    trainer.step(X, Y);
    const after = numbersOf(bodyOf(model));
    const other = makeModel();
    other.loadStateDict(model.stateDict());
    bodyOf(other).weight.write().set(before.slice(0, 12));
    bodyOf(other).bias?.write().set(before.slice(12));
    headOf(other).requiresGrad(false);
    const plain = new Trainer(other, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1 }) });
    plain.step(X, Y);
    expectClose(after, numbersOf(bodyOf(other)));
  });

  test("refuses what is neither true nor false, and a model that is frozen as a whole", () => {
    const model = makeModel();
    expect(thrownBy(() => (bodyOf(model).weight.requiresGrad = 0 as never))).toBe(
      "TypeError: parameter: requiresGrad must be true or false; got 0",
    );
    model.requiresGrad(false);
    const optimizer = optim.sgd();
    const make = (): Trainer => new Trainer(model, { loss: nn.mseLoss(), optimizer });
    expect(thrownBy(make)).toBe(
      "TypeError: trainer: at least one parameter of the model must not be frozen; got none with requiresGrad",
    );
    model.requiresGrad();
    expect(make().step(X, Y)).toBeGreaterThan(0);
  });
});

/** A generator before a discriminator. */
class Adversaries extends nn.Module {
  readonly generator = nn.sequential(nn.linear(1, 16), nn.tanh(), nn.linear(16, 1));
  readonly discriminator = nn.sequential(nn.linear(1, 16), nn.tanh(), nn.linear(16, 1));

  override forward(noise: Operand): Operand {
    return this.discriminator.call(this.generator.call(noise));
  }
}

test("a GAN of two trainers on shared parameters learns a normal distribution", () => {
  manualSeed(7);
  const both = new Adversaries();
  const betas = [0.5, 0.999] as const;
  // Least squares: Mao et al. 2016, https://arxiv.org/abs/1611.04076
  const judging = new Trainer(both.discriminator, {
    loss: nn.mseLoss(),
    optimizer: optim.adam({ lr: 1e-2, betas, weightDecay: 1e-3 }),
  });
  const faking = new Trainer(both, { loss: nn.mseLoss(), optimizer: optim.adam({ lr: 2e-3, betas }) });
  let seed = 1;
  /** Sums of four uniform numbers, near to normal, of mean 0 and deviation 2 / √3. */
  const noise = (count: number): Float32Array => {
    const { data: uniform } = randomTensor([count * 4], seed++);
    return Float32Array.from({ length: count }, (_, i) =>
      uniform.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0),
    );
  };
  const [mean, deviation] = [3, 0.5];
  const batch = 64;
  const labels = tensor(
    Float32Array.from({ length: 2 * batch }, (_, i) => Number(i < batch)),
    [2 * batch, 1],
  );
  const ones = tensor(new Float32Array(batch).fill(1), [batch, 1]);
  for (let step = 0; step < 1000; step++) {
    const real = noise(batch).map((each) => mean + (each * deviation * Math.sqrt(3)) / 2);
    const fake = both.generator.predict(tensor(noise(batch), [batch, 1])).data;
    both.discriminator.requiresGrad();
    judging.step(tensor(Float32Array.of(...real, ...fake), [2 * batch, 1]), labels);
    both.discriminator.requiresGrad(false);
    faking.step(tensor(noise(batch), [batch, 1]), ones);
  }
  const drawn = both.generator.predict(tensor(noise(4000), [4000, 1])).data;
  const found = drawn.reduce((sum, each) => sum + each, 0) / 4000;
  const spread = Math.sqrt(drawn.reduce((sum, each) => sum + (each - found) ** 2, 0) / 4000);
  // Four seeds end within 0.03 of the mean, with deviations from 0.44 to 0.49.
  expect(Math.abs(found - mean)).toBeLessThan(deviation / 2);
  expect(spread).toBeGreaterThan(deviation / 2);
  expect(spread).toBeLessThan(2 * deviation);
});

test("a generator can be trained by a loss that holds the frozen discriminator", () => {
  manualSeed(7);
  const { generator, discriminator } = new Adversaries();
  const loss = new (class extends nn.Loss {
    readonly discriminator = discriminator;
    override forward(fake: Operand, target: Operand): Operand {
      return ops.binaryCrossEntropyWithLogits(this.discriminator.call(fake), target);
    }
  })("fools", (x) => x);
  const faking = new Trainer(generator, { loss, optimizer: optim.adam({ lr: 1e-2 }) });
  const [z, ones] = [randomTensor([8, 1], 1), tensor(new Float32Array(8).fill(1), [8, 1])];
  expect(() => faking.step(z, ones)).toThrow('got "loss.discriminator.0.weight" that is neither');
  discriminator.requiresGrad(false);
  const before = numbersOf(discriminator);
  const first = faking.step(z, ones);
  for (let step = 0; step < 20; step++) faking.step(z, ones);
  expect(faking.step(z, ones)).toBeLessThan(first);
  expect(numbersOf(discriminator)).toEqual(before);
});
