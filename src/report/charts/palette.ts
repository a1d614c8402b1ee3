/** Colours as variables of the style sheet, which has them for light and dark screens. After Okabe and Ito, https://jfly.uni-koeln.de/color */
export const INK = "var(--ink)";
export const MUTED = "var(--muted)";
export const LINE = "var(--line)";
export const ACCENT = "var(--c1)";
export const ON_ACCENT = "var(--on-accent)";

/** How a line is told from others: by colour, dashes and the symbol of its points. */
export interface LineStyle {
  readonly color: string;
  readonly dash: readonly number[];
  readonly symbol: "circle" | "rect" | "triangle" | "diamond" | "arrow" | "none";
}

const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [16, 4]] as const;
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "arrow"] as const;
const COLORS = 6;

/** The style of the line at an index; the first 30 differ in two of the three. */
export function lineStyle(index: number): LineStyle {
  const color = `var(--c${(index % COLORS) + 1})`;
  const at = index % DASHES.length;
  return { color, dash: DASHES[at] ?? [], symbol: SYMBOLS[at] ?? "circle" };
}

/** Lines that are there for comparison. */
export const QUIET: LineStyle = { color: MUTED, dash: [3, 3], symbol: "none" };
/** Lines of which there are too many to be told apart. */
export const FAINT: LineStyle = { color: LINE, dash: [], symbol: "none" };
