import { Trainer, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { sequences } from "./samples.ts";

const [NUMBERS, TIMES] = [12, 10];

/** Variational dropout, zoneout, dropout of an embedding; resident rows in their own order, checkpoints by the clock. */
export const lstm: Scenario = {
  name: "lstm",
  make() {
    const model = new nn.Sequential(
      nn.embeddingDropout(nn.embedding(NUMBERS, 16), 0.1),
      nn.lstm(16, 24, {
        numLayers: 2,
        batchFirst: true,
        variational: { input: 0.1, recurrent: 0.2, output: 0.1 },
        zoneout: { hidden: 0.1, cell: 0.1 },
      }),
      nn.flatten(),
      nn.linear(24 * TIMES, NUMBERS),
    );
    const optimizer = optim.rmsprop({ lr: 2e-3, momentum: 0.5, centered: true });
    const warmup = optim.linearLr(optimizer, { startFactor: 0.1, totalIters: 20 });
    const decay = optim.exponentialLr(optimizer, 0.99);
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss(),
      optimizer,
      clip: { norm: 0.5 },
      accumulate: 2,
      averaging: { decay: 0.9, start: 5 },
    });
    return {
      trainer,
      set: sequences(600, TIMES, NUMBERS),
      options: {
        epochs: 16,
        batchSize: 16,
        shuffle: false,
        schedule: optim.sequentialLr(optimizer, [warmup, decay], [20]),
        scheduleBy: "step",
        checkpoint: { everySeconds: 0.05, keep: 4 },
      },
    };
  },
};
