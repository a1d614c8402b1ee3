/**
 * A convolutional network with spatial dropout classifies more than 99.2 % of the MNIST test digits correctly.
 * Run: LANEGRAD_WIDE=1 npx tsx examples/convolution.ts
 */
import { Trainer, manualSeed, nn, optim } from "lanegrad";
import { CLASSES, TEST_DIGITS, TRAINING_DIGITS, readImages } from "./mnist/digits.ts";
import { count, percent } from "./mnist/figures.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: TRAINING_DIGITS, test: TEST_DIGITS, epochs: 6, seed: 42 };
export const QUICK = { digits: 1500, test: 500, epochs: 2, seed: 42 };
const BATCH = 128;

function network() {
  return nn.sequential(
    nn.conv2d(1, 32, 3),
    nn.relu(),
    nn.maxPool2d(2),
    nn.dropout2d(0.1),
    nn.conv2d(32, 64, 3),
    nn.relu(),
    nn.conv2d(64, 64, 3),
    nn.relu(),
    nn.maxPool2d(2),
    nn.dropout2d(0.1),
    nn.flatten(),
    nn.linear(64 * 4 * 4, 128),
    nn.relu(),
    nn.dropout(0.5),
    nn.linear(128, CLASSES),
  );
}

export async function run({ digits, test, epochs, seed } = FULL) {
  manualSeed(seed);
  const [training, validation] = [readImages("train", digits), readImages("t10k", test)];
  const optimizer = optim.adam();
  const stepsPerEpoch = Math.ceil(digits / BATCH);
  const schedule = optim.oneCycleLr(optimizer, 3e-3, { epochs, stepsPerEpoch });
  const trainer = new Trainer(network(), { loss: nn.crossEntropyLoss(), optimizer });
  const fit = { epochs, batchSize: BATCH, validation, schedule, scheduleBy: "step" } as const;
  const history = await trainer.fit(training, fit);
  return { model: trainer.model, epochs: history.epochs };
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const { model, epochs } = await run(settings);
  console.log(`${model.summary([BATCH, 1, 28, 28])}\n\n${count(settings.digits)} digits, Adam, one cycle to 0.003\n`);
  let seconds = 0;
  table(
    ["epoch", "loss", "test loss", "test accuracy", "seconds"],
    epochs.map((each) => {
      seconds += each.seconds;
      const { loss, accuracy } = each.validation;
      return [each.epoch, each.loss, loss, percent(accuracy), seconds.toFixed(1)];
    }),
  );
}
