type Cell = string | number;

/** Prints a table: words aligned left, numbers right; a column of non-integers has `digits` decimals. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], digits = 4): void {
  const columns = head.map((title, i) =>
    printColumn(
      title,
      rows.map((row) => row[i] ?? ""),
      digits,
    ),
  );
  const line = (row: number): string =>
    columns
      .map((column) => column[row])
      .join("  ")
      .trimEnd();
  console.log([line(0), columns.map(([title = ""]) => "-".repeat(title.length)).join("  ")].join("\n"));
  for (let row = 1; row <= rows.length; row++) console.log(line(row));
  console.log();
}

function printColumn(title: string, cells: readonly Cell[], digits: number): string[] {
  const isWhole = cells.every((cell) => typeof cell === "string" || Number.isInteger(cell));
  const texts = cells.map((cell) => (typeof cell === "string" || isWhole ? String(cell) : cell.toFixed(digits)));
  const width = Math.max(...[title, ...texts].map((text) => text.length));
  const isWord = cells.some((cell) => typeof cell === "string" && /^[a-z]/i.test(cell));
  return [title, ...texts].map((text) => (isWord ? text.padEnd(width) : text.padStart(width)));
}
