import { Trainer, data, nn, optim, tensor } from "lanegrad";
import { random, uniform } from "../../../bench/random.ts";
import type { Scenario } from "../scenario.ts";

/**
 * The fastest kernels of this Node, resident rows in random order with weights of samples, penalties, and a checkpoint every
 * 5 steps.
 */
export const regression: Scenario = {
  name: "regression",
  strict: false,
  make() {
    const model = nn.sequential(
      nn.linear(20, 32),
      nn.gaussianDropout(0.2),
      nn.prelu(),
      nn.batchNorm1d(32),
      nn.linear(32, 1),
    );
    const optimizer = optim.lion({ lr: 1e-3 });
    const trainer = new Trainer(model, {
      loss: nn.huberLoss(),
      optimizer,
      regularization: { l1: 1e-5, l2: 1e-4 },
      clip: { norm: 2 },
      accumulate: 2,
      averaging: { by: "epoch" },
    });
    const x = uniform(400 * 20, -1, 1, random(6));
    const y = Float32Array.from({ length: 400 }, (_, i) => (x[i * 20] ?? 0) * (x[i * 20 + 1] ?? 0));
    const weights = uniform(400, 0.5, 1.5, random(7));
    return {
      trainer,
      set: data.fromArrays(tensor(x, [400, 20]), tensor(y, [400, 1]), { weights }),
      options: {
        epochs: 60,
        batchSize: 32,
        schedule: optim.cosineAnnealingLr(optimizer, 60),
        checkpoint: { everySteps: 5, keep: 3 },
      },
    };
  },
};
