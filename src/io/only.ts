import { requireArray, shown } from "../base/errors.ts";
import { shownNames } from "../base/shown.ts";

/**
 * Requires `only` to name entries of the file.
 * @throws TypeError when it is no array of strings
 * @throws RangeError when a name is of no entry
 */
export function requireNames(where: string, only: readonly string[] | undefined, entries: object): void {
  if (only === undefined) return;
  requireArray(where, "only", only);
  const missing = only.find((name) => !Object.hasOwn(entries, name));
  if (missing === undefined) return;
  const known = shownNames(Object.keys(entries));
  throw new RangeError(`${where}: only must name entries of the file, ${known}; got ${shown(missing)}`);
}
