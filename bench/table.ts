import color from "picocolors";
import { against, digits, isLanegrad, percent, sameCase } from "./format.ts";
import type { Figure, Report } from "./report.ts";

const HEAD = ["suite", "case", "subject", "threads", "median", "", "spread", "against lanegrad"];
const RIGHT = new Set([3, 4, 6]);

/** One line for each figure, a blank one between cases. */
export function table({ cases }: Report): string {
  const rows = cases.map((figure) => cells(figure, cases));
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const lines = [color.dim(line(HEAD, widths))];
  for (const [index, figure] of cases.entries()) {
    const before = cases[index - 1];
    if (!sameCase(before, figure)) lines.push("");
    const text = line(rows[index]!, widths);
    lines.push(isLanegrad(figure) ? color.green(text) : text);
  }
  return lines.join("\n");
}

/** Suite and case are said once, at the first line of the case. */
function cells(figure: Figure, all: readonly Figure[]): string[] {
  const same = all.filter((other) => sameCase(other, figure));
  const first = same[0] === figure;
  return [
    first ? figure.suite : "",
    first ? figure.case : "",
    figure.subject,
    String(figure.threads),
    digits(figure.median),
    figure.unit,
    percent(figure.spread),
    against(figure, same),
  ];
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => (RIGHT.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
    .join("  ")
    .trimEnd();
}
