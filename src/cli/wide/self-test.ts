/** What the child process of the self-test runs. */
import { type Tensor, Trainer, backend, configure, manualSeed, nn, optim, tensor } from "lanegrad";

/** This module, for the process that imports it. */
export const location = import.meta.url;

const STEPS = 40; // of each model: the first calls make V8 optimize a kernel, the later ones run its optimized code
const SAMPLES = 24;
const CLASSES = 5;

const BUILDS = [
  { build: "relaxed", reproducible: false },
  { build: "strict", reproducible: true },
];

/** One model for each family of kernels; sizes are no multiples of 8, so that the last elements of rows count too. */
const MODELS = {
  "a multilayer perceptron": {
    shape: [60],
    make: () =>
      nn.sequential(
        nn.linear(60, 130),
        nn.gelu(),
        nn.dropout(0.3),
        nn.linear(130, 75),
        nn.batchNorm1d(75),
        nn.relu(),
        nn.dropout(0.5, { block: 15, group: 8 }),
        nn.linear(75, CLASSES),
      ),
  },
  "a convolutional network": {
    shape: [3, 9, 7],
    make: () =>
      nn.sequential(
        nn.conv2d(3, 20, 3, { padding: 1 }),
        nn.batchNorm2d(20),
        nn.relu(),
        nn.maxPool2d(2),
        nn.conv2d(20, 12, 3),
        nn.silu(),
        nn.flatten(1),
        nn.linear(24, CLASSES),
      ),
  },
  "a recurrent network": {
    shape: [11, 5],
    make: () =>
      nn.sequential(
        nn.lstm(5, 18, { batchFirst: true }),
        nn.layerNorm([18]),
        nn.gru(18, 7, { batchFirst: true }),
        nn.flatten(1),
        nn.linear(77, CLASSES),
      ),
  },
} as const;

/** Trains small models with and without wide mode, and compares losses and weights bit by bit. Returns what is wrong, or "". */
export function selfTest(): string {
  // V8's flag stays set for the process, and what it optimizes later is paired too: so all models train without it first.
  const [plain, wide] = [false, true].map((isWide) =>
    BUILDS.map(({ reproducible }) => {
      configure({ reproducible, wide: isWide, threads: 1 });
      return { backend: backend(), bits: Object.values(MODELS).map(bitsOfTraining) };
    }),
  );
  const refused = wide?.find((run) => !run.backend.wide);
  if (refused) return refused.backend.why.find((why) => why.startsWith("not wide: "))?.slice("not wide: ".length) ?? "";
  const names = Object.keys(MODELS);
  const differing = BUILDS.flatMap(({ build }, b) =>
    names.filter((_, m) => plain?.[b]?.bits[m] !== wide?.[b]?.bits[m]).map((name) => `${name} with ${build} kernels`),
  );
  return differing.length === 0 ? "" : `other bits in ${differing.join(", ")}`;
}

/** All losses and weights of a training, as text that is equal only for equal bits. */
function bitsOfTraining({ shape, make }: (typeof MODELS)[keyof typeof MODELS]): string {
  manualSeed(3);
  const model = make();
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 0.01 }) });
  const values = SAMPLES * shape.reduce((product, size) => product * size, 1);
  const x = tensor(
    Float32Array.from({ length: values }, (_, i) => Math.sin(i)),
    [SAMPLES, ...shape],
  );
  const y = tensor(Int32Array.from({ length: SAMPLES }, (_, i) => i % CLASSES));
  const losses = Float64Array.from({ length: STEPS }, () => trainer.step(x, y));
  return [hex(losses), ...Object.values(model.stateDict()).map(({ data }: Tensor) => hex(data))].join(" ");
}

function hex({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("hex");
}
