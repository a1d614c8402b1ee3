/** Places of named numbers in memory that kernels read, as `#kernels/contract` gives them: 0, 1, ... */
export type Layout<Field extends string = string> = Readonly<Record<Field, number>>;

/** How many numbers a layout has. */
export function placesIn(layout: Layout): number {
  return Object.keys(layout).length;
}

/** Values in the places of their fields. */
export function inPlaces<Field extends string>(
  layout: Layout<Field>,
  values: Readonly<Record<NoInfer<Field>, number>>,
): number[] {
  const placed: number[] = [];
  for (const field in layout) placed[layout[field]] = values[field];
  return placed;
}
