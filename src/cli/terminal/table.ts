/** Text in columns that fits the width of a terminal. */

const GAP = "  ";
const NARROWEST = 8; // characters of a column that is shortened

/**
 * Lines of a table. Columns of numbers are aligned right. Where the table is too wide, its widest columns are shortened.
 * @param columns characters of a line
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  shrink(widths, columns - GAP.length * (widths.length - 1));
  const isNumeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[\d.,:%+\-± ]*(?:\d (?:s|min|h))?$/.test(row[i] ?? "")),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, i) => {
        const cell = shortened(row[i] ?? "", width);
        return isNumeric[i] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join(GAP), ...rows.map(line)].join("\n");
}

/** Names and what they are, a line each: `Node  20.20.2`. Longer values go on below their beginning. */
export function pairs(rows: readonly (readonly [name: string, value: string])[], columns: number): string {
  const width = Math.max(...rows.map(([name]) => name.length)) + GAP.length;
  return rows
    .flatMap(([name, value]) =>
      wrapped(value, Math.max(NARROWEST, columns - width)).map((line, i) =>
        `${(i === 0 ? name : "").padEnd(width)}${line}`.trimEnd(),
      ),
    )
    .join("\n");
}

/** Lines of at most `width` characters, which colors are none of, broken between words; longer words stay whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || shownLength(last) + 1 + shownLength(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function shownLength(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/\u001b\[[\d;]*m/g, "").length;
}

/** Takes what is too much from the widest columns. */
function shrink(widths: number[], most: number): void {
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, 0) - most;
    const widest = Math.max(...widths);
    if (excess <= 0 || widest <= NARROWEST) return;
    widths[widths.indexOf(widest)] = widest - 1;
  }
}

function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
