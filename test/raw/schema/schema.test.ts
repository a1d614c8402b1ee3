import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { type Tensor, Trainer, data, manualSeed, metrics, nn, optim, tensor } from "../../../src/index.ts";
import type { Tensors } from "../../../src/base/tensors.ts";
import type { Operand } from "../../../src/graph/operand.ts";
import * as ops from "../../../src/ops/index.ts";
import type { Row } from "../../../src/raw/row.ts";
import { type Predictor, column, schema } from "../../../src/raw/schema/index.ts";

beforeEach(() => manualSeed(5));

const rows: readonly Row[] = Array.from({ length: 30 }, (_, i) => ({
  id: i,
  size: i % 3 === 0 ? 1 + i / 100 : 3 + i / 100,
  colour: i % 3 === 0 ? "red" : "green",
  price: 100 + 10 * i,
  kind: i % 3 === 0 ? "small" : "large",
}));
const inputs = { size: column.number(), colour: column.category() };

/** A model whose outputs are given. */
function answering(out: ReturnType<typeof tensor>): Predictor {
  return { predict: () => out };
}

describe("data sets", () => {
  test("features in the order of the columns, and labels in the order of the classes", () => {
    const fitted = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    const set = fitted.dataset(rows.slice(0, 2));
    expect(fitted.features).toEqual(["size", "colour=green", "colour=red"]);
    expect(fitted.inputs).toEqual({ features: { shape: [3], dtype: "float32" } });
    expect(fitted.classes).toEqual(["large", "small"]);
    expect([set.x.shape, set.length, Array.from(set.rowIndices), set.misfits]).toEqual([[2, 3], 2, [0, 1], []]);
    expect(Array.from(set.x.data.subarray(1, 3))).toEqual([0, 1]);
    expect([set.y.dtype, set.y.shape, Array.from(set.y.data)]).toEqual(["int32", [2], [1, 0]]);
    expect(fitted.labels(set.y)).toEqual(["small", "large"]);
  });

  test("a number as the target is scaled, and values are the inverse", () => {
    for (const scale of ["standardize", "min-max", "robust", "log", "log-standardize", "none"] as const) {
      const fitted = schema({ inputs, target: { price: column.number({ scale }) } }).fit(rows);
      const { y } = fitted.dataset(rows);
      expect([y.dtype, y.shape]).toEqual(["float32", [30, 1]]);
      const back = fitted.values(y);
      rows.forEach(({ price }, i) => expect(Math.abs((back[i] ?? NaN) - Number(price))).toBeLessThan(1e-3));
    }
  });

  test("columns with inputs of their own are tensors by name", () => {
    const several = {
      ...inputs,
      id: column.category({ encode: "index" }),
      words: column.text({ encode: "tokens", length: 3 }),
    };
    const given = rows.map((row) => ({ ...row, words: `${row["kind"] as string} ${row["colour"] as string}` }));
    const fitted = schema({ inputs: several, target: { kind: column.category() } }).fit(given);
    const { x } = fitted.dataset(given);
    expect(Object.entries(x).map(([name, each]) => `${name} ${each}`)).toEqual([
      "features float32 [30, 3]",
      "id int32 [30]",
      "words int32 [30, 3]",
    ]);
    expect(fitted.inputs["id"]?.size).toBe(30);
  });

  test("without a target the targets are the inputs", () => {
    const { x, y } = schema({ inputs }).fit(rows).dataset(rows);
    expect(y).toBe(x);
  });

  test("only training rows teach: other rows do not change what was learned", () => {
    const fitted = schema({ inputs }).fit(rows.slice(0, 10));
    const before = JSON.stringify(fitted);
    fitted.dataset(rows);
    expect(JSON.stringify(fitted)).toBe(before);
    expect(before).not.toBe(JSON.stringify(schema({ inputs }).fit(rows)));
  });

  test("names that objects inherit are columns like others", () => {
    const given: Row[] = [{ constructor: 1 }, { constructor: 3 }];
    const fitted = schema({ inputs: { constructor: column.number() } }).fit(given);
    expect(Array.from(fitted.dataset(given).x.data)).toEqual([-1, 1]);
    expect(() => fitted.dataset([{}])).toThrow('column "constructor" must be in the rows; got []');
  });
});

test("a fitted schema prints its inputs and its target", () => {
  const several = { ...inputs, id: column.category({ encode: "index" }) };
  const fitted = schema({ inputs: several, target: { kind: column.category() } }).fit(rows);
  expect(inspect(fitted)).toBe("schema of features float32 [3], id int32 []; target kind of 2 classes");
  const valued = schema({ inputs, target: { price: column.number() } }).fit(rows);
  expect(String(valued)).toBe("schema of features float32 [3]; target price");
  expect(String(schema({ inputs }).fit(rows))).toBe("schema of features float32 [3]; no target");
});

describe("scores", () => {
  const two = rows.slice(0, 2); // prices 100 and 110, small and large
  const error = metrics.meanAbsoluteError;

  test("of a number are in the units of the rows", () => {
    const fitted = schema({ inputs, target: { price: column.number({ scale: "min-max" }) } }).fit(rows);
    const model = answering(tensor([[0], [0.5]])); // 100 and 245
    const { mae, largest } = fitted.score(model, two, { mae: error, largest: (_, y) => Math.max(...y.data) });
    expect(mae).toBeCloseTo(67.5, 4);
    expect(largest).toBeCloseTo(110, 4);
  });

  test("of a category and of a boolean get numbers of classes", () => {
    const seen: unknown[] = [];
    const see = (p: Tensor, y: Tensor): number => seen.push(String(p), Array.from(p.data), Array.from(y.data));
    const species = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    const both = answering(
      tensor([
        [3, 0],
        [2, 1],
      ]),
    );
    expect(species.score(both, two, { accuracy: metrics.accuracy, see }).accuracy).toBe(0.5);
    expect(seen).toEqual(["int32 [2]", [0, 0], [1, 0]]);
    const given = rows.map((row) => ({ ...row, sold: row["kind"] === "small" }));
    const fitted = schema({ inputs, target: { sold: column.boolean() } }).fit(given);
    const scored = fitted.score(
      answering(tensor([[0.25], [0.75]])),
      given.slice(0, 2),
      { recall: metrics.recall },
      { outputs: "probabilities" },
    );
    expect(scored).toEqual({ recall: 0 });
  });

  test("leave flagged rows out, and name what is wrong", () => {
    const fitted = schema({ inputs, target: { price: column.number() }, onMisfit: "flag" }).fit(rows);
    const flagged = [{ ...rows[0], size: "big" }, ...two];
    const out = fitted.dataset(two).y;
    expect(fitted.score(answering(out), flagged, { error })["error"]).toBeCloseTo(0, 4);
    expect(() => fitted.score(answering(out), [{ ...rows[0], price: null }], { error })).toThrow(
      "score: at least one row must fit",
    );
    expect(() => fitted.score(answering(tensor([1])), two, { error })).toThrow(
      "score: the output of the model must be [2, 1]",
    );
    expect(() => fitted.score(answering(out), two, {})).toThrow("score: metrics must be an object of functions");
    expect(() => fitted.score(answering(out), two, { error: 3 as never })).toThrow(
      'score: metric "error" must be a function; got 3',
    );
    const wrong = (): never => "high" as never;
    expect(() => fitted.score(answering(out), two, { wrong })).toThrow(
      'score: metric "wrong" must give a number; got "high"',
    );
    const untargeted = schema({ inputs }).fit(rows);
    expect(() => untargeted.score(answering(out), two, { error })).toThrow("score: the schema must have a target");
  });
});

describe("predictions", () => {
  const species = schema({ inputs, target: { kind: column.category() } }).fit(rows);
  const two = rows.slice(0, 2);

  test("softmax of logits, as crossEntropyLoss takes them", () => {
    const [first, second] = species.predict(
      answering(
        tensor([
          [Math.log(3), 0],
          [0, 1000],
        ]),
      ),
      two,
    );
    expect(first?.label).toBe("large");
    expect(first?.probability).toBeCloseTo(0.75, 7);
    expect(first?.probabilities["small"]).toBeCloseTo(0.25, 7);
    expect(second).toEqual({ label: "small", probability: 1, probabilities: { large: 0, small: 1 } });
  });

  test("probabilities as they are", () => {
    const out = answering(
      tensor([
        [0.25, 0.75],
        [1, 0],
      ]),
    );
    expect(species.predict(out, two, { outputs: "probabilities" }).map(({ label }) => label)).toEqual([
      "small",
      "large",
    ]);
    const wrong = answering(
      tensor([
        [0.25, 0.75],
        [2, 0],
      ]),
    );
    expect(() => species.predict(wrong, two, { outputs: "probabilities" })).toThrow(
      "predict: outputs of the model must be from 0 to 1; got 2 in row 1",
    );
  });

  test("sigmoid for a boolean", () => {
    const given = rows.map((row) => ({ ...row, sold: row["kind"] === "small" }));
    const fitted = schema({ inputs, target: { sold: column.boolean() } }).fit(given);
    expect(fitted.dataset(given).y.shape).toEqual([30, 1]);
    const [yes, no] = fitted.predict(answering(tensor([[Math.log(3)], [-800]])), two);
    expect([yes?.label, no?.label]).toEqual(["true", "false"]);
    expect(yes?.probability).toBeCloseTo(0.75, 7);
    expect(no?.probabilities).toEqual({ false: 1, true: 0 });
  });

  test("values in the units of the rows", () => {
    const fitted = schema({ inputs, target: { price: column.number({ scale: "min-max" }) } }).fit(rows);
    expect(fitted.predict(answering(tensor([[0], [0.5]])), two)).toEqual([{ value: 100 }, { value: 245 }]);
  });

  test.each<[string, ReturnType<typeof tensor>, string]>([
    [
      "the width",
      tensor([[1], [2]]),
      'must be [2, 2], a number for each class of the target "kind"; got float32 [2, 1]',
    ],
    ["the rows", tensor([[1, 2]]), "must be [2, 2], a number for each class"],
    [
      "NaN",
      tensor([
        [1, 2],
        [NaN, 2],
      ]),
      "predict: outputs of the model must be finite; got NaN in row 1",
    ],
  ])("outputs whose %s is wrong are refused", (_, out, message) => {
    expect(() => species.predict(answering(out), two)).toThrow(message);
  });

  test("a model learns from rows, and predicts from rows without the target", () => {
    const fitted = schema({ inputs: { size: column.number() }, target: { kind: column.category() } }).fit(rows);
    const model = nn.sequential(nn.linear(1, 8), nn.relu(), nn.linear(8, 2));
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.05 }) });
    const { x, y } = fitted.dataset(rows);
    for (let step = 0; step < 100; step++) trainer.step(x, y);
    const predictions = fitted.predict(model, [{ size: "1.2" }, { size: 3.1 }]);
    expect(predictions.map(({ label }) => label)).toEqual(["small", "large"]);
  });

  test("a model with several inputs takes them by name", () => {
    class TwoInputs extends nn.Module {
      override readonly inputNames = ["features", "colour"];
      readonly embedding = nn.embedding(2, 3);
      readonly head = nn.linear(4, 1);
      override forward(features: Operand, colour: Operand): Operand {
        return this.head.call(ops.concatenate([features, this.embedding.call(colour)], 1));
      }
    }
    const several = { size: column.number(), colour: column.category({ encode: "index" }) };
    const fitted = schema({ inputs: several, target: { price: column.number() } }).fit(rows);
    const model = new TwoInputs();
    const set: data.Dataset<Tensors> = fitted.dataset(rows);
    expect(model.predict(set.x).shape).toEqual([30, 1]);
    expect(fitted.predict(model, rows, { batchSize: 7 })).toEqual(fitted.predict(model, rows));
  });
});

describe("rows that do not fit", () => {
  const bad: readonly Row[] = [
    rows[0] ?? {},
    { size: "big", colour: "blue" },
    { size: 2, colour: "red" },
    rows[1] ?? {},
  ];

  test("are refused, naming row and column", () => {
    const fitted = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    expect(() => fitted.dataset(bad)).toThrow('dataset: column "size" of row 1 must be a number; got "big"');
    expect(() => fitted.predict(nn.linear(3, 2), bad)).toThrow('predict: column "size" of row 1 must be a number');
  });

  test("are left out and listed, if the schema flags them", () => {
    const fitted = schema({ inputs, target: { kind: column.category() }, onMisfit: "flag" }).fit(rows);
    const { x, y, rowIndices: kept, misfits, length } = fitted.dataset(bad);
    expect([x.shape, y.shape, length, Array.from(kept)]).toEqual([[2, 3], [2], 2, [0, 3]]);
    expect(misfits).toEqual([
      { row: 1, column: "size", problem: 'must be a number; got "big"' },
      {
        row: 1,
        column: "colour",
        problem: 'must be a category of the training rows (unknown: "slot" allows others); got "blue"',
      },
      { row: 1, column: "kind", problem: 'must have a value; got no value (missing: "slot" allows it)' },
      { row: 2, column: "kind", problem: 'must have a value; got no value (missing: "slot" allows it)' },
    ]);
    const whole = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    expect(Array.from(x.data)).toEqual(Array.from(whole.dataset([bad[0] ?? {}, bad[3] ?? {}]).x.data));
  });

  test("have null as their prediction, and check lists them without the target", () => {
    const fitted = schema({ inputs, target: { kind: column.category() }, onMisfit: "flag" }).fit(rows);
    const out = tensor([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(fitted.predict(answering(out), bad).map((each) => each?.label)).toEqual([
      "large",
      undefined,
      "small",
      "large",
    ]);
    expect(fitted.check(bad).map(({ row, column: name }) => `${row} ${name}`)).toEqual(["1 size", "1 colour"]);
    expect(fitted.check(bad, { target: true }).length).toBe(4);
    expect(fitted.check(rows)).toEqual([]);
    expect(() => fitted.encode(bad)).toThrow('encode: column "size" of row 1 must be a number; got "big"');
  });

  test("are left out of the fit", () => {
    const clean = schema({ inputs, target: { kind: column.category() }, onMisfit: "flag" }).fit(rows);
    const dirty = schema({ inputs, target: { kind: column.category() }, onMisfit: "flag" }).fit([
      { size: NaN, colour: "blue", kind: "large" },
      ...rows,
      { size: 1e6, colour: "red" },
    ]);
    expect(JSON.stringify(dirty)).toBe(JSON.stringify(clean));
  });

  test("none that fits is an error with the first problem", () => {
    const lenient = schema({ inputs, onMisfit: "flag" });
    const why = 'at least one row must fit; got none of 1 (column "size" of row 0 must be a number; got "big")';
    expect(() => lenient.fit([{ size: "big", colour: "red" }])).toThrow(`fit: ${why}`);
    expect(() => lenient.fit(rows).dataset([{ size: "big", colour: "red" }])).toThrow(`dataset: ${why}`);
  });
});

describe("streams", () => {
  test("batches of rows in their order, each epoch anew", async () => {
    const fitted = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    const epochs: number[] = [];
    const stream = fitted.batches(
      async function* source(epoch) {
        epochs.push(epoch);
        for (const row of rows) yield await Promise.resolve(row);
      },
      { batchSize: 8 },
    );
    const whole = fitted.dataset(rows);
    for (const epoch of [1, 2]) {
      const sizes: number[] = [];
      const numbers: number[] = [];
      for await (const { x, y } of stream.batches(epoch)) {
        sizes.push(y.shape[0] ?? 0);
        numbers.push(...x.data);
      }
      expect(sizes).toEqual([8, 8, 8, 6]);
      expect(numbers).toEqual(Array.from(whole.x.data));
    }
    expect(epochs).toEqual([1, 2]);
  });

  test("rows that do not fit have their number in the stream, or are left out", async () => {
    const given = [
      ...rows.slice(0, 9),
      { size: "big", colour: "red", kind: "small" },
      { size: "huge", colour: "red", kind: "small" },
    ];
    const collect = async (onMisfit: "refuse" | "flag"): Promise<number[]> => {
      const fitted = schema({ inputs, target: { kind: column.category() }, onMisfit }).fit(rows);
      const sizes: number[] = [];
      for await (const { y } of fitted.batches(() => given, { batchSize: 3 }).batches(1)) sizes.push(y.size);
      return sizes;
    };
    expect(await collect("flag")).toEqual([3, 3, 3]);
    await expect(collect("refuse")).rejects.toThrow('batches: column "size" of row 9 must be a number; got "big"');
  });

  test("a stream that fails midway, and sources that are none", async () => {
    const fitted = schema({ inputs, target: { kind: column.category() } }).fit(rows);
    const read = async (source: unknown): Promise<number> => {
      let count = 0;
      for await (const _ of fitted.batches(source as never, { batchSize: 2 }).batches(1)) count++;
      return count;
    };
    const failing = function* source(): Generator<Row> {
      yield* rows.slice(0, 3);
      throw new Error("the disk is gone");
    };
    await expect(read(failing)).rejects.toThrow("the disk is gone");
    await expect(read(rows)).rejects.toThrow("batches: source must be a function that gives rows; got [");
    await expect(read(() => 3)).rejects.toThrow("batches: source must give rows one after the other; got 3");
    await expect(read(() => [1, 2])).rejects.toThrow(
      "batches: rows must be objects of cells by column; got 1 at index 0",
    );
  });
});

describe("what is wrong with a schema or its rows", () => {
  const target = { kind: column.category() };
  test.each<[string, () => unknown, string]>([
    ["no rows", () => schema({ inputs }).fit([]), "fit: rows must be at least one; got none"],
    [
      "rows that are none",
      () => schema({ inputs }).fit([[1]] as never),
      "fit: rows must be objects of cells by column; got [1] at index 0",
    ],
    [
      "a missing column",
      () => schema({ inputs: { sise: column.number() } }).fit(rows),
      'fit: column "sise" must be in the rows; got ["id","size","colour","price","kind"]',
    ],
    [
      "a missing target",
      () => schema({ inputs, target: { label: column.category() } }).fit(rows),
      'fit: column "label" must be in the rows; got',
    ],
    [
      "a constant target",
      () => schema({ inputs, target: { price: column.number() } }).fit(rows.map((row) => ({ ...row, price: 3 }))),
      'fit: the target "price" must have at least 2 different values; got only 3 in 30 rows',
    ],
    [
      "one class",
      () => schema({ inputs, target }).fit(rows.filter(({ kind }) => kind === "small")),
      'fit: the target "kind" must have at least 2 different values; got only "small" in 10 rows',
    ],
    [
      "a column of missing values",
      () => schema({ inputs: { size: column.number({ missing: "mean" }) } }).fit([{ size: null }, { size: "" }]),
      'fit: column "size" must have at least one value; got only missing ones',
    ],
    [
      "no inputs",
      () => schema({ inputs: {} }),
      "schema: inputs must be an object of columns by name, at least one; got {}",
    ],
    [
      "no column",
      () => schema({ inputs: { size: "number" } } as never),
      'schema: inputs.size must be a column, as column.number() makes it; got "number"',
    ],
    ["a maker", () => schema({ inputs: { size: column.number } } as never), "got number that was not called"],
    [
      "two targets",
      () => schema({ inputs, target: { kind: column.category(), price: column.number() } }),
      "schema: target must be one column; got 2",
    ],
    [
      "a leak",
      () => schema({ inputs, target: { size: column.number() } }),
      'schema: the target must not be an input too; got "size" as both',
    ],
    [
      "a text as the target",
      () => schema({ inputs, target: { kind: column.text() } } as never),
      'schema: the target "kind" must be a number, category or boolean; got "text"',
    ],
    [
      "a target with a slot",
      () => schema({ inputs, target: { kind: column.category({ missing: "slot" }) } }),
      'with unknown and missing: "refuse" as the target',
    ],
    [
      "a hashed target",
      () => schema({ inputs, target: { kind: column.category({ encode: "hash" }) } }),
      'of encode "one-hot" or "index" as the target',
    ],
    [
      "an imputed target",
      () => schema({ inputs, target: { price: column.number({ missing: "mean" }) } }),
      'must be with missing: "refuse" as the target',
    ],
    [
      "the name features",
      () => schema({ inputs: { ...inputs, features: column.image() } }),
      'the name "features" must be that of columns that share an input',
    ],
    [
      "onMisfit",
      () => schema({ inputs, onMisfit: "skip" as never }),
      'schema: onMisfit must be "refuse" or "flag"; got "skip"',
    ],
    [
      "labels of a number",
      () =>
        schema({ inputs, target: { price: column.number() } })
          .fit(rows)
          .labels([0]),
      "labels: the target must be a category or boolean; got a number",
    ],
    [
      "labels",
      () => schema({ inputs, target }).fit(rows).labels([2]),
      "labels: indices must be whole numbers from 0 to 1; got 2",
    ],
    [
      "values of a category",
      () => schema({ inputs, target }).fit(rows).values([0]),
      "values: the target must be a number; got a category or boolean",
    ],
    [
      "no target to predict",
      () => schema({ inputs }).fit(rows).predict(nn.linear(3, 1), rows),
      "predict: the schema must have a target; got none",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
