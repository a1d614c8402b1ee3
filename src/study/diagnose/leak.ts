import type { AnyDataset } from "../../data/dataset.ts";
import { duplicateGroups, findLeaks } from "../../data/split/leaks.ts";
import { type Leak, digits } from "./finding.ts";

/**
 * A leak: validation samples whose inputs occur in training with the same bits, more than 1 / (2 √n) of n validation samples.
 * Each can change the accuracy by 1 / n, and the standard error of an accuracy is at most 1 / (2 √n). If fewer than half of the
 * training samples have different inputs, equal ones tell nothing, as for a few yes-or-no questions.
 */
export function leak(training: AnyDataset, validation: AnyDataset): Leak | undefined {
  const { rows } = findLeaks(training, validation);
  const share = rows.length / validation.length;
  if (!(share > 1 / (2 * Math.sqrt(validation.length)))) return undefined;
  if (new Set(duplicateGroups(training)).size < training.length / 2) return undefined;
  return {
    kind: "leak",
    confidence: "high",
    samples: Int32Array.from(rows, (row) => row.validation),
    evidence: {
      leaked: rows.length,
      validation: validation.length,
      training: Int32Array.from(rows, (row) => row.training),
    },
    sentence: `${rows.length} of ${validation.length} validation samples (${digits(100 * share)} %) have the inputs of a training sample.`,
    suggestion: "Split again with data.duplicateGroups(set) as groups, so that equal samples are in one part.",
  };
}
