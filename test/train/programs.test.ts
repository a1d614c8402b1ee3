import { expect, test } from "vitest";
import { Trainer, manualSeed, nn, optim } from "../../src/index.ts";
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
