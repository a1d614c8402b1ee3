/**
 * Tells spam from other mails by vectors of a sentence model: a classifier of 384 numbers is trained, and exported for
 * sentences/worker.ts as a file of 19 kB. Of 1209 test mails 95.7 % are right. Run: npx tsx examples/serving/sentences/train.ts
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Trainer, data, manualSeed, nn, ops, optim } from "lanegrad";
import { exportWasm, writeWasm } from "lanegrad/export";
import { loadMails } from "../../data/mails.ts";
import { startedDirectly } from "../../support/direct.ts";
import { FEATURES, extract } from "./extractor.ts";

const FOLDER = fileURLToPath(new URL("../model", import.meta.url));
const FULL = { every: 1, epochs: 20 };
export const QUICK = { every: 4, epochs: 10 };

export async function run({ every, epochs } = FULL, folder = FOLDER) {
  manualSeed(42);
  const mails = loadMails().filter((_, i) => i % every === 0);
  const extracted = await extract(mails.map(({ raw }) => raw.slice(raw.indexOf("\n\n"))));
  const vectors = data.fromArrays(
    extracted,
    mails.map(({ isSpam }) => [isSpam ? 1 : 0]),
  );
  const { training, test } = data.split(vectors, { test: 0.2 });

  const model = nn.sequential(nn.linear(FEATURES, 16), nn.relu(), nn.linear(16, 1));
  const trainer = new Trainer(model, { loss: nn.bceWithLogitsLoss(), optimizer: optim.adam({ lr: 3e-3 }) });
  await trainer.fit(training, { epochs });

  const exported = exportWasm(model, [1, FEATURES], { weights: "bf16", after: (score) => ops.sigmoid(score) });
  mkdirSync(folder, { recursive: true });
  await writeWasm(join(folder, "spam.wasm"), exported, { hosts: ["node", "workerd"] });
  return { exported, mails: test.length, accuracy: trainer.evaluate(test).accuracy ?? NaN };
}

if (startedDirectly(import.meta.url)) {
  const { exported, mails, accuracy } = await run();
  console.log(`${String(exported)}\n\n${(100 * accuracy).toFixed(1)} % of ${mails} test mails are right`);
}
