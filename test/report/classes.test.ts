import { describe, expect, test } from "vitest";
import { data, metrics, nn, tensor } from "../../src/index.ts";
import { type ClassesRecord, type CurveRecord, recordRun } from "../../src/report/index.ts";
import { fixtures, identity, threeClasses, trainerOf, twoClasses } from "./fixtures.ts";

async function classesOf(...given: Parameters<ReturnType<typeof recordRun>["evaluate"]>): Promise<ClassesRecord> {
  const [set] = given;
  const isBinary = "length" in set && "y" in set && "shape" in set.y && set.y.dtype === "float32";
  const trainer = isBinary ? trainerOf(identity(1), nn.bceWithLogitsLoss()) : trainerOf(identity(3));
  const { classes } = await recordRun(trainer).evaluate(set, { mistakes: 0, ...given[1] });
  if (!classes) throw new Error("classes were expected");
  return classes;
}

/** The value of a curve at x, between its points. */
function at({ x, y }: CurveRecord, where: number): number {
  const right = x.findIndex((each) => each >= where);
  if (right <= 0) return y[Math.max(right, 0)] ?? NaN;
  const [a, b] = [x[right - 1] ?? NaN, x[right] ?? NaN];
  const share = b > a ? (where - a) / (b - a) : 1;
  return (1 - share) * (y[right - 1] ?? NaN) + share * (y[right] ?? NaN);
}

describe.each([
  ["three classes by crossEntropyLoss", threeClasses, fixtures.three],
  ["two classes by bceWithLogitsLoss", twoClasses, fixtures.binary],
] as const)("%s", (_, make, expected) => {
  test("have the confusion matrix, scores and accuracy of scikit-learn", async () => {
    const trainer = make === twoClasses ? trainerOf(identity(1), nn.bceWithLogitsLoss()) : trainerOf(identity(3));
    const { scores, classes } = await recordRun(trainer).evaluate(make(), { mistakes: 0 });
    expect(classes?.confusion).toEqual(expected.confusion);
    classes?.scores.forEach((each, i) => {
      for (const [name, value] of Object.entries(expected.scores[i] ?? {}))
        expect(Reflect.get(each, name)).toBeCloseTo(value as number, 12);
    });
    expect(scores.accuracy).toBeCloseTo(expected.accuracy, 12);
    expect(scores.loss).toBeCloseTo(expected.loss, 5); // float32
  });

  test("have its areas, and its curves with at most 500 points", async () => {
    const { roc, precisionRecall } = await classesOf(make());
    expect(roc.length).toBe(expected.curves.length);
    expected.curves.forEach((curves, i) => {
      const [ownRoc, ownPrecision] = [roc[i], precisionRecall[i]];
      if (!ownRoc || !ownPrecision) throw new Error("a curve is missing");
      expect(ownRoc.area).toBeCloseTo(curves.rocArea, 12);
      expect(ownPrecision.area).toBeCloseTo(curves.averagePrecision, 12);
      for (const { x, y } of [ownRoc, ownPrecision]) {
        expect(x.length).toBe(y.length);
        expect(x.length).toBeLessThanOrEqual(500);
        expect(x.length).toBeGreaterThan(300);
        expect([x[0], x.at(-1)]).toEqual([0, 1]);
      }
      // Kept points are at most some 1 / 250 apart on both axes.
      for (let k = 0; k < 20; k++) {
        const x = (k + 0.37) / 20;
        expect(Math.abs(at(ownRoc, x) - (curves.roc[k] ?? NaN))).toBeLessThan(5e-3);
        expect(Math.abs(at(ownPrecision, x) - (curves.precisionRecall[k] ?? NaN))).toBeLessThan(5e-3);
      }
    });
  });
});

test("the reliability diagram and areas are those of lanegrad's metrics", async () => {
  const set = threeClasses();
  const { reliability, roc } = await classesOf(set);
  const options = { fromLogits: true };
  expect(reliability.error).toBe(metrics.expectedCalibrationError(set.x, set.y, options));
  const bins = metrics.reliabilityDiagram(set.x, set.y, options);
  expect(reliability.bins).toEqual(bins.map(({ confidence, accuracy, count }) => ({ confidence, accuracy, count })));
  const areas = metrics.rocAuc(set.x, set.y, { ...options, average: "none" });
  expect(roc.map(({ area }) => area)).toEqual(areas);
});

test("names are those given, or those of a schema", async () => {
  const schema = { classes: ["x", "y", "z"], values: () => new Float64Array(), toJSON: () => ({}) };
  expect((await classesOf(threeClasses())).names).toEqual(["0", "1", "2"]);
  expect((await classesOf(threeClasses(), { schema })).names).toEqual(["x", "y", "z"]);
  expect((await classesOf(threeClasses(), { schema, classes: ["a", "b", "c"] })).names).toEqual(["a", "b", "c"]);
  await expect(classesOf(threeClasses(), { classes: ["a", "b"] })).rejects.toThrow(
    "evaluate: classes must be one for each of 3; got 2",
  );
});

test("weights of samples count in all but the reliability diagram, which says so", async () => {
  const { x, y } = threeClasses();
  const weights = Float32Array.from({ length: y.size }, (_, i) => (i % 4) / 2);
  const run = recordRun(trainerOf(identity(3)));
  const { classes, scores, notes } = await run.evaluate(data.fromArrays(x, y, { weights: tensor(weights) }), {
    mistakes: 0,
  });
  const options = { sampleWeight: tensor(weights) };
  expect(classes?.confusion).toEqual(metrics.confusionMatrix(x, y, options).counts);
  expect(classes?.roc.map(({ area }) => area)).toEqual(
    metrics.rocAuc(x, y, { ...options, fromLogits: true, average: "none" }),
  );
  const right = classes?.confusion.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) ?? NaN;
  const all = classes?.confusion.flat().reduce((sum, each) => sum + each, 0) ?? NaN;
  expect(right / all).toBeCloseTo(scores.accuracy ?? NaN, 6);
  expect(notes).toEqual([expect.stringMatching(/^Counts and curves are of weighted samples/)]);
});

test("labels that the loss ignores are left out", async () => {
  const { x, y } = threeClasses();
  const labels = Int32Array.from(y.data, (label, i) => (i < 3000 ? -100 : label));
  const trainer = trainerOf(identity(3), nn.crossEntropyLoss({ ignoreIndex: -100 }));
  const { classes } = await recordRun(trainer).evaluate(data.fromArrays(x, labels), { mistakes: 0 });
  expect(classes?.confusion).toEqual(metrics.confusionMatrix(x, tensor(labels), { ignoreIndex: -100 }).counts);
  expect(classes?.confusion.flat().reduce((sum, each) => sum + each, 0)).toBe(1000);
});

test("a class without samples has no curves, and a note", async () => {
  const { x, y } = threeClasses();
  const labels = Int32Array.from(y.data, (label) => Math.min(label, 1));
  const { classes, notes } = await recordRun(trainerOf(identity(3))).evaluate(data.fromArrays(x, labels));
  expect(classes?.roc.map(({ name }) => name)).toEqual(["0", "1"]);
  expect(notes).toEqual(['Curves of class "2" are left out: not both it and others have samples.']);
});

test("probabilities, as of bceLoss, are taken as they are", async () => {
  const x = tensor([[0.125], [0.75], [0.625], [0.25]]);
  const y = tensor([[0], [1], [0], [1]]);
  const model = identity(1);
  const { classes, mistakes } = await recordRun(trainerOf(model, nn.bceLoss())).evaluate(data.fromArrays(x, y));
  expect(classes?.confusion).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(classes?.roc[0]?.area).toBe(metrics.rocAuc(x, tensor(Int32Array.of(0, 1, 0, 1))));
  expect(mistakes.map(({ target, prediction, probability }) => [target, prediction, probability])).toEqual([
    ["1", "0", 0.75],
    ["0", "1", 0.625],
    ["1", "1", 0.75],
    ["0", "0", 0.875],
  ]);
});
