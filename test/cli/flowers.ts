import { SPECIES, loadIris } from "../../examples/data/iris.ts";

/** The iris flowers as a table of CSV. */
export function flowersCsv(): string {
  const { x, y } = loadIris();
  const rows = Array.from(y.data, (species, i) => {
    const lengths = Array.from(x.data.subarray(4 * i, 4 * i + 4), (each) => Number(each.toPrecision(6)));
    return [...lengths, SPECIES[species]].join(",");
  });
  return `sepal_length,sepal_width,petal_length,petal_width,species\n${rows.join("\n")}\n`;
}
