import { Trainer, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { labelled } from "./samples.ts";

/** Batch normalization, validation with the best weights, a plateau schedule; averages over epochs, a short last batch skipped. */
export const cnn: Scenario = {
  name: "cnn",
  make() {
    const model = nn.sequential(
      nn.conv2d(1, 8, 3, { padding: 1 }),
      nn.batchNorm2d(8),
      nn.relu(),
      nn.maxPool2d(2),
      nn.dropout2d(0.2),
      nn.conv2d(8, 8, 3),
      nn.batchNorm2d(8),
      nn.relu(),
      nn.flatten(),
      nn.linear(288, 5),
    );
    const optimizer = optim.adamW({ lr: 3e-3, amsgrad: true });
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss({ labelSmoothing: 0.1 }),
      optimizer,
      clip: { value: 0.05 },
      accumulate: 3,
      averaging: { start: 2, useBuffers: true },
    });
    return {
      trainer,
      set: labelled(505, [1, 16, 16], 5),
      options: {
        epochs: 24,
        batchSize: 20,
        dropLast: true,
        validation: labelled(100, [1, 16, 16], 5, 3),
        schedule: optim.reduceLrOnPlateau(optimizer, { factor: 0.5, patience: 1 }),
        checkpoint: { everySteps: 10, everyEpochs: 1, keep: 2, best: "validation loss" },
      },
    };
  },
};
