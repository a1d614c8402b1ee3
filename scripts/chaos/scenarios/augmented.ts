import { Trainer, data, dropoutSchedule, earlyStopping, nn, optim } from "lanegrad";
import type { Scenario } from "../scenario.ts";
import { caution } from "./caution.ts";
import { labelled } from "./samples.ts";

/** Samples that are augmented for each batch; early stopping, the best checkpoint, callbacks with states, a schedule by loss, EMA. */
export const augmented: Scenario = {
  name: "augmented",
  make() {
    const model = nn.sequential(nn.linear(64, 24), nn.relu(), nn.dropout(0.3), nn.linear(24, 4));
    const optimizer = optim.adam({ lr: 0.003 });
    const trainer = new Trainer(model, {
      loss: nn.crossEntropyLoss(),
      optimizer,
      accumulate: 2,
      averaging: { decay: 0.9 },
    });
    const { shift, noise, mixup } = data.transforms;
    const transforms = [shift({ x: 1, y: 1 }), noise(0.1), mixup()];
    return {
      trainer,
      set: data.augment(labelled(300, [64], 4), transforms, { shape: [1, 8, 8], seed: 7 }),
      options: {
        epochs: 60,
        batchSize: 16,
        validation: labelled(100, [64], 4, 5),
        schedule: optim.reduceLrOnPlateau(optimizer, { patience: 2, factor: 0.7 }),
        callbacks: [
          caution(optimizer),
          dropoutSchedule(model, { to: 0.1, steps: 100 }),
          earlyStopping({ patience: 4 }),
          earlyStopping({ by: "accuracy", patience: 50, restoreBest: false }),
        ],
        checkpoint: { everySteps: 13, everyEpochs: 1, best: "validation loss", keep: 2 },
      },
    };
  },
};
