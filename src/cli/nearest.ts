import leven from "leven";

/** The name that was meant by a misspelt one: the most like it, but for upper and lower case; undefined if none is much like it. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 3));
  const [near] = names
    .map((each) => ({ each, distance: leven(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance);
  return near?.each;
}

/** `did you mean "price"?` for a misspelt name; undefined if none is much like it. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  const near = nearest(name, names);
  return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`;
}
