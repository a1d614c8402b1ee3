import { shown } from "../base/errors.ts";

/** The new name of an entry; undefined leaves the entry out. */
export type Rename = (name: string) => string | undefined;

/**
 * The entries of a state dict by other names, in the same order: for files whose layers have other names than the model's.
 *
 * `renameKeys(state, (name) => name.replace(/^encoder\./, ""))`
 *
 * @returns an object without prototype
 * @throws RangeError when two entries get one name
 * @throws TypeError when a new name is neither a string nor undefined
 */
export function renameKeys<T>(state: Readonly<Record<string, T>>, rename: Rename): Record<string, T> {
  return renamed("renameKeys", { ...state }, rename);
}

/** The result of `renameKeys`; the same record without a function. */
export function renamed<T>(where: string, state: Record<string, T>, rename: Rename | undefined): Record<string, T> {
  if (rename === undefined) return state;
  if (typeof rename !== "function") throw new TypeError(`${where}: rename must be a function; got ${shown(rename)}`);
  const formerOf = new Map<string, string>();
  const entries: [string, T][] = [];
  for (const [former, entry] of Object.entries(state)) {
    const name: unknown = rename(former);
    if (name === undefined) continue;
    if (typeof name !== "string") {
      throw new TypeError(
        `${where}: a new name must be a string or undefined; got ${shown(name)} for ${shown(former)}`,
      );
    }
    const other = formerOf.get(name);
    if (other !== undefined) {
      const both = `${shown(other)} and ${shown(former)}`;
      throw new RangeError(`${where}: new names must be distinct; got ${shown(name)} for ${both}`);
    }
    formerOf.set(name, former);
    entries.push([name, entry]);
  }
  return recordOf(entries);
}

/** An object without prototype: `__proto__` is a name as any other. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record: Record<string, T> = Object.fromEntries(entries);
  Object.setPrototypeOf(record, null);
  return record;
}
