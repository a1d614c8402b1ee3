/**
 * A network that has learned the digits 0 to 4 learns 5 to 9 from the 24 among 50 digits: its body is loaded from a file, frozen,
 * and gets a new head. 82 % of test digits are right then, and 73 % for a network that learns from these samples alone.
 * Run: npx tsx examples/fine-tuning.ts
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Trainer, data, manualSeed, nn, optim } from "lanegrad";
import * as io from "lanegrad/io";
import { readImages } from "./mnist/digits.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";

const FULL = { digits: 20_000, test: 10_000, epochs: 5, samples: 50 };
export const QUICK = { digits: 12_000, test: 4000, epochs: 4 };
const HALF = 5; // of the classes

/** The digits 0 to 4, or those from 5 on, with labels from 0 to 4. */
function halfOf(digits: data.Dataset, isNew: boolean): data.Dataset {
  const indices = [...digits.y.data.keys()].filter((i) => (digits.y.data[i] ?? NaN) >= HALF === isNew);
  const { x, y } = data.subset(digits, indices);
  return data.fromArrays(
    x,
    y.data.map((label) => label % HALF),
  );
}

function makeBody(): nn.Module {
  const block = (inputs: number, outputs: number) => [nn.conv2d(inputs, outputs, 5), nn.relu(), nn.maxPool2d(2)];
  return new nn.Sequential(...block(1, 8), ...block(8, 16), nn.flatten(), nn.dropout());
}

/** Trains a new head, and the body if it is not frozen. */
async function train(body: nn.Module, digits: data.Dataset, epochs: number, batchSize: number): Promise<Trainer> {
  const model = new nn.Sequential(body, nn.linear(16 * 4 * 4, HALF));
  const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 2e-3 }) });
  await trainer.fit(digits, { epochs, batchSize });
  return trainer;
}

export async function run({ digits, test, epochs, samples } = FULL) {
  manualSeed(42);
  const few = halfOf(readImages("train", samples), true);
  const unseen = halfOf(readImages("t10k", test), true);
  const folder = mkdtempSync(join(tmpdir(), "fine-tuning-"));
  const body = makeBody();
  await train(body, halfOf(readImages("train", digits), false), epochs, 64);
  await io.save(body, join(folder, "body.safetensors"));
  const loaded = await io.load(join(folder, "body.safetensors"));
  rmSync(folder, { recursive: true });
  const [tuned, scratch] = [await train(loaded.requiresGrad(false), few, 60, 5), await train(makeBody(), few, 60, 5)];
  const accuracy = (trainer: Trainer): number => trainer.evaluate(unseen).accuracy ?? NaN;
  return { tuned: accuracy(tuned), scratch: accuracy(scratch), saved: body.stateDict(), kept: loaded.stateDict() };
}

if (startedDirectly(import.meta.url)) {
  const { tuned, scratch } = await run(readSettings(FULL, QUICK));
  console.log("accuracy on test digits 5 to 9:", { tuned, scratch });
}
