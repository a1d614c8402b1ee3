/**
 * Compares DropConnect, dropout, and a network without either, on few digits. Run: npx tsx examples/drop-connect.ts
 * Source: Wan et al. 2013, https://proceedings.mlr.press/v28/wan13.html
 */
import { nn } from "lanegrad";
import { PIXELS, TEST_DIGITS, readDigits } from "./mnist/digits.ts";
import { type Kind, spread, testErrors } from "./study/runs.ts";
import { startedDirectly } from "./support/direct.ts";
import { readSettings } from "./support/settings.ts";
import { table } from "./support/table.ts";

const FULL = { digits: 1000, test: TEST_DIGITS, epochs: 100, seeds: 5, width: 256 };
export const QUICK = { digits: 1000, test: 1000, epochs: 15, seeds: 2, width: 64 };

/** DropConnect on the layers whose inputs are hidden values, which dropout drops; the layer of the pixels has none. */
const connecting = (options: nn.DropConnectOptions): Pick<Kind, "drop" | "linear"> => ({
  drop: null,
  linear: (inputs, outputs) =>
    inputs === PIXELS ? nn.linear(inputs, outputs) : nn.dropConnect(inputs, outputs, options),
});
const kinds: Readonly<Record<string, Pick<Kind, "drop" | "linear">>> = {
  nothing: { drop: null },
  "dropout 0.5": { drop: () => nn.dropout(0.5) },
  "DropConnect 0.5": connecting({ p: 0.5 }),
  "DropConnect 0.5, by sample": connecting({ p: 0.5, masks: "sample" }),
};

/** For each kind: test accuracy in percent for each seed, and seconds for all seeds together. */
export async function run({ digits, test, epochs, seeds, width } = FULL) {
  const [training, unknown] = [readDigits("train", digits), readDigits("t10k", test)];
  const rows: { name: string; accuracies: number[]; seconds: number }[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    const began = performance.now();
    const errors = await testErrors({ ...kind, hidden: [width, width], epochs }, training, unknown, seeds);
    const accuracies = errors.map((error) => 100 - error);
    rows.push({ name, accuracies, seconds: (performance.now() - began) / 1000 });
  }
  return rows;
}

if (startedDirectly(import.meta.url)) {
  const settings = readSettings(FULL, QUICK);
  const { digits, epochs, seeds, width } = settings;
  const rows = await run(settings);
  console.log(
    `784-${width}-${width}-10, ${digits} digits, ${epochs} epochs of Adam, ${seeds} seeds: mean ± standard deviation\n`,
  );
  table(
    ["", "test accuracy %", "seconds"],
    rows.map(({ name, accuracies, seconds }) => [name, spread(accuracies), seconds]),
    1,
  );
}
