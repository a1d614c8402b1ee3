import { nearest } from "../nearest.ts";

const MOST = 12; // names that are listed

/** What is said of a column that the data lack: the name that was meant, or those that there are. Undefined if they have it. */
export function misspelt(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return undefined;
  const near = nearest(name, names);
  if (near !== undefined)
    return `the data have no column ${JSON.stringify(name)}; did you mean ${JSON.stringify(near)}?`;
  const shown = names.slice(0, MOST).map((each) => JSON.stringify(each));
  return `the data have the columns ${shown.join(", ")}${names.length > MOST ? ` and ${names.length - MOST} more` : ""}`;
}
