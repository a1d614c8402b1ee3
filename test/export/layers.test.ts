/** Every layer and every model of the fixtures, exported: the file gives the bits of the model, without lanegrad. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportWasm } from "../../src/export/index.ts";
import { type Operand, type Tensor, backend, configure, nn, ops, tensor } from "../../src/index.ts";
import { CASES } from "../nn/factory-cases.ts";
import {
  type ModuleCase,
  type SequenceCase,
  type Stored,
  type TrainingCase,
  camelCase,
  casesOf,
  entryOf,
  load,
  loadAll,
} from "../parity/fixtures.ts";
import { MODULES, type Options } from "../parity/modules.ts";
import { randomTensor, thrownBy } from "../support.ts";
import { RunningFile } from "./run-file.ts";

type Kernels = "strict" | "relaxed";

const builds = ([true, false] as const)
  .map((reproducible) => {
    configure({ reproducible });
    return { reproducible, kernels: backend().kernels };
  })
  // Where the engine has no relaxed SIMD, both are the strict build.
  .filter((build, i, all) => all.findIndex((other) => other.kernels === build.kernels) === i);

/** What the model gives in evaluation mode, one tensor for each output. */
function given(model: nn.Module, inputs: readonly Tensor[]): readonly Tensor[] {
  const result: Tensor | Readonly<Record<string, Tensor>> = model.inMode(false, () => model.run(...inputs));
  return "data" in result && "dtype" in result ? [result] : Object.values(result);
}

/** Expects the file of a model to give its bits, at two runs. */
function expectSameBits(model: nn.Module, inputs: readonly Tensor[], kernels: Kernels): void {
  const { wasm, description } = exportWasm(model, inputs.length === 1 ? (inputs[0] as Tensor) : inputs, { kernels });
  const file = new RunningFile(wasm);
  expect(WebAssembly.Module.imports(file.module)).toEqual([]);
  const expected = given(model, inputs);
  expect(description.outputs.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  for (let run = 0; run < 2; run++) {
    const found = file.run(inputs.map(({ data }) => data));
    expected.forEach(({ data }, i) => expectBits(found[i], data, `output ${i} of run ${run}`));
  }
}

/** Expects the same numbers, zeros of the same sign; the bits of a NaN are the engine's choice. */
function expectBits(found: ArrayLike<number> | undefined, expected: ArrayLike<number>, what: string): void {
  expect(found?.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(found?.[i], expected[i])) continue;
    expect.fail(`${what}: number ${i} must be ${expected[i]}; got ${found?.[i]}`);
  }
}

const factories = Object.entries(CASES).flatMap(([name, list]) => list.map((each, i) => [name, i, each] as const));

afterAll(() => configure({ reproducible: false, threads: "auto" }));

describe.each(builds)("$kernels kernels", ({ reproducible, kernels }) => {
  beforeAll(() => configure({ reproducible, threads: 1 }));

  test.each(factories)("nn.%s, case %i", (_, __, [make, ...inputs]) => {
    expectSameBits(make(), inputs, kernels);
  });

  for (const family of ["layers", "activations", "losses", "reductions", "recurrent", "attention"]) {
    test.each(casesOf<ModuleCase>(family))(`parity of ${family}: $name`, (each) => {
      const weights =
        each.op === "CrossEntropyLoss" && each.state["weight"] ? { weight: each.state["weight"].data } : {};
      const module = entryOf(MODULES, each.op)({ ...camelCase(each.config), ...weights } as Options);
      if (module.parameters().length > 0) module.loadStateDict(loadAll(each.state));
      expectSameBits(module, each.inputs.map(load), kernels);
    });
  }

  test.each(casesOf<TrainingCase>("training"))("parity of trained networks: $name", (each) => {
    const model = new nn.Sequential(
      ...each.layers.map(([op, config]) => entryOf(MODULES, op)(camelCase(config) as Options)),
    );
    model.loadStateDict(loadAll(each.end));
    expectSameBits(model, [load(each.x)], kernels);
  });

  test.each(casesOf<SequenceCase>("sequences"))("parity of sequences with lengths: $name", (each) => {
    const made = entryOf(MODULES, each.op)(camelCase<unknown>({ ...each.config, batchFirst: true }) as Options);
    const layer = "mha" in made ? (made.mha as nn.MultiheadAttention) : made;
    layer.loadStateDict(loadAll(each.state));
    const { x, ...states } = each.inputs;
    const inputs = [x as Stored, ...Object.values(states), each.lengths].map(load);
    class Ends extends nn.Module {
      readonly layer = layer;
      override forward(...operands: readonly Operand[]): Record<string, Operand> {
        const given = operands as [Operand];
        return "sequence" in layer ? { ...(layer as nn.RNN).sequence(...given) } : { output: layer.call(...given) };
      }
    }
    const model = new Ends();
    expectSameBits(model, inputs, kernels);
  });
});

describe("with strict kernels", () => {
  beforeAll(() => configure({ reproducible: true, threads: 1 }));

  const [mlp, conv] = [
    nn.sequential(nn.linear(9, 17), nn.gelu(), nn.dropout(0.5), nn.linear(17, 5)),
    nn.sequential(nn.conv2d(2, 5, 3, { padding: 1 }), nn.batchNorm2d(5), nn.relu(), nn.flatten(), nn.linear(180, 3)),
  ];
  const gru = nn.sequential(nn.embedding(11, 6), nn.gru(6, 7, { batchFirst: true }), nn.lastStep(), nn.linear(7, 4));
  const sizes = [1, 2, 3, 5, 8, 16, 31, 64] as const;
  const batched: readonly [string, nn.Module, readonly number[], "float32" | "int32"][] = [
    ["an MLP", mlp, [9], "float32"],
    ["a CNN", conv, [2, 6, 6], "float32"],
    ["ids and a GRU", gru, [10], "int32"],
    ["an encoder", nn.transformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true }), [5, 8], "float32"],
  ];
  test.each(batched)("%s of several batch sizes", (_, model, sample, dtype) => {
    const first = 4;
    const { wasm } = exportWasm(model, { shape: [first, ...sample], dtype }, { batchSizes: sizes });
    const file = new RunningFile(wasm);
    // From large to small and back, so that a run that reads what another left would show.
    for (const rows of [...sizes.toReversed(), first, ...sizes]) {
      const numbers = randomTensor([rows, ...sample], rows, 5.5);
      const x =
        dtype === "int32"
          ? tensor(
              Int32Array.from(numbers.data, (value) => Math.floor(value + 5.5)),
              numbers.shape,
            )
          : numbers;
      const expected = model.predict(x) as Tensor;
      expectBits(file.run([x.data], rows === first ? undefined : rows)[0], expected.data, `${rows} rows`);
    }
  });

  test("several inputs of both dtypes, and several outputs of both dtypes", () => {
    class Many extends nn.Module {
      override readonly inputNames = ["ids", "numbers", "mask"];
      readonly embedding = nn.embedding(7, 4);
      readonly mix = nn.linear(10, 5);
      override forward(ids: Operand, numbers: Operand, mask: Operand): Record<string, Operand> {
        const word = this.embedding.call(ids);
        const scores = this.mix.call(ops.concatenate([word, numbers], -1));
        const kept = ops.where(ops.equal(mask, 1), scores, 0);
        return { scores, kept, best: ops.argMax(scores, -1), hot: ops.oneHot(ids, 7), same: numbers, ids };
      }
    }
    const model = new Many();
    for (const module of [model, nn.sequential()]) expect(module.training).toBe(true);
    const [ids, numbers] = [tensor(Int32Array.of(6, 0, 3)), randomTensor([3, 6], 1)];
    const mask = tensor(Int32Array.of(1, 0, 1), [3, 1]);
    expectSameBits(model, [ids, numbers, mask], "strict");
  });

  test("layers nested, shared, frozen, pruned and with running statistics after training", async () => {
    const shared = nn.linear(6, 6);
    const model = nn.sequential(
      nn.residual(nn.sequential(shared, nn.relu(), shared)),
      nn.parallel([nn.batchNorm1d(6), nn.sequential(nn.layerNorm(6), nn.dropout(0.2))]),
      nn.linear(12, 4).requiresGrad(false),
      nn.softmax(),
    );
    nn.prune(model, { amount: 0.5 });
    for (let i = 0; i < 3; i++) model.train().run(randomTensor([8, 6], i, 3));
    expectSameBits(model, [randomTensor([8, 6], 4)], "strict");
  });

  test("numbers that are not finite, subnormal ones and zeros of both signs", () => {
    const odd = tensor([NaN, Infinity, -Infinity, -0, 0, 1e-45, -1e-40, 3.4e38, -3.4e38]);
    for (const layer of [nn.relu(), nn.gelu(), nn.tanh(), nn.softmax(0), nn.layerNorm(9), nn.sigmoid(), nn.mish()]) {
      expectSameBits(layer, [odd], "strict");
    }
  });
});

describe.each(["int8", "bf16", "f16"] as const)("weights as %s, with strict kernels", (weights) => {
  beforeAll(() => configure({ reproducible: true, threads: 1 }));

  test.each(factories)("nn.%s, case %i, gives the bits of compile", (_, __, [make, ...inputs]) => {
    const model = make();
    const kinds = inputs.length === 1 ? (inputs[0] as Tensor) : inputs;
    const result: unknown = model.compile(kinds, { weights })(inputs);
    const file = new RunningFile(exportWasm(model, kinds, { weights }).wasm);
    expectBits(file.run(inputs.map(({ data }) => data))[0], (result as Tensor).data, "the output");
  });
});

describe("a file that keeps states", () => {
  beforeAll(() => configure({ reproducible: true, threads: 1 }));

  const [batch, steps, size] = [2, 6, 4];
  const parts = [0, 2, 4].map((from) => randomTensor([batch, 2, size], from));
  const joined = randomTensor([batch, steps, size], 9);
  for (let row = 0; row < batch; row++) {
    parts.forEach(({ data }, i) => {
      joined.data.set(data.subarray(row * 2 * size, (row + 1) * 2 * size), (row * steps + 2 * i) * size);
    });
  }
  const layers: readonly [string, () => nn.Module][] = [
    ["rnn", () => nn.rnn(size, 5, { batchFirst: true })],
    ["gru of 2 layers", () => nn.gru(size, 5, { batchFirst: true, numLayers: 2 })],
    [
      "lstm of 3 layers",
      () => nn.lstm(size, 5, { batchFirst: true, numLayers: 3, zoneout: { hidden: 0.1, cell: 0.2 } }),
    ],
    ["two layers", () => nn.sequential(nn.lstm(size, 5, { batchFirst: true }), nn.gru(5, 3, { batchFirst: true }))],
  ];
  test.each(layers)("of an %s gives the bits of one run over all steps, and after reset again", (_, make) => {
    const model = make();
    const file = new RunningFile(exportWasm(model, [batch, 2, size], { state: "keep" }).wasm);
    const whole = model.predict(joined) as Tensor;
    const [, , width = 0] = whole.shape;
    for (let again = 0; again < 2; again++) {
      parts.forEach(({ data }, i) => {
        const [found] = file.run([data]);
        for (let row = 0; row < batch; row++) {
          const from = (row * steps + 2 * i) * width;
          const own = found?.subarray(row * 2 * width, (row + 1) * 2 * width);
          expectBits(own, whole.data.subarray(from, from + 2 * width), `row ${row} of run ${i}`);
        }
      });
      file.call("reset");
    }
  });

  test.each(["int8", "bf16", "f16"] as const)("with weights as %s gives the bits of compile", (weights) => {
    const model = nn.lstm(size, 5, { batchFirst: true, numLayers: 2 });
    const file = new RunningFile(exportWasm(model, [batch, 2, size], { state: "keep", weights }).wasm);
    const compiled = model.compile([batch, 2, size], { state: "keep", weights });
    for (const part of parts) expectBits(file.run([part.data])[0], compiled(part).data, "the output");
  });
});

describe("is refused", () => {
  const rows = [2, 4] as const;
  class Sampled extends nn.Module {
    constructor(readonly noise: nn.Module) {
      super();
    }
    override forward(x: Operand): Operand {
      this.noise.train();
      return this.noise.call(x);
    }
  }
  const random: readonly [string, nn.Module, readonly number[]][] = [
    ["dropout", nn.dropout(0.5), rows],
    ["alphaDropout", nn.alphaDropout(0.5), rows],
    ["dropout2d", nn.dropout2d(0.5), [1, 2, 3, 3]],
    ["gaussianNoise", nn.gaussianNoise(0.1), rows],
    ["gaussianDropout", nn.gaussianDropout(0.1), rows],
    ["dropConnect", nn.dropConnect(4, 3), rows],
    ["stochasticDepth", nn.stochasticDepth(nn.linear(4, 4), 0.5, { mode: "row" }), rows],
    ["zoneout", nn.lstm(4, 3, { zoneout: { cell: 0.5 } }), [2, 1, 4]],
    ["blocks", nn.dropout(0.5, { block: 2 }), rows],
  ];
  test.each(random)("%s that its model sets to training mode", (_, layer, shape) => {
    expect(thrownBy(() => exportWasm(new Sampled(layer), shape))).toMatch(
      /^TypeError: exportWasm: no operation may draw random numbers; got .* from "noise/,
    );
  });

  test.each(random.slice(0, 6))("not %s in evaluation, whatever the mode of the model", (_, layer, shape) => {
    const model = nn.sequential(layer).train();
    expectSameBits(model, [randomTensor(shape, 1)], "strict");
    expect(model.layers[0]?.training).toBe(true);
  });
});
