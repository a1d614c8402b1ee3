import { describe, expect, test } from "vitest";
import { type Operand, type Tensor, nn, ops, tensor, vjp } from "../../../src/index.ts";
import { rowsAt } from "../../../src/base/rows.ts";
import { Lambda, expectClose, expectGradient, randomTensor, thrownBy } from "../../support.ts";

const ROWS = 6;
/** Whole weights count a sample so many times. */
const TIMES = [2, 0, 1, 3, 1, 4];
const REPEATED = Int32Array.from(TIMES.flatMap((times, row) => Array<number>(times).fill(row)));
const WEIGHT = tensor(TIMES);

const X = randomTensor([ROWS, 2, 3], 5, 2);
const Y = randomTensor([ROWS, 2, 3], 6, 2);
const CHANCES = tensor(
  randomTensor([ROWS, 2, 3], 7, 0.4).data.map((x) => x + 0.5),
  [ROWS, 2, 3],
);
const OTHERS = tensor(
  randomTensor([ROWS, 2, 3], 8, 0.4).data.map((x) => x + 0.5),
  [ROWS, 2, 3],
);
const LOGS = tensor(CHANCES.data.map(Math.log), [ROWS, 2, 3]);
const OTHER_LOGS = tensor(OTHERS.data.map(Math.log), [ROWS, 2, 3]);
const SIGNS = tensor(Y.data.map(Math.sign), [ROWS, 2, 3]);
const BITS = tensor(
  Y.data.map((y) => Number(y > 0)),
  [ROWS, 2, 3],
);
const SCORES = randomTensor([ROWS, 4], 9, 3);
const LABELS = tensor(Int32Array.of(3, 0, -100, 1, 3, 2));
const ALL_LABELS = tensor(Int32Array.of(3, 0, 2, 1, 3, 2));
const CLASS_WEIGHT = [0.5, 2, 1, 0.25];

type Reduction = "mean" | "sum" | "none";
interface Case {
  readonly make: (reduction: Reduction) => nn.Loss;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Whether there is no derivative by the target. */
  readonly chosen?: boolean;
}

const CASES: readonly Case[] = [
  { make: (reduction) => nn.mseLoss({ reduction }), x: X, y: Y },
  { make: (reduction) => nn.l1Loss({ reduction }), x: X, y: Y },
  { make: (reduction) => nn.huberLoss({ reduction, delta: 0.7 }), x: X, y: Y },
  { make: (reduction) => nn.smoothL1Loss({ reduction, beta: 0.6 }), x: X, y: Y },
  { make: (reduction) => nn.bceLoss({ reduction }), x: CHANCES, y: OTHERS },
  { make: (reduction) => nn.bceWithLogitsLoss({ reduction }), x: X, y: OTHERS },
  { make: (reduction) => nn.bceWithLogitsLoss({ reduction, posWeight: [2, 0.5, 1] }), x: X, y: OTHERS },
  { make: (reduction) => nn.bceWithLogitsLoss({ reduction, posWeight: 3 }), x: X, y: OTHERS },
  { make: (reduction) => nn.focalLoss({ reduction, alpha: 0.3 }), x: X, y: BITS, chosen: true },
  { make: (reduction) => nn.klDivLoss({ reduction }), x: LOGS, y: OTHERS },
  {
    make: (reduction) => nn.klDivLoss({ reduction: reduction === "mean" ? "batchmean" : reduction }),
    x: LOGS,
    y: OTHERS,
  },
  { make: (reduction) => nn.klDivLoss({ reduction, logTarget: true }), x: LOGS, y: OTHER_LOGS },
  { make: (reduction) => nn.hingeLoss({ reduction }), x: X, y: SIGNS, chosen: true },
  { make: (reduction) => nn.hingeEmbeddingLoss({ reduction }), x: X, y: SIGNS, chosen: true },
  {
    make: (reduction) => nn.cosineEmbeddingLoss({ reduction, margin: 0.1 }),
    x: X,
    y: tensor([1, -1, -1, 1, 1, -1]),
    chosen: true,
  },
  { make: (reduction) => nn.crossEntropyLoss({ reduction }), x: SCORES, y: LABELS },
  {
    make: (reduction) => nn.crossEntropyLoss({ reduction, weight: CLASS_WEIGHT, labelSmoothing: 0.1 }),
    x: SCORES,
    y: LABELS,
  },
  { make: (reduction) => nn.nllLoss({ reduction, weight: CLASS_WEIGHT }), x: SCORES, y: LABELS },
  { make: (reduction) => nn.multiMarginLoss({ reduction, p: 2, weight: CLASS_WEIGHT }), x: SCORES, y: ALL_LABELS },
];

const valueOf = (loss: nn.Loss, ...inputs: Tensor[]): number => loss.run(...inputs).item();

describe.each(CASES.map((each, i) => ({ ...each, name: `${i}: ${each.make("mean").name}` })))(
  "$name",
  ({ make, x, y, chosen }) => {
    test.each(["mean", "sum"] as const)("%s: a weight of n counts a sample n times", (reduction) => {
      const loss = make(reduction);
      const repeated = valueOf(loss, rowsAt(x, REPEATED), rowsAt(y, REPEATED));
      expectClose([valueOf(loss, x, y, WEIGHT)], [repeated], { relative: 2e-6 });
      const ones = tensor(new Float32Array(ROWS).fill(1));
      expectClose([valueOf(loss, x, y, ones)], [valueOf(loss, x, y)], { relative: 2e-6 });
    });

    test("none: the weight times each", () => {
      const loss = make("none");
      const [plain, weighed] = [loss.run(x, y), loss.run(x, y, WEIGHT)];
      expect(weighed.shape).toEqual(plain.shape);
      expect(plain.shape[0]).toBe(ROWS);
      const own = plain.size / ROWS;
      expect([...weighed.data]).toEqual(
        Array.from(plain.data, (l, i) => Math.fround(l * (TIMES[Math.floor(i / own)] ?? NaN))),
      );
    });

    test.each(["mean", "sum", "none"] as const)("%s: gradients by differences, by the weights too", (reduction) => {
      const loss = make(reduction);
      const weight = tensor(TIMES.map((times) => times + 0.5));
      // Differences of a sum of some hundreds would be of its rounding.
      const scaled = (of: Operand): Operand => ops.affine(of, reduction === "sum" ? 0.1 : 1, 0);
      const whole = new Lambda((prediction, target, w) => scaled(loss.call(prediction, target, w)));
      if (!chosen) return expectGradient(whole, [x, y, weight], 1e-3, 4e-3);
      // Differences by a target that is a choice would leave what is allowed.
      const fixed = new Lambda((prediction, w) => scaled(loss.call(prediction, constant(y), w)));
      expectGradient(fixed, [x, weight], 1e-3, 4e-3);
    });

    test("samples that all weigh nothing have mean 0, and no gradient", () => {
      const nothing = tensor(new Float32Array(ROWS));
      const { output, inputs } = vjp(make("mean"), [x, y, nothing], tensor(1));
      expect(output.item()).toBe(0);
      expect(inputs[0]?.data.every((value) => value === 0)).toBe(true);
    });
  },
);

/** A tensor as an operand whose numbers are known beforehand. */
function constant(of: Tensor): Operand {
  return ops.reshape(ops.concatenate(Array.from(of.data, (value) => ops.filled([1], value))), of.shape);
}

test("ops.weightedMean", () => {
  const mean = new Lambda((losses, weight) => ops.weightedMean(losses, weight));
  const losses = tensor([
    [1, 3],
    [10, 20],
    [5, 7],
  ]);
  expect(mean.run(losses, tensor([1, 0, 3])).item()).toBe((2 + 3 * 6) / 4);
  expect(mean.run(losses, tensor([0, 0, 0])).item()).toBe(0);
});

describe("weights that are none are refused before anything is computed", () => {
  const loss = nn.mseLoss();
  test.each([
    [
      tensor([1, 1, 1, 1, -1, 1]),
      "RangeError: mseLoss: weights of samples must be finite numbers of at least 0; got -1 at index 4",
    ],
    [
      tensor([1, NaN, 1, 1, 1, 1]),
      "RangeError: mseLoss: weights of samples must be finite numbers of at least 0; got NaN at index 1",
    ],
    [
      tensor([1, 1, 1, 1, 1, Infinity]),
      "RangeError: mseLoss: weights of samples must be finite numbers of at least 0; got Infinity at index 5",
    ],
    [
      tensor([1, 1]),
      "ShapeError: mseLoss: weights of samples must be [6], one for each of squaredError [6, 2, 3]; got input 2 [2]",
    ],
    [
      tensor(new Float32Array(6), [6, 1]),
      "ShapeError: mseLoss: weights of samples must be [6], one for each of squaredError [6, 2, 3]; got input 2 [6, 1]",
    ],
    [tensor(new Int32Array(6)), "TypeError: mseLoss: weights of samples must be float32; got int32 input 2 [6]"],
  ])("%s", (weight, message) => {
    expect(thrownBy(() => loss.run(X, Y, weight))).toBe(message);
  });
});
