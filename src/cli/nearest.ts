import leven from "leven";

/**
 * The name that was meant by another: the most like it, but for upper and lower case, else the only one that contains it, as
 * "economy (mpg)" does "mpg". Undefined if there is none.
 */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 3));
  const [near] = names
    .map((each) => ({ each, distance: leven(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most && distance < name.length)
    .toSorted((a, b) => a.distance - b.distance);
  if (near) return near.each;
  const [containing, ...others] = names.filter((each) => each.toLowerCase().includes(name.toLowerCase()));
  return name.length > 2 && others.length === 0 ? containing : undefined;
}

/** `did you mean "price"?` after a misspelt name; undefined if none is near. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  const near = nearest(name, names);
  return near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`;
}
