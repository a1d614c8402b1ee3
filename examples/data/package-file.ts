import { createRequire } from "node:module";

const { resolve } = createRequire(import.meta.url);

/** The path of a file of an installed package: `packageFile("vega-datasets/data/cars.json")`. */
export function packageFile(name: string): string {
  return resolve(name);
}
