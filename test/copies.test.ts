import { describe, expect, test, vi } from "vitest";
import * as ours from "../src/index.ts";
import { thrownBy } from "./support.ts";

vi.resetModules();
const theirs = await import("../src/index.ts");

const from = "from another copy of lanegrad";
const [x, y] = [
  [
    [1, 2],
    [3, 4],
  ],
  [[1], [0]],
];

describe("two copies of the library in one process", () => {
  test("are two", () => {
    expect(theirs.Tensor).not.toBe(ours.Tensor);
  });

  test("take each other's tensors, states and data sets", () => {
    const [own, other] = [ours.nn.linear(2, 1), theirs.nn.linear(2, 1)];
    other.loadStateDict(own.stateDict());
    expect(other.stateDict()).toEqual(own.stateDict());
    expect([...other.predict(ours.tensor(x)).data]).toEqual([...own.predict(theirs.tensor(x)).data]);
    const trainer = new ours.Trainer(own, { loss: ours.nn.mseLoss(), optimizer: ours.optim.sgd({ lr: 0 }) });
    expect(trainer.step(theirs.tensor(x), theirs.tensor(y))).toBe(trainer.step(ours.tensor(x), ours.tensor(y)));
    expect(trainer.evaluate(theirs.data.fromArrays(x, y))).toEqual(trainer.evaluate(ours.data.fromArrays(x, y)));
    const dropout = ours.nn.dropout(0.5);
    dropout.loadRandomState(theirs.nn.dropout(0.5).randomState());
    expect(ours.data.split(theirs.data.fromArrays(x, y), { training: 0.5, test: 0.5 }).test.length).toBe(1);
    expect(ours.data.standardize(theirs.data.fromArrays(x, y))(theirs.tensor(x)).toArray()).toEqual([
      [-1, -1],
      [1, 1],
    ]);
  });

  const { nn, optim, ops, Trainer, vjp, tensor } = ours;
  const [loss, optimizer] = [nn.mseLoss(), optim.sgd()];
  class Mixed extends nn.Module {
    readonly part = theirs.nn.linear(2, 1);
    override forward(input: ours.Operand): ours.Operand {
      return this.part.call(input);
    }
  }
  test.each<[string, () => unknown, string]>([
    [
      "a model",
      () => new Trainer(theirs.nn.linear(2, 1), { loss, optimizer }),
      "trainer: the model must be a module; got a module",
    ],
    ["a layer", () => nn.sequential(theirs.nn.relu() as never), "sequential: layer 0 must be a module; got a module"],
    [
      "a loss",
      () => new Trainer(nn.linear(2, 1), { loss: theirs.nn.mseLoss() as never, optimizer }),
      "trainer: loss must be one of nn, as nn.mseLoss(), or a function of prediction and target; got a loss",
    ],
    [
      "an optimizer",
      () => new Trainer(nn.linear(2, 1), { loss, optimizer: theirs.optim.sgd() as never }),
      "trainer: optimizer must be an optimizer; got an optimizer",
    ],
    [
      "an optimizer for a schedule",
      () => optim.exponentialLr(theirs.optim.sgd(), 0.5),
      "exponentialLr: optimizer must be an optimizer; got an optimizer",
    ],
    [
      "a module",
      () => vjp(theirs.nn.relu(), [tensor([1])], tensor([1])),
      "vjp: the model must be a module; got a module",
    ],
    ["an operand", () => ops.relu(new theirs.nn.Parameter([1])), "relu: x must be an operand; got an operand"],
  ])("refuse %s of the other, and say so", (_, act, message) => {
    expect(thrownBy(act)).toBe(`TypeError: ${message} ${from}`);
  });

  test("refuse a part that is described by the other", () => {
    expect(thrownBy(() => new Mixed().run(tensor(x)))).toContain(
      `must be an operand, as functions of ops give; got an operand ${from}`,
    );
  });

  test("what is no loss and no optimizer at all is refused too", () => {
    expect(thrownBy(() => new Trainer(nn.linear(2, 1), { loss: nn.relu() as never, optimizer }))).toBe(
      "TypeError: trainer: loss must be one of nn, as nn.mseLoss(), or a function of prediction and target; got a module",
    );
    expect(thrownBy(() => new Trainer(nn.linear(2, 1), { loss, optimizer: {} as never }))).toBe(
      "TypeError: trainer: optimizer must be an optimizer; got {}",
    );
  });
});
