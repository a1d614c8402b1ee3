/** Which number of an epoch chooses the best, and how it is saved. */
import { describe, expect, test } from "vitest";
import { type Epoch, nn } from "../../src/index.ts";
import { StateReader } from "../../src/base/state-reader.ts";
import {
  type Followed,
  followedValue,
  isBetter,
  isFollowed,
  requireFollowed,
} from "../../src/train/evaluation/followed.ts";
import { checkedCheckpointOptions } from "../../src/train/fit/checkpoint-options.ts";
import { FitRun } from "../../src/train/fit/fit-run.ts";
import { thrownBy } from "../support.ts";

const EPOCH: Epoch = {
  epoch: 2,
  loss: 1,
  accuracy: 0.5,
  metrics: undefined,
  uncertainty: undefined,
  validation: {
    loss: 2,
    accuracy: undefined,
    metrics: { f1: 0.25, "mean error": NaN, toString: 3 },
    uncertainty: undefined,
  },
  averaged: undefined,
  steps: 4,
  seconds: 0.5,
};

test.each([
  ["loss", 1],
  ["accuracy", 0.5],
  ["validation loss", 2],
  ["validation accuracy", NaN],
  ["validation f1", 0.25],
  ["validation mean error", NaN],
  ["validation toString", 3],
  ["validation valueOf", NaN],
] satisfies [Followed, number][])("%s is followed", (by, value) => {
  expect(followedValue(by, EPOCH)).toBe(value);
  expect(followedValue(by, { ...EPOCH, validation: undefined })).toBe(by.startsWith("validation") ? NaN : value);
});

test("losses should fall and all others rise, unless a mode says otherwise; the first must be finite", () => {
  const of = (by: Followed, mode?: "min" | "max"): readonly boolean[] => [
    isBetter(by, 1, 2, mode),
    isBetter(by, 2, 1, mode),
    isBetter(by, 1, 1, mode),
    isBetter(by, NaN, 1, mode),
  ];
  for (const by of ["loss", "validation loss"] as const) expect(of(by)).toEqual([true, false, false, false]);
  for (const by of ["accuracy", "validation accuracy", "validation f1", "validation log loss"] as const)
    expect(of(by)).toEqual([false, true, false, false]);
  expect(of("validation mae", "min")).toEqual([true, false, false, false]);
  expect(of("loss", "max")).toEqual([false, true, false, false]);
  for (const mode of ["min", "max"] as const)
    expect([NaN, Infinity, -Infinity, 3].map((value) => isBetter("loss", value, undefined, mode))).toEqual([
      false,
      false,
      false,
      true,
    ]);
});

test.each([
  ["loss", true],
  ["validation f1", true],
  ["validation ", false],
  ["f1", false],
  [3, false],
])("%s has the form of a metric: %s", (by, expected) => {
  expect(isFollowed(by)).toBe(expected);
});

describe("what a training does not compute is refused", () => {
  const training = { loss: nn.crossEntropyLoss(), hasValidation: true, metrics: ["f1"] };
  test("what it does is not", () => {
    for (const by of ["loss", "accuracy", "validation loss", "validation accuracy", "validation f1"])
      expect(requireFollowed("fit", "by", by, training)).toBeUndefined();
  });

  test.each([
    [
      "validation auc",
      {},
      'RangeError: fit: by must be "loss", "accuracy", "validation loss", "validation accuracy" or "validation f1"; got "validation auc"',
    ],
    [
      "f1",
      {},
      'RangeError: fit: by must be "loss", "accuracy", "validation loss", "validation accuracy" or "validation f1"; got "f1"',
    ],
    [
      "validation f1",
      { hasValidation: false },
      'TypeError: fit: by "validation f1" must have the option validation of fit; got none',
    ],
    [
      "validation accuracy",
      { loss: nn.mseLoss() },
      'TypeError: fit: by "validation accuracy" must have a loss that gives an accuracy; got mseLoss',
    ],
  ])("%s %o", (by, change, message) => {
    expect(thrownBy(() => requireFollowed("fit", "by", by, { ...training, ...change }))).toBe(message);
  });

  test("in checkpoints too, with their mode", () => {
    const given = { directory: "x", best: "validation f1", mode: "min" } as const;
    const checked = checkedCheckpointOptions(given, true, training.loss, ["f1"]);
    expect([checked.best, checked.mode]).toEqual(["validation f1", "min"]);
    expect(thrownBy(() => checkedCheckpointOptions(given, true, training.loss))).toContain('got "validation f1"');
    expect(
      thrownBy(() => checkedCheckpointOptions({ ...given, mode: "low" as never }, true, training.loss, ["f1"])),
    ).toBe('RangeError: fit: checkpoint: mode must be "min" or "max"; got "low"');
  });
});

describe("metrics in a saved training", () => {
  const saved = (): FitRun => {
    const run = new FitRun({ seed: 1, stream: 2 });
    run.endEpoch(EPOCH);
    run.endEpoch({ ...EPOCH, averaged: { loss: 1, accuracy: 1, metrics: { f1: 1 }, uncertainty: undefined } });
    run.best = { by: "validation f1", epoch: 2, value: 0.25, steps: 4 };
    return run;
  };

  test("survive it, also as JSON", () => {
    const state: unknown = JSON.parse(JSON.stringify(saved().stateDict()));
    const reader = new StateReader("state");
    const run = FitRun.from(reader, reader.record("", state) ?? {});
    reader.finish();
    expect(run.done).toEqual(saved().done);
    expect(run.best).toEqual(saved().best);
  });

  test.each([
    [3, "done.0.validation.metrics as 3 instead of an object"],
    [{ f1: "high" }, 'done.0.validation.metrics.f1 as "high" instead of a number'],
  ])("that are %o are refused", (metrics, problem) => {
    const reader = new StateReader("state");
    const state = {
      ...saved().stateDict(),
      done: [{ ...EPOCH, validation: { loss: 1, accuracy: 1, metrics }, averaged: null }],
    };
    FitRun.from(reader, JSON.parse(JSON.stringify(state)) as Record<string, unknown>);
    expect(thrownBy(() => reader.finish())).toContain(problem);
  });

  test("a best that has not the form of a metric is refused", () => {
    const reader = new StateReader("state");
    FitRun.from(reader, { ...saved().stateDict(), best: { by: "f1", epoch: 2, value: 0.25, steps: 4 } });
    expect(thrownBy(() => reader.finish())).toContain('best.by as "f1" instead of a metric');
  });
});
