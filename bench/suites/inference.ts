import { measure, singleCalls } from "../measure.ts";
import { images, mlp } from "../network.ts";
import { outputs } from "../reference.ts";
import { quantile } from "../statistics.ts";
import type { Subject } from "../subjects/subject.ts";
import type { Case, Suite } from "./suite.ts";

export const inference: Suite = {
  name: "inference",
  about: "Outputs of 784-512-512-512-512-10 in evaluation mode.",
  cases: [batch(1, "us", 1e6), latency("p50", 0.5), latency("p99", 0.99), batch(32, "us", 1e6), batch(256, "ms", 1e3)],
};

function batch(rows: number, unit: string, perSecond: number): Case {
  return {
    name: `batch ${rows}`,
    unit,
    better: "lower",
    async measure(subject, effort) {
      const { x } = images(rows);
      const predict = await subject.predict?.(mlp(), x, rows);
      if (predict === undefined) return undefined;
      const { seconds, result } = await measure(predict, effort);
      checkLastRow(result, rows, x, subject);
      return seconds * perSecond;
    },
  };
}

/** A percentile of the times of single calls. */
function latency(name: string, share: number): Case {
  return {
    name: `batch 1 ${name}`,
    unit: "us",
    better: "lower",
    charted: false,
    async measure(subject, effort) {
      const { x } = images(1);
      const predict = await subject.predict?.(mlp(), x, 1);
      if (predict === undefined) return undefined;
      const samples = await singleCalls(predict, effort);
      checkLastRow(await predict(), 1, x, subject);
      return quantile(samples, share) * 1e6;
    },
  };
}

function checkLastRow(out: ArrayLike<number>, rows: number, x: Float32Array, { tolerance = 1e-4 }: Subject): void {
  const expected = outputs(mlp(), x.subarray(-784), 1);
  if (out.length !== rows * expected.length) {
    throw new Error(`inference: ${rows * expected.length} values wanted; got ${out.length}`);
  }
  const start = out.length - expected.length;
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(out[start + i]! - value) <= tolerance)) {
      throw new Error(`inference: output ${i} of the last row must be ${value}; got ${out[start + i]}`);
    }
  }
}
