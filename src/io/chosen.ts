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

export const CHOICE_DEFAULTS = { only: undefined, rename: undefined } as const;

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
  const wanted = new Set(wantedOf(where, only)(Object.keys(entries)));
  for (const name of wanted) {
    if (Object.hasOwn(entries, name)) continue;
    const known = shownNames(Object.keys(entries));
    throw new FormatError(`${where}: there must be an entry ${shown(name)}; got ${known}`);
  }
  return renamed(where, recordOf(Object.entries(entries).filter(([name]) => wanted.has(name))), rename);
}

/**
 * A function that picks the wanted of some names. Names that an array asks for are all wanted, present or not.
 * @throws TypeError when `only` is neither an array of strings nor a function
 */
export function wantedOf(where: string, only: Only | undefined): (names: readonly string[]) => readonly string[] {
  if (only === undefined) return (names) => names;
  if (typeof only === "function") return (names) => names.filter((name) => only(name));
  requireArray(where, "only", only);
  const wrong = only.find((name) => typeof name !== "string");
  if (wrong !== undefined) throw new TypeError(`${where}: names in only must be strings; got ${shown(wrong)}`);
  const unique = [...new Set(only)];
  return () => unique;
}
