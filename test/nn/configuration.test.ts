import { describe, expect, test } from "vitest";
import { nn } from "../../src/index.ts";
import { configurationOf } from "../../src/nn/configuration/encode.ts";
import { type Classes, rebuilt } from "../../src/nn/configuration/decode.ts";
import * as layers from "../../src/nn/layers.ts";
import { randomTensor } from "../support.ts";
import { CASES } from "./factory-cases.ts";

const rows = randomTensor([6, 8], 1);

const encoded = (model: nn.Module): string => JSON.stringify(configurationOf("test", model));
const bytesOf = (model: nn.Module): number => model.parameters().reduce((sum, { size }) => sum + size * 4, 4096);

/** The model that is made of the configuration alone. */
function again(model: nn.Module, classes: Classes = {}): nn.Module {
  return rebuilt("test", JSON.parse(encoded(model)), classes, bytesOf(model));
}

describe("the configuration of every layer", () => {
  const names = Object.keys(layers).filter((name) => /^[a-z]/.test(name));

  test("there is a case for each factory of nn, and no other", () => {
    expect(Object.keys(CASES).toSorted()).toEqual(names.toSorted());
    expect(names.length).toBeGreaterThan(60);
  });

  const cases = Object.entries(CASES).flatMap(([name, list]) => list.map((each, i) => [name, i, each] as const));

  test.each(cases)("%s, case %i, makes the same layer again", (name, _, [make, ...inputs]) => {
    const model = make();
    const copy = again(model);
    expect(JSON.parse(encoded(model)).layer).toBe(name);
    expect(encoded(copy)).toBe(encoded(model));
    copy.loadStateDict(model.stateDict());
    expect(String(copy)).toBe(String(model));
    copy.loadRandomState(model.randomState());
    expect(copy.eval().run(...inputs)).toEqual(model.eval().run(...inputs));
    // Masks too.
    for (let step = 0; step < 2; step++) {
      expect(copy.train().run(...inputs)).toEqual(model.train().run(...inputs));
    }
  });
});

class Scaled extends nn.Module {
  constructor(
    readonly inner: nn.Module,
    readonly options: { readonly factor?: number; readonly layer?: string; readonly list?: readonly unknown[] } = {},
  ) {
    super();
  }
  override configuration(): readonly unknown[] {
    return [this.inner, this.options];
  }
  override forward(x: Parameters<nn.Module["call"]>[0]): ReturnType<nn.Module["call"]> {
    return this.inner.call(x);
  }
}

class Plain extends nn.Module {
  readonly hidden = nn.linear(8, 2);
  override forward(x: Parameters<nn.Module["call"]>[0]): ReturnType<nn.Module["call"]> {
    return this.hidden.call(x);
  }
}

describe("the configuration of a model", () => {
  test("is JSON that says what it means", () => {
    const model = nn.sequential(nn.linear(3, 2), nn.relu());
    expect(configurationOf("test", model)).toEqual({
      layer: "sequential",
      arguments: [
        { layer: "linear", arguments: [3, 2, { bias: true }] },
        { layer: "relu", arguments: [] },
      ],
    });
  });

  test("has a module that occurs twice once", () => {
    const shared = nn.sequential(nn.linear(8, 8), nn.dropout(0.3));
    const model = nn.sequential(shared, nn.residual(shared), nn.parallel([shared, nn.linear(8, 1)]));
    const copy = again(model) as typeof model;
    const [first, second, third] = copy.layers;
    expect((second as nn.Residual).body).toBe(first);
    expect((third as nn.Parallel).branches[0]).toBe(first);
    expect(copy.parameters().length).toBe(4);
  });

  test("ties parameters that modules share", () => {
    const model = nn.sequential(nn.linear(8, 8), nn.relu(), nn.linear(8, 8), nn.lstm(8, 8), nn.lstm(8, 8));
    const [first, , third, lstm, other] = model.layers as unknown as [
      nn.Linear,
      nn.Module,
      nn.Linear,
      nn.LSTM,
      nn.LSTM,
    ];
    Object.assign(third, { weight: first.weight });
    Object.assign(other.weights, { 1: lstm.weights[1] });
    const copy = again(model) as typeof model;
    expect(copy.parameters().length).toBe(model.parameters().length);
    expect((copy.layers[2] as nn.Linear).weight).toBe((copy.layers[0] as nn.Linear).weight);
    copy.loadStateDict(model.stateDict());
    expect(copy.eval().run(rows)).toEqual(model.eval().run(rows));
  });

  test("is refused where modules share what cannot be tied again", () => {
    const [first, second] = [nn.batchNorm1d(8), nn.batchNorm1d(8)];
    Object.assign(second, { running: first.running });
    expect(() => configurationOf("test", nn.sequential(first, second))).toThrow(
      "test: what modules share must be a property, or in an array that is one; got 0.running_mean and 1.running_mean",
    );
  });

  test("keeps frozen parameters and names of inputs", () => {
    const model = nn.sequential(nn.linear(8, 2), nn.linear(2, 2).requiresGrad(false));
    Object.assign(model, { inputNames: ["pixels"] });
    const copy = again(model);
    expect(String(copy)).toBe(String(model));
    expect(String(copy)).toContain("(frozen)");
    expect(copy.inputNames).toEqual(["pixels"]);
  });

  test("keeps values that JSON lacks, and options with names of the configuration itself", () => {
    const values = [-0, NaN, Infinity, -Infinity, null, true, "word", [nn.relu()]];
    const model = new Scaled(nn.dropout(), { layer: "linear", list: values });
    const copy = again(model, { Scaled }) as Scaled;
    expect(copy.options).toEqual(model.options);
    expect(Object.is(copy.options.list?.[0], -0)).toBe(true);
    expect(copy.options.list?.at(-1)).toEqual([expect.any(nn.Activation)]);
  });

  test("names a class of the user's own, which is given to load", () => {
    const model = nn.sequential(new Plain(), new Scaled(nn.linear(2, 2), { factor: 2 }));
    const copy = again(model, { Scaled, Plain });
    copy.loadStateDict(model.stateDict());
    expect(copy.eval().run(rows)).toEqual(model.eval().run(rows));
    expect(() => again(model)).toThrow(
      "test: classes of the model must be given, as { classes: { Scaled, Plain } }; got none of these names",
    );
  });

  class Wide extends nn.Linear {}
  class Needy extends nn.Module {
    constructor(readonly width: number) {
      super();
    }
    override forward(x: Parameters<nn.Module["call"]>[0]): ReturnType<nn.Module["call"]> {
      return x;
    }
  }
  class Dated extends Plain {
    override configuration(): readonly unknown[] {
      return [new Date()];
    }
  }
  const uneven = nn.transformerEncoderLayer(8, 2, { dropout: 0.1 });
  (uneven.dropout1 as nn.Dropout).p = 0.4;
  const deep = Array.from({ length: 250 }).reduce<nn.Module>((inner) => nn.residual(inner), nn.relu());

  test.each<[string, nn.Module, string]>([
    [
      "a class with arguments",
      new Needy(3),
      "test: Needy must have a method `configuration()` that gives the arguments of its constructor, as its constructor has parameters; got none",
    ],
    [
      "a class that extends a layer",
      new Wide(3, 2),
      "test: Wide must have a method `configuration()` that gives the arguments of its constructor, as it extends a layer of this library; got none",
    ],
    [
      "a class without a name",
      new (class extends Plain {})(),
      "test: a class must have a name, by which `load` finds it; got ",
    ],
    [
      "a value that JSON lacks",
      new Dated(),
      "test: the configuration of Dated must be numbers, strings, booleans, null, modules, and arrays and objects of these; got a Date",
    ],
    [
      "a layer without a factory",
      new nn.Activation("mine", (x) => x),
      "mine: a layer that is saved must come from a factory of nn or a class of your own; got one made by its constructor",
    ],
    [
      "dropouts of several rates in one layer",
      uneven,
      "transformerEncoderLayer: the dropouts of a layer that is saved must have one p; got 0.1, 0.1, 0.4, 0.1",
    ],
    ["layers nested too deep", deep, "test: layers must be nested at most 200 deep; got residual"],
    [
      "too many layers in one",
      nn.sequential(...Array.from({ length: 16_385 }, () => nn.relu())),
      "test: a layer must have at most 16384 arguments; got 16385 of sequential",
    ],
  ])("is refused for %s", (_, model, message) => {
    expect(() => configurationOf("test", model)).toThrow(message);
  });
});

describe("a configuration from a stranger", () => {
  const linear = { layer: "linear", arguments: [3, 2] };
  const made = (configuration: unknown, classes: Classes = {}, bytes = 1000): nn.Module =>
    rebuilt("test", configuration, classes, bytes);

  test.each<[unknown, string]>([
    [null, "FormatError: test: model must be an object; got null"],
    [[], "FormatError: test: model must be an object; got []"],
    [{}, "FormatError: test: model.arguments must be an array; got undefined"],
    [{ layer: "linear" }, "FormatError: test: model.arguments must be an array; got undefined"],
    [
      { layer: "constructor", arguments: [] },
      'FormatError: test: model must be a layer of this library or a class; got "constructor"',
    ],
    [
      { layer: "__proto__", arguments: [] },
      'FormatError: test: model must be a layer of this library or a class; got "__proto__"',
    ],
    [
      { layer: "mseLoss", arguments: [] },
      'FormatError: test: model must be a layer of this library or a class; got "mseLoss"',
    ],
    [
      { layer: "Linear", arguments: [3, 2] },
      'FormatError: test: model must be a layer of this library or a class; got "Linear"',
    ],
    [{ layer: 3, arguments: [] }, "FormatError: test: model must be a layer of this library or a class; got 3"],
    [
      { class: "toString", arguments: [] },
      "TypeError: test: classes of the model must be given, as { classes: { toString } }; got none of that name",
    ],
    [{ class: {}, arguments: [] }, "FormatError: test: model must be a layer of this library or a class; got {}"],
    [
      { layer: "linear", class: "Plain", arguments: [3, 2] },
      "TypeError: test: classes of the model must be given, as { classes: { Plain } }; got none of that name",
    ],
    [{ ...linear, extra: 1 }, 'FormatError: test: model must have no other names; got "extra"'],
    [{ same: 0 }, "FormatError: test: model.same must be the id of an earlier layer; got 0"],
    [
      {
        layer: "sequential",
        arguments: [
          { ...linear, id: 0 },
          { ...linear, id: 0 },
        ],
      },
      "FormatError: test: model.arguments[1].id must be given once; got 0",
    ],
    [
      { layer: "sequential", id: 0, arguments: [{ same: 0 }] },
      "FormatError: test: model.arguments[0].same must be the id of an earlier layer; got 0",
    ],
    [
      { layer: "sequential", arguments: [{ layer: "linear", arguments: ["3", 2] }] },
      'FormatError: test: model.arguments[0] (linear): linear: inFeatures must be a whole number of at least 1; got "3"',
    ],
    [
      { layer: "sequential", arguments: [3] },
      "FormatError: test: model (sequential): sequential: layer 0 must be a module; got 3",
    ],
    [
      { layer: "linear", arguments: [3, 2, { number: "4" }] },
      'FormatError: test: model.arguments[2] must be a number; got "4"',
    ],
    [
      { layer: "linear", arguments: [3, 2, JSON.parse('{"__proto__":{"bias":false}}')] },
      "FormatError: test: model.arguments[2] must have no __proto__; got one",
    ],
    [
      { layer: "linear", arguments: [3, 2, JSON.parse('{"object":{"__proto__":{"bias":false}}}')] },
      "FormatError: test: model.arguments[2] must have no __proto__; got one",
    ],
    [
      { ...linear, frozen: ["bias", "nothing"] },
      'FormatError: test: frozen parameters must be in the model; got "nothing"',
    ],
    [{ ...linear, frozen: "bias" }, 'FormatError: test: frozen must be an array of names; got "bias"'],
    [{ ...linear, tied: ["bias"] }, 'FormatError: test: tied must be an array of names; got ["bias"]'],
    [
      { ...linear, tied: [["weight", "bias"]] },
      "FormatError: test: tied parameters must be in the model with one shape; got weight and bias",
    ],
    [{ ...linear, inputNames: [1] }, "FormatError: test: inputNames must be an array of names; got [1]"],
  ])("%j is refused", (configuration, message) => {
    expect(() => made(configuration)).toThrow(expect.objectContaining({ message: message.replace(/^\w+: /, "") }));
    expect(() => made(configuration)).toThrow(expect.objectContaining({ name: message.split(":")[0] }));
  });

  test("memory beyond the state of the file is refused before it is allocated", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const [layer, ...given] of [
      ["linear", 30_000, 30_000],
      ["linear", 1e9, 1e9],
      ["embedding", 2 ** 30, 1],
      ["dropConnect", 1, 1, { points: 2 ** 30 }],
      ["lstm", 1, 10_000, { numLayers: 1024 }],
      ["conv2d", 10_000, 10_000, 100],
      ["transformerEncoderLayer", 8, 2, { dimFeedforward: 2 ** 30 }],
      ["batchNorm1d", 2 ** 30],
    ]) {
      expect(() => made({ layer, arguments: given })).toThrow(
        new RegExp(
          String.raw`^test: model \(${layer}\): memory: sizes must be those of the tensors in the file; got \d`,
        ),
      );
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
    // The limit ends with the call.
    expect(nn.linear(1000, 1000).weight.size).toBe(1e6);
  });

  test("layers that multiply by repetition are refused without a walk over all of them", () => {
    let model: object = { layer: "sequential", id: 0, arguments: [] };
    for (let id = 1; id < 60; id++) {
      model = { layer: "sequential", id, arguments: [model, { same: id - 1 }, { same: id - 1 }] };
    }
    expect(() => made(model)).toThrow(/must have at most 100000 layers; got more, by repetition$/);
  });

  test("more arguments than a call takes are refused", () => {
    const many = {
      layer: "sequential",
      arguments: Array.from({ length: 99_000 }, () => ({ layer: "relu", arguments: [] })),
    };
    expect(() => made(many)).toThrow("test: model.arguments must be at most 16384; got 99000");
    const most = { ...many, arguments: many.arguments.slice(0, 16_384) };
    expect(made(most).modules()).toHaveLength(16_385);
  });

  test("deep nesting is refused, in layers and in values", () => {
    const nested = (text: string, end: string): unknown =>
      JSON.parse(`${text.repeat(5000)}{"layer":"relu","arguments":[]}${end.repeat(5000)}`);
    expect(() => made(nested('{"layer":"sequential","arguments":[', "]}"))).toThrow("must be at most 200 layers deep");
    expect(() => made({ layer: "sequential", arguments: [nested("[", "]")] })).toThrow(
      "must be at most 200 layers deep",
    );
  });

  test("what a class throws or makes is in the error", () => {
    const classes = { Plain: class extends Plain {}, NoModule: Date as unknown as typeof Plain };
    expect(() => made({ class: "NoModule", arguments: [] }, classes)).toThrow(
      "test: model (NoModule) must make a module; got a Date",
    );
    expect(() => made({ class: "Plain", arguments: [] }, { Plain: 3 as unknown as typeof Plain })).toThrow(
      "test: classes.Plain must be a class; got 3",
    );
  });
});
