import leven from "leven";

/** The name that a misspelt one means: the nearest, in any case; undefined if none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 3));
  const [near] = names
    .map((each) => ({ each, distance: leven(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most && distance < name.length)
    .toSorted((a, b) => a.distance - b.distance);
  return near?.each;
}

/** `did you mean "price"?` after a misspelt name; undefined if none is near. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  const near = nearest(name, names);
  return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`;
}
