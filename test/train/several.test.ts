import { describe, expect, test } from "vitest";
import {
  type Operand,
  type Tensor,
  type TrainerOptions,
  data,
  manualSeed,
  nn,
  ops,
  optim,
  tensor,
  Trainer,
} from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

/** Rates an item for a user: two inputs of integers and one of floats. */
class Rating extends nn.Module {
  override readonly inputNames = ["user", "item", "mood"];
  readonly users = nn.embedding(5, 3);
  readonly items = nn.embedding(7, 3);
  readonly mood = nn.linear(2, 3);

  override forward(user: Operand, item: Operand, mood: Operand): Operand {
    const match = ops.multiply(this.users.call(user), this.items.call(item));
    return ops.sum(ops.add(match, this.mood.call(mood)), 1);
  }
}

const SAMPLES = 13;
const user = Int32Array.from({ length: SAMPLES }, (_, i) => (i * 3) % 5);
const item = Int32Array.from({ length: SAMPLES }, (_, i) => (i * 5) % 7);
const mood = randomTensor([SAMPLES, 2], 1);
const rating = randomTensor([SAMPLES], 2);
const named = data.fromArrays({ mood, item, user }, { rating });
const listed = data.fromArrays([tensor(user), tensor(item), mood], rating);

function makeRating(loss: nn.Loss = nn.mseLoss()): Trainer {
  manualSeed(5);
  return new Trainer(new Rating(), { loss, optimizer: optim.adam({ lr: 0.05 }) });
}

const stateOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);

describe("several inputs", () => {
  test("named in any order, in order, in fit and step by step give the same bits", async () => {
    const [byName, inOrder, stepped] = [makeRating(), makeRating(), makeRating()];
    const options = { epochs: 2, batchSize: 4, shuffle: false, progress: false } as const;
    const history = await byName.fit(named, options);
    await inOrder.fit(listed, options);
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const { x, y } of data.batches(named, { batchSize: 4 })) stepped.step(x, y);
    }
    expect(stateOf(inOrder)).toEqual(stateOf(byName));
    expect(stateOf(stepped)).toEqual(stateOf(byName));
    expect(history.epochs[1]?.loss).toBeLessThan(history.epochs[0]?.loss ?? 0);
    expect(byName.evaluate(named)).toEqual(inOrder.evaluate(listed, { batchSize: 20 }));
  });

  test("a shuffled fit gathers the same rows of all", async () => {
    const [fitted, stepped] = [makeRating(), makeRating()];
    manualSeed(3);
    await fitted.fit(named, { batchSize: 5, progress: false });
    manualSeed(3);
    for (const { x, y } of data.batches(named, { batchSize: 5, shuffle: true })) stepped.step(x, y);
    expect(stateOf(fitted)).toEqual(stateOf(stepped));
  });

  test("go through subset and split, row by row, and cannot be stratified or standardized as one", () => {
    const { x, y } = data.subset(named, [3, 1]);
    expect([x.user, x.item, y.rating].map((each) => each.data)).toEqual([
      Int32Array.of(user[3] ?? NaN, user[1] ?? NaN),
      Int32Array.of(item[3] ?? NaN, item[1] ?? NaN),
      Float32Array.of(rating.data[3] ?? NaN, rating.data[1] ?? NaN),
    ]);
    const { training, test: rest } = data.split(listed, { test: 0.3 });
    expect([training.x.length, training.length, rest.length]).toEqual([3, 9, 4]);
    expect(thrownBy(() => data.split(named, { test: 0.3, stratify: true }))).toBe(
      "TypeError: split: y must be one tensor to stratify; got several",
    );
    expect(thrownBy(() => data.standardize(named as never))).toBe(
      "TypeError: standardize: x must be one tensor, so standardize each separately; got several",
    );
  });

  test("are profiled and printed", () => {
    const { x, y } = listed;
    expect(String(makeRating().profile(x, y, { runs: 1 }))).toContain("gather");
    expect(String(makeRating().stepProgram(x, y))).toContain("adam(");
  });

  test("integers are checked at every epoch, in every input", async () => {
    const wrong = data.fromArrays(
      { user, item: Int32Array.from(item, (each, i) => (i === 12 ? 7 : each)), mood },
      rating,
    );
    const trainer = makeRating();
    const before = stateOf(trainer);
    await expect(trainer.fit(wrong, { batchSize: 4, progress: false })).rejects.toThrow(
      /from 0 to 6; got 7 at index 12/,
    );
    expect(stateOf(trainer)).toEqual(before);
  });

  test("names must be the model's", () => {
    const trainer = makeRating();
    const { x, y } = named;
    expect(thrownBy(() => trainer.step({ user: x.user, item: x.item }, y))).toBe(
      "TypeError: step: inputs must be user, item, mood; got user, item",
    );
    expect(thrownBy(() => trainer.evaluate(data.fromArrays({ user, film: item, mood }, rating)))).toContain(
      "evaluate: inputs must be user, item, mood; got user, film, mood",
    );
  });
});

/** Two targets, by name: a class and a size. */
class Both extends nn.Loss {
  override readonly inputNames = ["label", "size"];

  constructor() {
    super("both", (prediction) => prediction);
  }

  override forward(prediction: Operand, label: Operand, size: Operand): Operand {
    const [scores, sizes] = [ops.slice(prediction, 1, 0, 3), ops.slice(prediction, 1, 3, 4)];
    return ops.add(ops.crossEntropy(scores, label), ops.squaredError(sizes, size));
  }
}

test("several targets of different dtypes are given to the loss, by name or in order", async () => {
  const x = randomTensor([9, 4], 3);
  const label = Int32Array.from({ length: 9 }, (_, i) => i % 3);
  const size = randomTensor([9, 1], 4);
  const make = (): Trainer => {
    manualSeed(2);
    return new Trainer(nn.linear(4, 4), { loss: new Both(), optimizer: optim.sgd({ lr: 0.1 }) });
  };
  const [first, second] = [make(), make()];
  const history = await first.fit(data.fromArrays(x, { size, label }), {
    batchSize: 4,
    shuffle: false,
    progress: false,
  });
  await second.fit(data.fromArrays(x, [tensor(label), size]), { batchSize: 4, shuffle: false, progress: false });
  expect(stateOf(first)).toEqual(stateOf(second));
  expect(history.epochs[0]?.loss).toBeGreaterThan(0);
  expect(thrownBy(() => first.step(x, { label: tensor(label) }))).toBe(
    "TypeError: step: targets must be label, size; got label",
  );
});

/** Σ w (x - y)² / Σ w. */
function weightedError(prediction: Operand, target: Operand, weight?: Operand): Operand {
  const squares = ops.square(ops.subtract(prediction, target));
  return weight ? ops.weightedMean(squares, weight) : ops.mean(squares);
}

describe("weights of samples", () => {
  const x = randomTensor([6, 3], 1);
  const y = randomTensor([6, 1], 2);
  const labels = tensor(Int32Array.of(0, 1, 2, 1, -100, 0));
  const weights = Float32Array.of(2, 0, 1, 1, 3, 0);
  const weighted = data.fromArrays(x, y, { weights });
  const make = (loss: TrainerOptions["loss"] = weightedError, outputs = 1): Trainer => {
    manualSeed(1);
    return new Trainer(nn.linear(3, outputs), { loss, optimizer: optim.sgd({ lr: 0.1 }) });
  };
  const losses: readonly [string, TrainerOptions["loss"], Tensor][] = [
    ["a function", weightedError, y],
    ["mseLoss", nn.mseLoss(), y],
    ["mseLoss, sum", nn.mseLoss({ reduction: "sum" }), y],
    [
      "crossEntropyLoss with classes' weights and an ignored label",
      nn.crossEntropyLoss({ weight: [1, 2, 0.5] }),
      labels,
    ],
    ["crossEntropyLoss, sum", nn.crossEntropyLoss({ reduction: "sum" }), labels],
  ];

  test.each(losses)("count as repeated samples do, in step, fit and evaluate: %s", async (_, loss, target) => {
    // Each sample as often as it weighs.
    const repeated = data.subset(data.fromArrays(x, target), [0, 0, 2, 3, 4, 4, 4]);
    const own = data.fromArrays(x, target, { weights });
    const [one, two, three] = Array.from({ length: 3 }, () => make(loss, target === y ? 1 : 3)) as [
      Trainer,
      Trainer,
      Trainer,
    ];
    expect(one.step(x, target, { weights: tensor(weights) })).toBeCloseTo(two.step(repeated.x, repeated.y), 5);
    const { epochs } = await three.fit(own, { batchSize: 6, progress: false });
    expectClose(stateOf(one), stateOf(two));
    expectClose(stateOf(three), stateOf(two));
    const whole = two.evaluate(repeated);
    for (const batchSize of [1, 2, 4, 6]) {
      const parts = two.evaluate(own, { batchSize });
      expect(parts.loss).toBeCloseTo(whole.loss, 5);
      expect(parts.accuracy).toBe(whole.accuracy);
    }
    expect(epochs[0]?.loss).toBeCloseTo(make(loss, target === y ? 1 : 3).evaluate(repeated).loss, 5);
  });

  test("go with their samples through subset, split and batches", () => {
    const { weights: taken } = data.subset(weighted, [4, 0]);
    expect([...(taken?.data ?? [])]).toEqual([3, 2]);
    const { training, test: rest } = data.split(weighted, { test: 0.5, shuffle: false });
    expect([training, rest].flatMap((part) => [...(part.weights?.data ?? [])])).toEqual([...weights]);
    expect(Array.from(data.batches(weighted, { batchSize: 4 }), (batch) => batch.weights?.size)).toEqual([4, 2]);
    expect(data.standardize(weighted)(weighted).weights).toBe(weighted.weights);
  });

  test("accuracy weighs them too", () => {
    const model = nn.linear(1, 1, { bias: false });
    model.loadStateDict({ weight: tensor([[1]]) });
    const decides = nn.bceWithLogitsLoss();
    const trainer = new Trainer(model, { loss: decides, optimizer: optim.sgd() });
    // Right, wrong and right.
    const set = data.fromArrays([[1], [1], [-1]], [[1], [0], [0]], { weights: [1, 3, 4] });
    expect(trainer.evaluate(set).accuracy).toBe(5 / 8);
  });

  test("a loss that does not use them is refused", () => {
    const loss = (prediction: Operand, target: Operand): Operand => weightedError(prediction, target);
    const trainer = new Trainer(nn.linear(3, 1), { loss, optimizer: optim.sgd() });
    expect(() => trainer.step(x, y, { weights: tensor(weights) })).toThrow(/use the weights of samples/);
    expect(() => trainer.evaluate(weighted)).toThrow(/use the weights of samples/);
  });

  test.each([
    [[1, 2], "ShapeError: step: weights must be [6], one for each sample; got float32 [2]"],
    [[1, 2, 3, 4, 5, -1], "RangeError: step: weights must be finite and at least 0; got -1 at index 5"],
    [[1, 2, 3, NaN, 5, 1], "RangeError: step: weights must be finite and at least 0; got NaN at index 3"],
  ])("weights %o are refused", (wrong, message) => {
    expect(thrownBy(() => make().step(x, y, { weights: tensor(wrong) }))).toBe(message);
    expect(thrownBy(() => data.fromArrays(x, y, { weights: wrong }))).toBe(message.replace("step", "fromArrays"));
  });

  test("of 0 alone are refused", () => {
    expect(thrownBy(() => data.fromArrays(x, y, { weights: new Float32Array(6) }))).toBe(
      "RangeError: fromArrays: weights must not all be 0; got 0 in sum",
    );
  });
});
