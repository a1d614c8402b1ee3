import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, data, manualSeed, nn, ops, optim, tensor, Trainer } from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const X = randomTensor([6, 3], 1);
const Y = randomTensor([6, 2], 2);
const SET = data.fromArrays(X, Y);

function make(loss: nn.Loss | ((prediction: Operand, ...targets: readonly Operand[]) => Operand)): Trainer {
  manualSeed(1);
  return new Trainer(nn.linear(3, 2), { loss, optimizer: optim.sgd({ lr: 0.1 }) });
}

const stateOf = ({ model }: Trainer): number[] => model.parameters().flatMap((each) => [...each.read()]);

describe("a function as loss", () => {
  test("trains and evaluates as the loss that it describes", async () => {
    const own = make((prediction, target = prediction) => ops.mean(ops.square(ops.subtract(prediction, target))));
    const known = make(nn.mseLoss());
    for (const trainer of [own, known]) await trainer.fit(SET, { epochs: 3, progress: false, shuffle: false });
    expectClose(stateOf(own), stateOf(known));
    expect(own.evaluate(SET, { batchSize: 4 }).loss).toBeCloseTo(known.evaluate(SET).loss, 5);
    expect(own.evaluate(SET).accuracy).toBeUndefined();
  });

  test.each([
    [
      "undefined",
      () => undefined,
      "TypeError: loss: the result of the loss function must be an operand, as functions of ops give; got undefined",
    ],
    [
      "a number",
      () => 3,
      "TypeError: loss: the result of the loss function must be an operand, as functions of ops give; got 3",
    ],
    [
      "an integer",
      (x: Operand) => ops.cast(ops.sum(x), "int32"),
      "ShapeError: trainer: the loss must give one number; got cast []",
    ],
    [
      "an integer",
      (x: Operand) => ops.cast(ops.sum(x), "int32"),
      "ShapeError: trainer: the loss must give one number; got cast []",
    ],
    [
      "several numbers",
      (x: Operand) => ops.relu(x),
      "ShapeError: trainer: the loss must give one number; got relu [6, 2]",
    ],
  ])("that gives %s is refused, and nothing changes", (_, loss, message) => {
    const trainer = make(loss as never);
    const before = stateOf(trainer);
    expect(thrownBy(() => trainer.step(X, Y))).toBe(message);
    expect(thrownBy(() => trainer.evaluate(SET))).toBe(message);
    expect(stateOf(trainer)).toEqual(before);
  });

  test.each([
    ["mseLoss", nn.mseLoss],
    ["crossEntropyLoss", nn.crossEntropyLoss],
    ["huberLoss", nn.huberLoss],
    ["Loss", nn.Loss],
  ])("nn.%s must be called", (name, loss) => {
    expect(thrownBy(() => make(loss as never))).toBe(
      `TypeError: trainer: loss must be one of nn, as nn.mseLoss(), or a function of prediction and target; got ${name} that was not called`,
    );
  });

  describe("where a target [n] meets a prediction [n, 1]", () => {
    const y = randomTensor([6], 3);
    const labels = tensor(Int32Array.from([0, 1, 1, 0, 1, 0]));
    const narrow = (loss: (p: Operand, y: Operand) => Operand): Trainer =>
      new Trainer(nn.linear(3, 1), { loss: loss as never, optimizer: optim.sgd({ lr: 0.1 }) });
    const squared = (a: Operand, b: Operand): Operand => ops.mean(ops.square(ops.subtract(a, b)));
    const refused =
      "ShapeError: trainer: the target must have the shape of the prediction, [6, 1], or be reshaped; got [6], which broadcasts to [6, 6]";

    test.each<[string, Tensor, (p: Operand, y: Operand) => Operand]>([
      ["as it is", y, squared],
      ["the other way round", y, (p, t) => squared(t, p)],
      ["with a function of the prediction", y, (p, t) => squared(ops.sigmoid(p), t)],
      ["cast", labels, (p, t) => squared(p, ops.cast(t, "float32"))],
      ["scaled", y, (p, t) => squared(p, ops.multiply(t, 2))],
      ["flattened", randomTensor([6, 1], 3), (p, t) => squared(p, ops.reshape(t, [6]))],
      ["in a maximum", y, (p, t) => ops.mean(ops.maximum(p, t))],
    ])("%s, it is refused, and nothing changes", (_, target, loss) => {
      const trainer = narrow(loss);
      const before = stateOf(trainer);
      expect(thrownBy(() => trainer.step(X, target))).toBe(refused);
      expect(thrownBy(() => trainer.evaluate(data.fromArrays(X, target)))).toBe(refused);
      expect(stateOf(trainer)).toEqual(before);
    });

    test.each<[string, Tensor, (p: Operand, y: Operand) => Operand]>([
      ["a target of the same shape", randomTensor([6, 1], 3), squared],
      ["a target that is reshaped", y, (p, t) => squared(p, ops.reshape(t, [6, 1]))],
      ["a prediction that is reshaped", y, (p, t) => squared(ops.reshape(p, [6]), t)],
      ["all pairs that are asked for", y, (p, t) => squared(p, ops.reshape(t, [1, 6]))],
      ["pairs of targets", y, (p, t) => ops.add(ops.mean(p), squared(ops.reshape(t, [6, 1]), t))],
    ])("%s is taken", (_, target, loss) => {
      expect(narrow(loss).step(X, target)).toBeGreaterThan(-Infinity);
    });

    test("one sample is taken", () => {
      expect(narrow(squared).step(randomTensor([1, 3], 1), tensor([0.5]))).toBeGreaterThan(-1);
    });
  });

  test("a loss of one's own that gives nothing is refused too", () => {
    const own = new nn.Loss("own", (x) => x);
    Object.assign(own, { forward: () => undefined });
    expect(thrownBy(() => make(own).step(X, Y))).toBe(
      "TypeError: own: the result of forward must be an operand, as functions of ops give; got undefined",
    );
  });

  test("reduction none and another number of targets are refused", () => {
    expect(thrownBy(() => make(nn.mseLoss({ reduction: "none" })))).toBe(
      'TypeError: trainer: the loss must give one number, by reduction "mean" or "sum"; got mseLoss with "none"',
    );
    expect(thrownBy(() => make(nn.mseLoss()).step(X, [Y, Y]))).toBe(
      "TypeError: trainer: mseLoss must have as many targets as it takes, 1; got 2",
    );
  });

  test("that holds a layer out of reach of modes is refused", () => {
    const drop = nn.dropout(0.5);
    const trainer = make((prediction) => ops.mean(drop.call(prediction)));
    expect(() => trainer.step(X, Y)).toThrow(/every module with a mode must be a property/);
  });
});

/** Compares what is left after dropout, at a scale that may be learned. */
class Noisy extends nn.Loss {
  readonly drop = nn.dropout(0.5);
  readonly scale = new nn.Parameter([2]);

  constructor() {
    super("noisy", (prediction) => prediction);
    this.scale.initialize(() => this.scale.write().fill(1));
  }

  override forward(prediction: Operand, target: Operand): Operand {
    return ops.squaredError(this.drop.call(ops.multiply(prediction, this.scale)), target);
  }
}

/** A loss with its parameter frozen. */
function noisy(): Noisy {
  const loss = new Noisy();
  loss.requiresGrad(false);
  return loss;
}

describe("a loss that holds layers", () => {
  test("is evaluated in evaluation mode, whatever its own", () => {
    const loss = noisy();
    const trainer = make(loss);
    const first = trainer.evaluate(SET);
    expect(trainer.evaluate(SET)).toEqual(first);
    expect(first.loss).toBeCloseTo(make(nn.mseLoss()).evaluate(SET).loss, 5);
    expect([loss.training, loss.drop.training]).toEqual([true, true]);
  });

  test("has a mode of its own in step, that counts from the next step on", () => {
    const loss = noisy();
    const trainer = make(loss);
    trainer.options.optimizer.lr = 0;
    const [first, second] = [trainer.step(X, Y), trainer.step(X, Y)];
    expect(second).not.toBe(first);
    loss.eval();
    const quiet = trainer.step(X, Y);
    expect(trainer.step(X, Y)).toBe(quiet);
    expect(quiet).toBeCloseTo(trainer.evaluate(SET).loss, 5);
    loss.train();
    expect(trainer.step(X, Y)).not.toBe(trainer.step(X, Y));
  });

  test("trains in training mode and is left in its own", async () => {
    const loss = noisy();
    loss.eval();
    const trainer = make(loss);
    trainer.options.optimizer.lr = 0;
    const { epochs } = await trainer.fit(SET, { epochs: 2, shuffle: false, progress: false });
    expect(epochs[1]?.loss).not.toBe(epochs[0]?.loss);
    expect([loss.training, loss.drop.training]).toEqual([false, false]);
  });

  test("says where its layers are", () => {
    const trainer = make(noisy());
    expect(String(trainer.stepProgram(X, Y))).toContain('"loss.drop" (dropout 0.5)');
    const wrong = new (class extends nn.Loss {
      readonly features = nn.linear(7, 2);
      override forward(prediction: Operand): Operand {
        return ops.mean(this.features.call(prediction));
      }
    })("wrong", (x) => x);
    wrong.requiresGrad(false);
    expect(() => make(wrong).step(X, Y)).toThrow(/\(in "loss\.features" \(linear 7 -> 2\)\)/);
  });

  test("is traced again when a layer of it is replaced", () => {
    const loss = noisy();
    const trainer = make(loss);
    trainer.step(X, Y);
    Object.assign(loss, { drop: nn.dropout(1) });
    trainer.options.optimizer.lr = 0;
    // Nothing is left of the prediction.
    expect(trainer.step(X, Y)).toBeCloseTo(Y.data.reduce((sum, y) => sum + y * y, 0) / Y.size, 5);
  });
});

describe("parameters of a loss", () => {
  test("that no one trains are refused, by name, and nothing changes", () => {
    const trainer = make(new Noisy());
    const before = stateOf(trainer);
    expect(thrownBy(() => trainer.step(X, Y))).toBe(
      'TypeError: trainer: every parameter that the loss uses must be one of the model, or be frozen by requiresGrad = false; got "loss.scale" that is neither',
    );
    expect(stateOf(trainer)).toEqual(before);
    expect(trainer.evaluate(SET).loss).toBeGreaterThan(0);
  });

  test("are trained where the model holds the loss", () => {
    manualSeed(1);
    const loss = new Noisy();
    const model = new (class extends nn.Module {
      readonly body = nn.linear(3, 2);
      readonly loss = loss;
      override forward(x: Operand): Operand {
        return this.body.call(x);
      }
    })();
    const trainer = new Trainer(model, { loss, optimizer: optim.sgd({ lr: 0.1 }) });
    const before = [...loss.scale.read()];
    trainer.step(X, Y);
    expect([...loss.scale.read()]).not.toEqual(before);
    expect(Object.keys(model.stateDict())).toContain("loss.scale");
  });
});

test("layers that were replaced: a new parameter is refused by name, until a new trainer", () => {
  const model = nn.sequential(nn.linear(3, 4), nn.linear(4, 2));
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() });
  trainer.step(X, Y);
  const former = model.layers[1] as nn.Linear;
  const kept = [...former.weight.read()];
  (model.layers as nn.Module[])[1] = nn.linear(4, 2);
  const before = model.stateDict();
  expect(thrownBy(() => trainer.step(X, Y))).toBe(
    'TypeError: trainer: every parameter must be one that the optimizer was made for; got "1.weight" that is not, so make a new Trainer',
  );
  expect(model.stateDict()).toEqual(before);
  new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.adam() }).step(X, Y);
  expect([...former.weight.read()]).toEqual(kept);
});

test("layers that were taken out are not updated any more", () => {
  const model = nn.sequential(nn.linear(3, 3), nn.linear(3, 2));
  const options = { optimizer: optim.sgd({ lr: 0.1, weightDecay: 0.5, maxNorm: 0.1 }), regularization: { l2: 1 } };
  const trainer = new Trainer(model, { loss: nn.mseLoss(), ...options });
  const former = model.layers[0] as nn.Linear;
  (model.layers as nn.Module[])[0] = nn.tanh();
  const [kept, last] = [[...former.weight.read()], [...(model.layers[1] as nn.Linear).weight.read()]];
  trainer.step(X, Y);
  expect([...former.weight.read()]).toEqual(kept);
  expect([...(model.layers[1] as nn.Linear).weight.read()]).not.toEqual(last);
});

test("labels are still named where they are wrong", () => {
  const trainer = make(nn.crossEntropyLoss());
  expect(() => trainer.step(X, tensor(Int32Array.of(0, 1, 2, 0, 1, 0)))).toThrow(/got 2 at index 2/);
});

test("predictions that a loss does not take are named by step, evaluate and fit, and parameters stay finite", async () => {
  const model = nn.linear(2, 1);
  model.loadStateDict({ weight: tensor([[1, 1]]), bias: tensor([0]) });
  const trainer = new Trainer(model, { loss: nn.bceLoss(), optimizer: optim.sgd({ lr: 0.5 }) });
  const set = data.fromArrays(
    [
      [0.25, 0.25],
      [1, 0.5],
    ],
    [[1], [0]],
  );
  const message = "bceLoss: predictions must be from 0 to 1; got 1.5 at index 1";
  expect(() => trainer.evaluate(set)).toThrow(message);
  expect(() => trainer.step(set.x, set.y)).toThrow(message);
  // The first sample alone has taught: (0.5 - 1) / 0.25 / 2 times its input.
  expect([...model.weight.read()]).toEqual([1.125, 1.125]);
  await expect(trainer.fit(set, { shuffle: false, progress: false })).rejects.toThrow(/^bceLoss: predictions must be/);
});
