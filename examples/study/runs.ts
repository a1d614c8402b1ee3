import { setImmediate } from "node:timers/promises";
import { Trainer, data, manualSeed, nn, optim } from "lanegrad";
import { CLASSES, PIXELS } from "../mnist/digits.ts";

/** Makes the dropout layer after each hidden layer; null for none. */
export type Drop = (() => nn.Module) | null;

/** A kind of network, and the epochs of its training. */
export interface Kind {
  readonly hidden: readonly number[];
  readonly drop: Drop;
  /** Makes the hidden layers and the last layer. Default: `nn.linear`. */
  readonly linear?: (inputs: number, outputs: number) => nn.Module;
  readonly epochs: number;
}

const BATCH = 128;
const LAST = 5; // epochs at the end whose errors are averaged, because the error of one epoch is noisy

/** Linear, ReLU and dropout for every hidden layer, then one score for each digit; Adam at 1e-3. */
export function trainerOf({ hidden, drop, linear = nn.linear }: Omit<Kind, "epochs">, seed: number): Trainer {
  manualSeed(seed);
  const layers = hidden.flatMap((size, i) => [
    linear(hidden[i - 1] ?? PIXELS, size),
    nn.relu(),
    ...(drop ? [drop()] : []),
  ]);
  const model = new nn.Sequential(...layers, linear(hidden.at(-1) ?? PIXELS, CLASSES));
  return new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-3 }) });
}

/** Test errors in percent, for seeds 0, 1, 2, ... */
export async function testErrors(
  kind: Kind,
  training: data.Dataset,
  test: data.Dataset,
  seeds: number,
): Promise<number[]> {
  const errors: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    errors.push(testError(kind, training, test, seed));
    await setImmediate(); // lets finalizers free the memory of the last network
  }
  return errors;
}

/** The test error in percent for one seed: the mean over the last five epochs. */
function testError(kind: Kind, training: data.Dataset, test: data.Dataset, seed: number): number {
  const trainer = trainerOf(kind, seed);
  const errors: number[] = [];
  for (let epoch = 1; epoch <= kind.epochs; epoch++) {
    for (const { x, y } of data.batches(training, { batchSize: BATCH, shuffle: true })) trainer.step(x, y);
    if (epoch > kind.epochs - LAST) errors.push(100 * (1 - (trainer.evaluate(test).accuracy ?? NaN)));
  }
  return mean(errors);
}

/** Median milliseconds per step of each kind, measured in interleaved rounds. */
export function stepTimes(kinds: readonly Omit<Kind, "epochs">[], batch: data.Batch, rounds = 25): number[] {
  const trainers = kinds.map((kind) => trainerOf(kind, 0));
  const times = trainers.map((): number[] => []);
  for (let round = -3; round < rounds; round++) {
    trainers.forEach((trainer, i) => {
      const began = performance.now();
      for (let step = 0; step < 10; step++) trainer.step(batch.x, batch.y);
      if (round >= 0) times[i]?.push((performance.now() - began) / 10); // the first rounds warm up
    });
  }
  return times.map((each) => each.toSorted((a, b) => a - b)[rounds >> 1] ?? NaN);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `1.43 ± 0.05`: mean and standard deviation. */
export function spread(values: readonly number[]): string {
  const center = mean(values);
  const squares = values.map((value) => (value - center) ** 2);
  const deviation = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, values.length - 1));
  return `${center.toFixed(2)} ± ${deviation.toFixed(2)}`;
}
