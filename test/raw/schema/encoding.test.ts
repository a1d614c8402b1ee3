import { describe, expect, test } from "vitest";
import { type Tensor, configure, nn, vjp } from "../../../src/index.ts";
import { type FittedSchema, column, schema, schemaFrom } from "../../../src/raw/schema/index.ts";
import { exportWasm } from "../../../src/export/index.ts";
import { Lambda, thrownBy } from "../../support.ts";
import { RunningFile } from "../../export/run-file.ts";

/** Numbers that float32 holds, in cells of every kind. */
const rows = Array.from({ length: 40 }, (_, i) => ({
  age: i % 7 === 3 ? null : Math.fround(20 + ((i * 37) % 61) / 3),
  income: String(Math.fround(1e5 / (i + 1))),
  depth: i % 5 === 1 ? "" : Math.fround(Math.sin(i) * 1e-3),
  debt: i % 9 === 0 ? undefined : i * i - 300,
  smoker: i % 3 === 0 ? "yes" : "no",
  owner: i % 4 === 0 ? null : i % 2 === 0,
  job: ["nurse", "clerk", "cook"][i % 3],
  town: i % 6 === 0 ? null : ["Ulm", "Bern", "Graz", "Linz"][(i * i) % 4],
  zip: [10, 9, 100][i % 3],
}));

const inputs = {
  age: column.number({ missing: "mean", indicator: true }),
  income: column.number({ scale: "min-max" }),
  depth: column.number({ missing: "median", scale: "robust", clip: [-0.0005, 0.0007] }),
  debt: column.number({ missing: 17, scale: "none" }),
  smoker: column.boolean(),
  owner: column.boolean({ missing: "slot" }),
  job: column.category({ unknown: "zeros" }),
  town: column.category({ unknown: "slot", missing: "slot", minCount: 2 }),
  zip: column.category(),
} as const;

const fitted = schema({ inputs }).fit(rows);
const strange = [{ ...rows[1], age: -1e6, depth: 5, job: "pilot", town: "Rome" }];

function encoded(of: Pick<FittedSchema, "encoding">, given: typeof rows | typeof strange): Tensor {
  const encoding = of.encoding();
  return new Lambda((raw) => encoding(raw)).predict(encoding.numbers(given));
}

describe("the encoding of a schema", () => {
  test("has the bits of encode, for cells that are missing and categories that are unknown too", () => {
    expect(encoded(fitted, rows)).toEqual(fitted.encode(rows));
    expect(encoded(fitted, strange)).toEqual(fitted.encode(strange));
  });

  test("is that of a schema that was saved, too", () => {
    const again = schemaFrom(JSON.parse(JSON.stringify(fitted)) as object);
    expect(encoded(again, rows)).toEqual(fitted.encode(rows));
  });

  test("says what the numbers of a raw row are", () => {
    const encoding = fitted.encoding();
    expect(encoding.columns).toEqual([
      ...["age", "income", "depth", "debt", "smoker", "owner"].map((name) => ({ name })),
      { name: "job", categories: ["clerk", "cook", "nurse"] },
      {
        name: "town",
        categories: ["Bern", "Ulm"].filter((each) => rows.filter(({ town }) => town === each).length > 1),
      },
      { name: "zip", categories: ["9", "10", "100"] },
    ]);
    expect(Array.from(encoding.numbers(strange).data.slice(-4))).toEqual([0, -1, -1, 0]);
  });

  test("becomes part of a file", () => {
    configure({ reproducible: true });
    const model = nn.sequential(nn.linear(fitted.features.length, 5), nn.tanh(), nn.linear(5, 2));
    const encoding = fitted.encoding();
    const kind = [rows.length, encoding.columns.length];
    const file = new RunningFile(exportWasm(model, kind, { before: encoding }).wasm);
    expect(file.run([encoding.numbers(rows).data])[0]).toEqual(model.predict(fitted.encode(rows)).data);
    configure({ reproducible: false });
  });

  test("leaves columns with an input of their own to the model", () => {
    const both = schema({ inputs: { income: inputs.income, job: column.category({ encode: "index" }) } }).fit(rows);
    expect(both.encoding().columns).toEqual([{ name: "income" }]);
    expect(encoded(both, rows)).toEqual(both.encode(rows)["features"]);
  });

  const dated = rows.map((row, i) => ({ ...row, when: new Date(i * 1e9), text: `alpha beta ${i % 3}` }));
  const refused: readonly [string, Parameters<typeof schema>[0]["inputs"], string][] = [
    ["a date", { when: column.date() }, 'date "when"'],
    ["a text", { text: column.text() }, 'text "text"'],
    ["a hash", { job: column.category({ encode: "hash" }) }, 'category "job"'],
    ["a logarithm", { age: column.number({ missing: "mean", scale: "log" }) }, 'number "age"'],
  ];
  test.each(refused)("is refused for %s", (_, of, got) => {
    expect(
      thrownBy(() =>
        schema({ inputs: { ...of, income: inputs.income } })
          .fit(dated)
          .encoding(),
      ),
    ).toBe(
      `TypeError: encoding: columns must be numbers without logarithms, booleans, or one-hot categories; got ${got}`,
    );
  });

  test("refuses wrong shapes, rows and gradients", () => {
    const own = schema({ inputs: { job: column.category({ encode: "index" }) } }).fit(rows);
    expect(thrownBy(() => own.encoding())).toBe("TypeError: encoding: there must be columns of features; got none");
    const encoding = fitted.encoding();
    expect(thrownBy(() => new Lambda((raw) => encoding(raw)).predict(fitted.encode(rows)))).toMatch(
      /^ShapeError: encoding: raw rows must be \[rows, 9\]; got input \[40, /,
    );
    expect(thrownBy(() => encoding.numbers([{ ...rows[0], smoker: "perhaps" }]))).toBe(
      'RangeError: numbers: column "smoker" of row 0 must be true or false; got "perhaps"',
    );
    const model = new Lambda((raw) => encoding(raw));
    const raw = encoding.numbers(rows);
    expect(thrownBy(() => vjp(model, [raw], fitted.encode(rows)))).toBe(
      "TypeError: encoding: gradients must not be asked for; got one by raw rows",
    );
    expect(thrownBy(() => encoding.numbers(3 as never))).toBe("TypeError: numbers: rows must be an array; got 3");
  });
});
