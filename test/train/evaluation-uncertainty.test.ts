/** What evaluate measures by predictions with random masks. */
import { describe, expect, test } from "vitest";
import {
  type Tensor,
  Trainer,
  data,
  manualSeed,
  metrics,
  monteCarlo,
  nn,
  ops,
  optim,
  tensor,
} from "../../src/index.ts";
import { expectClose, randomTensor, thrownBy } from "../support.ts";

const ROWS = 60;
const X = randomTensor([ROWS, 4], 1, 2);
const optimizer = (): optim.Optimizer => optim.sgd({ lr: 0.1 });

function network(outputs: number, ...last: readonly nn.Module[]): nn.Module {
  return nn.sequential(nn.linear(4, 16), nn.relu(), nn.dropout(0.5), nn.linear(16, outputs), ...last);
}

/** Losses and uncertainty in the kept part, worked out by sorting: the rows differ in uncertainty. */
function meanOfMostCertain(losses: readonly number[], uncertainty: Tensor, share: number): number {
  const order = losses.map((_, i) => i).toSorted((a, b) => (uncertainty.data[a] ?? 0) - (uncertainty.data[b] ?? 0));
  const kept = order.slice(0, Math.round(share * losses.length));
  return kept.reduce((sum, row) => sum + (losses[row] ?? NaN), 0) / kept.length;
}

describe("of classifiers", () => {
  const labels = Int32Array.from({ length: ROWS }, (_, row) => ((X.data[row * 4] ?? 0) + (row % 7) / 5 > 0.3 ? 1 : 0));
  const three = tensor(Int32Array.from(labels, (label, row) => (row % 4 === 0 ? 2 : label)));
  const column = tensor(Float32Array.from(labels), [ROWS, 1]);
  const kinds = [
    ["classes", 3, [], nn.crossEntropyLoss(), three, "classification"],
    ["logits of one class", 1, [], nn.bceWithLogitsLoss(), column, "classification"],
    ["probabilities of one class", 1, [nn.sigmoid()], nn.bceLoss(), column, "probabilities"],
  ] as const;

  test.each(kinds)("%s", (_, outputs, last, loss, y, kind) => {
    const samples = 20;
    manualSeed(3);
    const model = network(outputs, ...last);
    const state = model.randomState();
    const trainer = new Trainer(model, { loss, optimizer: optimizer() });
    const { uncertainty, loss: plain } = trainer.evaluate(data.fromArrays(X, y), {
      monteCarlo: samples,
      batchSize: 16,
    });
    expect(trainer.evaluate(data.fromArrays(X, y), { batchSize: 16 }).loss).toBe(plain);
    model.loadRandomState(state);
    const found = monteCarlo(model, X, { samples, kind, batchSize: 16 });
    const wrong = Array.from({ length: ROWS }, (_, row) => {
      const scores = found.mean.data.subarray(row * outputs, (row + 1) * outputs);
      const label = outputs === 1 ? Number((scores[0] ?? 0) > 0.5) : scores.indexOf(Math.max(...scores));
      return label === y.data[row] ? 0 : 1;
    });
    const share = wrong.reduce<number>((sum, each) => sum + each, 0) / ROWS;
    expect(share).toBeGreaterThan(0);
    expect(uncertainty?.predictions).toBe(samples);
    expect(uncertainty?.accuracy).toBeCloseTo(1 - share, 12);
    expect([uncertainty?.error, uncertainty?.deviation]).toEqual([undefined, undefined]);
    for (const name of ["entropy", "mutualInformation"] as const) {
      const [own, measure] = [uncertainty?.[name], found[name]];
      if (!own) throw new Error(`no ${name}`);
      expect(own.curve).toEqual(metrics.rejectionCurve(tensor(wrong), measure));
      expect(own.errorDetection).toBe(metrics.rocAuc(measure, tensor(Int32Array.from(wrong))));
      expect(own.referred.map((each) => each.share)).toEqual([0.1, 0.2]);
      for (const { share: referred, kept, caught } of own.referred) {
        const risk = meanOfMostCertain(wrong, measure, 1 - referred);
        expectClose([kept, caught], [1 - risk, 1 - ((1 - referred) * risk) / share], { relative: 1e-9 });
      }
    }
  });

  test("samples that the loss ignores, and those of weight 0, do not count; weights do", () => {
    manualSeed(3);
    const ignored = tensor(Int32Array.from(three.data, (label, row) => (row % 5 === 0 ? -100 : label)));
    const weights = tensor(Float32Array.from({ length: ROWS }, (_, row) => row % 3));
    const trainer = new Trainer(network(3), { loss: nn.crossEntropyLoss(), optimizer: optimizer() });
    // Dropout of rate 0: all predictions are those of evaluation mode, so accuracy is that of the evaluation.
    for (const module of trainer.model.modules()) if (module instanceof nn.Dropout) module.p = 0;
    const { accuracy, uncertainty } = trainer.evaluate(data.fromArrays(X, ignored, { weights }), {
      monteCarlo: 3,
      batchSize: 7,
    });
    expect(uncertainty?.accuracy).toBeCloseTo(accuracy ?? NaN, 12);
    const { accuracy: unweighted } = trainer.evaluate(data.fromArrays(X, ignored));
    expect(unweighted).not.toBeCloseTo(accuracy ?? NaN, 3);
  });

  test("without an error there is nothing to detect", () => {
    manualSeed(3);
    const trainer = new Trainer(network(3), { loss: nn.crossEntropyLoss(), optimizer: optimizer() });
    const { mean } = monteCarlo(trainer.model, X, { samples: 300, kind: "classification" });
    const row = [...mean.data.subarray(0, 3)];
    const y = tensor(Int32Array.of(row.indexOf(Math.max(...row))));
    const one = data.fromArrays(tensor(X.data.slice(0, 4), [1, 4]), y);
    const { uncertainty } = trainer.evaluate(one, { monteCarlo: 300 });
    expect(uncertainty?.accuracy).toBe(1);
    expect(uncertainty?.entropy?.errorDetection).toBeUndefined();
    expect(uncertainty?.entropy?.referred).toEqual([
      { share: 0.1, kept: 1, caught: 0 },
      { share: 0.2, kept: 1, caught: 0 },
    ]);
  });
});

test("of regression: errors by the standard deviation of the predictions", async () => {
  manualSeed(4);
  const y = randomTensor([ROWS, 2], 7);
  const model = network(2);
  const state = model.randomState();
  const trainer = new Trainer(model, { loss: nn.mseLoss(), optimizer: optimizer() });
  const set = data.fromArrays(X, y);
  const { uncertainty } = trainer.evaluate(set, { monteCarlo: 30, batchSize: 20 });
  model.loadRandomState(state);
  expect((await trainer.evaluateAsync(set, { monteCarlo: 30, batchSize: 20 })).uncertainty).toEqual(uncertainty);
  model.loadRandomState(state);
  const { mean, variance } = monteCarlo(model, X, { samples: 30, batchSize: 20 });
  const errors = Array.from({ length: ROWS }, (_, row) =>
    [0, 1].reduce((sum, i) => sum + Math.abs((mean.data[row * 2 + i] ?? 0) - (y.data[row * 2 + i] ?? 0)) / 2, 0),
  );
  const spread = Array.from({ length: ROWS }, (_, row) =>
    Math.sqrt(((variance.data[row * 2] ?? 0) + (variance.data[row * 2 + 1] ?? 0)) / 2),
  );
  const { deviation, ...rest } = uncertainty ?? {};
  const error = errors.reduce((sum, each) => sum + each, 0) / ROWS;
  expect(rest).toEqual({
    predictions: 30,
    accuracy: undefined,
    error: expect.closeTo(error, 12) as number,
    entropy: undefined,
    mutualInformation: undefined,
  });
  expect(deviation?.errorDetection).toBeUndefined();
  const [tenth] = deviation?.referred ?? [];
  const kept = meanOfMostCertain(errors, tensor(spread), 0.9);
  expectClose([tenth?.kept ?? NaN, tenth?.caught ?? NaN], [kept, 1 - (0.9 * kept) / error], { relative: 1e-6 });
});

describe("what has no uncertainty is refused", () => {
  const labels = tensor(new Int32Array(ROWS));
  const evaluate = (model: nn.Module, loss: nn.Loss, y: Tensor, monteCarloOption = 5): unknown =>
    new Trainer(model, { loss, optimizer: optimizer() }).evaluate(data.fromArrays(X, y), {
      monteCarlo: monteCarloOption,
    });
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    [
      "a model without dropout",
      () => evaluate(nn.sequential(nn.linear(4, 3)), nn.crossEntropyLoss(), labels),
      "TypeError: monteCarlo: the model must have a random layer, such as dropout; got sequential of 1",
    ],
    [
      "several decisions per sample",
      () => evaluate(network(2), nn.bceWithLogitsLoss(), randomTensor([ROWS, 2], 1)),
      "ShapeError: evaluate: monteCarlo must be of one decision per sample; got float32 [60, 2]",
    ],
    [
      "a count that is none",
      () => evaluate(network(3), nn.crossEntropyLoss(), labels, 0),
      "RangeError: evaluate: monteCarlo must be a whole number of at least 1; got 0",
    ],
  ];
  test.each(refused)("%s", (_, act, message) => {
    expect(thrownBy(act)).toBe(message);
  });

  test("a loss that neither classifies nor compares numbers", () => {
    const model = network(3, nn.flatten(1));
    const loss = new nn.Loss("firstOf", (prediction) => ops.mean(prediction));
    expect(thrownBy(() => evaluate(model, loss, labels))).toBe(
      "ShapeError: evaluate: monteCarlo must be of a loss that classifies, or of targets with the shape of predictions; got firstOf, float32 [60, 3] and int32 [60]",
    );
  });
});
