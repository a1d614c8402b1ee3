import { xor, xorBatch } from "../network.ts";
import type { Suite } from "./suite.ts";
import { secondsPerStep, secondsWhileFalling } from "./training.ts";

const EPOCHS = 500; // of one step each, so many that the time to start a fit is small

export const small: Suite = {
  name: "small",
  about: "Training steps per second of 2-10-10-10-1 (XOR), sigmoid, SGD, batch 4: by single steps, and by fit.",
  cases: [
    {
      name: "xor",
      unit: "steps/s",
      better: "higher",
      async measure(subject, effort) {
        const seconds = await secondsPerStep(subject, xor(), xorBatch(), effort);
        return seconds === undefined ? undefined : 1 / seconds;
      },
    },
    {
      name: "xor fit",
      unit: "steps/s",
      better: "higher",
      async measure(subject, effort) {
        const fit = await subject.fit?.(xor(), xorBatch(), EPOCHS);
        if (fit === undefined) return undefined;
        return EPOCHS / (await secondsWhileFalling(fit, await fit(), effort));
      },
    },
  ],
};
