import { images, mlp } from "../network.ts";
import type { Suite } from "./suite.ts";
import { secondsPerStep } from "./training.ts";

export const step: Suite = {
  name: "step",
  about: "One training step of 784-512-512-512-512-10, ReLU, dropout 0.3, cross-entropy, Adam, batch 128.",
  cases: [
    {
      name: "mlp",
      unit: "ms",
      better: "lower",
      async measure(subject, effort) {
        const seconds = await secondsPerStep(subject, mlp(), images(128), effort);
        return seconds === undefined ? undefined : seconds * 1e3;
      },
    },
  ],
};
