import { isIndexed } from "../../data/dataset.ts";
import { isStreamed } from "../../data/samples.ts";
import { BatchSource } from "./batch-source.ts";
import { MadeSource } from "./made-source.ts";
import type { StepSource } from "./step-source.ts";
import type { Training } from "./training.ts";

/** The batches of a training, by the kind of its samples. */
export function sourceOf({ step, samples, plan }: Training): StepSource {
  if (isIndexed(samples) || isStreamed(samples)) return new MadeSource(step, samples, plan);
  if (plan) return new BatchSource(step, samples, plan);
  throw new TypeError("fit: tensors in memory must have a plan of batches; got none");
}
