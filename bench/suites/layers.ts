import { type Model, cnn, encoder, lstm } from "../model.ts";
import { images } from "../network.ts";
import type { Case, Suite } from "./suite.ts";
import { secondsWhileFalling } from "./training.ts";

/**
 * Relative. The first losses differ by less than 1e-6 in float32. In the second, Adam divides small gradients by their own
 * size, which amplifies rounding: one subject differs by 6e-5, while a step changes the loss by 3e-3 or more.
 */
const TOLERANCES = [1e-5, 2e-4] as const;

export const layers: Suite = {
  name: "layers",
  about:
    "One training step of a convolutional network with batch normalization, an LSTM over the rows of an image and a transformer's encoder layer over them; cross-entropy, Adam, batch 64.",
  cases: [
    caseOf(cnn, [2.6324369, 2.4236306]),
    caseOf(lstm, [2.3092163, 2.3017285]),
    caseOf(encoder, [2.4199139, 2.3123173]),
  ],
};

/** @param losses before the first and the second step, from PyTorch in float64 with the same parameters and images */
function caseOf(model: () => Model, losses: readonly [number, number]): Case {
  return {
    name: model.name,
    unit: "ms",
    better: "lower",
    async measure(subject, effort) {
      const step = await subject.trainLayers?.(model(), images(64));
      if (step === undefined) return undefined;
      for (const [i, expected] of losses.entries()) {
        const loss = await step();
        if (Math.abs(loss - expected) <= TOLERANCES[i]! * expected) continue;
        throw new Error(`layers: the loss of step ${i + 1} must be ${expected}; got ${loss}`);
      }
      return (await secondsWhileFalling(step, losses[0], effort)) * 1e3;
    },
  };
}
