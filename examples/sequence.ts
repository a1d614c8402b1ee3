/**
 * An LSTM learns to predict the next letter of lanegrad's documentation: on little text, variational dropout helps most.
 * Run: npx tsx examples/sequence.ts
 * Source: Gal and Ghahramani 2016, https://arxiv.org/abs/1512.05287
 */
import { readFileSync } from "node:fs";
import { Trainer, data, manualSeed, nn, optim, tensor } from "lanegrad";
import { startedDirectly } from "./support/direct.ts";
import { learnPlaces } from "./support/places.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { letters: 36_000, hidden: 192, epochs: 30 };
export const QUICK = { letters: 8000, hidden: 64, epochs: 6 };
const TEXTS = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/dropout.md", "docs/benchmarks.md"];
const ALPHABET = " abcdefghijklmnopqrstuvwxyz";
const [TIMES, FEATURES] = [50, 32]; // letters in a sequence, features of an embedded letter

/** Sequences of letters, and as targets the letter after each. */
function sequences(text: string): data.Dataset {
  const letters = Int32Array.from(text, (letter) => ALPHABET.indexOf(letter));
  const count = Math.floor((letters.length - 1) / TIMES);
  const from = (start: number) => tensor(letters.slice(start, start + count * TIMES), [count, TIMES]);
  return data.fromArrays(from(0), from(1));
}

/** Dropout within the LSTM, and after it. */
const kinds = {
  nothing: { within: {}, after: nn.identity },
  dropout: { within: {}, after: () => nn.dropout(0.4) },
  "variational dropout": {
    within: { input: 0.1, recurrent: 0.3 },
    after: () => nn.lockedDropout(0.4, { batchFirst: true }),
  },
};

export function run({ letters, hidden, epochs } = FULL) {
  const text = TEXTS.map((path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).join(" ");
  const lowerCase = text.toLowerCase().replaceAll(/[^a-z]+/g, " ");
  manualSeed(42);
  const { training, test } = data.split(sequences(lowerCase.slice(0, letters)), { test: 0.1 });
  return Object.entries(kinds).map(([name, { within, after }]) => {
    manualSeed(42);
    const model = new nn.Sequential(
      nn.embedding(ALPHABET.length, FEATURES),
      nn.lstm(FEATURES, hidden, { batchFirst: true, variational: within }),
      after(),
      nn.flatten(0, 1),
      nn.linear(hidden, ALPHABET.length),
    );
    const trainer = new Trainer(model, { loss: nn.crossEntropyLoss(), optimizer: optim.adam({ lr: 3e-3 }) });
    return { name, epochs: learnPlaces(trainer, { training, test, epochs, batchSize: 32 }) };
  });
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const kinds = run(settings);
  console.log(`LSTM of ${settings.hidden}, ${settings.letters} letters: bits per letter on held-out text\n`);
  table(
    ["epoch", ...kinds.map(({ name }) => name)],
    Array.from({ length: settings.epochs }, (_, i) => [
      i + 1,
      ...kinds.map(({ epochs }) => (epochs[i]?.loss ?? NaN) / Math.LN2),
    ]),
    3,
  );
}
