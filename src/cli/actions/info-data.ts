import { readRows } from "../data/read-rows.ts";
import { printCount, table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { InfoOptions } from "./info.ts";

/** Shows what a data file has: its rows and columns. */
export async function infoData(path: string, _: InfoOptions, terminal: Terminal): Promise<void> {
  const rows = await readRows("info", path);
  const columns = Object.entries(rows[0] ?? {}).map(([name, cell]) => ({ name, first: String(cell) }));
  await terminal.result({ type: "data", file: path, rows: rows.length, columns }, () => {
    const list = columns.map(({ name, first }) => [name, first]);
    const head = `${terminal.style.bold(path)}: ${printCount(rows.length)} rows, ${printCount(columns.length)} columns`;
    return `${head}\n\n${table(["column", "in the first row"], list, terminal.columns)}`;
  });
}
