/** Columns against scikit-learn, and images against PyTorch, as `scripts/schema.py` wrote them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Tensor } from "../../../src/base/tensor.ts";
import type { Cell, Row } from "../../../src/raw/row.ts";
import { hash } from "../../../src/raw/schema/columns/hash.ts";
import { type Column, column, schema } from "../../../src/raw/schema/index.ts";
import { expectClose } from "../../support.ts";

interface Case {
  readonly column: string;
  readonly options: object;
  readonly training: readonly Cell[];
  readonly other: readonly Cell[];
  readonly expected: readonly (readonly (readonly number[])[])[];
}

interface Resized {
  readonly shape: readonly number[];
  readonly size: readonly [number, number];
  readonly given: readonly number[];
  readonly expected: readonly number[];
}

const MAKERS: Readonly<Record<string, (options: object) => Column>> = {
  number: column.number,
  category: column.category,
  text: column.text,
};

const path = new URL("fixtures/scikit-learn.json", import.meta.url);
const { cases, hashes, images } = JSON.parse(readFileSync(path, "utf8")) as {
  readonly cases: readonly Case[];
  readonly hashes: readonly (readonly [string, number])[];
  readonly images: readonly Resized[];
};

function rowsOf(cells: readonly Cell[]): Row[] {
  return cells.map((cell) => ({ cell }));
}

test.each(cases.map((each) => [`${each.column} ${JSON.stringify(each.options)}`, each] as const))(
  "%s is that of scikit-learn within 1e-6",
  (_, { column: name, options, training, other, expected }) => {
    const made = MAKERS[name]?.(options);
    if (!made) throw new Error(`there is no column ${name}`);
    const fitted = schema({ inputs: { cell: made } }).fit(rowsOf(training));
    [training, other].forEach((cells, which) => {
      const { x } = fitted.dataset(rowsOf(cells));
      if (!(x instanceof Tensor)) throw new Error("x is one tensor");
      expect(x.shape).toEqual([cells.length, expected[which]?.[0]?.length]);
      expectClose(x.data, expected[which]?.flat() ?? [], { relative: 1e-6, absolute: 1e-6 });
    });
    expect(fitted.features.length).toBe(expected[0]?.[0]?.length);
  },
);

test.each(hashes)("hash of %j is MurmurHash3", (text, expected) => {
  expect(hash(text)).toBe(expected);
});

describe("images", () => {
  test.each(images)("$shape in size $size is that of PyTorch", ({ shape, size, given, expected }) => {
    const rows = [{ image: new Tensor(shape, "float32", Float32Array.from(given)) }];
    const { x } = schema({ inputs: { image: column.image({ size }) } })
      .fit(rows)
      .dataset(rows);
    expect(x.shape).toEqual([1, shape[0], ...size]);
    expectClose(x.data, expected, { relative: 0, absolute: 1e-6 });
  });
});
