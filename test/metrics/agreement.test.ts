import { describe, expect, test } from "vitest";
import { data, nn, optim, tensor, Trainer } from "../../src/index.ts";
import { accuracy } from "../../src/metrics/index.ts";
import { randomTensor } from "../support.ts";

describe("accuracy of predictions is what a trainer's evaluate gives", () => {
  const X = randomTensor([67, 4], 3);
  const bit = (i: number): number => Number((X.data[i * 4] ?? 0) + 0.3 * Math.sin(i) > 0);
  const bits = Array.from({ length: 67 }, (_, i) => bit(i));
  const three = tensor(Int32Array.from({ length: 67 }, (_, i) => (i % 7 === 0 ? -100 : i % 3)));
  test.each([
    { loss: nn.crossEntropyLoss(), outputs: 3, y: three, options: { ignoreIndex: -100 } },
    { loss: nn.bceLoss(), outputs: 1, y: tensor(bits, [67, 1]), sigmoid: true },
    { loss: nn.bceWithLogitsLoss(), outputs: 1, y: tensor(bits, [67, 1]), options: { threshold: 0 } },
    {
      loss: nn.bceLoss(),
      outputs: 2,
      y: tensor(
        bits.flatMap((each, i) => [each, i % 2]),
        [67, 2],
      ),
      sigmoid: true,
    },
  ])("$loss.name of $outputs", ({ loss, outputs, y, options, sigmoid = false }) => {
    const model = nn.sequential(nn.linear(4, outputs), sigmoid ? nn.sigmoid() : nn.identity());
    const trainer = new Trainer(model, { loss, optimizer: optim.sgd() });
    const { accuracy: recordRun } = trainer.evaluate(data.fromArrays(X, y), { batchSize: 20 });
    expect(recordRun).toBe(accuracy(model.predict(X), y, options));
    expect(recordRun).toBeGreaterThan(0);
    expect(recordRun).toBeLessThan(1);
  });
});
