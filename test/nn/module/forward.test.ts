import { describe, expect, test } from "vitest";
import { type Operand, Trainer, data, manualSeed, monteCarlo, nn, ops, optim, tensor } from "../../../src/index.ts";
import { thrownBy } from "../../support.ts";

const x = tensor([[1, 2]]);

class Ignoring extends nn.Module {
  readonly inner = nn.linear(2, 2);

  constructor(readonly gives: unknown) {
    super();
  }

  override forward(input: Operand): Operand {
    this.inner.call(input);
    return this.gives as Operand;
  }
}

/** Takes two inputs where it may be given one. */
class Two extends nn.Module {
  override readonly inputNames = ["left", "right"];
  readonly inner = nn.linear(2, 2);

  override forward(left: Operand, right: Operand): Operand {
    return ops.add(left, this.inner.call(right));
  }
}

class Field extends nn.Module {
  readonly inner = nn.linear(2, 3);
  override forward = (input: Operand): Operand => this.inner.call(input);
}

/** Applies its layer by `call` or by `forward` alone. */
class Applying extends nn.Module {
  readonly inner = nn.linear(2, 3);

  constructor(readonly by: "call" | "forward") {
    super();
  }

  override forward(input: Operand): Operand {
    return this.inner[this.by](input);
  }
}

class Overriding extends nn.Module {
  override forward(input: Operand): Operand {
    return input;
  }

  override call(...[input]: readonly (Operand | undefined)[]): never {
    return ops.relu(input as Operand) as never;
  }
}

class Covering extends nn.Module {
  override readonly call = nn.linear(2, 2) as never;

  override forward(input: Operand): Operand {
    return input;
  }
}

describe("call and forward", () => {
  test("forward stays what the user wrote", () => {
    const model = new Two();
    model.predict([x, x]);
    expect(Object.getOwnPropertyNames(model)).toEqual(["inputNames", "inner"]);
  });

  test("forward alone gives the same numbers, but errors do not know the layer", () => {
    const [calls, forwards] = [new Applying("call"), new Applying("forward")];
    forwards.loadStateDict(calls.stateDict());
    expect(forwards.predict(x)).toEqual(calls.predict(x));
    const message = "ShapeError: linear: the last axis of the input must be 2; got input [1, 1]";
    expect(thrownBy(() => calls.predict(tensor([[1]])))).toBe(`${message} (in "inner" (linear 2 -> 3))`);
    expect(thrownBy(() => forwards.predict(tensor([[1]])))).toBe(message);
  });

  const step = (model: nn.Module, loss: nn.Loss): number =>
    new Trainer(model, { loss, optimizer: optim.sgd() }).step(x, tensor([[1, 2, 3]]));
  const overriding: readonly [string, () => unknown, name: string][] = [
    ["a method", () => new Overriding().predict(x), "Overriding"],
    ["a field", () => new Covering().run(x), "Covering"],
    ["a method of a layer", () => nn.sequential(nn.relu(), new Overriding()).predict(x), "Overriding"],
    [
      "a method of a loss",
      () => step(nn.linear(2, 3), Object.assign(nn.mseLoss(), { part: new Overriding() })),
      "Overriding",
    ],
  ];
  test.each(overriding)("%s in place of call is refused", (_, act, name) => {
    expect(thrownBy(act)).toBe(`TypeError: ${name}: call must not be overridden, only forward; got an override`);
  });
});

describe("frozen modules", () => {
  const frozen = <T extends nn.Module>(model: T): T => {
    for (const module of model.modules()) Object.freeze(module);
    return model;
  };

  test.each([
    ["dense", () => nn.sequential(nn.linear(2, 3), nn.batchNorm1d(3), nn.dropout(0.5)), [2, 2]],
    ["recurrent", () => nn.lstm(2, 3, { numLayers: 2, dropout: 0.5 }), [2, 2, 2]],
    ["attention", () => nn.transformerEncoderLayer(2, 1), [2, 2, 2]],
    ["with a forward of its own", () => new Field(), [2, 2]],
  ])("a %s one predicts, runs and is compiled", (_, make, shape) => {
    const model = frozen<nn.Module>(make());
    const input = tensor(new Float32Array(shape.reduce((size, extent) => size * extent)), shape);
    const output = model.predict(input);
    expect(model.compile(shape)(input)).toEqual(output);
    expect(model.run(input).shape).toEqual(output.shape);
  });

  test("one is trained, evaluated and summarized with its loss", async () => {
    manualSeed(1);
    const model = frozen(nn.sequential(nn.linear(2, 2), nn.dropout(0.1)));
    const trainer = new Trainer(model, { loss: frozen(nn.mseLoss()), optimizer: optim.sgd({ lr: 0.01 }) });
    const set = data.fromArrays(x, x);
    const before = trainer.evaluate(set).loss;
    await trainer.fit(set, { epochs: 20, progress: false });
    expect(trainer.evaluate(set).loss).toBeLessThan(before);
    expect(model.summary([1, 2])).toContain("linear 2 -> 2  [1, 2]");
    expect(monteCarlo(model, x, { samples: 2 }).mean.shape).toEqual([1, 2]);
  });

  test("errors name the layer that is frozen", () => {
    const model = frozen(nn.sequential(nn.relu(), nn.linear(3, 2)));
    expect(thrownBy(() => model.predict(x))).toContain('(in "1" (linear 3 -> 2))');
    const own = frozen(nn.sequential(new Field()));
    expect(thrownBy(() => own.predict(tensor([[1]])))).toContain('(in "0.inner" (linear 2 -> 3))');
  });

  test("weights that cannot be replaced for a trace are not dropped in silence", () => {
    const model = nn.weightDrop(frozen(nn.linear(2, 2)), ["weight"]);
    expect(thrownBy(() => model.run(x))).toContain(
      'TypeError: modules: a property with a dropped weight must be writable; got read-only "weight"',
    );
  });
});

describe("what is no operand", () => {
  const refused: readonly [name: string, act: () => unknown, message: string][] = [
    [
      "an output that is missing",
      () => nn.sequential(nn.relu(), new Ignoring(undefined)).predict(x),
      'TypeError: Ignoring: the result of forward must be an operand, as functions of ops give; got undefined (in "1" (Ignoring))',
    ],
    [
      "a tensor as output",
      () => new Ignoring(x).compile([1, 2]),
      "TypeError: Ignoring: the result of forward must be an operand, as functions of ops give; got a tensor",
    ],
    [
      "a tensor as input",
      () => nn.linear(2, 2).call(x as never),
      "TypeError: linear 2 -> 2: the input must be an operand, as functions of ops give; got a tensor",
    ],
    [
      "an input that a model lacks",
      () => new Two().predict(x),
      "TypeError: predict: inputs must be left, right; got 1",
    ],
    [
      "an input more than a model has names for",
      () => new Two().predict([x, x, x]),
      "TypeError: predict: inputs must be left, right; got 3",
    ],
    [
      "a shape more than a model has names for",
      () =>
        new Two().summary([
          [1, 2],
          [1, 2],
          [1, 2],
        ]),
      "TypeError: summary: inputs must be left, right; got 3",
    ],
  ];
  test.each(refused)("%s is refused", (_, act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});
