/**
 * Monte Carlo dropout: uncertainty, and disagreement between masked networks, rise as digits are rotated.
 * Run: npx tsx examples/monte-carlo.ts
 * Source: Gal and Ghahramani 2016, https://arxiv.org/abs/1506.02142
 */
import { type Tensor, metrics, monteCarlo, nn, tensor } from "lanegrad";
import { readDigits } from "./mnist/digits.ts";
import { percent } from "./mnist/figures.ts";
import { mean, trainerOf } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 20_000, epochs: 10, samples: 100, test: 1000 };
export const QUICK = { digits: 4000, epochs: 5, samples: 20, test: 100 };
const ANGLES = [0, 15, 30, 45, 60, 75, 90, 120, 150, 180]; // degrees

/** Images of 28 by 28 pixels rotated about their center, by bilinear interpolation. */
function rotated({ data, shape }: Tensor, degrees: number): Tensor<"float32"> {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const turned = Float32Array.from(data, (_, i) => {
    const [row, column] = [Math.floor((i % 784) / 28) - 13.5, (i % 28) - 13.5];
    const [y, x] = [cosine * row + sine * column + 13.5, cosine * column - sine * row + 13.5];
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const image = i - (i % 784);
    const pixel = (r: number, c: number): number =>
      r < 0 || r > 27 || c < 0 || c > 27 ? 0 : (data[image + r * 28 + c] ?? NaN);
    const along = (r: number): number => pixel(r, left) * (left + 1 - x) + pixel(r, left + 1) * (x - left);
    return along(top) * (top + 1 - y) + along(top + 1) * (y - top);
  });
  return tensor(turned, shape);
}

export async function run({ digits, epochs, samples, test } = FULL) {
  const trainer = trainerOf({ hidden: [512, 512], drop: () => nn.dropout(0.5) }, 42);
  await trainer.fit(readDigits("train", digits), { epochs, batchSize: 128, progress: false });
  const { x, y } = readDigits("t10k", test);
  return ANGLES.map((angle) => {
    const turned = rotated(x, angle);
    const {
      mean: p,
      entropy,
      mutualInformation,
    } = monteCarlo(trainer.model, turned, {
      samples,
      kind: "classification",
    });
    return {
      angle,
      accuracy: metrics.accuracy(p, y),
      entropy: mean([...entropy.data]),
      mutualInformation: mean([...mutualInformation.data]),
    };
  });
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const rows = await run(settings);
  console.log(`784-512-512-10, dropout 0.5; ${settings.test} test digits, ${settings.samples} masks, means in nats\n`);
  table(
    ["degrees", "accuracy", "entropy", "mutual information"],
    rows.map(({ angle, accuracy, entropy, mutualInformation }) => [
      angle,
      percent(accuracy),
      entropy,
      mutualInformation,
    ]),
    3,
  );
}
