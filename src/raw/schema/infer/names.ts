import type { Row } from "../../row.ts";

/** The columns of rows in their order, which does not depend on the order of the rows: those that a row lacks keep their place. */
export function columnNames(rows: readonly Row[]): readonly string[] {
  const places = new Map<string, number>();
  let before: readonly string[] = [];
  for (const row of rows) {
    const names = Object.keys(row);
    if (isSame(names, before)) continue;
    before = names;
    names.forEach((name, place) => places.set(name, Math.max(place, places.get(name) ?? 0)));
  }
  return [...places]
    .toSorted(([a, placeOfA], [b, placeOfB]) => placeOfA - placeOfB || (a < b ? -1 : 1))
    .map(([name]) => name);
}

function isSame(names: readonly string[], before: readonly string[]): boolean {
  return names.length === before.length && names.every((name, i) => name === before[i]);
}
