import { describe, expect, test } from "vitest";
import { FormatError, tensor } from "../../src/index.ts";
import { type Row, rowsOf } from "../../src/raw/index.ts";

async function all(items: Parameters<typeof rowsOf>[0]): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of rowsOf(items)) rows.push(row);
  return rows;
}

/** A vector as Arrow has them: a length, `get`, and values by iteration, null where one is missing. */
class Vector {
  constructor(readonly values: readonly (string | number | null)[]) {}
  get length(): number {
    return this.values.length;
  }
  [Symbol.iterator](): Iterator<string | number | null> {
    return this.values[Symbol.iterator]();
  }
}

describe("rowsOf", () => {
  test("gives rows as they are", async () => {
    const rows = [{ a: 1, b: "x", c: null, d: new Date(0), e: 2n, f: true, g: tensor([1]), h: undefined }, {}];
    expect(await all(rows)).toEqual(rows);
    async function* later(): AsyncGenerator<Row> {
      yield* rows;
    }
    expect(await all(later())).toEqual(rows);
  });

  test("takes batches of columns apart: typed arrays, arrays, and vectors", async () => {
    const batches = [
      { a: Float64Array.of(0.5, 1), b: ["x", null], c: new Vector([1, null]) },
      { a: Float64Array.of(2), b: ["y"], c: new Vector(["z"]) },
      { a: [], b: [], c: [] },
    ];
    expect(await all(batches)).toEqual([
      { a: 0.5, b: "x", c: 1 },
      { a: 1, b: null, c: null },
      { a: 2, b: "y", c: "z" },
    ]);
    const named = { ["__proto__"]: [1] };
    expect(Object.entries((await all([named]))[0] ?? {})).toEqual([["__proto__", 1]]);
  });

  test.each<[string, unknown, string]>([
    ["a list as a cell", [{ a: 1 }, { a: 1, b: [1] }], 'row 1, column "b" must be text, a number'],
    ["an object as a cell", [{ a: { b: 1 } }], 'row 0, column "a" must be text'],
    ["a function as a cell", [{ a: (): number => 1 }], 'row 0, column "a" must be text'],
    ["columns of two lengths", [{ a: [1, 2], b: [1] }], 'at row 0 must have one length; got 2 in "a" and 1 in "b"'],
    ["a cell of a batch", [{ a: [1] }, { a: [1, {}] }], 'row 2, column "a" must be text'],
    ["a row that is none", [{ a: 1 }, 5], "row 1 must be an object, cells or columns by name; got 5"],
    ["a row of cells without names", [[1, 2]], "row 0 must be an object"],
  ])("refuses %s", async (_, items, message) => {
    const error = await all(items as Row[]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(`rowsOf: `);
    expect(String(error)).toContain(message);
  });

  test("refuses what cannot be iterated, and passes on what a source throws", async () => {
    expect(() => rowsOf(5 as never)).toThrow("rowsOf: rows must be what for await can iterate; got 5");
    async function* failing(): AsyncGenerator<Row> {
      yield { a: 1 };
      throw new Error("the connection ended");
    }
    await expect(all(failing())).rejects.toThrow("the connection ended");
  });
});
