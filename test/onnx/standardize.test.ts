/** What a fitted schema and a standardizer do to numbers is in ONNX files too. */
import { expect, test } from "vitest";
import { column, schema } from "../../src/raw/index.ts";
import { type Operand, data, nn, ops, tensor } from "../../src/index.ts";
import { exportOnnx, importOnnx } from "../../src/onnx/index.ts";

class Applied extends nn.Module {
  constructor(readonly apply: (x: Operand) => Operand) {
    super();
  }

  override forward(x: Operand): Operand {
    return this.apply(x);
  }
}

/** Seconds since 1970: float32 holds them to 128. */
const TIMES = [1.6e9, 1.6e9 + 128, 1.6e9 + 256, 1.6e9 + 1024];

async function expectSame(apply: (x: Operand) => Operand, rows: readonly (readonly number[])[], decimals: number) {
  const model = new Applied(apply);
  const x = tensor(rows.map((row) => [...row]));
  const imported = await importOnnx(exportOnnx(model, x, { batch: "dynamic" }));
  const [expected, found] = [model.predict(x), imported.predict(x)];
  expect(found.shape).toEqual(expected.shape);
  expected.data.forEach((value, i) => expect(found.data[i]).toBeCloseTo(value, decimals));
}

test("a large center loses nothing, forward and back", async () => {
  const rows = TIMES.map((time, i) => [time, i]);
  const scale = data.standardize(tensor(rows.map((row) => [...row])));
  await expectSame((x) => ops.standardize(x, scale), rows, 5);
  await expectSame((x) => ops.standardize(x, scale, { inverse: true }), [[-1, 2], [0, 0], [1.5, -1]], 0); // prettier-ignore
});

test("raw rows of a schema", async () => {
  const rows = TIMES.map((time, i) => ({
    time,
    size: i === 1 ? null : 3 * i,
    job: ["clerk", "nurse"][i % 2],
    paid: i % 2 === 1,
  }));
  const fitted = schema({
    inputs: {
      time: column.number({ clip: [1.6e9, 1.6e9 + 512] }),
      size: column.number({ missing: "mean", indicator: true, scale: "min-max" }),
      job: column.category({ unknown: "slot" }),
    },
    target: { paid: column.boolean() },
  }).fit(rows);
  const encoding = fitted.encoding();
  const raw = Array.from(encoding.numbers(rows).data);
  await expectSame(encoding, [0, 1, 2, 3].map((i) => raw.slice(3 * i, 3 * i + 3)), 5); // prettier-ignore
});
