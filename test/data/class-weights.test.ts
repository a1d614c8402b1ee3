import { describe, expect, test } from "vitest";
import { type Keys, classWeights, fromArrays, sampleWeights } from "../../src/data/index.ts";
import { tensor } from "../../src/base/tensor.ts";
import { stored } from "./split/samples.ts";

test.each(stored.weights)("are those of scikit-learn, rounded to float32: %#", ({ labels, classes, samples }) => {
  const given = Int32Array.from(labels);
  expect(classWeights(given)).toEqual(Float32Array.from(classes));
  expect(classWeights(tensor(given))).toEqual(Float32Array.from(classes));
  const weights = sampleWeights(labels);
  expect(weights.data).toEqual(Float32Array.from(samples));
  expect(String(weights)).toBe(`float32 [${labels.length}]`);
  expect(sampleWeights(labels.map((label) => `class ${label}`)).data).toEqual(Float32Array.from(samples));
  expect(fromArrays(given, given, { weights }).weights).toBe(weights);
});

describe("bad labels are refused, word for word", () => {
  const rows: readonly (readonly [labels: unknown, message: string, only?: string])[] = [
    [[], "labels must be at least one; got none"],
    [[1, 1], "there must be at least 2 classes to weigh; got only class 1"],
    [[0, NaN], "labels must be numbers or texts; got NaN at index 1"],
    [3, "labels must be an array of one value for each sample; got 3"],
    [[0, 0.5], "labels must be whole numbers of at least 0; got 0.5", "classWeights"],
    [["a", "b"], 'labels must be whole numbers of at least 0; got "a"', "classWeights"],
    [[-1, 1], "labels must be whole numbers of at least 0; got -1", "classWeights"],
    [
      [0, 2e9],
      "each class from 0 to the highest label, 2000000000, must have a sample; got none of class 1",
      "classWeights",
    ],
    [tensor([[1, 2]]), "labels must be one value for each sample; got float32 [1, 2]"],
  ];
  test.each(rows.map(([labels, message, only]) => ({ labels, message, only })))(
    "$labels",
    ({ labels, message, only }) => {
      for (const [where, weigh] of Object.entries({ classWeights, sampleWeights })) {
        if (only !== undefined && only !== where) continue;
        expect(() => weigh(labels as Keys)).toThrow(expect.objectContaining({ message: `${where}: ${message}` }));
      }
    },
  );
});
