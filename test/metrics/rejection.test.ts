/** Risk-coverage curves against those of `scripts/rejection.py`. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Tensor, metrics, tensor } from "../../src/index.ts";
import { expectClose, thrownBy } from "../support.ts";

interface Case {
  readonly name: string;
  readonly losses: readonly number[];
  readonly uncertainty: readonly number[];
  readonly weights: readonly number[] | null;
  readonly coverage: readonly number[];
  readonly risk: readonly number[];
  readonly thresholds: readonly number[];
  readonly area: number;
  readonly at: readonly (readonly [number, number])[];
  readonly rocAuc: number | null;
}

const path = new URL("fixtures/rejection.json", import.meta.url);
const cases = JSON.parse(readFileSync(path, "utf8")) as readonly Case[];
const NEAR = { relative: 1e-9, absolute: 1e-12 };

describe("equal to NumPy and scikit-learn within 1e-9", () => {
  test.each(cases)("$name", ({ losses, uncertainty, weights, ...expected }) => {
    const options = weights ? { sampleWeight: tensor(weights) } : {};
    const curve = metrics.rejectionCurve(tensor(losses), tensor(uncertainty), options);
    expectClose(curve.coverage, expected.coverage, NEAR);
    expectClose(curve.risk, expected.risk, NEAR);
    expect(curve.thresholds).toEqual(expected.thresholds);
    expectClose([curve.area], [expected.area], NEAR);
    expectClose(
      expected.at.map(([coverage]) => curve.at(coverage)),
      expected.at.map(([, value]) => value),
      NEAR,
    );
    if (expected.rocAuc === null) return;
    const isWrong = tensor(Int32Array.from(losses));
    expectClose([metrics.rocAuc(tensor(uncertainty), isWrong, options)], [expected.rocAuc], NEAR);
  });

  test("there are cases with ties, weights and an area under the ROC curve", () => {
    expect(cases.length).toBeGreaterThan(7);
    expect(cases.some(({ weights }) => weights !== null)).toBe(true);
    expect(cases.filter(({ rocAuc }) => rocAuc !== null).length).toBeGreaterThan(2);
    expect(cases.some(({ losses, thresholds }) => thresholds.length < losses.length)).toBe(true);
  });
});

test("the order of rows does not matter, ties included", () => {
  const [losses, uncertainty] = [
    [0, 1, 1, 0, 1],
    [2, 1, 1, 1, 2],
  ];
  const curve = metrics.rejectionCurve(tensor(losses), tensor(uncertainty));
  const reversed = metrics.rejectionCurve(tensor(losses.toReversed()), tensor(uncertainty.toReversed()));
  expect(reversed).toEqual(curve);
});

test("uncertainties may be infinite", () => {
  const curve = metrics.rejectionCurve(tensor([0.5, 1, 0, 1]), tensor([Infinity, 0, -Infinity, Infinity]));
  expect(curve.thresholds).toEqual([-Infinity, 0, Infinity]);
  expect(curve.risk).toEqual([0, 0.5, 0.625]);
});

test("of no rows the curve gives the risk of the first", () => {
  const curve = metrics.rejectionCurve(tensor([0.25, 1]), tensor([0, 1]));
  expect([curve.at(0), curve.at(0.5), curve.at(1)]).toEqual([0.25, 0.25, 0.625]);
});

const [losses, uncertainty] = [tensor([0, 1]), tensor([0.5, 0.25])];
const refused: readonly [() => unknown, string][] = [
  [
    () => metrics.rejectionCurve(losses, tensor([1, 2, 3])),
    "ShapeError: rejectionCurve: losses and uncertainty must be [rows] or [rows, 1]; got float32 [2] and float32 [3]",
  ],
  [
    () => metrics.rejectionCurve(tensor([[0, 1]]), tensor([[0, 1]])),
    "ShapeError: rejectionCurve: losses and uncertainty must be [rows] or [rows, 1]; got float32 [1, 2] and float32 [1, 2]",
  ],
  [
    () =>
      metrics.rejectionCurve(
        new Tensor([0], "float32", new Float32Array()),
        new Tensor([0], "float32", new Float32Array()),
      ),
    "RangeError: rejectionCurve: there must be at least one row; got none",
  ],
  [
    () => metrics.rejectionCurve(tensor([0, Infinity]), uncertainty),
    "RangeError: rejectionCurve: losses must be finite; got Infinity in row 1",
  ],
  [
    () => metrics.rejectionCurve(losses, tensor([NaN, 1])),
    "RangeError: rejectionCurve: uncertainty must be numbers; got NaN in row 0",
  ],
  [
    () => metrics.rejectionCurve(losses, uncertainty, { sampleWeight: tensor([0, 0]) }),
    "RangeError: rejectionCurve: sampleWeight must be above 0 in at least one row that counts; got 0 in all",
  ],
  [
    () => metrics.rejectionCurve(losses, uncertainty).at(1.5),
    "RangeError: rejectionCurve: coverage must be from 0 to 1; got 1.5",
  ],
];

test.each(refused)("%s", (act, message) => {
  expect(thrownBy(act)).toBe(message);
});
