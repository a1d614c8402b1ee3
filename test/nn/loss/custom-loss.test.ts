import { describe, expect, test } from "vitest";
import { type Operand, nn, ops, tensor, vjp } from "../../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../../support.ts";

const X = randomTensor([6, 3], 1);
const Y = randomTensor([6, 3], 2);
const WEIGHT = tensor([1, 2, 0, 0.5, 1, 3]);

const meanOfFourth = (x: Operand, y: Operand): Operand => ops.mean(ops.square(ops.square(ops.subtract(x, y))));

describe("a loss made of a function", () => {
  test("gives what it describes", () => {
    const loss = new nn.Loss("meanOfFourth", meanOfFourth);
    expect(String(loss)).toBe("meanOfFourth");
    const expected = X.data.reduce((sum, x, i) => sum + (x - (Y.data[i] ?? NaN)) ** 4, 0) / 18;
    expect(loss.run(X, Y).item()).toBeCloseTo(expected, 5);
  });

  test("takes several targets", () => {
    const both = new nn.Loss("both", (x, ...targets) =>
      targets.map((y) => ops.squaredError(x, y)).reduce((sum, each) => ops.add(sum, each)),
    );
    const alone = nn.mseLoss();
    const sum = alone.run(X, Y).item() + alone.run(X, X).item();
    expect(both.run(X, Y, X).item()).toBeCloseTo(sum, 6);
  });

  test("takes weights of samples after its targets", () => {
    const weighted = new nn.Loss("weighted", (x, y, weight) => {
      const each = ops.squaredError(x, y, "none");
      return weight ? ops.weightedMean(each, weight) : ops.mean(each);
    });
    const known = nn.mseLoss();
    expect(weighted.run(X, Y, WEIGHT)).toEqual(known.run(X, Y, WEIGHT));
    expect(weighted.run(X, Y).item()).toBeCloseTo(known.run(X, Y).item(), 6);
  });
});

describe("wrong losses", () => {
  const nothing = (() => undefined) as never;
  const refused: readonly [() => unknown, string][] = [
    [
      () => new nn.Loss("nothing", nothing).run(X, Y),
      "TypeError: nothing: the result of the loss function must be an operand, as functions of ops give; got undefined",
    ],
    [
      () => new nn.Loss("distance", (() => 3) as never).run(X, Y),
      "TypeError: distance: the result of the loss function must be an operand, as functions of ops give; got 3",
    ],
    [
      () => nn.mseLoss().run(X),
      "TypeError: mseLoss: operands must be a prediction, a target and, optionally, sample weights; got 1",
    ],
    [
      () => nn.mseLoss().run(X, Y, WEIGHT, WEIGHT),
      "TypeError: mseLoss: operands must be a prediction, a target and, optionally, sample weights; got 4",
    ],
    [
      () => nn.mseLoss().call(X as never, Y as never),
      "TypeError: mseLoss: the input must be an operand, as functions of ops give; got a tensor",
    ],
    [
      () => nn.crossEntropyLoss({ weight: "abc" as never }),
      'TypeError: crossEntropyLoss: weight must be an array of numbers, one for each class; got "abc"',
    ],
    [
      () => nn.bceWithLogitsLoss({ posWeight: -1 }),
      "RangeError: bceWithLogitsLoss: posWeight must be a finite number of at least 0; got -1",
    ],
    [
      () => nn.bceWithLogitsLoss({ posWeight: [1, NaN] }),
      "RangeError: bceWithLogitsLoss: posWeight[1] must be a finite number of at least 0; got NaN",
    ],
    [
      () => nn.bceWithLogitsLoss({ posWeight: [] }),
      "RangeError: bceWithLogitsLoss: posWeight must hold a number for each class; got none",
    ],
    [
      () => nn.bceWithLogitsLoss({ posWeight: [1, 2] }).run(X, Y),
      "ShapeError: bceWithLogitsLoss: posWeight must hold one number for each index along the last axis of input 0 [6, 3]; got posWeight [2]",
    ],
    [() => nn.mseLoss("sum" as never), 'TypeError: mseLoss: options must be an object; got "sum"'],
    [() => nn.klDivLoss({ logTarget: 1 as never }), "TypeError: klDivLoss: logTarget must be true or false; got 1"],
  ];
  test.each(refused)("%#", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});

describe("bceLoss with predictions that are no probabilities", () => {
  const advice = "(add a sigmoid, or use bceWithLogitsLoss)";

  test("those that are given are refused", () => {
    const [x, y] = [tensor([0.5, 1, 0, 0.2, 0.3, 1.3]), tensor([0, 1, 0, 1, 0, 1])];
    expect(thrownBy(() => nn.bceLoss().run(x, y))).toMatch(
      `RangeError: bceLoss: predictions must be from 0 to 1; got ${Math.fround(1.3)} at index 5 ${advice}`,
    );
    expect(thrownBy(() => nn.bceLoss().run(y, x))).toMatch(
      "bceLoss: targets must be from 0 to 1; got 1.2999999523162842 at index 5",
    );
  });

  test("those of a model make the loss NaN and teach nothing; checkPredictions finds the first", () => {
    const model = nn.linear(2, 1);
    model.loadStateDict({ weight: tensor([[1, 1]]), bias: tensor([0]) });
    const loss = nn.bceLoss();
    const x = tensor([
      [0.25, 0.25],
      [1, 0.5],
      [-1, 0],
    ]);
    const y = tensor([[1], [0], [1]]);
    class Whole extends nn.Module {
      readonly model = model;
      override forward(input: Operand, target: Operand): Operand {
        return loss.call(model.call(input), target);
      }
    }
    const { output, parameters } = vjp(new Whole(), [x, y], tensor(1));
    expect(output.item()).toBeNaN();
    // The first sample alone has a gradient: (0.5 - 1) / 0.25 / 3 times its input.
    expectClose(parameters["model.weight"]?.data ?? [], [-0.5 / 3, -0.5 / 3]);
    const predictions = model.predict(x).data;
    const message = `RangeError: bceLoss: predictions must be from 0 to 1; got 1.5 at index 1 ${advice}`;
    expect(thrownBy(() => loss.checkPredictions(predictions))).toBe(message);
    expect(thrownBy(() => loss.checkPredictions([0.5, NaN, 1]))).toBe("nothing thrown");
  });
});
