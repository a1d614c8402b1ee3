/**
 * A small transformer encoder learns to sort numbers. Each output depends on all inputs, so the task needs attention.
 * Run: npx tsx examples/transformer.ts
 * Source: Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
 */
import { Trainer, type data, manualSeed, nn, optim } from "lanegrad";
import { percent } from "./mnist/figures.ts";
import { startedDirectly } from "./support/direct.ts";
import { learnPlaces, randomPlaces } from "./support/places.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { length: 10, numbers: 20, sequences: 20_000, epochs: 5, features: 64, layers: 2 };
export const QUICK = { length: 5, numbers: 10, sequences: 5000, epochs: 4, features: 32, layers: 1 };
const TEST = 500; // sequences
const HEADS = 4;

/** Scores of every number for every position; without attention, blocks are two linear layers on each position. */
function network({ numbers, features, layers }: typeof FULL, attends: boolean): nn.Module {
  const blocks = Array.from({ length: layers }, () =>
    attends
      ? nn.transformerEncoderLayer(features, HEADS, { dimFeedforward: 4 * features, dropout: 0, batchFirst: true })
      : nn.sequential(nn.linear(features, 4 * features), nn.relu(), nn.linear(4 * features, features)),
  );
  return new nn.Sequential(
    nn.embedding(numbers, features),
    nn.positionalEncoding(features, { batchFirst: true }),
    ...blocks,
    nn.linear(features, numbers),
    nn.flatten(0, 1),
  );
}

export function run(settings = FULL) {
  const { length, numbers, sequences, epochs } = settings;
  return [true, false].map((attends) => {
    manualSeed(42);
    const trainer = new Trainer(network(settings, attends), { loss: nn.crossEntropyLoss(), optimizer: optim.adam() });
    const sorting = (count: number): data.Dataset => randomPlaces([count, length], numbers, (x) => x.toSorted());
    const [training, test] = [sorting(sequences), sorting(TEST)];
    return learnPlaces(trainer, { training, test, epochs, batchSize: 64 });
  });
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const began = performance.now();
  const [attending, alone] = run(settings);
  console.log(`Sorting ${settings.length} numbers below ${settings.numbers}: correct positions in test sequences\n`);
  table(
    ["epoch", "with attention", "without"],
    (attending ?? []).map(({ epoch, accuracy }, i) => [epoch, percent(accuracy), percent(alone?.[i]?.accuracy)]),
  );
  console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
}
