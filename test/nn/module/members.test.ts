import { describe, expect, test } from "vitest";
import { type Operand, Trainer, nn, ops, optim, tensor, vjp } from "../../../src/index.ts";
import { randomTensor, thrownBy } from "../../support.ts";

/** y = ... (x w0) w1 ... */
class Product extends nn.Module {
  readonly weights = [1, 2].map((value) => nn.init.constant(new nn.Parameter([1, 1]), value));

  override forward(x: Operand): Operand {
    return this.weights.reduce((value, weight) => ops.matmul(value, weight), x);
  }
}

class Private extends nn.Module {
  readonly seen = new nn.Parameter([1, 1]);
  readonly #weight = new nn.Parameter([1, 1]);
  readonly #inner = nn.linear(1, 1, { bias: false });

  constructor(readonly of: "parameter" | "module") {
    super();
  }

  override forward(x: Operand): Operand {
    const y = ops.matmul(x, this.seen);
    return this.of === "parameter" ? ops.matmul(y, this.#weight) : this.#inner.call(y);
  }
}

class Masked extends nn.Module {
  readonly #dropout = nn.dropout(0.25);

  override forward(x: Operand): Operand {
    return this.#dropout.call(x);
  }
}

class Arrow extends nn.Module {
  readonly inner = nn.linear(2, 1);
  override forward = (x: Operand): Operand => this.inner.call(x);
}

class Holder extends nn.Module {
  readonly inner = nn.linear(1, 1);
  other: nn.Module | undefined;

  override forward(x: Operand): Operand {
    return this.inner.call(x);
  }
}

const x = tensor([[3]]);
const trainerOf = (model: nn.Module): Trainer => new Trainer(model, { loss: nn.mseLoss(), optimizer: optim.sgd() });

describe("what a module holds", () => {
  test("parameters in arrays are saved, loaded and trained", () => {
    const model = new Product();
    expect(Object.keys(model.stateDict())).toEqual(["weights.0", "weights.1"]);
    expect(model.predict(x).item()).toBe(6);
    model.loadStateDict({ "weights.0": tensor([[5]]), "weights.1": tensor([[1]]) });
    expect(model.predict(x).item()).toBe(15);
    trainerOf(model).step(x, tensor([[0]]));
    expect(model.weights.map((weight) => weight.read()[0])).not.toContain(5);
    // d (15²) = 2 · 15 · 3 · (1, 5), times the learning rate 1e-3
    expect(model.weights[0]?.read()[0]).toBeCloseTo(5 - 0.09, 5);
    expect(model.weights[1]?.read()[0]).toBeCloseTo(1 - 0.45, 5);
  });

  test("forward may be a property, also in a model", () => {
    const model = new Arrow();
    const outer = nn.sequential(nn.relu(), model);
    const [two, one] = [tensor([[1, 2]]), tensor([[1]])];
    expect(outer.predict(two)).toEqual(model.predict(two));
    expect(trainerOf(outer).step(two, one)).toBeGreaterThanOrEqual(0);
    expect(thrownBy(() => outer.run(one))).toBe(
      'ShapeError: linear: the last axis of the input must be 2; got relu [1, 1] from "0" (relu) (in "1.inner" (linear 2 -> 1))',
    );
  });

  class Silent extends nn.Module {
    override forward(input: Operand): Operand {
      ops.relu(input);
      return undefined as never;
    }
  }

  const lost = (what: string, where = ""): string =>
    `TypeError: model: every parameter must be a property of a module or an element of an array property; got ${what}, which is neither${where}`;
  const hidden = new Private("parameter");
  const dropped =
    "TypeError: model: every module with a mode must be a property of a module or an element of an array property; got dropout 0.25, which is neither";
  const cycle = new Holder();
  cycle.other = cycle;
  const child = new Holder();
  const parent = nn.sequential(nn.relu(), child);
  child.other = parent;
  const many = randomTensor([300, 1], 1);
  const mean = new (class extends nn.Module {
    override forward(input: Operand): Operand {
      return ops.mean(input);
    }
  })();

  const refused: readonly [string, () => unknown, string][] = [
    ["a private parameter, run", () => hidden.run(x), lost("parameter [1, 1]")],
    ["a private parameter, compile", () => hidden.compile([1, 1]), lost("parameter [1, 1]")],
    ["a private parameter, vjp", () => vjp(hidden, [x], x), lost("parameter [1, 1]")],
    [
      "a private parameter in a layer, step",
      () => trainerOf(nn.sequential(nn.relu(), new Private("parameter"))).step(x, x),
      lost("parameter [1, 1]", ' (in "1" (Private))'),
    ],
    [
      "a private module with parameters, step",
      () => trainerOf(nn.sequential(nn.relu(), new Private("module"))).step(x, x),
      lost("parameter [1, 1]", ' (in "1" (Private))'),
    ],
    ["a private module with a mode", () => new Masked().predict(x), dropped],
    [
      "a private module with a mode, in a layer",
      () => nn.sequential(new Masked()).run(x),
      `${dropped} (in "0" (Masked))`,
    ],
    [
      "a module in itself",
      () => cycle.parameters(),
      'TypeError: modules: a module must not contain itself; got "other" (Holder)',
    ],
    [
      "a module that holds its parent",
      () => parent.eval(),
      'TypeError: modules: a module must not contain itself; got "1.other" (sequential of 2)',
    ],
    ["no forward", () => new Bare().run(x), "TypeError: Bare: forward must be a function; got undefined"],
    [
      "a forward without return, in a layer",
      () => nn.sequential(nn.relu(), new Silent()).run(x),
      'TypeError: Silent: the result of forward must be an operand, as functions of ops give; got undefined (in "1" (Silent))',
    ],
    [
      "a forward without return",
      () => new Silent().predict(x),
      "TypeError: Silent: the result of forward must be an operand, as functions of ops give; got undefined",
    ],
    ["no input", () => nn.relu().run(), "TypeError: run: there must be at least one input; got none"],
    ["an array to run", () => nn.relu().run([1] as never), "TypeError: run: inputs must be tensors; got an array"],
    [
      "nothing to predict",
      () => nn.relu().predict(undefined as never),
      "TypeError: predict: inputs must be tensors; got undefined",
    ],
    [
      "an unknown option of predict",
      () => nn.relu().predict(x, { batch: 2 } as never),
      "TypeError: predict: options must be batchSize; got batch",
    ],
    [
      "one number for several batches",
      () => mean.predict(many),
      "ShapeError: predict: the output must have one row per input row if there are more than batchSize; got [] from float32 [256, 1]",
    ],
    [
      "a step on no samples",
      () => trainerOf(nn.linear(2, 1)).step(tensor(new Float32Array(0), [0, 2]), tensor(new Float32Array(0), [0, 1])),
      "ShapeError: step: a batch must have at least one sample; got float32 [0, 2]",
    ],
    ...[null, undefined, 3].map((state): [string, () => unknown, string] => [
      `the state ${state}`,
      () => nn.linear(1, 1).loadStateDict(state as never),
      `StateDictError: loadStateDict: the state must be an object of tensors; got ${state}`,
    ]),
  ];
  test.each(refused)("%s is refused", (_, act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("one number is predicted where one batch is enough, and no rows are run", () => {
    expect(mean.predict(tensor([[1], [2]])).item()).toBe(1.5);
    expect(mean.predict(tensor([[1], [2]]), { batchSize: 2 }).item()).toBe(1.5);
    expect(nn.linear(2, 3).run(tensor(new Float32Array(0), [0, 2])).shape).toEqual([0, 3]);
  });

  test.each([3, 300])("integers stay integers, %i of them", (rows) => {
    const whole = tensor(Int32Array.from({ length: rows }, (_, i) => i + 2 ** 25));
    expect(nn.identity().predict(whole)).toEqual(whole);
  });
});

// @ts-expect-error: forward is left out
class Bare extends nn.Module {}
