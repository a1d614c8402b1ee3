const BLOCKS = "▁▂▃▄▅▆▇█";
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Counts as blocks, the most as a whole one: `▁▃█ ▅`. A count above 0 has at least the lowest block. */
export function sparkline(counts: readonly number[]): string {
  const most = Math.max(...counts, 1);
  return counts.map((count) => (count === 0 ? " " : (BLOCKS[Math.ceil((count / most) * 8) - 1] ?? ""))).join("");
}

/** A bar of `length` columns, to an eighth; at least one eighth if it is above 0. */
export function barOf(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(length * 8)) : 0;
  return "█".repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? "");
}
