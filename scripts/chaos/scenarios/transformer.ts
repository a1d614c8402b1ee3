import { Trainer, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { sequences } from "./samples.ts";

const [NUMBERS, TIMES] = [12, 8];

/** Attention with dropout, groups with rates of their own, schedules in a chain; checkpoints after every second epoch too. */
export const transformer: Scenario = {
  name: "transformer",
  make() {
    const model = new nn.Sequential(
      nn.embedding(NUMBERS, 16),
      nn.positionalEncoding(16, { batchFirst: true }),
      nn.transformerEncoderLayer(16, 2, { dimFeedforward: 32, dropout: 0.1, batchFirst: true, causal: true }),
      nn.flatten(),
      nn.linear(16 * TIMES, NUMBERS),
    );
    const optimizer = optim.nAdam({
      lr: 2e-3,
      groups: [{ parameters: (_, { shape }) => shape.length === 1, lr: 1e-3 }],
    });
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss(),
      optimizer,
      clip: { norm: 1 },
      accumulate: 4,
      averaging: { decay: 0.99 },
    });
    return {
      trainer,
      set: sequences(500, TIMES, NUMBERS, 4),
      options: {
        epochs: 30,
        batchSize: 10,
        validation: sequences(60, TIMES, NUMBERS, 5),
        schedule: optim.chainedScheduler([
          optim.linearLr(optimizer, { totalIters: 3 }),
          optim.cosineAnnealingWarmRestarts(optimizer, 2),
        ]),
        checkpoint: { everySteps: 40, everyEpochs: 2, keep: 2, best: "validation loss" },
      },
    };
  },
};
