import { Trainer, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { labelled } from "./samples.ts";

/** Streamed rows, dropout of blocks, pruned weights, stochastic depth; one cycle by step, EMA, two batches per update. */
export const mlp: Scenario = {
  name: "mlp",
  make() {
    const model = nn.sequential(
      nn.linear(300, 64),
      nn.relu(),
      nn.dropout(0.5, { block: 16, group: 4 }),
      nn.stochasticDepth(nn.sequential(nn.linear(64, 64), nn.relu()), 0.3),
      nn.dropout(0.2),
      nn.linear(64, 10),
    );
    nn.prune(model, { amount: 0.2 });
    const optimizer = optim.sgd({ lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-4, maxNorm: 3 });
    const epochs = 16;
    const schedule = optim.oneCycleLr(optimizer, 0.1, { totalSteps: epochs * 32 });
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss(),
      optimizer,
      clip: { norm: 1 },
      accumulate: 2,
      averaging: { decay: 0.95 },
    });
    return {
      trainer,
      set: labelled(1000, [300], 10),
      options: {
        epochs,
        batchSize: 16,
        schedule,
        scheduleBy: "step",
        checkpoint: { everySteps: 17, keep: 3 },
      },
    };
  },
};
