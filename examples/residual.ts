/**
 * Stochastic depth drops random residual blocks in training, which saves the time to compute them.
 * Run: npx tsx examples/residual.ts
 * Source: Huang et al. 2016, https://arxiv.org/abs/1603.09382
 */
import { Trainer, manualSeed, nn, optim } from "lanegrad";
import { CLASSES, TEST_DIGITS, readImages } from "./mnist/digits.ts";
import { percent } from "./mnist/figures.ts";
import { mean } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 10_000, test: TEST_DIGITS, epochs: 8, blocks: 12, channels: 16 };
export const QUICK = { digits: 2000, test: 500, epochs: 3, blocks: 6, channels: 8 };
const LAST = [0, 0.3, 0.6]; // probabilities that the last block is dropped

/** The drop probability of each block: rises linearly to `last`. */
const rates = (blocks: number, last: number): number[] =>
  Array.from({ length: blocks }, (_, i) => ((i + 1) / blocks) * last);

/** Blocks normalize before they act (He et al. 2016, https://arxiv.org/abs/1603.05027), so that no activation follows the sum. */
function network({ blocks, channels }: typeof FULL, last: number): nn.Module {
  const half = (): nn.Module[] => [
    nn.batchNorm2d(channels),
    nn.relu(),
    nn.conv2d(channels, channels, 3, { padding: 1 }),
  ];
  const residuals = rates(blocks, last).map((p) => {
    const body = new nn.Sequential(...half(), ...half());
    return p === 0 ? nn.residual(body) : nn.stochasticDepth(body, p);
  });
  return new nn.Sequential(
    nn.conv2d(1, channels, 3, { stride: 2, padding: 1 }),
    nn.maxPool2d(2),
    ...residuals,
    nn.batchNorm2d(channels),
    nn.relu(),
    nn.flatten(),
    nn.linear(channels * 7 * 7, CLASSES),
  );
}

export async function run(settings = FULL) {
  const { digits, test, epochs, blocks } = settings;
  const [training, validation] = [readImages("train", digits), readImages("t10k", test)];
  const rows = [];
  for (const last of LAST) {
    manualSeed(42);
    const trainer = new Trainer(network(settings, last), { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
    const history = await trainer.fit(training, { epochs, batchSize: 32, validation, progress: false });
    const seconds = mean(history.epochs.map((epoch) => epoch.seconds));
    const { accuracy = NaN } = history.epochs.at(-1)?.validation ?? {};
    rows.push({ last, kept: blocks * (1 - mean(rates(blocks, last))), seconds, accuracy });
  }
  return rows;
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const { digits, epochs, blocks, channels } = settings;
  const rows = await run(settings);
  console.log(`${blocks} residual blocks of ${channels} channels, ${digits} digits, ${epochs} epochs\n`);
  table(
    ["p of the last block", "blocks kept", "seconds per epoch", "test accuracy"],
    rows.map(({ last, kept, seconds, accuracy }) => [last, kept, seconds, percent(accuracy)]),
    2,
  );
}
