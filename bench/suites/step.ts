import { images, mlp } from "../network.ts";
import type { Suite } from "./suite.ts";
import { secondsPerStep } from "./training.ts";

export const step: Suite = {
  name: "step",
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
