/**
 * An LSTM learns to continue our own documentation, letter by letter: with few letters, variational dropout pays.
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
const [TIMES, FEATURES] = [50, 32]; // letters of a sequence, numbers that stand for a letter

/** Sequences of letters, and for each letter the next. */
function sequences(text: string): data.Dataset {
  const letters = Int32Array.from(text, (letter) => ALPHABET.indexOf(letter));
  const count = Math.floor((letters.length - 1) / TIMES);
  const from = (start: number) => tensor(letters.slice(start, start + count * TIMES), [count, TIMES]);
  return data.fromArrays(from(0), from(1));
}

/** What drops out within the LSTM, and behind it. */
const kinds = {
  nothing: { within: {}, behind: nn.identity },
  dropout: { within: {}, behind: () => nn.dropout(0.4) },
  "variational dropout": {
    within: { input: 0.1, recurrent: 0.3 },
    behind: () => nn.lockedDropout(0.4, { batchFirst: true }),
  },
};

export function run({ letters, hidden, epochs } = FULL) {
  const text = TEXTS.map((path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).join(" ");
  const lowerCase = text.toLowerCase().replaceAll(/[^a-z]+/g, " ");
  manualSeed(42);
  const { training, test } = data.split(sequences(lowerCase.slice(0, letters)), { test: 0.1 });
  return Object.entries(kinds).map(([name, { within, behind }]) => {
    manualSeed(42);
    const model = new nn.Sequential(
      nn.embedding(ALPHABET.length, FEATURES),
      nn.lstm(FEATURES, hidden, { batchFirst: true, variational: within }),
      behind(),
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
  console.log(
    `LSTM of ${settings.hidden}, ${settings.letters} letters: bits per letter in parts that it has not read\n`,
  );
  table(
    ["epoch", ...kinds.map(({ name }) => name)],
    Array.from({ length: settings.epochs }, (_, i) => [
      i + 1,
      ...kinds.map(({ epochs }) => (epochs[i]?.loss ?? NaN) / Math.LN2),
    ]),
    3,
  );
}
