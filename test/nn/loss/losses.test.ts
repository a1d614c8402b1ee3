import { describe, expect, test } from "vitest";
import { type Tensor, data, nn, ops, optim, tensor, Trainer } from "../../../src/index.ts";
import { Lambda, expectClose, expectGradient, thrownBy } from "../../support.ts";

const X = tensor([0.3, -1.2, 0.8, 2.5]);
const SIGNS = tensor([1, -1, -1, 1]);
const BITS = tensor([1, 0, 0, 1]);
const SCORES = tensor([
  [0.1, 0.2, 0.4, 0.8],
  [1, -0.5, 0.3, 0.9],
]);
const LABELS = tensor([3, 0], undefined, "int32");
const PAIRS = tensor([
  [
    [1, 2, -1],
    [0.5, 1, 1],
  ],
  [
    [0.5, -0.3, 2],
    [-0.5, 0.4, 1],
  ],
  [
    [-1, 0.2, 0.1],
    [1, 1, -2],
  ],
]);
const PAIR_SIGNS = tensor([1, -1, -1]);
// What PyTorch's log_softmax gives for the first and softmax for the second of the pairs.
const MEMBERS = [0, 1].map((which) =>
  tensor(
    PAIRS.data.filter((_, i) => Math.floor(i / 3) % 2 === which),
    [3, 3],
  ),
);
const LOGS = new Lambda((x) => ops.logSoftmax(x)).run(MEMBERS[0] ?? X);
const LOG_CHANCES = new Lambda((x) => ops.logSoftmax(x)).run(MEMBERS[1] ?? X);
const CHANCES = new Lambda((x) => ops.softmax(x)).run(MEMBERS[1] ?? X);

interface Case {
  readonly loss: nn.Loss;
  readonly prediction: Tensor;
  readonly target: Tensor;
  /** From PyTorch 1.13; the focal loss by -log p and (1 - p) from its cross-entropy. */
  readonly value: number;
  /** Whether the target is a choice, by which there is no derivative. */
  readonly chosen?: boolean;
}

const CASES: readonly Case[] = [
  { loss: nn.huberLoss({ delta: 0.5 }), prediction: X, target: SIGNS, value: 0.4112499952316284 },
  {
    loss: nn.smoothL1Loss({ beta: 0.5, reduction: "sum" }),
    prediction: X,
    target: SIGNS,
    value: 3.2899999618530273,
  },
  { loss: nn.smoothL1Loss({ beta: 0 }), prediction: X, target: SIGNS, value: 1.0499999523162842 },
  { loss: nn.klDivLoss({ reduction: "batchmean" }), prediction: LOGS, target: CHANCES, value: 0.49379774928092957 },
  { loss: nn.klDivLoss({ logTarget: true }), prediction: LOGS, target: LOG_CHANCES, value: 0.1645992398262024 },
  { loss: nn.focalLoss(), prediction: X, target: BITS, value: 0.1681184470653534, chosen: true },
  {
    loss: nn.focalLoss({ gamma: 1.5, alpha: 0.25, reduction: "sum" }),
    prediction: X,
    target: BITS,
    value: 0.5642670392990112,
    chosen: true,
  },
  // 0.7, 0, 1.8 and 0 are missing to a margin of 1.
  { loss: nn.hingeLoss(), prediction: X, target: SIGNS, value: 2.5 / 4, chosen: true },
  {
    loss: nn.hingeEmbeddingLoss({ margin: 1.5 }),
    prediction: X,
    target: SIGNS,
    value: 1.5499999523162842,
    chosen: true,
  },
  {
    loss: nn.hingeEmbeddingLoss({ reduction: "sum" }),
    prediction: X,
    target: SIGNS,
    value: 5.199999809265137,
    chosen: true,
  },
  { loss: nn.multiMarginLoss(), prediction: SCORES, target: LABELS, value: 0.3125 },
  {
    loss: nn.multiMarginLoss({ p: 2, margin: 0.7, weight: [1, 2, 0.5, 3], reduction: "sum" }),
    prediction: SCORES,
    target: LABELS,
    value: 0.16499999165534973,
  },
  {
    loss: nn.cosineEmbeddingLoss({ margin: 0.2 }),
    prediction: PAIRS,
    target: PAIR_SIGNS,
    value: 0.3502241373062134,
    chosen: true,
  },
  {
    loss: nn.cosineEmbeddingLoss({ reduction: "sum" }),
    prediction: PAIRS,
    target: PAIR_SIGNS,
    value: 1.2506723403930664,
    chosen: true,
  },
];

test.each(CASES)(
  "$loss.name like PyTorch, and its gradients by differences",
  ({ loss, prediction, target, ...row }) => {
    expectClose(loss.run(prediction, target).data, [row.value]);
    if (!row.chosen) return expectGradient(loss, [prediction, target], 1e-3);
    // Differences by a target of -1 or 1 would leave what is allowed.
    const given = target.shape.length === 1 ? target : tensor([]);
    expectGradient(new Lambda((x) => ops.add(loss.call(x, constant(given)), ops.sum(x))), [prediction], 1e-3);
  },
);

/** A tensor as an operand whose numbers are known beforehand. */
function constant(of: Tensor): ReturnType<typeof ops.filled> {
  return ops.concatenate(Array.from(of.data, (value) => ops.filled([1], value)));
}

describe("wrong use of a loss", () => {
  const refused: readonly [() => unknown, string][] = [
    [() => nn.huberLoss({ delta: 0 }), "RangeError: huberLoss: delta must be a finite number above 0; got 0"],
    [() => nn.huberLoss({ delta: NaN }), "RangeError: huberLoss: delta must be a finite number above 0; got NaN"],
    [() => nn.huberLoss({ beta: 1 } as never), "TypeError: huberLoss: options must be reduction, delta; got beta"],
    [
      () => nn.smoothL1Loss({ beta: -1 }),
      "RangeError: smoothL1Loss: beta must be a finite number of at least 0; got -1",
    ],
    [
      () => nn.smoothL1Loss({ reduction: "means" as never }),
      'RangeError: smoothL1Loss: reduction must be "none", "mean" or "sum"; got "means"',
    ],
    [
      () => nn.klDivLoss({ reduction: "each" as never }),
      'RangeError: klDivLoss: reduction must be "none", "mean", "sum" or "batchmean"; got "each"',
    ],
    [() => nn.klDivLoss({ log: true } as never), "TypeError: klDivLoss: options must be reduction, logTarget; got log"],
    [() => nn.focalLoss({ gamma: NaN }), "RangeError: focalLoss: gamma must be a finite number of at least 0; got NaN"],
    [() => nn.focalLoss({ alpha: 1.5 }), "RangeError: focalLoss: alpha must be from 0 to 1; got 1.5"],
    [() => nn.hingeLoss({ margin: 1 } as never), "TypeError: hingeLoss: options must be reduction; got margin"],
    [
      () => nn.hingeEmbeddingLoss({ margin: Infinity }),
      "RangeError: hingeEmbeddingLoss: margin must be a finite number; got Infinity",
    ],
    [() => nn.multiMarginLoss({ p: 3 as never }), "RangeError: multiMarginLoss: p must be 1 or 2; got 3"],
    [
      () => nn.multiMarginLoss({ weight: [1, NaN] }),
      "RangeError: multiMarginLoss: weight[1] must be a finite number of at least 0; got NaN",
    ],
    [
      () => nn.cosineEmbeddingLoss({ margin: 2 }),
      "RangeError: cosineEmbeddingLoss: margin must be from -1 to 1; got 2",
    ],
    [
      () => nn.cosineEmbeddingLoss().run(SCORES, LABELS),
      "ShapeError: cosineEmbeddingLoss: the prediction must be pairs [batch, 2, features]; got input 0 [2, 4]",
    ],
    [
      () => nn.cosineEmbeddingLoss().run(PAIRS, SIGNS),
      "ShapeError: cosineEmbeddingLoss: targets must be [3], one for each pair of rows; got input 1 [4]",
    ],
    [() => nn.hingeLoss().run(X, BITS), "RangeError: hingeLoss: targets must be -1 or 1; got 0 at index 1"],
    [() => nn.focalLoss().run(X, SIGNS), "RangeError: focalLoss: targets must be 0 or 1; got -1 at index 1"],
    [
      () => nn.huberLoss().run(X, PAIR_SIGNS),
      "ShapeError: huberLoss: prediction and target must have one shape; got input 0 [4] and input 1 [3]",
    ],
    [
      () => nn.multiMarginLoss().run(SCORES, tensor([4, 0], undefined, "int32")),
      "RangeError: multiMarginLoss: labels must be from 0 to 3; got 4 at index 0",
    ],
    [
      () => nn.multiMarginLoss({ weight: [1, 2] }).run(SCORES, LABELS),
      "ShapeError: multiMarginLoss: weight must hold one number for each of 4 classes; got weight [2]",
    ],
  ];
  test.each(refused)("%s", (act, message) => {
    expect(thrownBy(act)).toBe(message);
  });
});

test("losses that classify say which predictions are right", () => {
  const model = nn.linear(1, 1, { bias: false });
  model.loadStateDict({ weight: tensor([[1]]) });
  const accuracyOf = (loss: nn.Loss, y: Tensor): number | undefined => {
    const trainer = new Trainer(model, { loss, optimizer: optim.sgd() });
    return trainer.evaluate(data.fromArrays(tensor(X.data, [4, 1]), tensor(y.data, [4, 1]))).accuracy;
  };
  expect(accuracyOf(nn.hingeLoss(), SIGNS)).toBe(0.75);
  expect(accuracyOf(nn.focalLoss(), BITS)).toBe(0.75);
  expect(accuracyOf(nn.huberLoss(), SIGNS)).toBeUndefined();
});
