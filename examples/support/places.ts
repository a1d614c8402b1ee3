/** Classification of every position of sequences: models return [sequences * positions, classes]. */
import { type Trainer, data, metrics, nn, tensor } from "lanegrad";
import { meanLoss } from "./loss.ts";

/** Sequences x [N, T] of random integers from 0 to below `high`, with targets `solve(x)`; `manualSeed` fixes them. */
export function randomPlaces(
  [N, T]: readonly [number, number],
  high: number,
  solve: (sequence: Int32Array) => Int32Array,
): data.Dataset {
  const drawn = nn.init.uniform(new nn.Parameter([N, T]), 0, high);
  const x = Int32Array.from(drawn.read(), Math.floor);
  const y = new Int32Array(x.length);
  for (let i = 0; i < x.length; i += T) y.set(solve(x.slice(i, i + T)), i);
  return data.fromArrays(tensor(x, [N, T]), tensor(y, [N, T]));
}

/** Mean loss, and accuracy over all positions, on a test set after an epoch; epochs count from 1. */
export interface Reading {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** Trains for some epochs and evaluates the trainer's model on a test set after each. */
export function learnPlaces(
  trainer: Trainer,
  { training, test, epochs, batchSize }: Pick<data.Split, "training" | "test"> & { epochs: number; batchSize: number },
): Reading[] {
  const labels = tensor(test.y.data, [test.y.size]);
  return Array.from({ length: epochs }, (_, i) => {
    for (const { x, y } of data.batches(training, { batchSize, shuffle: true })) {
      trainer.step(x, tensor(y.data, [y.size]));
    }
    const logp = nn.logSoftmax().predict(trainer.model.predict(test.x, { batchSize: test.length }));
    return { epoch: i + 1, accuracy: metrics.accuracy(logp, labels), loss: meanLoss(logp, labels) };
  });
}
