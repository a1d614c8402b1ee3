import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Trainer, data, manualSeed, nn, optim, tensor } from "../../../src/index.ts";
import { type Change, diagnose } from "../../../src/study/index.ts";
import { encodeState } from "../../../src/files/state-json.ts";
import { globalRandomState } from "../../../src/runtime/random.ts";
import { blobs, classifier, iris, mlp, normal, parts } from "../support.ts";

/** A model that overfits, with its data. */
function overfitted(seed: number) {
  manualSeed(seed);
  const { training, validation } = parts(blobs(150, 3, 20, 0.25, seed));
  const factory = ({ lr = 3e-3 }: Change): Trainer => classifier(mlp(20, 3, 64), optim.adam({ lr }));
  return { training, validation, factory, trainer: factory({}) };
}

describe("diagnose", () => {
  test("puts the trainer and the global seed back to the bit", async () => {
    manualSeed(2);
    const { training, validation } = parts(blobs(200, 3, 4, 1, 2));
    const make = (): Trainer =>
      new Trainer(nn.sequential(nn.linear(4, 16), nn.batchNorm1d(16), nn.relu(), nn.dropout(0.3), nn.linear(16, 3)), {
        loss: nn.crossEntropyLoss(),
        optimizer: optim.adam({ lr: 1e-2 }),
      });
    const trainer = make();
    const history = await trainer.fit(training, { epochs: 6, validation, progress: false });
    trainer.model.modules()[2]?.eval();
    const state = (): string =>
      JSON.stringify([
        encodeState(trainer.stateDict()),
        trainer.model.modules().map((each) => each.training),
        globalRandomState(),
      ]);
    const before = state();
    const first = await diagnose(trainer, { training, validation, history, factory: make, prove: true, seeds: 2 });
    expect(state()).toBe(before);
    const second = await diagnose(trainer, { training, validation, history, factory: make, prove: true, seeds: 2 });
    expect(second).toEqual(first);
  });

  test("proves what helps: it stops an overfitting training at its best epoch", async () => {
    const { training, validation, factory, trainer } = overfitted(1);
    const history = await trainer.fit(training, { epochs: 30, validation, progress: false });
    const report = await diagnose(trainer, { training, validation, history, factory, prove: true, seeds: 4 });
    const found = report.findings.find(({ kind }) => kind === "overfitting");
    const { proof } = found ?? {};
    expect(proof?.isProven).toBe(true);
    expect(proof?.seeds).toEqual([1, 2, 3, 4]);
    expect(proof?.gain.low).toBeGreaterThan(0);
    const gains = proof?.base.map((loss, i) => loss - (proof.changed[i] ?? NaN)) ?? [];
    expect(proof?.gain.mean).toBeCloseTo(gains.reduce((sum, each) => sum + each, 0) / 4, 12);
    // Each is a training that the factory and fit give for its seed.
    manualSeed(3);
    const again = factory({});
    await again.fit(training, { epochs: found?.change?.epochs ?? 0, progress: false });
    expect(again.evaluate(validation).loss).toBe(proof?.changed[2]);
    expect(String(report)).toMatch(/proven: over 4 seeds the validation loss falls by [\d.]+ \[[\d.]+, [\d.]+\]/);
  });

  test("does not prove what does not help", async () => {
    const { training, validation, factory, trainer } = overfitted(1);
    const history = await trainer.fit(training, { epochs: 30, validation, progress: false });
    // A factory whose base is the same however long it trains: the rate is 0.
    const still = (): Trainer => factory({ lr: 0 });
    const { findings } = await diagnose(trainer, {
      training,
      validation,
      history,
      factory: still,
      prove: true,
      seeds: 3,
    });
    const { proof } = findings.find(({ kind }) => kind === "overfitting") ?? {};
    expect(proof).toMatchObject({ isProven: false, gain: { mean: 0, low: 0, high: 0 } });
  });

  test("finds validation samples that are copied into training", async () => {
    for (const seed of [1, 2, 3]) {
      manualSeed(seed);
      const { training, validation } = parts(blobs(300, 3, 4, 1, seed));
      const copied = data.subset(validation, [3, 30, 31, 32, 40, 60, 61, 62]);
      const x = [...training.x.data, ...copied.x.data];
      const leaking = data.fromArrays(
        tensor(Array.from({ length: x.length / 4 }, (_, i) => x.slice(4 * i, 4 * i + 4))),
        Int32Array.from([...training.y.data, ...copied.y.data]),
      );
      const trainer = classifier(mlp(4, 3));
      const { findings } = await diagnose(trainer, { training: leaking, validation });
      const found = findings.find((each) => each.kind === "leak");
      expect([...(found?.samples ?? [])]).toEqual([3, 30, 31, 32, 40, 60, 61, 62]);
      expect([...(found?.evidence.training ?? [])]).toEqual([210, 211, 212, 213, 214, 215, 216, 217]);
      const clean = await diagnose(trainer, { training, validation });
      expect(clean.findings.map(({ kind }) => kind)).not.toContain("leak");
    }
  });

  test("takes equal answers to a few questions for no leak", async () => {
    manualSeed(1);
    const draw = normal(1);
    const x = Array.from({ length: 200 }, () => [Number(draw() > 0), Number(draw() > 0), Number(draw() > 0)]);
    const set = data.fromArrays(
      tensor(x),
      Int32Array.from(x, ([a = 0, b = 0]) => a ^ b),
    );
    const { training, validation } = data.split(set, { training: 0.7, validation: 0.3 });
    const { findings } = await diagnose(classifier(mlp(3, 2)), { training, validation });
    expect(findings.map(({ kind }) => kind)).not.toContain("leak");
  });

  test("finds a feature that was made from the target, for classes and numbers", async () => {
    const draw = normal(4);
    const { x, y } = blobs(900, 3, 4, 0.5, 4);
    const rows = Array.from({ length: 900 }, (_, i) => [...x.data.subarray(4 * i, 4 * i + 4)]);
    const leaking = data.fromArrays(tensor(rows.map((row, i) => [...row, (y.data[i] ?? 0) * 7 + 0.1 * draw()])), y);
    const ofClasses = await diagnose(classifier(mlp(5, 3)), { training: leaking });
    expect(ofClasses.findings.find(({ kind }) => kind === "target leak")).toMatchObject({
      where: "x[4]",
      confidence: "low",
    });
    const numbers = rows.map(([a = 0, b = 0]) => [a * b + draw()]);
    const made = data.fromArrays(
      tensor(rows.map((row, i) => [Math.exp(numbers[i]?.[0] ?? 0), ...row])),
      tensor(numbers),
    );
    const regressor = (inputs: number): Trainer =>
      new Trainer(mlp(inputs, 1), { loss: nn.mseLoss(), optimizer: optim.adam() });
    const ofNumbers = await diagnose(regressor(5), { training: made });
    expect(ofNumbers.findings.find(({ kind }) => kind === "target leak")?.where).toBe("x[0]");
    const clean = await diagnose(regressor(4), { training: data.fromArrays(tensor(rows), tensor(numbers)) });
    expect(clean.findings.map(({ kind }) => kind)).not.toContain("target leak");
    const flowers = await diagnose(classifier(mlp(4, 3)), { training: iris() });
    expect(flowers.findings.map(({ kind }) => kind)).not.toContain("target leak");
  });

  test("takes steps of a time series for no leak of the target", async () => {
    const series = Array.from({ length: 405 }, (_, i) => Math.sin(i / 40) + 0.2 * Math.sin(i / 9));
    const x = Array.from({ length: 400 }, (_, i) => series.slice(i, i + 4));
    const set = data.fromArrays(tensor(x), tensor(x.map((_, i) => [series[i + 4] ?? 0])));
    const trainer = new Trainer(mlp(4, 1), { loss: nn.mseLoss(), optimizer: optim.adam() });
    expect((await diagnose(trainer, { training: set })).findings.map(({ kind }) => kind)).not.toContain("target leak");
  });

  test("finds dead channels of a convolution", async () => {
    manualSeed(1);
    const draw = normal(2);
    const images = tensor(
      Array.from({ length: 120 }, () => [Array.from({ length: 6 }, () => Array.from({ length: 6 }, draw))]),
    );
    const convolution = nn.conv2d(1, 10, 3);
    const model = nn.sequential(convolution, nn.relu6(), nn.flatten(), nn.linear(160, 2));
    const set = data.fromArrays(
      images,
      Int32Array.from({ length: 120 }, (_, i) => i % 2),
    );
    const trainer = classifier(model);
    expect((await diagnose(trainer, { training: set })).findings.map(({ kind }) => kind)).not.toContain("dead units");
    convolution.bias?.assign([-90, 0, -90, 0, -90, 0, -90, 0, 0, 0]);
    const { findings } = await diagnose(trainer, { training: set });
    expect(findings.find(({ kind }) => kind === "dead units")).toMatchObject({
      where: '"1" (relu6)',
      evidence: { units: 10, dead: 4 },
    });
  });

  test("prints its findings, and what was not checked", async () => {
    manualSeed(1);
    const { trainer, training } = overfitted(1);
    const report = await diagnose(trainer, { training });
    expect(inspect(report)).toBe(String(report));
    expect(report.unchecked.map(({ kind }) => kind)).toEqual(["leak", "overfitting", "diverging", "underfitting"]);
    expect(String(report)).toContain("not checked:\n   leak: there is no validation set\n");
  });

  test("refuses what is wrong", async () => {
    const { trainer, training, factory } = overfitted(1);
    const wrong = async (options: object): Promise<string> => {
      try {
        await diagnose(trainer, { training, ...options });
        return "nothing thrown";
      } catch (error) {
        return String(error);
      }
    };
    expect(await wrong({ prove: true })).toBe(
      "TypeError: diagnose: prove must have factory and validation; got no factory and validation",
    );
    expect(await wrong({ history: {} })).toBe(
      "TypeError: diagnose: history must be what fit gives, with epochs; got {}",
    );
    expect(await wrong({ seeds: 1 })).toBe("RangeError: diagnose: seeds must be a whole number of at least 2; got 1");
    expect(await wrong({ factory: () => 3 })).toBe(
      "TypeError: diagnose: factory: the trainer must be a Trainer; got 3",
    );
    expect(await wrong({ training: data.fromArrays(tensor([[1]]), Int32Array.of(0)) })).toMatch(/^ShapeError/);
    expect(factory({}).options.optimizer.lr).toBe(3e-3);
  });
});
