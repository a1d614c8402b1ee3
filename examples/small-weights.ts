/**
 * Exports a classifier of the MNIST digits with float32, bf16, f16 and int8 weights: test accuracy, bytes of the file, time of one
 * digit; then what each layer loses by int8. Run: npx tsx examples/small-weights.ts
 */
import { type Tensor, metrics, nn, tensor } from "lanegrad";
import { exportWasm, weightLoss } from "lanegrad/export";
import { median } from "./mnist/figures.ts";
import { CLASSES, PIXELS, readDigits } from "./mnist/digits.ts";
import { mean, trainerOf } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { seeds: 5, epochs: 5, digits: 60_000, test: 10_000, hidden: 512 };
export const QUICK = { seeds: 2, epochs: 3, digits: 3000, test: 500, hidden: 128 };

const FORMATS = ["float32", "bf16", "f16", "int8"] as const;
const KERNELS = ["strict", "relaxed"] as const;
const SAMPLES = 500; // digits for the loss of each layer

type Format = (typeof FORMATS)[number];

/** An exported file in this process, which classifies one digit at a time. */
class File {
  readonly bytes: number;
  readonly #run: () => void;
  readonly #input: Float32Array;
  readonly #output: Float32Array;

  constructor(wasm: Uint8Array<ArrayBuffer>) {
    this.bytes = wasm.length;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    const { memory, input, output, run } = exports as unknown as {
      readonly memory: WebAssembly.Memory;
      readonly input: WebAssembly.Global;
      readonly output: WebAssembly.Global;
      readonly run: () => void;
    };
    this.#run = run;
    this.#input = new Float32Array(memory.buffer, Number(input.value), PIXELS);
    this.#output = new Float32Array(memory.buffer, Number(output.value), CLASSES);
  }

  /** Scores [digits, 10] of digits x [digits, 784]. */
  scores(x: Tensor<"float32">): Tensor<"float32"> {
    const [digits = 0] = x.shape;
    const scores = new Float32Array(digits * CLASSES);
    for (let i = 0; i < digits; i++) {
      this.#input.set(x.data.subarray(i * PIXELS, (i + 1) * PIXELS));
      this.#run();
      scores.set(this.#output, i * CLASSES);
    }
    return tensor(scores, [digits, CLASSES]);
  }

  /** Microseconds of one run, by the mean of a hundred. */
  time(): number {
    const began = performance.now();
    for (let i = 0; i < 100; i++) this.#run();
    return (performance.now() - began) * 10;
  }
}

/** One file, or none where this engine does not run it. */
function fileOf(model: nn.Module, weights: Format, kernels: (typeof KERNELS)[number]): File | undefined {
  const { wasm } = exportWasm(model, [1, PIXELS], { weights, kernels });
  return WebAssembly.validate(wasm) ? new File(wasm) : undefined;
}

/** Median microseconds of one digit by each file, measured in interleaved rounds. */
function timesOf(files: readonly (File | undefined)[], rounds = 25): number[] {
  const times = files.map((): number[] => []);
  for (let round = -3; round < rounds; round++) {
    files.forEach((file, i) => {
      const time = file?.time();
      if (round >= 0 && time !== undefined) times[i]?.push(time); // the first rounds warm up
    });
  }
  return times.map(median);
}

export async function run({ seeds, epochs, digits, test, hidden } = FULL) {
  const [training, { x, y }] = [readDigits("train", digits), readDigits("t10k", test)];
  const images = tensor(Float32Array.from(x.data), [test, PIXELS]);
  const accuracies = FORMATS.map((): number[] => []);
  let model: nn.Module = nn.sequential();
  for (let seed = 1; seed <= seeds; seed++) {
    const trainer = trainerOf({ hidden: [hidden, hidden, hidden, hidden], drop: () => nn.dropout(0.3) }, seed);
    await trainer.fit(training, { epochs, batchSize: 128, progress: false });
    ({ model } = trainer);
    FORMATS.forEach((weights, i) => {
      const scores = fileOf(trainer.model, weights, "strict")?.scores(images);
      if (scores) accuracies[i]?.push(100 * metrics.accuracy(scores, y));
    });
  }
  const files = FORMATS.map((weights) => KERNELS.map((kernels) => fileOf(model, weights, kernels)));
  const times = timesOf(files.flat());
  const rows = FORMATS.map((weights, i) => {
    const differences = accuracies[i]?.map((accuracy, seed) => accuracy - (accuracies[0]?.[seed] ?? NaN)) ?? [];
    return {
      weights,
      accuracies: accuracies[i] ?? [],
      accuracy: mean(accuracies[i] ?? []),
      /** Of the accuracies, to that with float32 weights and the same seed, in points. */
      largestDifference: Math.max(...differences.map(Math.abs)),
      bytes: files[i]?.[0]?.bytes ?? NaN,
      /** Microseconds; NaN where this engine does not run the file. */
      times: { strict: times[2 * i] ?? NaN, relaxed: times[2 * i + 1] ?? NaN },
    };
  });
  const sample = readDigits("train", SAMPLES).x;
  return { rows, loss: weightLoss(model, sample) };
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const { rows, loss } = await run(settings);
  const { hidden, seeds } = settings;
  console.log(`784-${hidden}x4-10 with dropout 0.3, on ${settings.test} test digits, ${seeds} seeds\n`);
  const microseconds = (time: number): string => (Number.isNaN(time) ? "-" : time.toFixed(1));
  table(
    ["weights", "accuracy %", "largest difference", "bytes", "us, strict", "us, relaxed"],
    rows.map(({ weights, accuracy, largestDifference, bytes, times }) => [
      weights,
      accuracy.toFixed(3),
      largestDifference.toFixed(2),
      bytes,
      microseconds(times.strict),
      microseconds(times.relaxed),
    ]),
  );
  console.log(
    `The last model: differences of int8, as shares of the numbers of float32, on ${SAMPLES} training digits\n`,
  );
  console.log(String(loss));
}
