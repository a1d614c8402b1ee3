import { data, nn } from "lanegrad";
import { TRAINING_DIGITS, readDigits } from "../mnist/digits.ts";
import { table } from "../support/table.ts";
import type { StudyOptions } from "../study.ts";
import { type Drop, spread, stepTimes, testError } from "./runs.ts";

const WIDE = [512, 512, 512, 512];
const P = 0.5;

const standard: Drop = () => nn.dropout(P);
const blocks = (block = 16, group = 32, p = P): Drop => {
  return () => nn.dropout(p, { block, group });
};

/** Does dropout by blocks cost accuracy, at equal epochs and at equal time; and where does it? */
export function blockDropout({ seeds, effort }: StudyOptions): void {
  const [all, few, test] = [
    readDigits("train", TRAINING_DIGITS),
    readDigits("train", 5000),
    readDigits("t10k", 10_000),
  ];
  const [batch] = data.batches(all, { batchSize: 128 });
  if (!batch) return;
  const epochsOf = (count: number): number => Math.max(1, Math.round(count * effort));
  const errors = (hidden: readonly number[], drop: Drop, epochs: number, set: data.Dataset): string =>
    spread(Array.from({ length: seeds }, (_, seed) => testError({ hidden, drop, epochs }, set, test, seed)));

  const kinds = [
    ["none", null],
    ["single units", standard],
    ["blocks of 16, groups of 32", blocks()],
  ] as const;
  const times = stepTimes(
    kinds.map(([, drop]) => ({ hidden: WIDE, drop })),
    batch,
  );
  const faster = (times[1] ?? NaN) / (times[2] ?? NaN);
  console.log(`784-512-512-512-512-10, p ${P}: % of test digits read wrongly, ${seeds} seeds\n`);
  for (const [name, set, epochs] of [
    ["all 60,000 digits", all, epochsOf(15)],
    ["the first 5,000", few, epochsOf(50)],
  ] as const) {
    const longer = Math.round(epochs * faster);
    const rows = kinds.map(([kind, drop], i) => [kind, epochs, times[i] ?? NaN, errors(WIDE, drop, epochs, set)]);
    rows.push(["blocks, in the time of single units", longer, times[2] ?? NaN, errors(WIDE, blocks(), longer, set)]);
    console.log(`${name}\n`);
    table(["dropped", "epochs", "ms a step", "error"], rows, 2);
  }

  console.log(`5,000 digits, ${epochsOf(30)} epochs: blocks and groups of several sizes (single units at the top)\n`);
  const groups = [8, 16, 32, 128];
  table(
    ["block", ...groups.map((group) => `group ${group}`)],
    [
      ["1 by 1", errors(WIDE, standard, epochsOf(30), few)],
      ...[1, 8, 16, 32].map((block) => [
        block,
        ...groups.map((group) => errors(WIDE, blocks(block, group), epochsOf(30), few)),
      ]),
    ],
  );

  console.log(`5,000 digits, ${epochsOf(30)} epochs: where it may cost something\n`);
  const cases: readonly (readonly [string, readonly number[], number, readonly number[]])[] = [
    ["784-512x4-10, p 0.2", WIDE, 0.2, [16]],
    ["784-64-64-10, p 0.2", [64, 64], 0.2, [8, 16]],
    ["784-64-64-10, p 0.5", [64, 64], 0.5, [8, 16]],
  ];
  table(
    ["network", "none", "single units", "blocks of 8", "blocks of 16"],
    cases.map(([name, hidden, p, sizes]) => [
      name,
      errors(hidden, null, epochsOf(30), few),
      errors(hidden, () => nn.dropout(p), epochsOf(30), few),
      ...[8, 16].map((size) => (sizes.includes(size) ? errors(hidden, blocks(size, 32, p), epochsOf(30), few) : "")),
    ]),
  );
}
