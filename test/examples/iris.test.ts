import { expect, test } from "vitest";
import { QUICK, run } from "../../examples/iris.ts";

test("cross-validation of iris predicts every flower by a model that has not seen it", async () => {
  const { folds, scores, outOfFold } = await run(QUICK);
  expect(folds.map(({ training, validation }) => [training, validation])).toEqual(
    Array.from({ length: QUICK.folds }, () => [120, 30]),
  );
  expect(outOfFold.indices).toEqual(Int32Array.from({ length: 150 }, (_, i) => i));
  expect(scores["accuracy"]?.mean).toBeGreaterThan(0.9);
});
