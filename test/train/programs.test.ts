import { expect, test } from "vitest";
import { type Operand, Trainer, manualSeed, nn, optim } from "../../src/index.ts";
import { randomTensor } from "../support.ts";

const X = randomTensor([6, 5], 1);
const Y = randomTensor([6, 3], 2);

function make(): Trainer {
  manualSeed(1);
  const model = nn.sequential(nn.linear(5, 8), nn.linear(8, 3));
  return new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd({ lr: 0.1, momentum: 0.9 }) });
}

test("a step has one program for each set of frozen parameters", () => {
  const trainer = make();
  const [weight] = trainer.model.parameters();
  if (!weight) throw new Error("no parameter");
  const whole = trainer.stepProgram(X, Y);
  weight.requiresGrad = false;
  const frozen = trainer.stepProgram(X, Y);
  weight.requiresGrad = true;
  expect(frozen).not.toBe(whole);
  expect(trainer.stepProgram(X, Y)).toBe(whole);
  weight.requiresGrad = false;
  expect(trainer.stepProgram(X, Y)).toBe(frozen);
});

/** Counts its traces. */
class Traced extends nn.Linear {
  traces = 0;

  override forward(x: Operand): Operand {
    this.traces++;
    return super.forward(x);
  }
}

test("two trainers that freeze and unfreeze a module they share at every step trace it once each", () => {
  manualSeed(1);
  const [generator, discriminator] = [new Traced(5, 4), new Traced(4, 3)];
  const optimizer = (): optim.Optimizer => optim.sgd({ lr: 0.1 });
  const judge = new Trainer(discriminator, { loss: nn.mseLoss(), optimizer: optimizer() });
  const forger = new Trainer(nn.sequential(generator, discriminator), { loss: nn.mseLoss(), optimizer: optimizer() });
  const round = (): void => {
    const fake = generator.run(X);
    discriminator.requiresGrad();
    judge.step(fake, Y);
    discriminator.requiresGrad(false);
    forger.step(X, Y);
  };
  round();
  const traces = [generator.traces, discriminator.traces];
  expect(traces).toEqual([2, 2]);
  for (let i = 0; i < 5; i++) round();
  expect([generator.traces, discriminator.traces]).toEqual(traces);
});

test("a step has a new program when masks of its model change, and only then", () => {
  const [trainer, other] = [make(), make()];
  const unpruned = trainer.stepProgram(X, Y);
  nn.prune(other.model, { amount: 0.5 });
  expect(trainer.stepProgram(X, Y)).toBe(unpruned);
  nn.prune(trainer.model, { amount: 0.5 });
  const pruned = trainer.stepProgram(X, Y);
  expect(pruned).not.toBe(unpruned);
  for (const parameter of trainer.model.parameters()) parameter.mask = undefined;
  expect(trainer.stepProgram(X, Y)).not.toBe(pruned);
  const zeros = (): number =>
    trainer.model
      .parameters()[2]
      ?.read()
      .filter((value) => value === 0).length ?? NaN;
  expect(zeros()).toBe(12);
  trainer.step(X, Y);
  expect(zeros()).toBe(0);
});
