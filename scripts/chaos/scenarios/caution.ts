import type { Callback, optim } from "lanegrad";

/** Takes 1 % off the learning rate at each step whose loss is above the running mean, and keeps the mean in its state. */
export function caution(optimizer: optim.Optimizer): Callback {
  let mean = 0;
  return {
    name: "caution",
    onBegin({ epoch, step }) {
      if (epoch === 1 && step === 0) mean = 0;
    },
    onStep({ loss }) {
      if (loss > mean) optimizer.lr *= 0.99;
      mean += 0.1 * (loss - mean);
    },
    stateDict: () => ({ mean }),
    loadStateDict(state) {
      mean = Number(state["mean"]);
    },
  };
}
