import { type Network, images, mlp } from "../network.ts";
import type { Case, Suite } from "./suite.ts";
import { secondsPerStep } from "./training.ts";

export const dropout: Suite = {
  name: "dropout",
  about:
    "One training step as in `step` with other p, and of 784-1024-1024-1024-10 with input dropout: dropout of single units, and block dropout with blocks of 16 units and groups of 32 samples.",
  cases: [
    ...[0.1, 0.3, 0.5].map((p) => caseOf(`512x4, p ${p}`, () => mlp(p))),
    caseOf("1024x3, p 0.5, input 0.2", () => mlp(0.5, [1024, 1024, 1024], 0.2)),
  ],
};

function caseOf(name: string, network: () => Network): Case {
  return {
    name,
    unit: "ms",
    better: "lower",
    async measure(subject, effort) {
      if (subject.dropsInputs !== true) return undefined;
      const seconds = await secondsPerStep(subject, network(), images(128), effort);
      return seconds === undefined ? undefined : seconds * 1e3;
    },
  };
}
