import leven from "leven";

/** A question for a column that the data lack under this name: `did you mean "price"?` Undefined if they have it. */
export function misspelt(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return undefined;
  const near = names
    .map((each) => ({ each, distance: leven(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)[0];
  if (near) return `the data have no column ${JSON.stringify(name)}; did you mean ${JSON.stringify(near.each)}?`;
  const shown = names.slice(0, 12).map((each) => JSON.stringify(each));
  return `the data have the columns ${shown.join(", ")}${names.length > 12 ? ` and ${names.length - 12} more` : ""}`;
}
