import { readFileSync } from "node:fs";
import { Trainer, data, nn, optim, tensor } from "../../src/index.ts";

interface Curves {
  readonly rocArea: number;
  readonly averagePrecision: number;
  /** True positive rates at false positive rates of (i + 0.37) / 20. */
  readonly roc: readonly number[];
  /** Precisions at recalls of (i + 0.37) / 20. */
  readonly precisionRecall: readonly number[];
}

interface Classes {
  readonly confusion: readonly (readonly number[])[];
  readonly scores: readonly object[];
  readonly accuracy: number;
  readonly loss: number;
  readonly curves: readonly Curves[];
}

/** What `scripts/report.py` computes of `threeClasses` and `twoClasses`. */
export const fixtures = JSON.parse(readFileSync(new URL("fixtures/classes.json", import.meta.url), "utf8")) as {
  readonly three: Classes;
  readonly binary: Classes;
};

const ROWS = 4000;

/** A multiple of 1/8192 from -4 to below 5. */
export function draw(row: number, column: number): number {
  let number = row * 8 + column + 1;
  for (let i = 0; i < 3; i++) number = (number * number + 48271 * row + 12345) % 65537;
  return number / 8192 - 4;
}

function drawn(columns: number, first: number): number[][] {
  return Array.from({ length: ROWS }, (_, row) => Array.from({ length: columns }, (__, i) => draw(row, first + i)));
}

/** Three classes, whose logits are the inputs. */
export function threeClasses(): data.Dataset {
  const [x, noise] = [drawn(3, 0), drawn(3, 3)];
  const labels = x.map((row, i) => {
    const noisy = row.map((each, k) => each + (noise[i]?.[k] ?? 0));
    return noisy.indexOf(Math.max(...noisy));
  });
  return data.fromArrays(tensor(x), Int32Array.from(labels));
}

/** Two classes, whose logit is the input. */
export function twoClasses(): data.Dataset {
  const [x, noise] = [drawn(1, 6), drawn(1, 7)];
  const labels = x.map(([each = 0], i) => [Number(each + (noise[i]?.[0] ?? 0) > 0)]);
  return data.fromArrays(tensor(x), tensor(labels));
}

/** A model whose outputs are its inputs, with a layer that can be trained. */
export function identity(width: number): nn.Sequential {
  const layer = nn.linear(width, width);
  const eye = Array.from({ length: width }, (_, i) => Array.from({ length: width }, (__, k) => Number(i === k)));
  layer.loadStateDict({ weight: tensor(eye), bias: tensor(Array.from({ length: width }, () => 0)) });
  return nn.sequential(layer);
}

export function trainerOf(model: nn.Module, loss: nn.Loss = nn.crossEntropyLoss()): Trainer {
  return new Trainer(model, { loss, optimizer: optim.adam({ lr: 1e-2 }) });
}
