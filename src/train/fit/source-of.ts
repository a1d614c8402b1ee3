import type { AnyDataset } from "../../data/dataset.ts";
import { BatchSource } from "./batch-source.ts";
import type { Training } from "./training.ts";
import type { StepSource } from "./step-source.ts";

/** The batches of a training, by the kind of its data. */
export function sourceOf({ step, samples, plan }: Training): StepSource {
  return new BatchSource(step, samples as AnyDataset, plan as NonNullable<typeof plan>);
}
