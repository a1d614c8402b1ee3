import { listed } from "../data/columns.ts";
import type { LoadedModel } from "../model/load-model.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { printCounted } from "../terminal/numbers.ts";

const MOST = 12; // features that are listed for people

/** What the numbers of a row are, in order. */
export function inputFacts(pipeline: Pipeline, { schema }: LoadedModel): object {
  return {
    inputs: pipeline.inputs.map(({ name, shape, dtype }) => ({ name: name ?? "input", shape, dtype })),
    ...(pipeline.columns && { columns: pipeline.columns }),
    ...(!pipeline.columns && schema && schema.features.length > 0 && { features: schema.features }),
    ...(schema && schema.classes.length > 0 && { classes: schema.classes }),
    outputs: pipeline.output,
  };
}

/** The same in words. */
export function inputLines(pipeline: Pipeline, { schema }: LoadedModel): string {
  const { columns } = pipeline;
  if (columns) {
    const lines = columns.map(({ name, categories }) => {
      return categories ? `${name} (index of ${listed(categories, MOST)}, -1 for others)` : name;
    });
    return [
      `Each row: ${printCounted(columns.length, "number")}, NaN for a missing one`,
      ...lines.map((line) => `  ${line}`),
      `Out: ${pipeline.output}`,
    ].join("\n");
  }
  const features = schema?.features ?? [];
  const of = features.length > 0 ? [`Each row: the features ${listed(features, MOST)}`] : [];
  return [...of, `Out: ${pipeline.output}`].join("\n");
}
