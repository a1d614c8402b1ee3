import { data, nn } from "lanegrad";
import { TRAINING_DIGITS, readDigits } from "../mnist/digits.ts";
import { table } from "../support/table.ts";
import type { StudyOptions } from "../study.ts";
import { type Drop, spread, stepTimes, testErrors } from "./runs.ts";

const WIDE = [512, 512, 512, 512];
const P = 0.5;

const standard: Drop = () => nn.dropout(P);
const blocks = (block = 16, group = 32, p = P): Drop => {
  return () => nn.dropout(p, { block, group });
};

/** Whether block dropout costs accuracy, for equal epochs and for equal time, and on which networks. */
export async function blockDropout({ seeds, effort }: StudyOptions): Promise<void> {
  const [every, few, test] = [
    readDigits("train", TRAINING_DIGITS),
    readDigits("train", 5000),
    readDigits("t10k", 10_000),
  ];
  const [batch] = data.batches(every, { batchSize: 128 });
  if (!batch) return;
  const epochsOf = (count: number): number => Math.max(1, Math.round(count * effort));
  const errors = async (hidden: readonly number[], drop: Drop, epochs: number, set: data.Dataset): Promise<string> =>
    spread(await testErrors({ hidden, drop, epochs }, set, test, seeds));

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
  console.log(`784-512-512-512-512-10, p ${P}: test error in %, ${seeds} seeds\n`);
  for (const [name, set, epochs] of [
    ["all 60,000 digits", every, epochsOf(15)],
    ["the first 5,000", few, epochsOf(50)],
  ] as const) {
    const longer = Math.round(epochs * faster);
    const trained = [
      ...kinds.map(([kind, drop], i) => ({ kind, drop, epochs, time: times[i] ?? NaN })),
      { kind: "blocks, in the time of single units", drop: blocks(), epochs: longer, time: times[2] ?? NaN },
    ];
    const rows = await all(trained, async ({ kind, drop, epochs, time }) => {
      return [kind, epochs, time, await errors(WIDE, drop, epochs, set)];
    });
    console.log(`${name}\n`);
    table(["dropout", "epochs", "ms per step", "error"], rows, 2);
  }

  console.log(
    `5,000 digits, ${epochsOf(30)} epochs: blocks and groups of several sizes; the first row is single units\n`,
  );
  const groups = [8, 16, 32, 128];
  const single = await errors(WIDE, standard, epochsOf(30), few);
  const sizes = await all([1, 8, 16, 32], async (block) => {
    const ofGroups = await all(groups, (group) => errors(WIDE, blocks(block, group), epochsOf(30), few));
    return [block, ...ofGroups];
  });
  table(["block", ...groups.map((group) => `group ${group}`)], [["1 by 1", single], ...sizes]);

  console.log(`5,000 digits, ${epochsOf(30)} epochs: smaller p, smaller layers\n`);
  const cases: readonly (readonly [name: string, hidden: readonly number[], p: number])[] = [
    ["784-512x4-10, p 0.2", WIDE, 0.2],
    ["784-64-64-10, p 0.2", [64, 64], 0.2],
    ["784-64-64-10, p 0.5", [64, 64], 0.5],
  ];
  const rows = await all(cases, async ([name, hidden, p]) => {
    const drops: readonly Drop[] = [null, () => nn.dropout(p), blocks(8, 32, p), blocks(16, 32, p)];
    return [name, ...(await all(drops, (drop) => errors(hidden, drop, epochsOf(30), few)))];
  });
  table(["network", "none", "single units", "blocks of 8", "blocks of 16"], rows);
}

/** The results of `work` for each item, one after the other. */
async function all<T, R>(each: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of each) results.push(await work(one));
  return results;
}
