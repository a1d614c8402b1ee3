import { secondsPerCall } from "../measure.ts";
import { images, mlp } from "../network.ts";
import { outputs } from "../reference.ts";
import type { Case, Suite } from "./suite.ts";

export const inference: Suite = {
  name: "inference",
  cases: [batch(1, "us", 1e6), batch(256, "ms", 1e3)],
};

function batch(rows: number, unit: string, perSecond: number): Case {
  return {
    name: `batch ${rows}`,
    unit,
    better: "lower",
    measure(subject, effort) {
      const network = mlp();
      const { x } = images(rows);
      const predict = subject.predict?.(network, x, rows);
      if (predict === undefined) return undefined;
      let out: ArrayLike<number> = [];
      const seconds = secondsPerCall(() => {
        out = predict();
      }, effort);
      checkLastRow(out, rows, outputs(network, x.subarray(-784), 1));
      return seconds * perSecond;
    },
  };
}

function checkLastRow(out: ArrayLike<number>, rows: number, expected: Float64Array): void {
  if (out.length !== rows * expected.length) {
    throw new Error(`inference: ${rows * expected.length} values wanted; got ${out.length}`);
  }
  const start = out.length - expected.length;
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(out[start + i]! - value) <= 1e-4)) {
      throw new Error(`inference: output ${i} of the last row must be ${value}; got ${out[start + i]}`);
    }
  }
}
