import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, manualSeed, monteCarlo, nn, ops, optim, tensor, vjp } from "../../../src/index.ts";
import * as io from "../../../src/io/index.ts";
import { scratch } from "../../files/support.ts";
import { expectClose, randomTensor, thrownBy } from "../../support.ts";
import { expectSameBits } from "../../threads/shared-runs.ts";

class Heads extends nn.Module {
  readonly body = nn.linear(3, 4);
  readonly price = nn.linear(4, 1);
  readonly kind = nn.linear(4, 2);

  override forward(x: Operand): { price: Operand; kind: Operand } {
    const h = ops.relu(this.body.call(x));
    return { price: this.price.call(h), kind: this.kind.call(h) };
  }
}

/** One output of a model with several. */
class Only extends nn.Module {
  constructor(
    readonly heads: Heads,
    readonly name: "price" | "kind",
  ) {
    super();
  }

  override forward(x: Operand): Operand {
    return this.heads.call(x)[this.name];
  }
}

/** A module of an operation that returns what a test wants. */
class Returning extends nn.Module {
  readonly layer = nn.linear(3, 2);

  constructor(readonly returned: (x: Operand) => unknown) {
    super();
  }

  override forward(x: Operand): Operand {
    return this.returned(this.layer.call(x)) as Operand;
  }
}

function heads(): Heads {
  manualSeed(1);
  return new Heads();
}

const X = randomTensor([5, 3], 1);
const NAMES = ["price", "kind"] as const;

describe("a model with several outputs", () => {
  test("gives for each the bits of a model with this output alone", () => {
    const model = heads();
    const predicted = model.predict(X);
    expect(Object.keys(predicted)).toEqual(NAMES);
    for (const name of NAMES) {
      const alone = new Only(model, name);
      expect(predicted[name]).toEqual(alone.predict(X));
      expect(model.run(X)[name]).toEqual(alone.run(X));
      expect(model.compile([5, 3])(X)[name]).toEqual(alone.predict(X));
    }
    expect(predicted.price.shape).toEqual([5, 1]);
    expect(predicted.kind.shape).toEqual([5, 2]);
  });

  test("predicts batch by batch what it predicts at once", async () => {
    const model = heads();
    expect(await model.predictAsync(X, { batchSize: 2 })).toEqual(model.predict(X));
    expect(model.predict(X, { batchSize: 2 })).toEqual(model.predict(X));
  });

  test("refuses batches of an output that has not one row for each input row", () => {
    const model = new Returning((x) => ({ rows: x, mean: ops.mean(x, 0) }));
    expect(thrownBy(() => model.predict(X, { batchSize: 3 }))).toBe(
      "ShapeError: predict: the output must have one row per input row if there are more than batchSize; got [2] from float32 [3, 3]",
    );
  });

  test("gives the same bits on 1, 2 and 3 threads", async () => {
    const model = heads();
    await expectSameBits([2, 3], () => model.predict(randomTensor([40, 3], 2)));
  });

  test("may give integers, one output under two names, or one by name", () => {
    const both = new Returning((x) => ({ score: x, same: x, index: ops.argMax(x, 1) })) as unknown as {
      predict(x: Tensor): Record<string, Tensor>;
    };
    const { score, same, index } = both.predict(X);
    expect(same).toEqual(score);
    expect(index?.dtype).toBe("int32");
    const named = new Returning((x) => ({ ["__proto__"]: x }));
    expect(Object.keys(named.predict(X))).toEqual(["__proto__"]);
    expect(Object.keys(named.predict(X, { batchSize: 2 }))).toEqual(["__proto__"]);
  });

  test("serves as an inner module that its parent takes apart", () => {
    const model = heads();
    const sum = new (class extends nn.Module {
      readonly heads = model;
      override forward(x: Operand): Operand {
        const { price, kind } = this.heads.call(x);
        return ops.add(price, ops.sum(kind, 1, { keepDims: true }));
      }
    })();
    const { price, kind } = model.predict(X);
    const expected = [...price.data].map((each, i) => each + (kind.data[2 * i] ?? NaN) + (kind.data[2 * i + 1] ?? NaN));
    expectClose(sum.predict(X).data, expected);
    expect(sum.summary([5, 3])).toContain("price [5, 1], kind [5, 2]");
  });

  test("may end a sequential model, and is refused in the middle of one", () => {
    const model = heads();
    const whole: nn.Module = nn.sequential(nn.relu(), model);
    expect(whole.predict(X)).toEqual(
      model.predict(
        tensor(
          [...X.data].map((each) => Math.max(each, 0)),
          [5, 3],
        ),
      ),
    );
    expect(thrownBy(() => nn.sequential(model, nn.linear(1, 1)).predict(X))).toBe(
      'TypeError: linear 1 -> 1: the input must be an operand, as functions of ops give; got {"price":an operand,"kind":an operand} (in "1" (linear 1 -> 1))',
    );
  });

  test("prints and is summarized", () => {
    const model = heads();
    expect(model.summary([5, 3])).toMatchInlineSnapshot(`
      "       layer          output                     parameters  FLOPs
      -----  -------------  -------------------------  ----------  -----
             Heads          price [5, 1], kind [5, 2]           0     20
      body   linear 3 -> 4  [5, 4]                             16    140
      price  linear 4 -> 1  [5, 1]                              5     45
      kind   linear 4 -> 2  [5, 2]                             10     90

      input [5, 3], 31 parameters
      evaluation: 295 FLOP, 256 B of planned memory
      training, forward and backward: 730 FLOP, 896 B of planned memory"
    `);
  });

  test("is profiled", () => {
    expect(String(heads().profile(X, { runs: 2 }))).toContain("kind");
  });

  test("is saved and loaded", async () => {
    const model = heads();
    const file = `${scratch()}/heads.safetensors`;
    await io.save(model, file);
    const loaded = await io.load(file, { classes: { Heads } });
    expect(loaded.predict(X)).toEqual(model.predict(X));
  });

  test("has gradients of a sum over all outputs, and one output keeps its own", () => {
    const model = heads();
    const cotangent = { kind: randomTensor([5, 2], 3), price: randomTensor([5, 1], 4) };
    const { output, inputs, parameters } = vjp(model, [X], cotangent);
    expect(output).toEqual(model.predict(X));
    const [ofPrice, ofKind] = NAMES.map((name) => vjp(new Only(model, name), [X], cotangent[name]));
    const sum = (a?: Tensor | null, b?: Tensor | null): number[] =>
      [...(a?.data ?? [])].map((each, i) => each + (b?.data[i] ?? NaN));
    expectClose(inputs[0]?.data ?? [], sum(ofPrice?.inputs[0], ofKind?.inputs[0]));
    for (const [name, { data }] of Object.entries(parameters)) {
      expectClose(data, sum(ofPrice?.parameters[`heads.${name}`], ofKind?.parameters[`heads.${name}`]), { what: name });
    }
    const twice = new Returning((x) => ({ a: x, b: x }));
    const once = new Returning((x) => x);
    once.loadStateDict(twice.stateDict());
    const ones = tensor(
      Array.from({ length: 10 }, () => 1),
      [5, 2],
    );
    const twos = tensor(
      Array.from({ length: 10 }, () => 2),
      [5, 2],
    );
    const both = vjp(twice, [X], { a: ones, b: ones });
    expect(both.parameters).toEqual(vjp(once, [X], twos).parameters);
  });

  test("averages weights", () => {
    const model = heads();
    const averaged = optim.averagedModel(model);
    averaged.update();
    const before = model.predict(X);
    model.body.weight.write().fill(0);
    expect(averaged.use(() => model.predict(X))).toEqual(before);
    expect(model.predict(X)).not.toEqual(before);
  });
});

const PRICE = randomTensor([5, 1], 4);
const refused: readonly [string, () => unknown, message: string][] = [
  [
    "Monte Carlo of several outputs",
    () => monteCarlo(nn.sequential(nn.dropout(0.5), heads()), X),
    'TypeError: monteCarlo: the model must give one operand; got "price", "kind" (a module around it may return one of them)',
  ],
  [
    "a body with several outputs",
    () => nn.residual(heads()).predict(X),
    'TypeError: residual: the body must give one operand; got "price", "kind"',
  ],
  [
    "a shortcut with several outputs",
    () => nn.residual(nn.relu(), heads()).predict(X),
    'TypeError: residual: the shortcut must give one operand; got "price", "kind"',
  ],
  [
    "a branch with several outputs",
    () => nn.parallel([nn.relu(), heads()]).predict(X),
    'TypeError: parallel: branch 1 must give one operand; got "price", "kind"',
  ],
  [
    "a body of stochastic depth with several outputs",
    () => nn.stochasticDepth(heads(), 0.5).predict(X),
    'TypeError: stochasticDepth: the body must give one operand; got "price", "kind"',
  ],
  [
    "one cotangent for several outputs",
    () => vjp(heads(), [X], PRICE),
    "TypeError: vjp: cotangents must be price, kind; got ",
  ],
  [
    "a cotangent of another shape",
    () => vjp(heads(), [X], { price: PRICE, kind: PRICE }),
    "ShapeError: vjp: the cotangent must be [5, 2] like the output kind; got [5, 1]",
  ],
  [
    "a missing cotangent",
    () => vjp(heads(), [X], { price: PRICE }),
    "TypeError: vjp: cotangents must be price, kind; got price",
  ],
  [
    "cotangents by name for one output",
    () => vjp(nn.linear(3, 2), [X], { price: PRICE }),
    'TypeError: vjp: inputs must be tensors; got {"price":a tensor}',
  ],
  [
    "an empty object",
    () => new Returning(() => ({})).predict(X),
    "TypeError: Returning: the result of forward must be an operand, as functions of ops give; got {}",
  ],
  [
    "an object with a number",
    () => new Returning((x) => ({ x, y: 3 })).predict(X),
    'TypeError: Returning: the result of forward must be an operand, as functions of ops give; got {"x":an operand,"y":3}',
  ],
  [
    "an array of operands",
    () => new Returning((x) => [x, x]).predict(X),
    "TypeError: Returning: the result of forward must be an operand, as functions of ops give; got [an operand,an operand]",
  ],
  [
    "a hidden parameter of one output",
    () => {
      const hidden = new nn.Parameter([2]);
      return new Returning((x) => ({ x, y: ops.add(x, hidden) })).predict(X);
    },
    "TypeError: model: every parameter must be a property of a module or an element of an array property; got parameter [2], which is neither",
  ],
];

test.each(refused)("refused: %s", (_, act, message) => {
  expect(thrownBy(act)).toContain(message);
});
