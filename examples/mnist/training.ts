import { type Epoch, type Profile, type Step, Trainer, data, manualSeed, nn, optim } from "lanegrad";
import { CLASSES, PIXELS } from "./digits.ts";
import type { Options } from "./options.ts";

/** The result of a training, complete or interrupted. */
export interface Training {
  /** Dropout probability. */
  readonly p: number;
  readonly trainer: Trainer;
  readonly epochs: readonly Epoch[];
  readonly steps: readonly Step[];
  readonly aborted: boolean;
}

/** Linear, ReLU and dropout for every hidden layer, then one score for each digit. */
function classifier(hidden: readonly number[], p: number): nn.Module {
  const layers = hidden.flatMap((size, i) => [nn.linear(hidden[i - 1] ?? PIXELS, size), nn.relu(), nn.dropout(p)]);
  return nn.sequential(...layers, nn.linear(hidden.at(-1) ?? PIXELS, CLASSES));
}

/** Trains a new network. */
export async function train(
  { training, validation }: Pick<data.Split, "training" | "validation">,
  { epochs, batch, p, seed, hidden }: Options,
  signal: AbortSignal,
): Promise<Training> {
  manualSeed(seed);
  const model = classifier(hidden, p);
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 1e-3 }) });
  const steps: Step[] = [];
  const history = await trainer.fit(training, {
    epochs,
    batchSize: batch,
    validation,
    signal,
    progress: true,
    onStep: (step) => void steps.push(step),
  });
  return { p, trainer, steps, ...history };
}

/** The time of each kernel call of a training step; parameters and optimizer state are restored. */
export function profileOf({ trainer }: Training, digits: data.Dataset, batchSize: number): Profile | undefined {
  const [batch] = data.batches(digits, { batchSize });
  return batch && trainer.profile(batch.x, batch.y);
}
