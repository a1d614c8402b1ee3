import type { Effort } from "../measure.ts";
import type { Subject } from "../subjects/subject.ts";

export interface Case {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** False where the table alone tells it. */
  readonly charted?: boolean;
  /** The figure in `unit`; undefined where the subject cannot do it. Throws where its results are wrong. */
  measure(subject: Subject, effort: Effort): Promise<number | undefined> | number | undefined;
}

export interface Suite {
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly about: string;
  readonly cases: readonly Case[];
}
