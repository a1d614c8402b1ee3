import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExportOptions, exportWasm } from "../../src/export/index.ts";
import { type Operand, type Tensor, configure, nn, ops, tensor } from "../../src/index.ts";
import { binaryOf } from "../../src/runtime/binaries.ts";
import { randomTensor } from "../support.ts";
import { RunningFile } from "./run-file.ts";

beforeAll(() => configure({ reproducible: true }));
afterAll(() => configure({ reproducible: false }));

const { linear, relu, sequential } = nn;

/** The networks of the benchmarks, each with the shape of its input. */
const NETWORKS: Readonly<Record<string, readonly [make: () => nn.Module, shape: readonly number[]]>> = {
  mlp: [
    () => sequential(linear(784, 512), relu(), nn.dropout(0.3), linear(512, 512), relu(), linear(512, 10)),
    [1, 784],
  ],
  cnn: [
    () =>
      sequential(
        nn.conv2d(1, 32, 3, { padding: 1 }),
        sequential(nn.batchNorm2d(32), relu(), nn.maxPool2d(2)),
        nn.conv2d(32, 64, 3, { padding: 1 }),
        sequential(nn.batchNorm2d(64), relu(), nn.maxPool2d(2)),
        nn.flatten(),
        linear(64 * 49, 10),
      ),
    [1, 1, 28, 28],
  ],
  lstm: [() => nn.lstm(28, 128, { batchFirst: true }), [1, 28, 28]],
  encoder: [() => nn.transformerEncoderLayer(128, 4, { dimFeedforward: 512, batchFirst: true }), [1, 28, 128]],
};

/** Most bytes of code of each. */
const MOST_CODE = { mlp: 20_000, cnn: 60_000, lstm: 60_000, encoder: 60_000 };

/** The bytes of the code section. */
function codeBytes(wasm: Uint8Array): number {
  for (let at = 8; at < wasm.length;) {
    const id = wasm[at++] ?? 0;
    let size = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = wasm[at++] ?? 0;
      size += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (id === 10) return size;
    at += size;
  }
  return NaN;
}

function predicted(model: nn.Module, ...inputs: readonly Tensor[]): Tensor<"float32"> {
  return model.predict(inputs);
}

describe.each(Object.entries(NETWORKS))("the %s", (name, [make, shape]) => {
  const model = make();
  const x = randomTensor(shape, 1);
  const rows = randomTensor([5, ...shape.slice(1)], 2);
  const exported = exportWasm(model, shape, { batchSizes: [5] });
  const file = new RunningFile(exported.wasm);

  test("imports nothing, and exports what the description says, also in memory", () => {
    expect(WebAssembly.Module.imports(file.module)).toEqual([]);
    const names = ["memory", "run", "run_5", "input", "output", "description", "description_length"];
    expect(WebAssembly.Module.exports(file.module).map((each) => each.name)).toEqual(names);
    const bytes = new Uint8Array(
      file.exports.memory.buffer,
      file.global("description"),
      file.global("description_length"),
    );
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(file.description);
    expect(file.description).toEqual(JSON.parse(JSON.stringify(exported.description)));
  });

  test("gives the bits of predict, for each batch size, in any order, again and again", () => {
    const [want, wantRows] = [predicted(model, x).data, predicted(model, rows).data];
    for (let again = 0; again < 2; again++) {
      expect(file.run([x.data])[0]).toEqual(want);
      expect(file.run([rows.data], 5)[0]).toEqual(wantRows);
    }
    // Its input is still there.
    file.run([x.data]);
    file.call("run");
    const size = want.length;
    expect(new Float32Array(file.exports.memory.buffer, file.global("output"), size)).toEqual(want);
  });

  test("has little code, and the same weights serve every batch size", () => {
    expect(codeBytes(exported.wasm)).toBeLessThan(MOST_CODE[name as keyof typeof MOST_CODE]);
    const alone = exportWasm(model, shape).wasm.length;
    expect(exported.wasm.length).toBeLessThan(1.02 * alone + 20_000);
  });

  test("is the same file each time, also made under relaxed kernels and with threads", () => {
    configure({ reproducible: false, threads: 2 });
    try {
      expect(Buffer.compare(exportWasm(model, shape, { batchSizes: [5] }).wasm, exported.wasm)).toBe(0);
    } finally {
      configure({ reproducible: true, threads: "auto" });
    }
  });
});

describe("inputs and outputs", () => {
  class Two extends nn.Module {
    override readonly inputNames = ["left", "right"];
    readonly embedding = nn.embedding(10, 4);
    readonly head = linear(4, 3);
    override forward(left: Operand, right: Operand): Record<string, Operand> {
      const sum = ops.add(this.head.call(left), this.head.call(this.embedding.call(right)));
      return { sum, same: left };
    }
  }

  test("by name, of several dtypes, and an output that is an input", () => {
    const model = new Two();
    const kinds = { left: [2, 4], right: { shape: [2], dtype: "int32" } } as const;
    const file = new RunningFile(exportWasm(model, kinds, { batchSizes: [3] }).wasm);
    expect(Object.keys(file.exports).filter((each) => /put/.test(each))).toEqual([
      "input_left",
      "input_right",
      "output_sum",
      "output_same",
    ]);
    for (const rows of [2, 3]) {
      const left = randomTensor([rows, 4], rows);
      const right = tensor(Int32Array.from({ length: rows }, (_, i) => 9 - i));
      const { sum, same } = model.predict({ left, right });
      expect(file.run([left.data, right.data], rows === 2 ? undefined : rows)).toEqual([sum?.data, same?.data]);
    }
  });

  test("a model that gives its input, or a parameter", () => {
    class Constant extends nn.Module {
      readonly weight = new nn.Parameter([2, 2]);
      override forward(): Operand {
        return this.weight;
      }
    }
    const model = new Constant();
    model.weight.write().set([1, 2, 3, 4]);
    expect(new RunningFile(exportWasm(model, [1, 1]).wasm).run([[0]])).toEqual([Float32Array.of(1, 2, 3, 4)]);
    const identity = exportWasm(nn.identity(), [1, 3]).wasm;
    expect(new RunningFile(identity).run([[1, NaN, -0]])).toEqual([Float32Array.of(1, NaN, -0)]);
  });

  test("operations before and after the model are part of the file", () => {
    const model = linear(3, 4);
    const { wasm } = exportWasm(model, [1, 3], {
      before: (x) => ops.multiply(ops.subtract(x, 1), 0.5),
      after: (scores) => ops.softmax(scores),
    });
    const file = new RunningFile(wasm);
    const x = randomTensor([1, 3], 4);
    const scaled = tensor([Array.from(x.data, (value) => (value - 1) * 0.5)]);
    const scores = predicted(model, scaled).data;
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    const [found] = file.run([x.data]);
    scores.forEach((score, i) => expect(found?.[i]).toBeCloseTo(Math.exp(score) / total, 5));
  });
});

describe("states of recurrent layers", () => {
  test.each([
    ["lstm", () => nn.lstm(3, 5, { numLayers: 2, batchFirst: true })],
    ["gru", () => sequential(nn.gru(3, 5, { batchFirst: true }), linear(5, 2))],
  ] as const)("an exported %s that keeps them continues the sequence, until reset()", (_, make) => {
    const model = make();
    const sequence = randomTensor([2, 6, 3], 1);
    const whole = predicted(model, sequence);
    const width = whole.shape[2] ?? 0;
    const file = new RunningFile(exportWasm(model, [2, 2, 3], { state: "keep" }).wasm);
    const part = (tensor: Tensor<"float32">, from: number, size: number): Float32Array =>
      Float32Array.from(
        [0, 1].flatMap((row) => Array.from(tensor.data.slice((row * 6 + from) * size, (row * 6 + from + 2) * size))),
      );
    for (let again = 0; again < 2; again++) {
      for (const from of [0, 2, 4]) expect(file.run([part(sequence, from, 3)])[0]).toEqual(part(whole, from, width));
      file.call("reset");
    }
  });

  test("they begin with zeros in every run where they are not kept", () => {
    const model = nn.gru(3, 5, { batchFirst: true });
    const file = new RunningFile(exportWasm(model, [1, 2, 3]).wasm);
    const x = randomTensor([1, 2, 3], 1);
    const first = file.run([x.data])[0];
    expect(file.run([x.data])[0]).toEqual(first);
    expect(Object.keys(file.exports)).not.toContain("reset");
  });
});

describe("refuses", () => {
  const model = linear(2, 2);

  class Noisy extends nn.Module {
    readonly dropout = nn.dropout(0.5);
    override forward(x: Operand): Operand {
      this.dropout.train();
      return this.dropout.call(x);
    }
  }

  class Counting extends nn.Module {
    readonly norm = nn.batchNorm1d(2);
    override forward(x: Operand): Operand {
      this.norm.train();
      return this.norm.call(x);
    }
  }

  class Pair extends nn.Module {
    constructor(override readonly inputNames: readonly string[]) {
      super();
    }
    override forward(a: Operand, b: Operand): Operand {
      return ops.add(a, b);
    }
  }

  /** An operand that another trace made. */
  function fromElsewhere(): Operand {
    const seen: Operand[] = [];
    exportWasm(model, [1, 2], {
      after: (scores) => {
        seen.push(scores);
        return scores;
      },
    });
    return seen[0] as Operand;
  }

  test.each<readonly [name: string, make: () => unknown, message: RegExp]>([
    [
      "inputs and results beyond 4 GiB",
      () => exportWasm(nn.relu(), [600_000_000]),
      /^exportWasm: inputs, outputs, weights and results must take at most 4 GiB of memory; got 4\.80 GB or more$/,
    ],
    [
      "results between beyond 4 GiB",
      () => exportWasm(sequential(linear(1, 1000), linear(1000, 1)), [1_200_000, 1]),
      /^exportWasm: inputs, outputs, weights and results must take at most 4 GiB of memory; got 4\.8\d GB or more$/,
    ],
    [
      "two inputs of one name",
      () => exportWasm(new Pair(["a", "a"]), [[2], [2]]),
      /^exportWasm: names of inputs must be different, and text that UTF-8 can hold; got \["a","a"\]$/,
    ],
    [
      "names that are one in UTF-8",
      () => exportWasm(new Pair(["\ud800", "\ud801"]), [[2], [2]]),
      /^exportWasm: names of inputs must be different, and text that UTF-8 can hold; got/,
    ],
    [
      "operands of another trace",
      () => exportWasm(model, [1, 2], { after: (scores) => ops.add(scores, fromElsewhere()) }),
      /^trace: operands must be of the trace that uses them; got input \[1, 2\] of another one$/,
    ],
    ["what is no model", () => exportWasm({} as nn.Module, [1, 2]), /^exportWasm: the model must be a module; got/],
    ["wrong shapes", () => exportWasm(model, [1, 3]), /linear/],
    [
      "unknown kernels",
      () => exportWasm(model, [1, 2], { kernels: "wide" as "strict" }),
      /^exportWasm: kernels must be/,
    ],
    ["unknown options", () => exportWasm(model, [1, 2], { batch: 3 } as ExportOptions), /^exportWasm: options must be/],
    ["batch sizes of 0", () => exportWasm(model, [1, 2], { batchSizes: [0] }), /^exportWasm: batchSizes must be/],
    [
      "masks that are drawn",
      () => exportWasm(new Noisy(), [1, 2]),
      /^exportWasm: no operation may draw random numbers; got dropout/,
    ],
    ["effects", () => exportWasm(new Counting(), [2, 2]), /^exportWasm: no operation may change variables; got/],
    [
      "to keep states of a model without them",
      () => exportWasm(model, [1, 2], { state: "keep" }),
      /^exportWasm: a model that keeps states must have recurrent layers without initial states; got none/,
    ],
    [
      "to keep states for several batch sizes",
      () => exportWasm(nn.gru(2, 2), [1, 1, 2], { state: "keep", batchSizes: [2] }),
      /^exportWasm: a model that keeps states must have one batch size/,
    ],
    [
      "before without an operand",
      () => exportWasm(model, [1, 2], { before: () => [] }),
      /^exportWasm: before must return an operand/,
    ],
    [
      "after without an operand",
      () => exportWasm(model, [1, 2], { after: () => 3 as unknown as Operand }),
      /^exportWasm: after must return an operand/,
    ],
    [
      "batch sizes of outputs that are no rows",
      () => exportWasm(sequential(linear(2, 2), new Flat()), [1, 2], { batchSizes: [3] }),
      /^exportWasm: the first extent of all outputs must be the batch size/,
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  class Flat extends nn.Module {
    override forward(x: Operand): Operand {
      return ops.mean(x);
    }
  }
});

test("the modes of the model stay as they were", () => {
  const model = sequential(linear(2, 2), nn.dropout(0.5).eval()).train();
  model.modules()[2]?.eval();
  const before = model.modules().map(({ training }) => training);
  exportWasm(model, [1, 2]);
  expect(model.modules().map(({ training }) => training)).toEqual(before);
});

test("it prints as a table of sizes", () => {
  const exported = exportWasm(linear(2, 3), [1, 2], { batchSizes: [4] });
  const lines = String(exported).split("\n");
  expect(lines.slice(0, 3)).toEqual(["input: float32 [1, 2]", "output: float32 [1, 3]", "batch sizes: 1, 4"]);
  const row = (part: string): string | undefined => lines.find((line) => line.startsWith(part));
  expect(row("weights")).toMatch(/^weights +36 B +float32$/);
  const small = String(exportWasm(linear(2, 3), [1, 2], { weights: "bf16" }));
  expect(small).toMatch(/^weights +24 B +bf16 of products, others float32$/m);
  expect(row("code")).toMatch(/^code +\d\.\d\d kB +\d functions, strict kernels$/);
  expect(row("file")).toContain(`${(exported.wasm.length / 1000).toPrecision(3)} kB`);
});

const RUNS_RELAXED = WebAssembly.validate(binaryOf("relaxed"));

/** A model with constants that relaxed kernels compute, and others that they lay out in their own way. */
const folding = (): nn.Module =>
  sequential(nn.conv2d(1, 16, 3), nn.batchNorm2d(16), relu(), nn.flatten(), linear(16 * 36, 64));

test.runIf(RUNS_RELAXED).each(["float32", "int8", "bf16"] as const)(
  "a file with relaxed kernels and %s weights gives the bits of compile with relaxed kernels",
  (weights) => {
    const model = folding();
    const x = randomTensor([1, 1, 8, 8], 3);
    const file = new RunningFile(exportWasm(model, [1, 1, 8, 8], { kernels: "relaxed", weights }).wasm);
    configure({ reproducible: false });
    try {
      expect(file.run([x.data])).toEqual([model.compile([1, 1, 8, 8], { weights })(x).data]);
    } finally {
      configure({ reproducible: true });
    }
  },
);

test.runIf(!RUNS_RELAXED)("an engine without relaxed SIMD says so where it must compute constants by it", () => {
  expect(() => exportWasm(folding(), [1, 1, 8, 8], { kernels: "relaxed" })).toThrow(/got an engine without it$/);
});
