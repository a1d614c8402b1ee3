import { stripVTControlCharacters } from "node:util";
import { metrics, tensor } from "lanegrad";
import { expect, test } from "vitest";
import { confusionTable, scoreTable } from "../../examples/mnist/confusion.ts";

// Of six cats four are right; of three dogs one is, and of one bird none: 4 + 1 + 0 of 10.
const actual = tensor(Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 2));
const predicted = tensor(Int32Array.of(0, 0, 0, 0, 1, 1, 1, 0, 2, 0));
const confusion = metrics.confusionMatrix(predicted, actual, { names: ["cat", "dog", "bird"] });

test("the confusion matrix reads well without colours", () => {
  expect(confusionTable(confusion, false)).toBe(
    [
      "         cat   dog  bird", //
      "   cat     4     2     ·",
      "   dog     1     1     1",
      "  bird     1     ·     ·",
    ].join("\n"),
  );
});

test("with colours it says the same: right ones on green, the most frequent error on the brightest red", () => {
  const coloured = confusionTable(confusion, true);
  const bare = stripVTControlCharacters(coloured).split("\n");
  expect(bare.map((line) => line.trimEnd())).toEqual(confusionTable(confusion, false).split("\n"));
  expect(coloured).toContain("\u001b[38;5;231;48;5;28m    4 \u001b[0m\u001b[38;5;231;48;5;160m    2 \u001b[0m");
  expect(coloured).toContain("\u001b[38;5;231;48;5;124m    1 \u001b[0m");
});

test("precision, recall and F1 stand beside each class, and their means below", () => {
  expect(
    scoreTable(confusion)
      .split("\n")
      .map((line) => line.trim().split(/\s{2,}/)),
  ).toEqual([
    ["precision", "recall", "F1", "digits"],
    ["cat", "66.67 %", "66.67 %", "66.67 %", "6"],
    ["dog", "33.33 %", "33.33 %", "33.33 %", "3"],
    ["bird", "0.00 %", "0.00 %", "0.00 %", "1"],
    ["mean", "33.33 %", "33.33 %", "33.33 %", "10"],
  ]);
});
