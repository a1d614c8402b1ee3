import type { Row } from "lanegrad/data";
import { UsageError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";

const MOST = 30; // names that are listed

/** The names of all columns: rows of JSON lines may lack some. */
export function columnsOf(rows: readonly Row[]): readonly string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

/** `age, income and 12 more` */
export function listed(names: readonly string[], most = MOST): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** @throws UsageError with the nearest name when no row has the column */
export function requireColumn(where: string, option: string, rows: readonly Row[], name: string): string {
  const names = columnsOf(rows);
  if (names.includes(name)) return name;
  throw new UsageError(
    `${where}: ${option} must be a column of the data, ${listed(names)}; got ${name}`,
    didYouMean(name, names),
  );
}

/** The hint for a column that the data lack: the nearest name, else the names. Undefined if they have the column. */
export function misspelt(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return undefined;
  return didYouMean(name, names) ?? `the data have the columns ${listed(names.map((each) => JSON.stringify(each)))}`;
}
