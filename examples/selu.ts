/**
 * SELU with alpha dropout keeps mean 0 and variance 1 through a deep network; ReLU with dropout does not.
 * Run: npx tsx examples/selu.ts
 * Source: Klambauer et al. 2017, https://arxiv.org/abs/1706.02515
 */
import { type Tensor, Trainer, data, manualSeed, nn, optim, tensor } from "lanegrad";
import { CLASSES, PIXELS, TEST_DIGITS, readDigits } from "./mnist/digits.ts";
import { percent } from "./mnist/figures.ts";
import { mean } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 10_000, test: TEST_DIGITS, epochs: 10, layers: 16, width: 128 };
export const QUICK = { digits: 1500, test: 1000, epochs: 2, layers: 8, width: 128 };
const P = 0.1;

const kinds = {
  "SELU, alpha dropout": { gain: "linear", activation: nn.selu, dropout: nn.alphaDropout },
  "ReLU, dropout": { gain: "relu", activation: nn.relu, dropout: nn.dropout },
} as const;

/** Hidden layers with Kaiming initial values for their activation (variance 1 / inputs or 2 / inputs), then class scores. */
function network({ gain, activation, dropout }: (typeof kinds)[keyof typeof kinds], layers: number, width: number) {
  const hidden = Array.from({ length: layers }, (_, i) => {
    const linear = nn.linear(i === 0 ? PIXELS : width, width, { bias: false });
    nn.init.kaimingNormal(linear.weight, { nonlinearity: gain });
    return nn.sequential(linear, activation(), dropout(P));
  });
  return new nn.Sequential(...hidden, nn.linear(width, CLASSES));
}

/** Mean and variance of the output of each hidden layer in training mode. */
function moments({ layers }: nn.Sequential, x: Tensor) {
  let value = x;
  return layers.slice(0, -1).map((layer) => {
    value = layer.run(value);
    const center = mean([...value.data]);
    return { mean: center, variance: mean(Array.from(value.data, (each) => (each - center) ** 2)) };
  });
}

/** Digits with pixels scaled to mean 0 and variance 1 over the training set. */
function standardDigits(name: "train" | "t10k", count: number): data.Dataset {
  const { x, y } = readDigits(name, count);
  return data.fromArrays(
    tensor(
      Float32Array.from(x.data, (pixel) => (pixel - 0.1307) / 0.3081),
      x.shape,
    ),
    y,
  );
}

export async function run({ digits, test, epochs, layers, width } = FULL) {
  const [training, validation] = [standardDigits("train", digits), standardDigits("t10k", test)];
  const results = [];
  for (const [name, kind] of Object.entries(kinds)) {
    manualSeed(42);
    const model = network(kind, layers, width);
    const before = moments(model, training.x);
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 3e-4 }) });
    const history = await trainer.fit(training, { epochs, batchSize: 64, validation, progress: false });
    const accuracies = history.epochs.map(({ validation }) => validation?.accuracy ?? NaN);
    results.push({ name, before, after: moments(model, training.x), accuracies });
  }
  return results;
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const results = await run(settings);
  console.log(`${settings.layers} hidden layers of ${settings.width}, p ${P}, in training mode\n`);
  for (const { name, before, after, accuracies } of results) {
    console.log(`${name}: test accuracy by epoch ${accuracies.map(percent).join(", ")}\n`);
    table(
      ["layer", "mean before training", "variance", "mean after training", "variance"],
      before.map((each, i) => [i + 1, each.mean, each.variance, after[i]?.mean ?? NaN, after[i]?.variance ?? NaN]),
      3,
    );
  }
}
