/** Rules of losses over epochs, on losses that are made for them. */
import { describe, expect, test } from "vitest";
import { noiseOf } from "../../../src/study/diagnose/curve.ts";
import { diverging } from "../../../src/study/diagnose/diverging.ts";
import { overfitting } from "../../../src/study/diagnose/overfitting.ts";
import { underfitting } from "../../../src/study/diagnose/underfitting.ts";
import { normal } from "../support.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const EPOCHS = 40;

/** Losses of epochs counted from 1, with noise. */
function losses(of: (epoch: number) => number, noise: number, seed: number): number[] {
  const draw = normal(seed);
  return Array.from({ length: EPOCHS }, (_, i) => of(i + 1) + noise * draw());
}

const falling = (epoch: number): number => 0.2 + Math.exp(-epoch / 5);

describe("overfitting", () => {
  test("is found from the lowest validation loss on", () => {
    for (const seed of SEEDS) {
      const validation = losses((epoch) => falling(epoch) + 0.02 * Math.max(0, epoch - 12), 0.01, seed);
      const found = overfitting(losses(falling, 0.01, seed + 100), validation);
      expect(found?.evidence.epoch).toBeGreaterThanOrEqual(9);
      expect(found?.evidence.epoch).toBeLessThanOrEqual(18);
      expect(found?.change).toEqual({ epochs: found?.evidence.epoch });
    }
  });

  test("is none where validation falls too, whatever the noise", () => {
    for (const seed of SEEDS)
      for (const noise of [0, 0.01, 0.05, 0.2])
        expect(overfitting(losses(falling, noise / 2, seed), losses(falling, noise, seed + 50))).toBeUndefined();
  });

  test("is none where the rise is below 5 % of the lowest, or of what was learned", () => {
    const rising = (scale: number) => (epoch: number) => falling(epoch) + scale * Math.max(0, epoch - 20);
    const training = losses(falling, 0, 1);
    expect(
      overfitting(
        training,
        losses((epoch) => rising(0.0005)(epoch) + 1, 0, 1),
      ),
    ).toBeUndefined();
    expect(
      overfitting(
        training,
        losses((epoch) => rising(0.002)(epoch) - 0.19, 0, 1),
      ),
    ).toBeUndefined();
    expect(
      overfitting(
        training,
        losses((epoch) => rising(0.02)(epoch) - 0.19, 0, 1),
      ),
    ).toBeDefined();
  });

  test("is none where the training loss rises too, or epochs are few", () => {
    const rising = (epoch: number): number => falling(epoch) + 0.05 * Math.max(0, epoch - 12);
    expect(overfitting(losses(rising, 0, 1), losses(rising, 0, 1))).toBeUndefined();
    expect(overfitting([1, 0.5, 0.2, 0.1], [1, 0.8, 1.5, 2])).toBeUndefined();
  });
});

describe("divergence", () => {
  test("is found where the loss is not finite, or ends above its start", () => {
    expect(diverging([1, 0.5, NaN], 0.1)?.change).toEqual({ lr: 0.01 });
    expect(diverging([Infinity], 0.1)).toBeDefined();
    for (const seed of SEEDS) {
      const found = diverging(
        losses((epoch) => falling(Math.min(epoch, 10)) + 0.1 * Math.max(0, epoch - 10), 0.02, seed),
        1,
      );
      expect(found?.evidence.last).toBeGreaterThan(1.5);
    }
  });

  test("is none where it falls, or is noise around a level", () => {
    for (const seed of SEEDS) {
      expect(diverging(losses(falling, 0.1, seed), 0.1)).toBeUndefined();
      expect(
        diverging(
          losses(() => 1.1, 0.05, seed),
          0.1,
        ),
      ).toBeUndefined();
    }
  });
});

describe("underfitting", () => {
  const epochs = EPOCHS;
  const errors = (own: number, neighbours: number): { own: Float64Array; neighbours: Float64Array } => ({
    own: Float64Array.from({ length: 200 }, (_, i) => Number(i % 100 < own)),
    neighbours: Float64Array.from({ length: 200 }, (_, i) => Number((i * 7) % 100 < neighbours)),
  });

  test("is found where neighbours predict better than the model", () => {
    const training = losses((epoch) => 1 - 0.01 * epoch, 0, 1);
    const found = underfitting(training, training, {
      baseline: 1.1,
      errors: errors(40, 5),
      constantError: 0.5,
      epochs,
    });
    expect(found?.evidence).toMatchObject({ error: 0.4, neighboursError: 0.05, isFalling: true });
    expect(found?.change).toEqual({ epochs: 80 });
    const flat = losses(() => 0.9, 0.01, 1);
    const still = underfitting(flat, flat, { baseline: 1.1, errors: errors(40, 5), constantError: 0.5, epochs });
    expect(still?.evidence.isFalling).toBe(false);
    expect(still?.change).toBeUndefined();
  });

  test("is none where neighbours are no better, or validation is far from training", () => {
    const flat = losses(() => 0.9, 0.01, 1);
    const high = losses(() => 1.2, 0.01, 1);
    const close = { baseline: 1.1, errors: errors(40, 39), constantError: 0.5, epochs };
    expect(underfitting(flat, flat, close)).toBeUndefined();
    expect(underfitting(flat, high, { ...close, errors: errors(40, 5) })).toBeUndefined();
  });

  test("is, without neighbours, a loss near that of a constant prediction", () => {
    const at = (level: number): number[] => losses(() => level, 0.001, 1);
    expect(underfitting(at(1.05), at(1.06), { baseline: 1.1, epochs })?.confidence).toBe("low");
    expect(underfitting(at(0.9), at(0.9), { baseline: 1.1, epochs })).toBeUndefined();
    expect(underfitting(at(0.9), [], { epochs })).toBeUndefined();
  });
});

test("noise around a trend is its standard deviation", () => {
  const draw = normal(3);
  const values = Array.from({ length: 5000 }, (_, i) => 3 - 0.01 * i + 0.2 * draw());
  expect(noiseOf(values)).toBeCloseTo(0.2, 2);
  expect(noiseOf([1, 2, 3, 4])).toBe(0);
});
