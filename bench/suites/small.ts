import { xor, xorBatch } from "../network.ts";
import type { Suite } from "./suite.ts";
import { secondsPerStep } from "./training.ts";

export const small: Suite = {
  name: "small",
  cases: [
    {
      name: "xor",
      unit: "steps/s",
      better: "higher",
      measure(subject, effort) {
        const seconds = secondsPerStep(subject, xor(), xorBatch(), effort);
        return seconds === undefined ? undefined : 1 / seconds;
      },
    },
  ],
};
