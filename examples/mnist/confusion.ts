import type { metrics } from "lanegrad";
import { count, percent, sum } from "./figures.ts";

const WIDTH = 6; // characters in a cell

/** Rows are true digits, columns predictions; with `colours` correct ones are green, and frequent errors a brighter red. */
export function confusionTable({ counts, names }: metrics.ConfusionMatrix, colours: boolean): string {
  const most = Math.max(...counts.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const head = ["", ...names].map((name) => name.padStart(WIDTH)).join("");
  const rows = counts.map((row, i) => {
    const cells = row.map((count, j) => {
      const text = (count === 0 ? "·" : String(count)).padStart(WIDTH - 1).padEnd(WIDTH);
      return colours ? paint(text, count, i === j, count / most) : text;
    });
    return `${(names[i] ?? "").padStart(WIDTH)} ${cells.join("")}`.trimEnd();
  });
  return [head, ...rows].join("\n");
}

/** Precision, recall and F1 of every digit, then their means. */
export function scoreTable({ names, precision, recall, f1, support, averages }: metrics.ConfusionMatrix): string {
  const line = (name: string, shares: readonly (number | undefined)[], digits: number): string =>
    [name.padStart(WIDTH), ...shares.map((share) => percent(share).padStart(11)), count(digits).padStart(9)].join("");
  const { macro } = averages;
  return [
    [
      "".padStart(WIDTH),
      ...["precision", "recall", "F1"].map((title) => title.padStart(11)),
      "digits".padStart(9),
    ].join(""),
    ...names.map((name, i) => line(name, [precision[i], recall[i], f1[i]], support[i] ?? 0)),
    line("mean", [macro.precision, macro.recall, macro.f1], sum(support)),
  ].join("\n");
}

/** @param share of the most frequent error, from 0 to 1 */
function paint(text: string, count: number, isRight: boolean, share: number): string {
  if (isRight) return colour(text, 28);
  if (count === 0) return `\u001b[2m${text}\u001b[0m`;
  const reds = [52, 88, 124, 160];
  return colour(text, reds[Math.min(reds.length - 1, Math.floor(share * reds.length))] ?? 160);
}

/** White on one of the 256 colours of terminals. */
function colour(text: string, background: number): string {
  return `\u001b[38;5;231;48;5;${background}m${text}\u001b[0m`;
}
