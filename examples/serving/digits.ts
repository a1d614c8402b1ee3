/**
 * Trains the classifier of MNIST digits that the examples of this folder serve, and writes it to model/ as one .wasm file with
 * the module of each host. Of 10,000 test digits 98.4 % are right. Run: npx tsx examples/serving/digits.ts
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trainer, data, manualSeed, nn, ops, optim } from "lanegrad";
import { exportWasm, writeWasm } from "lanegrad/export";
import { CLASSES, PIXELS, TEST_DIGITS, TRAINING_DIGITS, readImages } from "../mnist/digits.ts";
import { startedDirectly } from "../support/direct.ts";
import { readSettings } from "../support/settings.ts";

const FULL = { digits: TRAINING_DIGITS, test: TEST_DIGITS, hidden: 128, epochs: 8 };
export const QUICK = { digits: 6000, test: 1000, hidden: 64, epochs: 4 };
export const MODEL = fileURLToPath(new URL("model", import.meta.url));

export async function run({ digits, test, hidden, epochs } = FULL, folder = MODEL) {
  manualSeed(42);
  const { shift, rotation, zoom } = data.transforms;
  // Strangers write digits that are larger, smaller and more tilted than those of MNIST.
  const varied = data.augment(readImages("train", digits), [shift({ x: 1, y: 1 }), rotation(10), zoom(0.1)]);
  const model = nn.sequential(nn.flatten(), nn.linear(PIXELS, hidden), nn.relu(), nn.linear(hidden, CLASSES));
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 2e-3 }) });
  await trainer.fit(varied, { epochs, batchSize: 64 });

  const exported = exportWasm(model, [1, 1, 28, 28], { weights: "bf16", after: (scores) => ops.softmax(scores) });
  mkdirSync(folder, { recursive: true });
  await writeWasm(join(folder, "digits.wasm"), exported, { hosts: ["node", "workerd", "browser", "inline"] });
  return { exported, accuracy: trainer.evaluate(readImages("t10k", test)).accuracy ?? NaN };
}

if (startedDirectly(import.meta.url)) {
  const { exported, accuracy } = await run(readSettings(FULL, QUICK));
  console.log(
    `${String(exported)}\n\n${(100 * accuracy).toFixed(1)} % of the test digits are right; written to ${MODEL}`,
  );
}
