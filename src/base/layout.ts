/** Places of named numbers in memory that kernels read, as `#kernels/contract` gives them: 0, 1, ... */
type Layout = Readonly<Record<string, number>>;

/** How many numbers a layout has. */
export function placesIn(layout: Layout): number {
  return Object.keys(layout).length;
}
