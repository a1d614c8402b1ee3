import { expect, expectTypeOf, test } from "vitest";
import type { Tensor } from "../../../src/base/tensor.ts";
import { type LabelPrediction, type ValuePrediction, column, schema } from "../../../src/raw/schema/index.ts";

const rows = [{ a: 1 }];

test("x is one tensor if columns share an input, or there is one column", () => {
  const shared = schema({ inputs: { a: column.number(), b: column.category(), c: column.text() } }).fit(rows);
  expectTypeOf(shared.dataset(rows).x).toEqualTypeOf<Tensor<"float32">>();
  const photo = schema({ inputs: { photo: column.image() } }).fit(rows);
  expectTypeOf(photo.encode(rows)).toEqualTypeOf<Tensor>();
  const several = schema({ inputs: { a: column.number(), city: column.category({ encode: "index" }) } }).fit(rows);
  expectTypeOf(several.dataset(rows).x).toEqualTypeOf<Readonly<Record<string, Tensor>>>();
});

test("predictions are of the target's kind, and null for rows that are flagged", () => {
  const inputs = { a: column.number() };
  const model = { predict: (): Tensor => expect.fail() };
  const value = schema({ inputs, target: { b: column.number() } }).fit(rows);
  expectTypeOf(value.predict(model, rows)).toEqualTypeOf<readonly ValuePrediction[]>();
  const label = schema({ inputs, target: { b: column.category() }, onMisfit: "flag" }).fit(rows);
  expectTypeOf(label.predict(model, rows)).toEqualTypeOf<readonly (LabelPrediction | null)[]>();
});

test("a text is no target", () => {
  type Target = NonNullable<Parameters<typeof schema>[0]["target"]>;
  const text = column.text();
  expectTypeOf({ text }).not.toExtend<Target>();
  const number = column.number();
  expectTypeOf({ number }).toExtend<Target>();
});
