import { listed } from "../data/columns.ts";
import type { LoadedModel } from "../model/load-model.ts";
import type { Pipeline } from "../model/pipeline.ts";
import { schemaColumns } from "../model/schema-columns.ts";
import { printCounted } from "../terminal/numbers.ts";

const MOST = 12; // features that are listed for people

/** What the numbers of an image are, by the scale of its column. */
const PIXELS: Readonly<Record<string, string>> = {
  none: "pixels from 0 to 1",
  symmetric: "pixels from -1 to 1",
  standardize: "pixels from 0 to 1, standardized as the schema has it",
};

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
  const images = (schema ? schemaColumns(schema).inputs : []).flatMap(({ name, kind, scale = "none" }) => {
    const shape = schema?.inputs[name]?.shape.join(" x ");
    return kind === "image" ? [`Each ${name}: ${shape}: channels, height, width; ${PIXELS[scale]}`] : [];
  });
  return [...of, ...images, `Out: ${pipeline.output}`].join("\n");
}
