import type { FittedSchema } from "lanegrad/data";
import type { ReadOptions } from "../data/read-rows.ts";

/** How data are read for a model: images in the size that it takes. */
export function rowOptions(schema: FittedSchema, { format, delimiter, labels }: ReadOptions): ReadOptions {
  const image = Object.values(schema.inputs).find(({ shape }) => shape.length === 3);
  const [, height, width] = image?.shape ?? [];
  const size = height === undefined || width === undefined ? undefined : ([height, width] as const);
  return { format, delimiter, labels, size };
}
