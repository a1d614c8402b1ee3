import type { Effort } from "../measure.ts";
import type { Subject } from "../subjects/subject.ts";

export interface Case {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** False if the figure is in the table only, not in the chart. */
  readonly charted?: boolean;
  /** The figure in `unit`; undefined if the subject cannot do it. @throws Error when its results are wrong */
  measure(subject: Subject, effort: Effort): Promise<number | undefined> | number | undefined;
}

export interface Suite {
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly about: string;
  readonly cases: readonly Case[];
}
