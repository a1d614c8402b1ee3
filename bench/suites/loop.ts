import { mkdirSync } from "node:fs";
import type { Effort } from "../measure.ts";
import { type Batch, type Network, images, mlp, xor, xorBatch } from "../network.ts";
import { folder } from "../program.ts";
import { median } from "../statistics.ts";
import type { LoopSize, Loops } from "../subjects/subject.ts";
import type { Case, Suite } from "./suite.ts";

const PAIRS = 3; // at least
const WARM_UP = 0.3; // of the effort

interface Work {
  readonly name: string;
  readonly network: () => Network;
  readonly samples: () => Batch;
  readonly size: LoopSize;
}

/** Epochs so many that the time to start a training is small. */
const works: readonly Work[] = [
  { name: "mlp", network: mlp, samples: () => images(64 * 128), size: { batchSize: 128, epochs: 1 } },
  { name: "xor", network: xor, samples: () => repeated(xorBatch(), 1024), size: { batchSize: 4, epochs: 32 } },
  { name: "xor epochs", network: xor, samples: xorBatch, size: { batchSize: 4, epochs: 8192 } },
];

export const loop: Suite = {
  name: "loop",
  about: "The time of a training by the library's own loop / that of the same steps by bare calls.",
  cases: works.flatMap((work) => (["fit", "fit, all on", "events"] as const).map((kind) => share(work, kind))),
};

function share({ name, network, samples, size }: Work, kind: Exclude<keyof Loops, "steps">): Case {
  return {
    name: `${name} ${kind}`,
    unit: "of bare steps",
    better: "lower",
    charted: false,
    async measure(subject, effort) {
      mkdirSync(folder, { recursive: true });
      const loops = await subject.loops?.(network(), samples(), size);
      const run = loops?.[kind];
      return loops && run && ratio(run, loops.steps, effort);
    },
  };
}

/** The median of the ratios of the seconds of `run` and `base`, which take turns. */
async function ratio(run: () => unknown, base: () => unknown, { seconds }: Effort): Promise<number> {
  await pairs(run, base, seconds * WARM_UP, 1);
  return median((await pairs(run, base, seconds, PAIRS)).map(([ofRun, ofBase]) => ofRun / ofBase));
}

/** Which of the two is first alternates. */
async function pairs(
  run: () => unknown,
  base: () => unknown,
  seconds: number,
  least: number,
): Promise<readonly (readonly [number, number])[]> {
  const measured: (readonly [number, number])[] = [];
  const start = performance.now();
  while (measured.length < least || performance.now() - start < seconds * 1000) {
    const isFirst = measured.length % 2 === 0;
    const before = isFirst ? await secondsOf(run) : undefined;
    const ofBase = await secondsOf(base);
    measured.push([before ?? (await secondsOf(run)), ofBase]);
  }
  return measured;
}

async function secondsOf(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

function repeated({ rows, x, y }: Batch, times: number): Batch {
  const repeat = (values: Float32Array): Float32Array =>
    Float32Array.from({ length: values.length * times }, (_, i) => values[i % values.length]!);
  return { rows: rows * times, x: repeat(x), y: repeat(y) };
}
