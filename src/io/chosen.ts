import { FormatError, requireArray, shown } from "../base/errors.ts";
import { shownNames } from "../base/shown.ts";
import { type Rename, recordOf, renamed } from "./rename.ts";

/** The names of the entries to read, or a function that says which. */
export type Only = readonly string[] | ((name: string) => boolean);

/** Options of readers of several entries. */
export interface Choice {
  /** The names in the file of the entries to read, or a function that says which. Default: all. */
  readonly only?: Only | undefined;
  /** New names of the entries that are read; undefined leaves an entry out. Default: the names in the file. */
  readonly rename?: Rename | undefined;
}

/**
 * The entries of a file that a reader's options choose, in the order of the file, by their new names.
 * @throws FormatError when `only` names an entry that the file lacks
 * @throws RangeError when two entries get one name
 * @throws TypeError when `only` is neither an array of strings nor a function
 */
export function chosenOf<T>(
  where: string,
  entries: Readonly<Record<string, T>>,
  { only, rename }: Choice,
): Record<string, T> {
  const isWanted = wantedBy(where, only, entries);
  return renamed(where, recordOf(Object.entries(entries).filter(([name]) => isWanted(name))), rename);
}

function wantedBy(where: string, only: Only | undefined, entries: object): (name: string) => boolean {
  if (only === undefined) return () => true;
  if (typeof only === "function") return only;
  requireArray(where, "only", only);
  const wrong = only.find((name) => typeof name !== "string");
  if (wrong !== undefined) throw new TypeError(`${where}: names in only must be strings; got ${shown(wrong)}`);
  const missing = only.find((name) => !Object.hasOwn(entries, name));
  if (missing !== undefined) {
    const known = shownNames(Object.keys(entries));
    throw new FormatError(`${where}: there must be an entry ${shown(missing)}; got ${known}`);
  }
  const wanted = new Set(only);
  return (name) => wanted.has(name);
}
