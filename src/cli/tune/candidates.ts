import { random } from "../../../bench/random.ts";
import { type Dimension, type Settings, valueAt } from "./space.ts";

const POINTS = 5; // values of a range in a grid
const TRIES = 1000; // draws of the same settings after which a random search has seen all

/** How many settings the grid has. */
export function gridSize(space: readonly Dimension[]): number {
  return space.reduce((product, dimension) => product * valuesOf(dimension).length, 1);
}

/** All combinations of values, the last option varying fastest; a range has five values, evenly spread. */
export function grid(space: readonly Dimension[]): readonly Settings[] {
  return space.reduce<readonly Settings[]>(
    (all, dimension) =>
      all.flatMap((settings) => valuesOf(dimension).map((value) => ({ ...settings, [dimension.name]: value }))),
    [{}],
  );
}

/**
 * Random settings, all different: the same for the same seed, and a longer search begins with those of a shorter one. Fewer than
 * `count` if there are no more.
 */
export function randomSettings(space: readonly Dimension[], count: number, seed: number): readonly Settings[] {
  const draw = random(seed);
  const found = new Map<string, Settings>();
  for (let repeated = 0; found.size < count && repeated < TRIES;) {
    const settings = Object.fromEntries(space.map((dimension) => [dimension.name, drawn(dimension, draw())]));
    const key = JSON.stringify(settings);
    repeated = found.has(key) ? repeated + 1 : 0;
    found.set(key, settings);
  }
  return [...found.values()];
}

function drawn(dimension: Dimension, share: number): string {
  if ("values" in dimension) return dimension.values[Math.floor(share * dimension.values.length)] ?? "";
  return valueAt(dimension, share);
}

function valuesOf(dimension: Dimension): readonly string[] {
  if ("values" in dimension) return dimension.values;
  const values = Array.from({ length: POINTS }, (_, i) => valueAt(dimension, i / (POINTS - 1)));
  return [...new Set(values)];
}
