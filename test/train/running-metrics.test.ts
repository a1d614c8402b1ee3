import { describe, expect, test } from "vitest";
import { data, nn, optim, tensor, Trainer } from "../../src/index.ts";
import { RunningMetrics } from "../../src/train/evaluation/running-metrics.ts";
import { score } from "../../src/train/evaluation/score.ts";
import { rowsAt } from "../../src/base/rows.ts";
import { randomTensor, thrownBy } from "../support.ts";

const ROWS = 23;
const SCORES = randomTensor([ROWS, 3], 1, 2);
const LABELS = tensor(Int32Array.from({ length: ROWS }, (_, row) => (row % 5 === 0 ? -100 : row % 3)));
const WEIGHTS = tensor(Float32Array.from({ length: ROWS }, (_, row) => (row * 7) % 4));

/** What a loss gives for all samples, taken in batches of an order. */
function inBatches(loss: nn.Loss, batchSize: number, order: Int32Array): RunningMetrics {
  const metrics = new RunningMetrics();
  for (let start = 0; start < ROWS; start += batchSize) {
    const [x, y, w] = [SCORES, LABELS, WEIGHTS].map((each) => rowsAt(each, order.subarray(start, start + batchSize)));
    if (!x || !y || !w) throw new Error("no batch");
    const value = loss.run(x, y, w).item();
    const batch = score(loss.traits, {
      scores: x.data,
      rows: x.shape[0] ?? 0,
      targets: LABELS.data,
      weights: WEIGHTS.data,
      order,
      start,
    });
    metrics.add(value, batch, loss.traits.reduction === "sum");
  }
  return metrics;
}

describe("weights of samples", () => {
  const order = Int32Array.from({ length: ROWS }, (_, i) => (i * 9) % ROWS);

  test.each([nn.crossEntropyLoss(), nn.crossEntropyLoss({ weight: [1, 0.25, 3], labelSmoothing: 0.2 })])(
    "the mean over batches is that of all samples at once",
    (loss) => {
      const whole = loss.run(SCORES, LABELS, WEIGHTS).item();
      for (const batchSize of [1, 4, 23]) {
        expect(inBatches(loss, batchSize, order).result().loss).toBeCloseTo(whole, 5);
      }
    },
  );

  test("a sum is divided by the sum of the weights", () => {
    const loss = nn.crossEntropyLoss({ reduction: "sum" });
    const whole = loss.run(SCORES, LABELS, WEIGHTS).item();
    const weight = WEIGHTS.data.reduce((sum, each) => sum + each, 0);
    expect(inBatches(loss, 4, order).result().loss).toBeCloseTo(whole / weight, 5);
  });
});

const PAIR = data.fromArrays(
  tensor([
    [0.25, 0.25],
    [1, 0.5],
    [-1, 0],
  ]),
  tensor([[1], [0], [1]]),
);
const OUTSIDE =
  "RangeError: bceLoss: predictions must be from 0 to 1; got 1.5 at index 1 (add a sigmoid, or use bceWithLogitsLoss)";

/** Gives 0.5, 1.5 and -1 for the pair. */
function makeTrainer(): Trainer {
  const model = nn.linear(2, 1);
  model.loadStateDict({ weight: tensor([[1, 1]]), bias: tensor([0]) });
  return new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
}

describe("predictions that a loss does not take", () => {
  test("end fit, step and evaluate with the first of them, and leave parameters finite", async () => {
    const fitted = makeTrainer();
    await expect(fitted.fit(PAIR, { batchSize: 3, shuffle: false, progress: false })).rejects.toThrow(
      OUTSIDE.slice("RangeError: ".length),
    );
    const stepped = makeTrainer();
    expect(thrownBy(() => stepped.step(PAIR.x, PAIR.y))).toBe(OUTSIDE);
    for (const { model } of [fitted, stepped]) {
      expect(model.parameters().every((each) => each.read().every(Number.isFinite))).toBe(true);
    }
    expect(thrownBy(() => makeTrainer().evaluate(PAIR))).toBe(OUTSIDE);
  });
});

describe("losses that a trainer does not take", () => {
  const model = nn.linear(2, 1);
  const trainerOf = (loss: nn.Loss): Trainer => new Trainer(model, { loss, optimizer: optim.sgd() });

  test.each([nn.mseLoss({ reduction: "none" }), nn.klDivLoss({ reduction: "none" })])(
    "$name for each element",
    (loss) => {
      expect(thrownBy(() => trainerOf(loss))).toBe(
        `TypeError: trainer: the loss must give one number, by reduction "mean" or "sum"; got ${loss.name} with "none"`,
      );
    },
  );

  test("one of several targets that takes one", () => {
    expect(thrownBy(() => trainerOf(nn.mseLoss()).step(PAIR.x, [PAIR.y, PAIR.y]))).toBe(
      "TypeError: trainer: mseLoss must have as many targets as it takes, 1; got 2",
    );
  });
});

describe("the score of a batch", () => {
  const correct = (decision: "highest" | { above: number }, scores: number[], rows: number, targets: number[]) =>
    score({ ...nn.crossEntropyLoss().traits, decision }, { scores, rows, targets, weights: undefined }).correctWeight;

  test("of equal scores the first is the decision, as in argMax; none with a NaN is right", () => {
    expect(correct("highest", [1, 1, 0, 2, 2, 2], 2, [0, 0])).toBe(2);
    expect(correct("highest", [1, 1, 0, 2, 2, 2], 2, [1, 2])).toBe(0);
    expect(correct("highest", [NaN, 1, 0], 1, [1])).toBe(0);
  });

  test("a row is right where all its scores are above the threshold just where targets are 1", () => {
    const above = { above: 0 };
    expect(correct(above, [1, -1, -1, 1, 2, -2], 3, [1, 0, 0, 1, 1, 0])).toBe(3);
    expect(correct(above, [1, -1, -1, 1, 2, -2], 3, [1, 0, 1, 1, 0, 0])).toBe(1);
    expect(correct(above, [0], 1, [0])).toBe(1);
    expect(correct(above, [0], 1, [1])).toBe(0);
    expect(correct(above, [NaN], 1, [0])).toBe(0);
  });
});
